"""The canonical order survives its JSON, and its content hash leaves the door out."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from orders.decision import canonical_bytes
from orders.money import Fen, Micro
from orders.order import Line, Order, OrderType, Payment, PaymentStatus, Totals, rolled_up_type
from orders.party import Address, Contact, Party, PartyId, ShipTo
from orders.wire import content_hash, order_from_json, order_to_json

FULL = Order(
    number="PO-2026-0117",
    channel="erp",
    currency="CNY",
    issued_at=datetime(2026, 11, 22, 2, 15, tzinfo=UTC),
    type=OrderType.PRESALE,
    urgent=True,
    buyer=Party("苏州恒力机电有限公司", (PartyId("uscc", "91320505MA1KL0011X"),), Contact("张总", "13800138000", None)),
    ship_to=ShipTo(Contact("王工", "13900139000"), Address(text="江苏省苏州市虎丘区星湖街328号", province="江苏省")),
    bill_to=Party("付款方"),
    requested_date=date(2026, 11, 30),
    payment_terms="net30",
    payment=Payment(PaymentStatus.PAID, datetime(2026, 11, 21, tzinfo=UTC)),
    note="急用 🙏",
    lines=(
        Line(1, "A-1001", Micro(10**9), unit_price=Micro(12_500_000), amount=Fen(1_250_000), tax_rate=Micro(130_000)),
        Line(2, "A-1009", Micro(1), type=OrderType.PRESALE, is_gift=True, attributes={"批号": None}),
    ),
    totals=Totals(Fen(1_250_000), Fen(1), Fen(2), Fen(3), Fen(1_250_004)),
    customs={"hs_code": "7307"},
    attributes={"project": "线体三号"},
)


def test_every_value_survives_json_and_back():
    assert order_from_json(order_to_json(FULL)) == FULL
    assert canonical_bytes(order_to_json(order_from_json(order_to_json(FULL)))) == canonical_bytes(order_to_json(FULL))


def test_the_content_hash_leaves_out_the_channel_and_the_time_of_issue_and_nothing_else():
    same = replace(FULL, channel="document", issued_at=FULL.issued_at + timedelta(hours=3))
    assert content_hash(same) == content_hash(FULL)
    for other in (replace(FULL, number="PO-2"), replace(FULL, note="急用"), replace(FULL, lines=FULL.lines[:1])):
        assert content_hash(other) != content_hash(FULL)


def test_VAL_07_the_order_type_is_the_rolled_up_one():
    stock, presale, custom = (Line(1, "A", Micro(1), type=kind) for kind in OrderType)
    assert rolled_up_type((stock, stock)) is OrderType.STOCK
    assert rolled_up_type((stock, presale)) is OrderType.PRESALE
    assert rolled_up_type((presale, custom, stock)) is OrderType.CUSTOM

# ruff: noqa: E501 - rules of other engines read best one to a line
"""Orders for the decision benchmark: five lines each, from a fixed seed, of every kind that the benchmark's policies judge."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

from orders.context import Context, CustomerView, DuplicateCandidate, History, SkuView
from orders.credit import CreditStatus, CreditView
from orders.money import Fen, Micro, line_amount_fen
from orders.order import Fulfilment, Line, Order, OrderType, Payment, PaymentStatus, Totals, rolled_up_type
from orders.party import Address, Contact, Party, ShipTo
from orders.stock import StockLevel
from rules.facts import freeze

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
MICRO = 1_000_000
SKUS = tuple(f"A-{1001 + number}" for number in range(10))
PROVINCES = ("江苏省", "广东省", "四川省", "湖北省", "浙江省", "西藏自治区", "安徽省", "上海市", "北京市", "云南省")
PRICES = (12_500_000, 46_000_000, 8_600_000, 199_000_000, 260_000_000, 7_900_000)
SEED = 20261122
POLICIES = Path(__file__).parent / "policies"
"""The benchmark's own 36 rules, those that the rivals are written with; the shipped ones may grow."""


def frozen_orders(count: int) -> list[bytes]:
    """Return frozen facts of ``count`` orders."""
    random = Random(SEED)
    return [freeze(*_case(random, number)) for number in range(count)]


def _case(random: Random, number: int) -> tuple[Order, Context]:
    lines = tuple(_line(random, line_no) for line_no in range(1, 6))
    goods = sum(line.amount or 0 for line in lines)
    order = Order(
        channel=random.choice(("api", "photo", "form", "mail")),
        currency="CNY",
        lines=lines,
        totals=Totals(Fen(goods), Fen(0), Fen(0), Fen(0), Fen(goods + (1 if not number % 17 else 0))),
        issued_at=NOW,
        number=f"PO-{number}",
        type=rolled_up_type(lines),
        buyer=Party("苏州恒力机电有限公司", (), Contact("张总", "13800138000")),
        ship_to=_ship_to(random),
        fulfilment=Fulfilment.PICKUP if not number % 13 else Fulfilment.DELIVERY,
        requested_date=date(2026, 11, 30) if number % 5 else None,
        payment_terms="net30",
        payment=Payment(PaymentStatus.PAID if not number % 7 else PaymentStatus.UNPAID),
    )
    return order, _context(random, number)


def _line(random: Random, line_no: int) -> Line:
    quantity, price = Micro(random.randint(1, 40) * MICRO), Micro(random.choice(PRICES))
    amount = line_amount_fen(quantity, price)
    kind = random.choice((OrderType.STOCK,) * 12 + (OrderType.CUSTOM, OrderType.PRESALE))
    return Line(
        line_no=line_no,
        sku=random.choice(SKUS),
        quantity=quantity,
        name="A型接头",
        spec="DN20",
        unit="个",
        unit_price=price,
        amount=Fen(amount + (1 if not random.randrange(25) else 0)),
        type=kind,
        promotion="双11" if not random.randrange(6) else None,
    )


def _ship_to(random: Random) -> ShipTo:
    province = random.choice(PROVINCES)
    detail = random.choice(("星湖街328号", "人民路1号菜鸟驿站", "建设路9号", "村口代收点"))
    district = random.choice(("虎丘区", "武侯区", "朝阳区", None))
    address = Address(f"{province}某市{detail}", province, "某市", district, detail)
    return ShipTo(Contact("王工", "13900139000"), address)


def _context(random: Random, number: int) -> Context:
    credit = CreditView(CreditStatus.OK, Fen(10_000_000), Fen(random.choice((0, 9_900_000))), random.choice((0, 0, 45)),
                        random.choice((800, 700, 500)))  # fmt: skip
    twins = (DuplicateCandidate("ord_twin", "PO-0", "api", True, True, (SKUS[0],), random.choice((200, 400)), True),)
    context = Context(
        decided_at=NOW,
        customer=CustomerView("cus_1", "C-1", "苏州恒力机电有限公司", lifetime_spend_fen=Fen(random.choice((0, 900_000)))),
        credit=credit,
        skus=tuple(
            SkuView(sku, "A型接头", "个", cost=Micro(9_800_000), approved_promo_price=Micro(8_600_000)) for sku in SKUS
        ),
        stock=tuple(StockLevel(sku, site, Micro(on_hand * MICRO), Micro(0)) for sku in SKUS
                    for site, on_hand in (("GZ", 60), ("CD", random.choice((10, 60))))),
        history=History(random.choice((1, 1, 2, 4)), "phone", twins if not number % 4 else ()),
    )  # fmt: skip
    return replace(context, credit=CreditView(CreditStatus.UNAVAILABLE)) if not number % 19 else context

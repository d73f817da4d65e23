"""The context: who the buyer is, what is owed, what there is, what came before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from orders.actor import SYSTEM
from orders.credit import CreditStatus
from orders.party import Contact, Party, PartyId
from server.commit import cancel
from server.db import history, master
from server.db.facts import configuration
from tests.integration.db.world import (
    NOW,
    buyer,
    context_of,
    found_company,
    later,
    make_order,
    passing,
    place,
)

CARD = "320501199001011234"


def party(name=None, phone=None, email=None, **ids) -> Party:
    parts = tuple(PartyId(scheme, value) for scheme, value in ids.items())
    return Party(name=name, ids=parts, contact=Contact(phone=phone, email=email))


def upsert(store, _kind, **item):
    with store.db.write() as conn:
        master.upsert(conn, store, _kind, item, actor=SYSTEM, now=NOW)


@pytest.mark.parametrize(
    "who",
    [
        party(uscc="91320505MA1KL0011B"),
        party(uscc="91320505ma1kl0011b"),
        party(phone="+86 138 0013 8000"),
        party(email="Zhang@hengli.example"),
        party(name="苏州恒力机电有限公司"),
        party(customer_code="C-1"),
    ],
)
def test_MAP_11_the_customer_is_recognised_by_any_of_its_names(store, who) -> None:
    found_company(store)
    view = context_of(store, make_order(buyer=who)).customer
    assert (view.code, view.name) == ("C-1", "苏州恒力机电有限公司")


def test_a_stranger_is_nobody(store) -> None:
    found_company(store)
    assert context_of(store, make_order(buyer=party(name="某公司", phone="13999999999"))).customer is None


def test_a_name_that_fits_two_customers_names_neither_but_the_surer_id_decides(store) -> None:
    found_company(store)
    upsert(store, "customers", code="C-2", name="苏州恒力机电有限公司", ids=[{"scheme": "uscc", "value": "91320505X"}])
    assert context_of(store, make_order(buyer=party(name="苏州恒力机电有限公司"))).customer is None
    assert (
        context_of(store, make_order(buyer=party(name="苏州恒力机电有限公司", uscc="91320505X"))).customer.code == "C-2"
    )
    assert (
        context_of(store, make_order(buyer=party(name="苏州恒力机电有限公司", phone="13800138000"))).customer.code
        == "C-1"
    )


def test_CRD_01_exposure_is_the_account_and_the_open_orders(store) -> None:
    found_company(store, limit="1000.00")
    upsert(store, "credit_accounts", customer="C-1", limit="1000.00", exposure="100.00", overdue_days=3, score=650)
    first = place(store, make_order("PO-1", ("A-1", "20")))
    credit = context_of(store, make_order("PO-2")).credit
    assert (credit.status, credit.limit_fen, credit.exposure_fen) == (CreditStatus.OK, 100_000, 30_000)
    assert (credit.overdue_days, credit.score) == (3, 650)
    cancel(store, first.order_id, actor=SYSTEM, reason="x", version=None, now=NOW)
    assert context_of(store, make_order("PO-2")).credit.exposure_fen == 10_000


def test_CRD_01_an_account_in_another_currency_says_nothing(store) -> None:
    found_company(store)
    assert context_of(store, make_order(currency="USD")).credit.status is CreditStatus.UNAVAILABLE


def test_INV_01_stock_of_every_active_site_is_read(store) -> None:
    found_company(store)
    assert {level.site: level.on_hand for level in context_of(store, make_order()).stock} == {
        "CD": 200_000_000,
        "GZ": 1_000_000_000,
    }
    upsert(store, "sites", code="CD", name="成都仓", state="retired")
    assert [level.site for level in context_of(store, make_order()).stock] == ["GZ"]


def test_INV_02_a_100_30_20_08_gives_86(store) -> None:
    found_company(store, stock={})
    upsert(store, "stock", sku="A-1", site="GZ", on_hand="100", in_transit="20", coefficient="0.8")
    place(store, make_order("PO-1", ("A-1", "30")))
    [level] = context_of(store, make_order("PO-2")).stock
    assert (level.on_hand, level.reserved, level.inbound, level.available) == (
        100_000_000,
        30_000_000,
        16_000_000,
        86_000_000,
    )


def test_prices_that_hold_now_are_read_the_latest_first(store) -> None:
    found_company(store)
    upsert(store, "prices", sku="A-1", price="11.00", valid_from="2026-11-22")
    upsert(store, "prices", sku="A-1", price="99.00", valid_from="2027-01-01")
    upsert(store, "prices", sku="A-1", price="1.00", valid_from="2020-01-01", valid_until="2021-01-01")
    upsert(store, "prices", sku="A-1", price="9.50", kind="contract", customer="C-1")
    upsert(store, "prices", sku="A-1", price="7.00", kind="promo", promotion="双十一")
    order = make_order()
    [view] = context_of(store, order).skus
    assert (view.list_price, view.contract_price, view.approved_promo_price) == (11_000_000, 9_500_000, None)
    promoted = replace(order, lines=(replace(order.lines[0], promotion="双十一"),), buyer=buyer("13999999999"))
    [view] = context_of(store, promoted).skus
    assert (view.contract_price, view.approved_promo_price, view.cost) == (None, 7_000_000, 8_000_000)


def test_of_two_customers_with_one_phone_only_the_buyers_prices_and_numbers_count(store) -> None:
    found_company(store)
    phone = [{"name": "张总", "phone": "13800138000"}]
    upsert(store, "customers", code="C-2", name="昆山恒力", contacts=phone)
    upsert(store, "prices", sku="A-1", price="1.00", kind="contract", customer="C-2")
    upsert(store, "skus", sku="B-1", name="只给另一家", unit="个")
    upsert(store, "prices", sku="B-1", price="1.00", kind="contract", customer="C-2")
    theirs = party(customer_code="C-2", phone="13800138000")
    place(store, make_order("PO-7", ("A-2", "1"), buyer=theirs))
    ours = make_order("PO-7", ("A-1", "1"), ("B-1", "1"), buyer=party(customer_code="C-1", phone="13800138000"))
    context = context_of(store, replace(ours, channel="photo", issued_at=later(3600)))
    assert context.customer.code == "C-1"
    assert [(view.sku, view.contract_price) for view in context.skus] == [("A-1", None), ("B-1", None)]
    assert context.history.duplicates == ()
    again = replace(ours, channel="photo", issued_at=later(3600), buyer=theirs)
    context = context_of(store, again)
    assert [(view.sku, view.contract_price) for view in context.skus] == [("A-1", 1_000_000), ("B-1", 1_000_000)]
    assert [twin.same_number for twin in context.history.duplicates] == [True]


@pytest.mark.parametrize(
    ("said", "covered"), [({}, None), ({"covered": "no"}, False), ({"covered": "yes"}, True), ({"covered": "?"}, None)]
)
def test_MED_01_what_the_list_of_medicines_covers_is_part_of_the_context(store, said, covered) -> None:
    found_company(store)
    upsert(store, "skus", sku="A-1", name="A型接头", unit="个", attributes=said)
    [view] = context_of(store, make_order()).skus
    assert view.covered is covered


def test_RSK_01_orders_of_one_card_are_counted_on_the_local_day(store) -> None:
    """16:00 UTC is midnight in Shanghai."""
    found_company(store)
    evening = datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC)
    midnight = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    for number in range(3):
        place(store, make_order(f"PO-{number}", buyer=buyer(f"1390000000{number}", id_card=CARD)))
    same_day = make_order("PO-8", buyer=buyer("13900000009", id_card=CARD), issued_at=evening)
    next_day = replace(same_day, issued_at=midnight)
    assert context_of(store, same_day).history.same_id_orders_today == 4
    assert context_of(store, same_day).history.id_basis == "id_card"
    assert context_of(store, next_day).history.same_id_orders_today == 1


def test_RSK_01_the_card_counts_before_the_account_and_the_account_before_the_phone(store) -> None:
    found_company(store)
    ladder = [
        (buyer("13900000001", id_card=CARD, account="a"), "id_card"),
        (buyer("13900000001", account="a"), "account"),
        (buyer("13900000001"), "phone"),
        (buyer(None), "phone"),  # the recipient's
    ]
    assert [context_of(store, make_order(buyer=who)).history.id_basis for who, _ in ladder] == [
        name for _, name in ladder
    ]
    nobody = make_order(buyer=buyer(None), ship_to=replace(make_order().ship_to, contact=Contact()))
    assert context_of(store, nobody).history.id_basis == "none"


def test_RSK_01_cancelled_orders_are_counted_apart(store) -> None:
    found_company(store)
    for number in range(3):
        done = place(store, make_order(f"PO-{number}", buyer=buyer(f"1390000000{number}", id_card=CARD)))
    cancel(store, done.order_id, actor=SYSTEM, reason="x", version=None, now=NOW)
    seen = context_of(store, make_order("PO-9", buyer=buyer("13900000009", id_card=CARD))).history
    assert (seen.same_id_orders_today, seen.same_id_cancelled_today) == (3, 1)


def test_RSK_01_an_order_decided_again_counts_itself_once(store) -> None:
    found_company(store)
    order = make_order("PO-1", buyer=buyer("13900000001", id_card=CARD))
    done = place(store, order)
    assert context_of(store, order, own=done.order_id).history.same_id_orders_today == 1


@pytest.mark.parametrize(("seconds", "found"), [(0, 1), (300, 1), (-300, 1), (300.9, 1), (301, 0), (-301, 0)])
def test_DUP_01_equal_phone_and_sku_within_five_minutes(store, seconds, found) -> None:
    found_company(store)
    place(store, make_order("PO-1", buyer=buyer("13900000001")))
    other = make_order("PO-2", buyer=buyer("139 0000 0001"), issued_at=later(seconds))
    assert len(context_of(store, other).history.duplicates) == found


def test_DUP_01_another_sku_or_phone_is_no_duplicate(store) -> None:
    found_company(store)
    place(store, make_order("PO-1", buyer=buyer("13900000001")))
    assert context_of(store, make_order("PO-2", ("A-2", "1"), buyer=buyer("13900000001"))).history.duplicates == ()
    assert context_of(store, make_order("PO-2", buyer=buyer("13900000002"))).history.duplicates == ()


def test_DUP_03_the_same_order_by_another_channel_is_a_candidate_whenever_it_comes(store) -> None:
    found_company(store)
    first = place(store, make_order())
    [seen] = context_of(store, make_order(channel="photo", issued_at=later(3600))).history.duplicates
    assert (seen.order_id, seen.channel, seen.same_content, seen.same_number) == (first.order_id, "erp", True, True)
    assert seen.seconds_apart == 3600
    far = make_order(channel="photo", issued_at=NOW + history.SAME_CONTENT)
    assert context_of(store, far).history.duplicates == ()


def test_DUP_02_a_cancelled_order_is_no_duplicate_and_an_order_not_of_itself(store) -> None:
    found_company(store)
    first = place(store, make_order())
    assert context_of(store, make_order(), own=first.order_id).history.duplicates == ()
    cancel(store, first.order_id, actor=SYSTEM, reason="x", version=None, now=NOW)
    assert context_of(store, make_order("PO-2")).history.duplicates == ()


def test_peak_mode_is_part_of_the_context(store) -> None:
    found_company(store)
    assert not context_of(store, make_order()).peak_mode
    for value in (True, False):
        with store.db.write() as conn:
            configuration.put(conn, configuration.PEAK_MODE, value, actor="usr_1", now=NOW)
        assert context_of(store, make_order()).peak_mode is value


def test_APP_06_what_was_shipped_adds_to_the_customers_lifetime(store) -> None:
    from orders.state import OrderState
    from server.commit import Move, move

    found_company(store)
    upsert(store, "customers", code="C-1", name="苏州恒力机电有限公司", lifetime_spend="4990.00", purchase_count=6,
           ids=[{"scheme": "uscc", "value": "91320505MA1KL0011B"}])  # fmt: skip
    order = make_order("PO-1", ("A-1", "1"))
    done = place(store, order, passing(order))
    for version, (source, target) in enumerate([("routing", "printed"), ("printed", "shipped")], start=1):
        step = Move("step", OrderState(source), OrderState(target), SYSTEM, version=version)
        move(store, done.order_id, step, now=NOW)
    view = context_of(store, make_order("PO-2")).customer
    assert (view.lifetime_spend_fen, view.purchase_count) == (500_000, 7)

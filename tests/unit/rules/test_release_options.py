"""U4: what would release a hold: each suggestion clears exactly that hold, and the engine says so."""

from __future__ import annotations

from dataclasses import replace

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.context import DuplicateCandidate
from orders.credit import CreditStatus, CreditView
from orders.money import Fen, Micro
from orders.order import OrderType
from orders.party import Address
from orders.stock import StockLevel
from rules.bundle import load_bundle
from rules.decide import decide
from rules.explain import release_options
from rules.facts import freeze
from tests.unit.rules.cases import SUZHOU, M, context, holds, line, order, payable, shipped
from tests.unit.rules.test_language import book
from tests.unit.rules.test_language import facts as written

PICKUP = Address("苏州市虎丘区菜鸟驿站", "江苏省", "苏州市", "虎丘区", "菜鸟驿站")
BARE = Address("苏州", "江苏省", "苏州市", None, None)


def to(made, address: Address):
    return replace(made, ship_to=replace(made.ship_to, address=address))


def released(facts: bytes, rule: str, code: str, line_no: int | None = None):
    found = release_options(facts, shipped(), rule, code, line_no)
    assert found is not None
    return found


def words(found) -> list[tuple[str, str]]:
    return [(option.group, option.message.zh) for option in found.options]


def test_U4_a_pickup_order_over_500_can_go_elsewhere_or_become_smaller():
    made = to(payable("502.01"), PICKUP)
    found = released(freeze(made, context()), "RSK-02", "PICKUP_POINT_HIGH_VALUE")
    assert ("customer", "改送其他收货地址") in words(found)
    assert ("sales", "再优惠 2.01 元") in words(found)
    assert (found.by_data, found.needs_human, found.who) == (True, True, ("risk",))
    assert found.message.zh == "更改后仍须风控放行"
    assert "驿站" not in str(found.options)


def test_U4_the_smallest_change_is_proposed_and_one_fen_less_would_not_do():
    limit = replace(context().credit, limit_fen=Fen(10_000), exposure_fen=Fen(9_000))
    facts = freeze(payable("10.01"), context(credit=limit))
    found = released(facts, "CRD-01.limit", "CREDIT_LIMIT")
    assert ("customer", "回款 0.01 元") in words(found)
    assert ("finance", "信用额度由 100.00 元 改为 100.01 元") in words(found)
    assert ("customer", "先付款") in words(found)
    paid = freeze(payable("10.01"), context(credit=replace(limit, exposure_fen=Fen(8_999))))
    assert "CREDIT_LIMIT" not in holds(decide(paid, shipped()))


def test_U4_short_stock_is_cleared_by_fewer_pieces_or_an_arrival():
    stock = (StockLevel("A-1001", "GZ", Micro(7 * M), Micro(0)),)
    made = order(line(quantity=Micro(10 * M), amount=Fen(12_500), unit_price=Micro(12_500_000)))
    found = released(freeze(made, context(stock=stock)), "VAL-02", "STOCK_SHORT", 1)
    assert ("customer", "第 1 行数量由 10 个减少到 7 个") in words(found)
    assert ("stock", "A-1001 到货 3") in words(found)
    fewer = order(line(quantity=Micro(7 * M), amount=Fen(8_750), unit_price=Micro(12_500_000)))
    assert holds(decide(freeze(fewer, context(stock=stock)), shipped())) == []


def test_U4_what_is_missing_is_asked_for_together():
    found = released(freeze(to(order(), BARE), context()), "VAL-03", "INCORRECT_ADDRESS")
    assert words(found) == [("customer", "填写区县，并填写详细地址")]
    assert [change.path for change in found.options[0].changes] == ["order.ship_to.district", "order.ship_to.detail"]


def test_U4_what_no_data_can_change_needs_a_role():
    history = replace(context().history, same_id_orders_today=4)
    found = released(freeze(order(), context(history=history)), "RSK-01", "BRUSHING_SUSPECT")
    assert (found.options, found.by_data) == ((), False)
    assert found.message.zh == "改数据不能放行，须由风控放行"
    assert found.message.en == "cannot be released by data, needs risk"


def test_U4_a_hold_on_a_derived_fact_is_traced_to_its_makers():
    twin = DuplicateCandidate("ord_9", "PO-9", "api", True, True, ("A-1001",), 10)
    history = replace(context().history, duplicates=(twin,))
    found = released(freeze(order(), context(history=history)), "DUP-02", "DUPLICATE_SUSPECT")
    assert words(found) == [("customer", "取消另一张订单 PO-9")]


def test_U4_one_line_is_released_without_touching_the_other():
    lines = (
        line(quantity=Micro(10 * M), unit_price=Micro(12_500_000), amount=Fen(12_501)),
        line(2, quantity=Micro(10 * M), unit_price=Micro(12_500_000), amount=Fen(12_502)),
    )
    facts = freeze(order(*lines), context())
    before = {(hold.code, hold.line_no) for hold in decide(facts, shipped()).holds}
    found = released(facts, "VAL-10.amount", "PRICE_MISMATCH", 2)
    assert found.options
    for option in found.options:
        after = {(hold.code, hold.line_no) for hold in decide(option.facts, shipped()).holds}
        assert after == before - {("PRICE_MISMATCH", 2)}


def test_U4_who_may_release_is_told_of_this_rules_hold_of_this_code():
    hold = "{{hold: {{code: {}, gate: ship, who: [{}]}}}}"
    then = f"[{{flag: F}}, {hold.format('A', 'finance')}, {hold.format('B', 'risk')}]"
    other = f"  - {{id: A-0, when: order.urgent, then: [{hold.format('B', 'sales')}], message: {{zh: x, en: x}}}}\n"
    bundle = load_bundle(book("order.urgent", then, other))
    given = orjson.dumps(written(urgent=True))
    assert [release_options(given, bundle, "R-1", code).who for code in ("A", "B")] == [("finance",), ("risk",)]
    assert release_options(given, bundle, "R-1", "F") is None


def test_U4_of_two_held_lines_the_one_asked_for_is_changed():
    then = "[{hold: {code: DEAR, gate: ship, who: [risk]}}]"
    rows = [
        {"line_no": number, "sku": sku, "unit_price": 201_000_000, "quantity": M}
        for number, sku in ((0, "A"), (1, "B"))
    ]
    given = orjson.dumps(written(line=rows))
    bundle = load_bundle(book("line.unit_price > 200.00元 and line.promotion is missing", then))
    found = release_options(given, bundle, "R-1", "DEAR", 1)
    assert [option.message.zh for option in found.options] == [
        "第 1 行填写促销",
        "第 1 行单价由 201.00 元 改为 200.00 元",
    ]


def test_U4_no_such_hold_is_none():
    assert release_options(freeze(order(), context()), shipped(), "RSK-02", "PICKUP_POINT_HIGH_VALUE") is None
    assert release_options(freeze(order(), context()), shipped(), "RSK-99", "X") is None


@st.composite
def situations(draw):
    lines = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        quantity = draw(st.integers(1, 60))
        fen = draw(st.sampled_from((850, 1_250, 20_001, 90_000)))
        lines.append(
            line(
                number,
                quantity=Micro(quantity * M),
                unit_price=Micro(fen * 10_000) if draw(st.integers(0, 9)) else None,
                amount=Fen(fen * quantity + draw(st.sampled_from((0, 0, 0, 1)))),
                type=draw(st.sampled_from((OrderType.STOCK, OrderType.STOCK, OrderType.CUSTOM))),
            )
        )
    made = to(order(*lines), draw(st.sampled_from((SUZHOU, SUZHOU, PICKUP, BARE))))
    made = replace(made, channel=draw(st.sampled_from(("api", "form"))))
    if draw(st.booleans()):
        made = replace(made, requested_date=None)
    if draw(st.integers(0, 4)) == 0:
        made = replace(made, totals=replace(made.totals, payable=Fen(made.totals.payable + 1)))
    credit = CreditView(
        draw(st.sampled_from((CreditStatus.OK, CreditStatus.OK, CreditStatus.UNAVAILABLE))),
        Fen(draw(st.sampled_from((10_000, 100_000_000)))),
        Fen(draw(st.sampled_from((0, 9_000)))),
        draw(st.sampled_from((0, 31))),
        draw(st.sampled_from((549, 800))),
    )
    free = draw(st.sampled_from((0, 5, 1000)))
    stock = tuple(StockLevel(item.sku, "GZ", Micro(free * M), Micro(0)) for item in lines)
    twin = DuplicateCandidate("ord_9", None, "api", True, True, ("A-1001",), draw(st.sampled_from((10, 301))))
    history = replace(
        context().history,
        same_id_orders_today=draw(st.sampled_from((1, 4))),
        duplicates=draw(st.sampled_from(((), (twin,)))),
    )
    return freeze(made, context(credit=credit, stock=stock, history=history))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(situations())
def test_U4_every_suggestion_clears_exactly_its_hold_and_adds_none(facts):
    body = decide(facts, shipped())
    before = {(hold.rule, hold.code, hold.line_no) for hold in body.holds}
    for rule, code, line_no in before:
        found = released(facts, rule, code, line_no)
        assert found.by_data is bool(found.options)
        for option in found.options:
            after = {(hold.rule, hold.code, hold.line_no) for hold in decide(option.facts, shipped()).holds}
            assert after == before - {(rule, code, line_no)}
            assert option.changes
            assert option.group in ("customer", "sales", "finance", "stock")


def test_U4_personal_text_is_never_told():
    found = released(freeze(to(order(), BARE), context()), "VAL-03", "INCORRECT_ADDRESS")
    assert all(
        change.was is None and change.to in (None, "其他") for option in found.options for change in option.changes
    )
    assert "13900139000" not in str(found)

"""U5: which rules almost fired and by how much; which condition failed, on which value."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from orders.hold import Message
from orders.party import Address
from rules.bundle import load_bundle
from rules.explain import conditions, near_misses
from rules.facts import freeze
from tests.unit.rules.cases import SUZHOU, context, line, order, payable, shipped
from tests.unit.rules.test_language import book, facts

PICKUP = Address("苏州市虎丘区菜鸟驿站", "江苏省", "苏州市", "虎丘区", "菜鸟驿站")


def to(address: Address):
    made = order()
    return replace(made.ship_to, address=address)


def missed(given: bytes) -> dict[str, Message]:
    return {one.rule: one.message for one in near_misses(given, shipped())}


def facts_of(made, around=None) -> bytes:
    return freeze(made, around or context())


def paying(fen: int, **changes) -> bytes:
    return facts_of(payable(f"{fen // 100}.{fen % 100:02d}", **changes))


def test_U5_498_yuan_to_a_pickup_point_misses_by_2_01_yuan():
    found = missed(paying(49_800, ship_to=to(PICKUP)))
    assert found["RSK-02"] == Message("订单金额 498.00 元，差 2.01 元", "Order amount 498.00, 2.01 short")


@pytest.mark.parametrize(("fen", "near"), [(39_999, False), (41_000, True), (50_000, True), (50_001, False)])
def test_U5_near_ends_a_fifth_below_the_threshold_and_at_it(fen, near):
    assert ("RSK-02" in missed(paying(fen, ship_to=to(PICKUP)))) is near


def test_U5_the_third_order_of_the_day_is_one_order_short():
    history = replace(context().history, same_id_orders_today=3)
    found = missed(facts_of(order(), context(history=history)))
    assert found["RSK-01"].zh == "同证件当日单数 3 单，差 1 单"
    assert "RSK-01" not in missed(facts_of(order(), context(history=replace(history, same_id_orders_today=2))))


def test_U5_enough_money_without_the_word_is_near_and_shows_no_address():
    found = missed(paying(60_000, ship_to=to(SUZHOU)))
    assert found["RSK-02"].zh == "收货地址不含“驿站”、“代收点”"
    assert "星湖街" not in str(found)


def test_U5_a_rule_that_fired_is_no_near_miss_and_nearest_comes_first():
    given = paying(4_999_999, ship_to=to(PICKUP))
    found = near_misses(given, shipped())
    assert "RSK-02" not in [one.rule for one in found]
    assert found[0].rule == "RSK-05"
    assert found[0].gaps[0].distance == "0.01 元"
    assert (found[0].gaps[0].value, found[0].gaps[0].condition) == ("49999.99 元", "order.payable >= $large_amount")


def test_U5_near_misses_of_lines_name_the_line():
    made = order(line(unit_price=100_000_000, amount=100_000), line(2, unit_price=199_000_000, amount=199_000))
    found = next(one for one in near_misses(facts_of(made), shipped()) if one.rule == "RSK-03")
    assert (found.line_no, found.message.zh) == (2, "单价 199.00 元，差 1.01 元")


def test_U5_at_most_so_many_are_told():
    given = paying(49_800, ship_to=to(PICKUP))
    assert len(near_misses(given, shipped(), limit=1)) == 1


@pytest.mark.parametrize(("lacking", "near"), [(0, False), (1, True), (2, True), (3, False)])
def test_U5_with_more_than_two_conditions_lacking_a_rule_is_not_near(lacking, near):
    fields = ("payable", "goods", "lines_total")
    when = " and ".join(
        f"order.{name} > {'500.00' if place < lacking else '400.00'}" for place, name in enumerate(fields)
    )
    given = orjson.dumps(facts(**dict.fromkeys(fields, 49_900)))
    assert bool(near_misses(given, load_bundle(book(when)))) is near


MONEY_AND_URGENT = "order.payable > $limit and order.urgent"
OF_LINES = "line.unit_price > 100.00元"


def priced(*yuan: int) -> dict:
    return facts(line=[{"unit_price": each * 1_000_000, "quantity": 1} for each in yuan])


@pytest.mark.parametrize(
    ("when", "given", "said"),
    [
        (OF_LINES, priced(81, 99, 90), ["单价 99.00 元，差 1.01 元"]),
        (OF_LINES, priced(101, 99), []),  # fired for another line
        (MONEY_AND_URGENT, facts(payable=60_000, urgent=False), ["加急 否"]),
        (MONEY_AND_URGENT, facts(payable=49_800, urgent=False), []),
        ("order.payable > $limit", facts(), []),
        ("order.payable > $limit and $mode is other", facts(payable=60_000), []),
        ("order.payable > $limit and none duplicate.same_phone",
         facts(payable=60_000, duplicate=[{"same_phone": True}]), []),
        ("order.urgent", facts(urgent=False), []),
        ("order.payable > order.goods and order.urgent", facts(payable=2, goods=1, urgent=False), []),
        ("order.payable > 0.02元", facts(payable=2), []),
        ("order.line_count > 3", facts(line_count=3), ["行数 3 行，差 1 行"]),
        ("order.line_count > 3", facts(line_count=2), []),
    ],
)  # fmt: skip
def test_U5_what_is_near_and_what_is_not(when, given, said):
    found = near_misses(orjson.dumps(given), load_bundle(book(when)))
    assert [one.message.zh for one in found] == said


def test_U5_equally_near_rules_stand_in_the_order_of_their_names():
    again = "  - {id: Q-0, when: order.payable > $limit, then: [{flag: F}], message: {zh: x, en: x}}\n"
    nearer = again.replace("Q-0", "Z-9").replace("$limit", "499.00")
    given = orjson.dumps(facts(payable=49_800))
    found = near_misses(given, load_bundle(book("order.payable > $limit", extra=again + nearer)))
    assert [one.rule for one in found] == ["Z-9", "Q-0", "R-1"]


def told(when: str, given: dict) -> list[tuple[bool, str]]:
    verdict = conditions_of(when, given)
    return [(check.holds, check.message.zh) for check in verdict.cases[0].checks]


def conditions_of(when: str, given: dict):
    return conditions(orjson.dumps(given), load_bundle(book(when)), "R-1")


@pytest.mark.parametrize(
    ("when", "given", "checks"),
    [
        ("order.payable > $limit and order.urgent", facts(payable=49_800, urgent=False),
         [(False, "订单金额 498.00 元，差 2.01 元"), (False, "加急 否")]),
        ("order.payable > $limit", facts(), [(False, "订单金额缺失")]),
        ("order.channel is api", facts(channel="mail"), [(False, "渠道 mail，须为 api")]),
        ("order.channel in [api, form]", facts(channel="mail"), [(False, "渠道 mail，须为 api、form 之一")]),
        ("order.channel contains ap", facts(channel="mail"), [(False, "渠道 mail，须含 ap")]),
        ("order.channel is missing", facts(channel="mail"), [(False, "渠道已填")]),
        ("not order.urgent", facts(urgent=True), [(False, "加急 是，须不成立")]),
        ("order.requested_date <= today + 1 day", facts(requested_date="2026-11-25"),
         [(False, "期望交期 2026-11-25，今天＋1 天 2026-11-23，差 2 天")]),
        ("duplicate.apart <= $window", facts(duplicate=[{"apart": 301}]), [(False, "间隔 5 分钟 1 秒，差 1 秒")]),
        ("none duplicate.same_phone", facts(duplicate=[{"same_phone": True}]),
         [(False, "none duplicate.same_phone：有相符的记录")]),
        ("$mode is other and order.urgent", facts(urgent=True),
         [(False, "mode is other：参数不如此"), (True, "加急 是")]),
        ("order.goods * 85% > order.payable", facts(goods=100, payable=85),
         [(False, "货款合计×85% 0.85 元，订单金额 0.85 元，差 0.01 元")]),
    ],
)  # fmt: skip
def test_U5_each_condition_says_its_value_and_what_it_lacks(when, given, checks):
    assert told(when, given) == checks


def test_U5_of_any_rule_the_nearest_case_comes_first_and_any_is_a_group():
    verdict = conditions_of(
        "line.unit_price > 5.00元 and (line.is_gift or line.quantity > 9)",
        facts(line=[{"unit_price": 1, "quantity": 1}, {"unit_price": 6_000_000, "quantity": 9_000_000}]),
    )
    assert (verdict.fired, verdict.enabled, [case.line_no for case in verdict.cases]) == (False, True, [1, 0])
    first = verdict.cases[0]
    assert first.facts == "第 1 行"
    assert [(check.condition, check.holds, check.depth) for check in first.checks] == [
        ("line.unit_price > 5.00元", True, 0),
        ("any", False, 0),
        ("line.is_gift", False, 1),
        ("line.quantity > 9", False, 1),
    ]


def test_U5_a_rule_that_fired_says_so_and_an_unknown_one_is_none():
    given = paying(60_000, ship_to=to(PICKUP))
    verdict = conditions(given, shipped(), "RSK-02")
    assert verdict.fired
    assert all(check.holds for check in verdict.cases[0].checks)
    assert conditions(given, shipped(), "RSK-99") is None


def test_U5_after_an_erasure_the_kept_atoms_answer():
    given = orjson.loads(paying(49_800, ship_to=to(PICKUP)))
    kept = shipped().program.personal(given["personal"])
    erased = orjson.dumps({**given, "personal": {}, "personal_atoms": kept})
    assert {one.rule: one.message for one in near_misses(erased, shipped())}["RSK-02"].zh.endswith("差 2.01 元")

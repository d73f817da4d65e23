"""Limits that no order can reach are refused while they are written, with their place; what is live already loads."""

from __future__ import annotations

import pytest

from orders.errors import RuleAuthorError
from rules import limits
from rules.bundle import authored, load_bundle, policy_files

FILE = """policy: p
owner: risk
stage: fraud
params:
  top: {{value: {top}, zh: 上限, en: top}}
  days: {{value: [1, {day}], zh: 天数, en: days}}
rules:
  - id: R-1
    when:
      - {when}
    then:
      - flag: X
    message: {{zh: 甲, en: a}}
"""


def files(when: str, top: str = "5.00元", day: str = "2") -> dict[str, str]:
    return {"p.yaml": FILE.format(when=when, top=top, day=day)}


def test_RSK_10_a_parameter_below_zero_is_refused_at_its_value_with_what_was_meant() -> None:
    below = files("order.payable > $top", "-0.01元")
    with pytest.raises(RuleAuthorError) as refused:
        authored(below)
    assert (refused.value.file, refused.value.line, refused.value.column) == ("p.yaml", 5, 17)
    assert refused.value.plain_zh == "“订单金额”的界限不能是负数（-0.01元）；是否想写 0.01元？"
    assert load_bundle(below), "what is live already goes on"
    assert authored(files("order.payable > $top", "0.00元"))


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("order.payable > -5.00元", "“订单金额”的界限不能是负数（-5.00元）"),
        ("-0.01 < line.unit_price", "“单价”的界限不能是负数（-0.01元）"),
        ("order.payable between -1元 and 1元", "“订单金额”的界限不能是负数（-1.00元）"),
        ("order.payable between 2元 and 1元", "应先写小的"),
        ("order.payable between $top and 4.99元", "应先写小的"),
        ("order.requested_date between 2026-11-30 and 2026-11-29", "应先写小的"),
        ("duplicate.apart > -5 min", "“间隔”从不为负数，这里却是 -5 分钟"),
        ("none line.quantity < -1", "“数量”从不为负数，这里却是 -1"),
        ("count(line where line.quantity < -1) > 0", "“数量”从不为负数"),
        ("credit.overdue_days in [1, -1]", "“逾期天数”从不为负数"),
        ("customer.purchase_count > 1 or credit.score < -1", "“信用评分”从不为负数"),
    ],
)
def test_a_limit_that_no_order_reaches_is_refused(when: str, said: str) -> None:
    with pytest.raises(RuleAuthorError, match=r"p\.yaml:10:") as refused:
        authored(files(when))
    assert said in refused.value.plain_zh


def test_a_lists_value_below_zero_is_refused_at_its_place() -> None:
    with pytest.raises(RuleAuthorError, match=r"p\.yaml:6:22: "):
        authored(files("credit.overdue_days in $days", day="-2"))


@pytest.mark.parametrize(
    "when",
    [
        "order.payable < 0.00元",
        "order.payable >= 0元",
        "credit.available < -5元",
        "stock.available < -1",
        "order.payable - order.expected_payable > -0.05元",
        "order.payable between 1元 and 1元",
        "order.payable between $top and 5.00元",
        "order.requested_date between 2026-11-29 and 2026-11-29",
        "credit.overdue_days in $days",
        "today - order.requested_date > 3 days",
        "order.channel = order.currency",
        "order.payable > order.goods",
        "order.payable between order.goods and order.expected_payable",
    ],
)
def test_what_may_be_below_zero_or_equal_stays_allowed(when: str) -> None:
    assert authored(files(when))


def one(**more: str) -> dict[str, str]:
    text = files("order.payable > $top")["p.yaml"]
    for old, new in (("flag: X", more.get("then")), ("zh: 甲", more.get("zh")), ("    when:", more.get("when"))):
        text = text.replace(old, new) if new else text
    return {"p.yaml": text + more.get("behind", "")}


def effective(since: str, until: str) -> str:
    return f"    effective: {{from: {since}, until: {until}}}\n    when:"


def test_a_rule_that_ends_before_it_begins_is_refused() -> None:
    assert authored(one(when=effective("2026-11-11", "2026-11-11")))
    with pytest.raises(RuleAuthorError, match="ends before it begins"):
        authored(one(when=effective("2026-11-12", "2026-11-11")))


def test_a_message_has_a_length() -> None:
    assert authored(one(zh=f"zh: {'长' * limits.MESSAGE_CHARS}"))
    with pytest.raises(RuleAuthorError, match="at most 1000 characters"):
        authored(one(zh=f"zh: {'长' * (limits.MESSAGE_CHARS + 1)}"))


@pytest.mark.parametrize("then", ['route: ""', 'carrier: {carrier: ""}'])
def test_an_empty_site_or_carrier_is_refused(then: str) -> None:
    with pytest.raises(RuleAuthorError, match="is empty"):
        authored(one(then=then))


@pytest.mark.parametrize("key", ["fires", "silent"])
def test_U1_an_example_that_names_no_rule_is_refused_with_the_nearest(key: str) -> None:
    example = "examples:\n  - {{name: 甲, given: {{order.payable: 6.00}}, {}: [{}]}}\n"
    assert authored(one(behind=example.format(key, "R-1")))
    with pytest.raises(RuleAuthorError, match=r"p\.yaml:15:") as refused:
        authored(one(behind=example.format(key, "R-11")))
    assert refused.value.plain_zh == "没有规则 R-11；是否想写 R-1？"


def test_more_rules_than_are_compiled_in_good_time_are_refused_at_the_first_too_many(monkeypatch) -> None:
    monkeypatch.setattr(limits, "MOST_RULES", 2)
    rule = "  - {{id: {}, when: [order.urgent], then: [{{flag: X}}], message: {{zh: 甲, en: a}}}}\n"
    assert authored(one(behind=rule.format("R-2")))
    with pytest.raises(RuleAuthorError, match=r"p\.yaml:15:5: a bundle may have at most 2 rules"):
        authored(one(behind=rule.format("R-2") + rule.format("R-3") + rule.format("R-4")))


def test_what_a_file_declares_itself_may_be_below_zero() -> None:
    own = "fields:\n  order.attributes.degrees: {type: count, zh: 温度}\n"
    assert authored(one(when="    with: {}\n    when:\n      - order.attributes.degrees < -18", behind=own))


def test_the_shipped_rules_have_sensible_limits() -> None:
    assert authored(policy_files())


ROUTED = """policy: p
owner: production
stage: route
params: {first: GZ, second: {value: CD, zh: 第二仓}}
tables: {area: {zh: 表, columns: {province: {type: text, zh: 省}, site: {type: text, zh: 仓}}, rows: [[江苏, CD], [浙江, null]]}}
rules:
  - {id: A, when: order.urgent, then: [{flag: F}, {route: GZ}], message: {zh: x, en: x}}
  - {id: B, when: order.urgent, then: [{route: $first}], message: {zh: x, en: x}}
  - {id: C, when: order.urgent, then: [{route: $second}], message: {zh: x, en: x}}
  - {id: D, with: {near: area}, when: near.province = order.ship_to.province, then: [{route: near.site}], message: {zh: x, en: x}}
  - {id: E, when: order.urgent, then: [{route: order.seller_entity}], message: {zh: x, en: x}}
  - {id: F, when: order.urgent, then: [{route: "a.b"}], message: {zh: x, en: x}}
"""  # noqa: E501
SITES = ("GZ", "CD", "a.b")


@pytest.mark.parametrize(
    ("written", "typo", "place"),
    [
        ("{route: GZ}", "{route: GX}", "7:59"),
        ("first: GZ", "first: GX", "4:17"),
        ("value: CD", "value: GX", "4:37"),
        ("[江苏, CD]", "[江苏, GX]", "5:105"),
        ('"a.b"', "GX", "12:48"),
    ],
)
def test_RTE_09_goods_are_not_routed_to_a_site_that_master_data_lacks(written: str, typo: str, place: str) -> None:
    assert authored({"p.yaml": ROUTED}, SITES)
    wrong = {"p.yaml": ROUTED.replace(written, typo)}
    with pytest.raises(RuleAuthorError, match=rf"p\.yaml:{place}: ") as refused:
        authored(wrong, SITES)
    assert refused.value.plain_zh.startswith("主数据里没有仓库 GX，已有 CD、GZ、a.b；")
    assert refused.value.suggestion == "GZ"
    assert authored(wrong), "where nobody knows the sites, nobody asks"


def test_RTE_09_of_many_sites_a_refusal_names_ten() -> None:
    many = [f"S{number:02d}" for number in range(12)]
    for known, said in ((many[:10], "S09；"), (many, "S09 等；")):
        with pytest.raises(RuleAuthorError) as refused:
            authored({"p.yaml": ROUTED}, known)
        assert said in refused.value.plain_zh

"""U12: rules as Chinese sentences, both ways: what is said and heard again is the same rule."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.errors import RuleAuthorError
from rules.prove import Generator, rulebook
from rules.sentences import hear, param_labels, say, sentences
from rules.text.clauses import condition
from rules.text.resolve import Resolver
from rules.text.source import read_yaml
from rules.tree import All
from rules.tree import Any as AnyOf
from tests.unit.rules.cases import shipped

WORDS = shipped().book.vocabulary
CARD = '当 收货地址 含 "驿站" 或 "代收点" 且 订单金额 > 500 元，则 挂起（人工审核）'


def bare(node: Any) -> Any:
    """A typed tree without the text it was written in, groups of one opened and like groups joined."""
    if isinstance(node, All | AnyOf):
        parts = []
        for part in (bare(one) for one in node.parts):
            parts += part.parts if type(part) is type(node) else [part]
        return parts[0] if len(parts) == 1 else type(node)(tuple(parts))
    if isinstance(node, tuple):
        return tuple(bare(one) for one in node)
    if is_dataclass(node) and not isinstance(node, type):
        changes = {each.name: bare(getattr(node, each.name)) for each in fields(node) if each.name != "text"}
        return replace(node, **changes, **({"text": ""} if hasattr(node, "text") else {}))
    return node


def heard(text: str, **more: Any) -> dict[str, Any]:
    return hear(text, WORDS, **more)


def refused(text: str, **more: Any) -> RuleAuthorError:
    with pytest.raises(RuleAuthorError) as caught:
        heard(text, **more)
    return caught.value


def test_U12_the_design_cards_sentence_is_this_rule():
    assert heard(CARD) == {
        "when": 'order.ship_to.address contains ["驿站", "代收点"] and order.payable > 500元',
        "then": [{"hold": {"code": "MANUAL", "gate": "approve", "who": ["risk"], "needs_human": "true"}}],
    }
    assert say(heard(CARD), WORDS) == CARD


@pytest.mark.parametrize(
    ("sentence", "when"),
    [
        ('当 渠道 是 "api"，则 标记（F）', 'order.channel = "api"'),
        ('当 渠道 不在 ["api", "form"] 之中，则 标记（F）', 'order.channel not in ["api", "form"]'),
        ("当 订单行的数量 ≥ 3 个，则 标记（F）", "line.quantity >= 3个"),
        ("当 期望交期 － 今天 < 3 天，则 标记（F）", "order.requested_date - today < 3天"),
        ("当 今天 － 期望交期 > -3 天 － -1 天，则 标记（F）", "today - order.requested_date > -3天 - -1天"),
        ("当 期望交期 ≤ 2026-12-01，则 标记（F）", "order.requested_date <= 2026-12-01"),
        ("当 订单金额 介于 1 元 与 2.50 元 之间，则 标记（F）", "order.payable between 1元 and 2.5元"),
        ("当 没有 （疑似重复的电话相同 为 是 且 疑似重复的间隔 < 5 分钟），则 标记（F）",
         "none (duplicate.same_phone = true and duplicate.apart < 5分钟)"),
        ("当 并非 加急 为 是，则 标记（F）", "not order.urgent = true"),
        ("当 计数（订单行，其中 订单行的数量 > 1） ≥ 2，则 标记（F）", "count(line where line.quantity > 1) >= 2"),
        ("当 合计（订单行的行金额） > 10.50 元，则 标记（F）", "sum(line.amount) > 10.5元"),
        ("当 （货款合计 ＋ 税额） × 85% > 订单金额，则 标记（F）", "(order.goods + order.tax) * 85% > order.payable"),
        ("当 渠道 缺失 或 备注 已填，则 标记（F）", "order.channel is missing or order.note is present"),
        ('当 渠道 含 "a" 或 渠道 以 "b" 开头，则 标记（F）',
         'order.channel contains "a" or order.channel starts with "b"'),
    ],
)  # fmt: skip
def test_U12_every_construct_is_heard_and_said_again(sentence, when):
    rule = heard(sentence)
    assert rule == {"when": when, "then": [{"flag": "F"}]}
    assert say(rule, WORDS) == sentence


@pytest.mark.parametrize(
    ("sentence", "then"),
    [
        ("挂起（X，发货关卡，风控、财务放行）", [{"hold": {"code": "X", "gate": "ship", "who": ["risk", "finance"]}}]),
        ("挂起（X，打单关卡，财务放行，须人工，仅警告）",
         [{"hold": {"code": "X", "gate": "label", "who": ["finance"], "needs_human": "true", "severity": "warning"}}]),
        ("拒绝（BANNED）", [{"reject": "BANNED"}]),
        ("要求（signature），并 标记（S）", [{"require": "signature"}, {"flag": "S"}]),
        ('分仓到 "GZ"', [{"route": "GZ"}]),
        ('交 "ZTO"，服务 "standard"，并 不拆单',
         [{"carrier": {"carrier": "ZTO", "service": "standard"}}, {"together": "true"}]),
        ('交 "ZTO"，并 优先级 9', [{"carrier": "ZTO"}, {"priority": "9"}]),
        ("通知（客服），并 未做检查（credit）", [{"notify": "customer_service"}, {"degraded": "credit"}]),
        ("审批（销售主管、财务），并 免审批（生产经理）",
         [{"approval": ["sales_supervisor", "finance"]}, {"skip": ["production"]}]),
        ("走流程 订单类型", [{"workflow": "order.type"}]),
    ],
)  # fmt: skip
def test_U12_every_effect_is_heard_and_said_again(sentence, then):
    rule = heard(f"当 加急 为 是，则 {sentence}")
    assert rule["then"] == then
    assert say(rule, WORDS) == f"当 加急 为 是，则 {sentence}"


def test_U12_spaces_and_half_width_signs_do_not_matter():
    assert heard("当收货地址含“驿站”或“代收点”且订单金额>500元,则挂起(人工审核)") == heard(CARD)


def test_U12_parameters_are_named_and_stay_parameters():
    params = {"limit": "代收点金额上限", "words": "代收点用词"}
    rule = heard("当 收货地址 含 「代收点用词」 且 订单金额 > 「limit」，则 标记（F）", params=params)
    assert rule["when"] == "order.ship_to.address contains $words and order.payable > $limit"
    assert say(rule, WORDS, params) == "当 收货地址 含 「代收点用词」 且 订单金额 > 「代收点金额上限」，则 标记（F）"
    assert "是否想写 「代收点用词」" in refused("当 收货地址 含 「代收用词」，则 标记（F）", params=params).message_zh


def test_U12_what_a_sentence_does_not_say_stays_in_the_rule():
    base = {"id": "R-1", "title": {"zh": "甲", "en": "A"}, "when": "order.urgent", "message": {"zh": "x", "en": "x"},
            "then": [{"hold": {"code": "X", "gate": "ship", "who": ["risk"], "release": [{"zh": "放", "en": "r"}]}}]}  # fmt: skip # noqa: E501
    again = heard("当 加急 为 否，则 挂起（Y，审批关卡，财务放行）", base=base)
    assert (again["id"], again["title"], again["message"]) == ("R-1", base["title"], base["message"])
    assert again["when"] == "order.urgent = false"
    assert again["then"] == [{"hold": {"code": "Y", "gate": "approve", "who": ["finance"], "release": [{"zh": "放", "en": "r"}]}}]  # fmt: skip # noqa: E501


@pytest.mark.parametrize(
    ("sentence", "column", "zh"),
    [
        ("当 订单金颜 > 500 元，则 标记（F）", 3, "词汇表中没有“订单金颜”；是否想写 订单金额？"),
        ("当 订单金额 500 元，则 标记（F）", 8, "此处应为比较"),
        ("当 订单金额 > ，则 标记（F）", 10, "此处应为字段或值"),
        ("当 加急 为 真，则 标记（F）", 8, "应为 是 或 否"),
        ("当 加急 为 是 标记（F）", 10, "此处应为“则”"),
        ("当 加急 为 是，则 删除（F）", 12, "“删除”不是规则的动作"),
        ("当 加急 为 是，则 通知（客户）", 12, "“客户”应为"),
        ("当 加急 为 是，则 挂起（X，发货关卡）", 14, "挂起缺少who"),
        ("当 加急 为 是，则 挂起（X，发运关卡，风控放行）", 14, "“发运”应为"),
        ("当 （加急 为 是，则 标记（F）", 10, "此处应为“)”"),
        ("加急 为 是", 7, "此处应为“则”，而不是“结尾”"),
        ("当 期望交期 > 2026-02-30，则 标记（F）", 10, "不是有效日期"),
        ("当 加急 为 是，则 标记（F）再见", 17, "词汇表中没有“再见”"),
    ],
)
def test_U12_a_refusal_names_the_place_the_reason_and_the_nearest_word(sentence, column, zh):
    error = refused(sentence)
    assert zh in error.message_zh
    assert (error.line, error.column) == (1, column)
    assert error.message_en != error.message_zh


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("如果订单金额大于５００元，那么标记（A）", "当 订单金额 > 500 元，则 标记（A）"),
        ("订单金额不超过500块，则标记（A）", "当 订单金额 ≤ 500 元，则 标记（A）"),
        (
            "当订单金额＞500元并且收货地址包含“驿站”就标记（A）",
            '当 订单金额 > 500 元 且 收货地址 含 "驿站"，则 标记（A）',
        ),
        ('当 收货地址 含 "１号＞"，则 标记（A）', '当 收货地址 含 "１号＞"，则 标记（A）'),
        ("当收货地址含“快递柜”、“丰巢”，则标记（A）", '当 收货地址 含 "快递柜" 或 "丰巢"，则 标记（A）'),
        ("当收货地址不包含‘号’，则标记（A）", '当 并非 收货地址 含 "号"，则 标记（A）'),
        ("当购买次数为0且订单金额至少10万，则标记（A）", "当 购买次数 = 0 且 订单金额 ≥ 100000，则 标记（A）"),
        ("当渠道为'api'，则标记（A）", '当 渠道 = "api"，则 标记（A）'),
        ("当期望交期早于今天，则标记（A）", "当 期望交期 < 今天，则 标记（A）"),
        ("当期望交期不晚于2026-12-01，则标记（A）", "当 期望交期 ≤ 2026-12-01，则 标记（A）"),
        ("当订单金额在1000元到0.5万元之间，则标记（A）", "当 订单金额 介于 1000 元 与 0.5 万元 之间，则 标记（A）"),
        ("当订单金额介于1000元和5000元之间，则标记（A）", "当 订单金额 介于 1000 元 与 5000 元 之间，则 标记（A）"),
        ("当渠道属于“api”、“form”，则标记（A）", '当 渠道 在 ["api", "form"] 之中，则 标记（A）'),
        ("当渠道不属于 ['api'] 之中，则标记（A）", '当 渠道 不在 ["api"] 之中，则 标记（A）'),
        ("当渠道在 ['api'] 里，则标记（A）", '当 渠道 在 ["api"] 之中，则 标记（A）'),
    ],
)
def test_U12_everyday_words_and_full_width_signs_are_heard(typed, meant):
    assert hear(typed, WORDS) == hear(meant, WORDS)


@pytest.mark.parametrize(
    ("typed", "column", "suggestion", "says"),
    [
        ("当 订单金额 > 500 元，则 挂起", 20, "挂起（人工审核）", "写明怎样做"),
        ("当 订单金额 > 500 元，则 拦下来", 18, "挂起（人工审核）", "不是规则的动作"),
        ("当 收货地址 含 驿站，则 标记（A）", 10, '"驿站"', "文字请加引号"),
        ("当 订单金额 > 五百元，则 标记（A）", 10, "", "阿拉伯数字"),
        ("当 客户 是 新客户，则 标记（A）", 3, "", "请写它的一项，例如 客户的"),
        ("当 整单优惠 ÷ 货款合计 > 30%，则 标记（A）", 8, "整单优惠 > 货款合计 × 30%", "没有除法"),
        ("当 渠道 在 “api”，则 标记（A）", 13, "", "此处应为“之中”"),
        ("当 订单金额 不在 1 元 到 2 元 之间，则 标记（A）", 15, "", "此处应为“之中”"),
    ],
)
def test_U12_what_a_beginner_writes_is_refused_with_what_to_write(typed, column, suggestion, says):
    with pytest.raises(RuleAuthorError) as told:
        hear(typed, WORDS)
    assert says in told.value.message_zh
    assert (told.value.column, told.value.suggestion) == (column, suggestion)


@pytest.mark.parametrize(
    ("sentence", "column", "zh"),
    [
        ("当 加急 为 是，则 挂起（人工审核", 14, "括号没有闭合"),
        ('当 订单金额 ">" 5，则 标记（F）', 8, "此处应为比较，例如 >、是、含、在…之中、缺失"),
        ("当 订单金额 （ 5，则 标记（F）", 8, "此处应为比较，例如 >、是、含、在…之中、缺失"),
        ('当 渠道 是 "api" "则" 标记（F）', 14, '此处应为“则”，而不是“"则"”'),
        ("设 5 为 订单行，当 加急 为 是，则 标记（F）", 3, "此处应为变量名"),
        ("当 加急 为 是，则 优先级 高", 16, "词汇表中没有“高”"),
        ("当 毛利率 < 5%，则 标记（F）", 3, "词汇表中没有“毛利率”"),
        ("当 计数（含） > 1，则 标记（X）", 6, "此处应为事实，例如 订单行"),
    ],
)
def test_U12_a_bracket_without_end_and_a_count_of_nothing_are_refused(sentence, column, zh):
    error = refused(sentence)
    assert (error.column, error.plain_zh.partition("；")[0]) == (column, zh)


def test_U12_a_value_below_zero_is_heard():
    found = heard('当 -5 元 < 可用额度 且 "(" 是 渠道，则 标记（X）')
    assert found["when"] == '-5元 < credit.available and "(" = order.channel'
    told = heard("当 可用额度 < -5 元，则 标记（X）")
    assert told["when"] == "credit.available < -5元"
    assert say(told, WORDS) == "当 可用额度 < -5 元，则 标记（X）"


def test_U12_the_second_line_of_a_sentence_is_named():
    error = refused("当 加急 为 是\n且 订单金颜 > 1 元，则 标记（F）")
    assert (error.line, error.column) == (2, 3)


def test_U12_a_sentence_is_of_bounded_length_and_quoted_text_is_left_alone():
    assert "8000" in refused("当 加急 为 是" + " 且 加急 为 是" * 1_000 + "，则 标记（F）").message_zh
    assert 'contains "１号＞"' in heard('当 收货地址 含 "１号＞"，则 标记（F）')["when"]


def test_U12_nesting_is_bounded():
    assert "嵌套过深" in refused("当 " + "（" * 60 + "加急 为 是" + "）" * 60 + "，则 标记（F）").message_zh


def rules_of(files: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for file, text in files.items():
        keys = {key.text(): value for key, value in read_yaml(file, text).pairs()}
        found[file] = [rule.plain() for rule in keys["rules"].items()]
    return found


def test_U12_every_shipped_rule_is_said_in_a_sentence():
    said = sentences(shipped())
    assert set(said) == {rule.id for rule in shipped().book.rules}
    assert said["RSK-02"] == (
        "当 收货地址 含 「代收点用词」 且 订单金额 > 「代收点金额上限」，"
        "则 挂起（PICKUP_POINT_HIGH_VALUE，审批关卡，风控放行，须人工）"
    )


@pytest.mark.parametrize("file", sorted(shipped().files))
def test_U12_the_shipped_rules_come_back_the_same(file):
    text = shipped().files[file]
    labels = param_labels(file, text)
    for rule in rules_of({file: text})[file]:
        again = hear(say(rule, WORDS, labels), WORDS, labels, base=rule)
        assert say(again, WORDS, labels) == say(rule, WORDS, labels)
        assert again["then"] == rule["then"], rule["id"]
        typed = next(one for one in shipped().book.rules if one.id == rule["id"])
        assert bare(condition_of(again["when"], typed)) == bare(condition_of(rule["when"], typed))


def condition_of(when: Any, typed: Any) -> Any:
    value = read_yaml("x", json.dumps({"when": when}, ensure_ascii=False)).fields(("when",))["when"]
    return Resolver(typed.source.scope).condition(condition(value))


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.integers(0, 10**9), st.integers(1, 4))
def test_U12_generated_rules_come_back_the_same(seed, count):
    made = rulebook(Generator(Random(seed)), count)
    if made is None:
        return
    words = made.book.vocabulary
    for file, rules in rules_of(made.files).items():
        for rule in rules:
            typed = next(one for one in made.book.rules if one.id == rule["id"])
            again = hear(say(rule, words), words, base=rule)
            assert bare(condition_of(again["when"], typed)) == bare(condition_of(rule["when"], typed)), (file, rule)
            assert again["then"] == rule["then"]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(max_size=60))
def test_U12_any_text_is_heard_or_refused_with_its_place(text):
    found = outcome(f"当 {text}，则 标记（F）")
    assert isinstance(found, dict) or (found.line >= 1 and found.column >= 1)


def outcome(text: str) -> dict[str, Any] | RuleAuthorError:
    try:
        return heard(text)
    except RuleAuthorError as error:
        return error

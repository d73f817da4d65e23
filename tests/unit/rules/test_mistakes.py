"""What people who do not program write wrongly: each refusal has its place, its reason and what was meant."""

from __future__ import annotations

import pytest

from orders.errors import RuleAuthorError
from rules.bundle import load_bundle

RIGHT = """policy: mine
owner: risk
stage: fraud
params:
  words: {value: [驿站, 代收点], zh: 用词, en: words}
  limit: {value: 500.00元, zh: 上限, en: limit}
rules:
  - id: MY-01
    title: {zh: 代收点, en: Pickup}
    when:
      - order.ship_to.address contains $words
      - order.payable > $limit
    then:
      - hold: {code: PICKUP_POINT_HIGH_VALUE, gate: approve, who: [risk]}
    message: {zh: "太贵", en: "dear"}
"""
LIMIT = "order.payable > $limit"

MISTAKES = [
    # what is written, instead of what; line; said in 中文; said in English; what is meant
    ("policy： mine", "policy: mine", 2, "第 1 行有全角符号 ：，应写半角 :", "line 1 has a full-width ：", ""),
    ("[驿站，代收点]", "[驿站, 代收点]", 5, "各项之间请写半角逗号", "has a full-width ，", ""),
    ("order.payable ＞ $limit", LIMIT, 12, "条件里不写 ＞", "unexpected ＞", ">"),
    ("order.payable > 15％", LIMIT, 12, "条件里不写 ％", "unexpected ％", "%"),
    ("\twhen:", "    when:", 10, "制表符（Tab）", "a tab", ""),
    ("   when:", "    when:", 10, "缩进没有对齐", "not indented like", ""),
    ("五百元", "500.00元", 6, "请用阿拉伯数字写", "in digits", ""),
    ("¥500", "500.00元", 6, "写成 500.00元", "an amount such as 500.00元", ""),
    ("5,000.00元", "500.00元", 6, "不要写千位逗号", "without commas", ""),
    ("500.005元", "500.00元", 12, "金额的小数位过多", "too many decimal places", ""),
    ("order.payable > 3 天", LIMIT, 12, "金额 与 时长 不能比较", "money with duration", ""),
    ("order.payable > 500公斤", LIMIT, 12, "500公斤 不是数字或日期", "neither a number", ""),
    ("order.channel > 5", LIMIT, 12, "不能比较大小", "has no order", ""),
    ("order.amount > $limit", LIMIT, 12, "没有 amount", "has no amount", "order.payable"),
    ("order.payabel > $limit", LIMIT, 12, "没有 payabel", "has no payabel", "order.payable"),
    ("订单金额 > $limit", LIMIT, 12, "词汇表中没有 订单金额", "not in the vocabulary", "order.payable"),
    ("order.payable > $limt", LIMIT, 12, "没有参数 $limt", "no parameter $limt", "$limit"),
    ("address contain $words", "address contains $words", 11, "多余的 contain", "unexpected contain", "contains"),
    ("address 包含 $words", "address contains $words", 11, "多余的 包含", "unexpected 包含", "contains"),
    ("order.payable > $limit && order.urgent", LIMIT, 12, "条件里不写 &", "unexpected &", "and"),
    ("order.payable => $limit", LIMIT, 12, "而不是 >", "found >", ">="),
    ('zh: "太贵, en', 'zh: "太贵", en', 15, "少了逗号、引号或右括号", "a quotation mark", ""),
    ("owner:risk", "owner: risk", 3, "冒号后没有空格", "a colon with a space", ""),
    ("      order.payable", "      - order.payable", 13, "行首漏了“- ”", "a “- ” before it", ""),
    ("gate: aprove", "gate: approve", 14, "应为 submit、approve", "must be one of", "approve"),
    ("payable > $limit", LIMIT, 12, "词汇表中没有 payable", "not in the vocabulary", "order.payable"),
    ("order.requested_date is mising", LIMIT, 12, "词汇表中没有 mising", "not in the vocabulary", "missing"),
    ("500块", "500.00元", 6, "500块 不是这里认识的写法", "500块 is not an amount", "500元"),
    ("500个", "500.00元", 12, "个数不能与金额比较", "pieces beside money", ""),
    ("order.payable > 500 件", LIMIT, 12, "个数不能与金额比较", "pieces beside money", ""),
    ("---\nrules:", "rules:", 7, "一个规则文件只能有一份", "a second document", ""),
    ("zh: 代\x07收点", "zh: 代收点", 9, "看不见的控制字符（U+0007）", "no text has (U+0007)", ""),
    ("zh: " + "[" * 70 + "]" * 70, "zh: 代收点", 9, "套得太深，最多 60 层", "nested too deep", ""),
    ("titel: {zh: 代", "title: {zh: 代", 9, "没有 titel 这一项", "knows no titel", "title"),
]


@pytest.mark.parametrize(("written", "instead", "line", "zh", "en", "meant"), MISTAKES)
def test_RSK_10_a_mistake_is_refused_with_place_reason_and_what_was_meant(
    written: str, instead: str, line: int, zh: str, en: str, meant: str
) -> None:
    assert instead in RIGHT
    with pytest.raises(RuleAuthorError) as refused:
        load_bundle({"mine.yaml": RIGHT.replace(instead, written, 1)})
    error = refused.value
    assert (error.file, error.line, error.suggestion) == ("mine.yaml", line, meant)
    assert error.column >= 1
    assert zh in error.message_zh
    assert en in error.message_en


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("5万元", "500.00元"),
        ("５００元", "500.00元"),
        ('["驿站，代收点"]', "[驿站, 代收点]"),
        ("order.payable ≥ $limit", LIMIT),
        ("order.payable == $limit", LIMIT),
        ("zh: “太贵”,", 'zh: "太贵",'),
    ],
)
def test_RSK_10_what_can_only_mean_one_thing_is_taken(written: str, instead: str) -> None:
    assert instead in RIGHT
    assert load_bundle({"mine.yaml": RIGHT.replace(instead, written, 1)}).hash

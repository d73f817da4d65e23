"""What a message says that a draft has no field for: as last time, in two deliveries, if you have it, free of charge.

None of it is guessed: a person is told, with the words, before the draft becomes an order (NL-01).
"""

from __future__ import annotations

import re

_PAUSE = re.compile(r"[，,。；;！!？?\n]")
_REMARKS = (
    (
        re.compile(
            r"(?:上一?次|上回|之前|以前|原来)的?(?:那个|那张|那份|这个)?(?:订?单子?|一样|那样)|上一?单|老样子|照旧|再来一份"
            r"|\bsame as\b|\bas usual\b|\bthe usual\b|\blast order\b|\brepeat (?:the|our|my)\b",
            re.IGNORECASE,
        ),
        "客户说照以前的订单，草稿里只有这次写明的，请对照以前的订单",
    ),
    (
        re.compile(
            r"分[两二三四五几多]?[批次]|第[一二三四]批|先(?:发|送|交|到|来)\D{0,6}\d|其余|剩下的?|余下|其中\s*\d"
            r"|\bpartial(?:ly)?\b|\bsplit\b|\bthe rest\b|\btwo (?:deliveries|shipments)\b",
            re.IGNORECASE,
        ),
        "客户说要分批或分地址交货，请核对数量、日期和地址",
    ),
    (
        re.compile(r"如果|要是|的话|没有就|没货就|缺货就|\bif\b|\bunless\b|\botherwise\b", re.IGNORECASE),
        "客户带了条件，请先问清",
    ),
    (
        re.compile(r"赠送|赠品|免费|搭送|买.{1,6}送|\bfree of charge\b|\bfor free\b", re.IGNORECASE),
        "提到赠送，请核对哪一行不收钱",
    ),
    (
        re.compile(
            r"[一二三四五六七八九\d][\d.一二三四五六七八九]?\s*折(?!叠|弯|页|扣)|折扣|让利|抹零|\d\s*%\s*(?:off|discount)",
            re.IGNORECASE,
        ),
        "说了折扣，请核对单价",
    ),
    (re.compile(r"不含税|未税|\bexcl(?:uding|\.)? (?:tax|vat)\b|\bplus vat\b", re.IGNORECASE), "单价写的是不含税价"),
    (re.compile(r"每[箱盒包卷件袋桶]\s*(?:按|是|有|装)\s*\d+"), "写了每包装的数量，请与商品档案核对"),
)


def remarks_on(text: str) -> list[str]:
    """Return what must be told about a message, each with the clause that says it."""
    found = []
    for pattern, told in _REMARKS:
        match = pattern.search(text)
        if match:
            found.append(f"{told}：{_clause(text, match)[:80]}")
    return found


def _clause(text: str, match: re.Match[str]) -> str:
    before = _PAUSE.split(text[: match.start()])[-1]
    behind = _PAUSE.split(text[match.end() :])[0]
    return f"{before}{match.group()}{behind}".strip()

"""Labelled values in a line of text: 订单号：PO-1 电话：138… → (kind, value) (read)."""

from __future__ import annotations

import re

from intake.fields.labels import kind_of

_LABEL = re.compile(r"([A-Za-z\u4e00-\u9fff][A-Za-z\u4e00-\u9fff .#()（）]{0,19}?)\s*[:：]\s*")
_SPEAKS = ("订单：", "订单:")
"""Opens a sentence as well as a number: 订单：A-1001，数量500."""
_HEADING = re.compile(r"[\u4e00-\u9fff（）()]{2,20}(?:单|表|书|合同|计划|通知|清单)\s+\Z")
"""A paper's own title in front of its first label: 销售订货单 单号：HX-33."""
_ALSO_LABELS = {"型号": "sku", "编码": "sku", "产品": "name", "商品": "name", "物料": "name", "货品": "name"} | {
    "订单": "number",
    "收货": "ship_address",
    "送货": "ship_address",
    "送到": "ship_address",
    "发往": "ship_address",
    "收货人/电话": "ship_contact",
}


def labelled(line: str) -> list[tuple[str, str]]:
    """Return (kind, value) for each known label; empty if the line does not begin with one."""
    found = [label for match in _LABEL.finditer(line) if (label := _label(match))]
    if line.startswith(_SPEAKS):
        return []
    if not found or (found[0][0] > 0 and not _HEADING.match(line[: found[0][0]])):
        return []
    ends = [start for start, _, _ in found[1:]] + [len(line)]
    return [(kind, line[behind:end].strip(" ;；，,|")) for (_, behind, kind), end in zip(found, ends, strict=True)]


def _label(match: re.Match[str]) -> tuple[int, int, str] | None:
    """Return where a label starts and its value begins, and its kind: the last words before the colon that mean one."""
    words = match[1].split(" ")
    for first in range(len(words)):
        kind = label_kind(" ".join(words[first:]).strip())
        if kind:
            return match.end(1) - len(" ".join(words[first:])), match.end(), kind
    return None


def label_kind(label: str) -> str | None:
    """Return what a label means before a colon, or in a cell before its value's."""
    return _ALSO_LABELS.get(label) or kind_of(label)

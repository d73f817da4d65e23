"""Labelled values in a line of text: 订单号：PO-1 电话：138… → (kind, value) (read)."""

from __future__ import annotations

import re

from intake.fields.labels import kind_of

_LABEL = re.compile(r"([A-Za-z\u4e00-\u9fff][A-Za-z\u4e00-\u9fff .#()（）]{0,19}?)\s*[:：]\s*")
_ALSO_LABELS = {"型号": "sku", "编码": "sku", "产品": "name", "商品": "name", "物料": "name", "货品": "name"} | {
    "收货": "ship_address",
    "送货": "ship_address",
    "送到": "ship_address",
    "发往": "ship_address",
    "收货人/电话": "ship_contact",
}


def labelled(line: str) -> list[tuple[str, str]]:
    """Return (kind, value) for each known label; empty if the line does not begin with one."""
    found = [label for match in _LABEL.finditer(line) if (label := _label(match))]
    if not found or found[0][0] > 0:
        return []
    ends = [start for start, _, _ in found[1:]] + [len(line)]
    return [(kind, line[behind:end].strip(" ;；，,|")) for (_, behind, kind), end in zip(found, ends, strict=True)]


def _label(match: re.Match[str]) -> tuple[int, int, str] | None:
    """Return where a label starts and its value begins, and its kind: the last words before the colon that mean one."""
    words = match[1].split(" ")
    for first in range(len(words)):
        kind = _kind(" ".join(words[first:]).strip())
        if kind:
            return match.end(1) - len(" ".join(words[first:])), match.end(), kind
    return None


def _kind(label: str) -> str | None:
    return _ALSO_LABELS.get(label) or kind_of(label)

"""What the lines of a message say, sorted by what they are about: labelled values, goods, days, places.

The ear of `intake/readers/text.py`, which weighs what is heard here against the customer file and writes the draft.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from intake.fields import values
from intake.fields.labels import PRODUCT_KINDS, kind_of
from intake.find import find_products
from intake.goods import Words
from intake.match import nearest_skus
from intake.numeral import decimal_text
from intake.readers.columns import grid_items
from intake.sentence import counted_in, item, statements
from intake.when import Day, find_days

if TYPE_CHECKING:
    from datetime import date

    from intake.match import Index
    from orders.catalogue import CustomerEntry

_LABEL = re.compile(r"([A-Za-z\u4e00-\u9fff][A-Za-z\u4e00-\u9fff .#()（）]{0,19}?)\s*[:：]\s*")
_PRODUCT_LABELS = {"型号": "sku", "编码": "sku", "产品": "name", "商品": "name", "物料": "name", "货品": "name"}
_NUMBERING = re.compile(r"^\s*(?:[(（]?\d{1,3}[)）、](?!\d)|\d{1,3}\.(?=\s|\D)|[①-⑳]|[-*•·])\s*")
_TO = re.compile(r"(?:送到|送至|送货到|发到|发往|发至|寄到|寄往|运到|运至|配送到|交到)\s*([^\s，,。；;！!]{2,80})")
_DELIVERY = re.compile(r"送|交|到货|发货|发出|要货|需要|前|收到|交期|要")
_TERMS = re.compile(r"月结|账期|款到发货|预付|货到付款|现结|到付|先款后货")
_VERBS = re.compile(
    r"^(?:请|帮|给|我们?|我司|麻烦|另外?|再|还|客户|需要?|想|要|来|订购?|买|采购|购买|下单|发货?|加|各|安排)+"
)


@dataclass
class Said:
    """What one order's lines say, sorted by what it is about."""

    labels: dict[str, list[str]] = field(default_factory=dict)
    goods: list[Words] = field(default_factory=list)
    days: list[Day] = field(default_factory=list)
    address: list[str] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    product: dict[str, str] = field(default_factory=dict)

    def label(self, *kinds: str) -> str | None:
        """Return the first value under one of the labels, the first kind first."""
        return next((self.labels[kind][0] for kind in kinds if self.labels.get(kind)), None)


def listen(lines: list[str], index: Index, today: date | None, customer: CustomerEntry | None) -> Said:
    """Sort what the lines of one order say; nothing is weighed yet."""
    said = Said()
    rows, others = grid_items([line.split("\t") for line in lines], index, customer)
    said.goods += rows
    for line in others:
        plain = _NUMBERING.sub("", line.replace("\t", " "))
        pairs = labelled(plain)
        if pairs:
            for kind, value in pairs:
                _take_label(said, kind, value, index, today)
        else:
            _take_sentence(said, plain, index, today, customer)
    _close_product(said, index)
    return said


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
    return _PRODUCT_LABELS.get(label) or kind_of(label)


def _take_label(said: Said, kind: str, value: str, index: Index, today: date | None) -> None:
    if not value:
        return
    if kind in PRODUCT_KINDS:
        if kind in said.product or (kind in {"sku", "name"} and "quantity" in said.product):
            _close_product(said, index)
        said.product[kind] = value
    elif kind == "requested":
        said.days += find_days(value, today) or [Day(value, 0, len(value), None)]
    elif kind in {"ship_address", "address"}:
        said.address.append(value)
    elif kind == "terms":
        said.terms.append(value)
    else:
        said.labels.setdefault(kind, []).append(value)


def _close_product(said: Said, index: Index) -> None:
    """Turn 型号：… 数量：… 单价：… into one line of goods."""
    product, said.product = said.product, {}
    if not {"sku", "name"} & set(product):
        said.unread += [" ".join(product.values())] if product else []
        return
    counted = values.quantity(product.get("quantity", ""))
    written = " ".join(product.get(kind, "") for kind in ("sku", "name", "spec")).strip()
    found = item(written, find_products(written, index), index.specs)
    said.goods.append(
        Words(
            raw=" ".join(product.values()),
            skus=found.skus,
            sure=found.sure,
            code=product.get("sku"),
            name=product.get("name"),
            spec=product.get("spec"),
            quantity=counted[0] if counted else None,
            unit=(counted[1] if counted else None) or product.get("unit"),
            unit_price=values.number(product.get("unit_price", "").split("/")[0]),
            amount=values.number(product.get("amount", "")),
            doubt=found.doubt,
        )
    )


def _take_sentence(said: Said, line: str, index: Index, today: date | None, customer: CustomerEntry | None) -> None:
    address = _TO.search(line)
    if address and not find_products(address[1], index):
        said.address.append(address[1].strip(" ：:"))
        line = line[: address.start(1)] + line[address.end(1) :]
    days = find_days(line, today)
    if days and _DELIVERY.search(line):
        said.days += days
    for day in days:
        line = line[: day.start] + " " * (day.end - day.start) + line[day.end :]
    if _TERMS.search(line):
        said.terms.append(line)
    taken = _take_goods(said, line, index, customer)
    if not (taken or address or days or _TERMS.search(line)) and re.search(r"\d", line) and not values.phone(line):
        said.unread.append(line)


def _take_goods(said: Said, line: str, index: Index, customer: CustomerEntry | None) -> bool:
    """Read the goods of one line, statement by statement."""
    found: list[Words] = []
    for statement in statements(line, index, customer):
        mentions = find_products(statement, index, customer)
        words = item(statement, mentions, index.specs) if mentions else _unknown(statement, index)
        found += [words] if words else []
    said.goods += found
    return bool(found)


def _unknown(part: str, index: Index) -> Words | None:
    """Read a clause that counts something the catalogue does not have; None if it does not look like goods."""
    counted = counted_in(part)
    if len(counted) != 1 or decimal_text(counted[0].quantity) in {"1", None}:
        return None
    name = _VERBS.sub("", (part[: counted[0].start] + " " + part[counted[0].end :]).strip()).strip(" 的：:")
    if not 2 <= len(name) <= 40 or not nearest_skus(name, index, limit=1):
        return None
    return Words(raw=part, name=name, quantity=counted[0].quantity, unit=counted[0].unit)

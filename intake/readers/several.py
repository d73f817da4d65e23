"""One message, several orders: where one ends and the next begins (read; IN-07, NL-01).

A further order number, 第二单, another customer: what stands before the first belongs to each,
都月底前送到 at the end too.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from intake.known.find import find_products
from intake.known.who import customers_named
from intake.readers.labelled import labelled
from intake.values.counted import counted_in

if TYPE_CHECKING:
    from intake.known.match import Index

_CLAUSE = re.compile(r"(?:[^，,。；;！!]|(?<=\d),(?=\d{3}(?!\d)))+[，,。；;！!]*")
_NEXT = re.compile(
    r"第[一二三四五六七八九十\d]{1,2}(?:单|张|个订单|份)|订单[一二三四五六七八九\d](?!\d)|单子?[一二三四五六七八九](?!\w)"
    r"|(?:另外?|还|再)(?:再|要|有|下|开|来|给我)*一(?:个|张)?(?:订?单)|下一单"
    r"|第二个订单|\border\s*#?\d\s*:|\bsecond order\b",
    re.IGNORECASE,
)
_ALL = re.compile(r"^\s*(?:以上)?(?:[两三四]单|全部|所有的?|统一|一起|都|均)(?!不)")
_RECEIVES = re.compile(r"收货|收件|签收|联系人|交给|转交|抄送")


def split_orders(lines: list[str], index: Index) -> list[list[str]]:
    """Return the lines of each order; the message itself where it holds one."""
    return _by_number(lines) or _by_talk(lines, index) or [lines]


def _by_number(lines: list[str]) -> list[list[str]]:
    starts: dict[str, int] = {}
    for place, line in enumerate(lines):
        for kind, value in labelled(line):
            if kind == "number":
                starts.setdefault(value, place)
    if len(starts) < 2:
        return []
    places = [*sorted(starts.values()), len(lines)]
    return [lines[: places[0]] + lines[start:end] for start, end in pairwise(places)]


class _Cutter:
    """Collects the clauses of each order while they are read through."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.parts: list[list[str]] = [[]]
        self.named: list[set[str]] = [set()]
        self.said: list[str] = [""]
        self.goods = False
        self.shared: list[str] = []
        self.last = ""

    def take(self, clause: str, *, fresh: bool) -> None:
        """Put one clause where it belongs. ``fresh``: it begins a line."""
        if len(self.parts) > 1 and self.goods and _ALL.match(clause) and not find_products(clause, self.index):
            self.shared.append(clause)
            return
        named = set() if _RECEIVES.search(clause) else customers_named(clause, self.index)
        marked = _NEXT.search(clause) is not None
        if self.goods and (marked or (named and self.named[-1] and not named & self.named[-1])):
            self._open(inherit=marked and not named)
            if named and not find_products(clause, self.index) and counted_in(clause) and self.last:
                clause = f"{clause.rstrip('，,。；;！!')} {self.last}"  # 给楚天发两箱: of the same product
        self.named[-1] |= named
        if named and not self.said[-1]:
            self.said[-1] = clause if not find_products(clause, self.index) else _name_in(clause, self.index)
        if fresh or not self.parts[-1]:
            self.parts[-1].append(clause)
        else:
            self.parts[-1][-1] += clause
        products = find_products(clause, self.index)
        self.goods = self.goods or bool(products)
        self.last = products[-1].written if products else self.last

    def _open(self, *, inherit: bool) -> None:
        self.parts.append([self.said[-1]] if inherit and self.said[-1] else [])
        self.named.append(set(self.named[-1]) if inherit else set())
        self.said.append(self.said[-1] if inherit else "")
        self.goods = False

    def result(self) -> list[list[str]]:
        """Return the orders; a tail without goods belongs to the one before it."""
        if not self.goods and len(self.parts) > 1:
            tail = self.parts.pop()
            self.parts[-1] += tail
        return [[*part, *self.shared] for part in self.parts]


def _by_talk(lines: list[str], index: Index) -> list[list[str]]:
    if any("\t" in line for line in lines):
        return []
    cutter = _Cutter(index)
    for line in lines:
        for number, clause in enumerate(_CLAUSE.findall(line)):
            cutter.take(clause, fresh=number == 0)
    parts = cutter.result()
    return parts if len(parts) > 1 else []


def _name_in(clause: str, index: Index) -> str:
    """Return the bare name by which a clause calls a customer."""
    for code in sorted(customers_named(clause, index)):
        entry = index.catalogue.customers[code]
        for word in (entry.name, *entry.contacts, *sorted(index.short_of(code), key=len, reverse=True)):
            if word in clause:
                return word
    return ""

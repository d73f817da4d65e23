"""Layout hints: in one customer's documents a title of his own means one of ours (read; U18).

Two ends of one thing: `hints_of` finds, in a document whose value a person corrected, the title that stands over or
before the right value; `Retold` lets the reader see our title where the customer wrote his. A value that needed no look
stays as it was read. Pure: who stores, tries and switches hints is the desk.
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from intake.fields import values
from intake.fields.labels import kind_of
from intake.known.match import key
from intake.lesson import LEARNT, MAX_TITLE, Kind, Lesson
from ocr.layout.rows import rows
from orders.draft import DraftField, DraftOrder, FieldStatus, ReadResult
from orders.edit import CORRECTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from intake.readers.document import Recognizer
    from ocr.page import Page, PageSet, Word

_HEAD = {
    "/number": "订单编号",
    "/requested_date": "交货日期",
    "/payment_terms": "付款方式",
    "/buyer/contact/name": "联系人",
    "/buyer/contact/phone": "联系电话",
    "/ship_to/contact/name": "收货人",
    "/ship_to/contact/phone": "收货电话",
    "/ship_to/address/text": "收货地址",
}
_LINE = {"sku": "产品编码", "buyer_sku": "客户料号", "quantity": "数量", "unit_price": "单价"}
_TITLE = re.compile(rf"[^\d:：\t]{{2,{MAX_TITLE}}}")
_LABELLED = re.compile(rf"\s*([^\d:：]{{2,{MAX_TITLE}}}?)\s*[:：]\s*(.+)")


class Retold:
    """Puts our titles where the customer's own stand, and remembers the rows that it saw."""

    def __init__(self, titles: Mapping[str, str] | None = None) -> None:
        self.rows: list[str] = []
        self._titles = {key(said): ours for said, ours in (titles or {}).items()}
        said = "|".join(re.escape(title) for title in sorted(titles or {}, key=len, reverse=True))
        self._pattern = re.compile(rf"(?<![^\s|,，;；])(?:{said})(?=\s*(?:[:：\t|]|\Z))") if said else None

    def text(self, text: str) -> str:
        """Return words with our titles."""
        lines = text.splitlines()
        self.rows += lines
        return "\n".join(self._line(line) for line in lines) if self._pattern else text

    def cells(self, row: Sequence[str]) -> list[str]:
        """Return a sheet's row with our titles."""
        self.rows.append("\t".join(row))
        return [self._line(cell) for cell in row]

    def recognizer(self, real: Recognizer) -> Recognizer:
        """Return a recogniser whose pages have our titles."""
        return _RetoldPages(real, self)

    def page(self, page: Page) -> Page:
        """Return a page with our titles; each letter of ours takes its part of the place."""
        self.rows += ["\t".join(word.text for word in row.words) for row in rows(list(page.words))]
        return replace(page, words=tuple(self._word(word) for word in page.words)) if self._pattern else page

    def _line(self, line: str) -> str:
        return self._pattern.sub(lambda found: self._titles[key(found.group())], line) if self._pattern else line

    def _word(self, word: Word) -> Word:
        text = self._line(word.text)
        if text == word.text:
            return word
        places = [min(len(word.text) - 1, at * len(word.text) // len(text)) for at in range(len(text))]
        kept = [(word.scores[at], word.centres[at]) for at in places]
        return replace(word, text=text, scores=tuple(one for one, _ in kept), centres=tuple(one for _, one in kept))


class _RetoldPages:
    def __init__(self, real: Recognizer, retold: Retold) -> None:
        self._real = real
        self._retold = retold

    def read(self, data: bytes) -> PageSet:
        pages = self._real.read(data)
        return replace(pages, pages=tuple(self._retold.page(page) for page in pages.pages))


def hinted(plain: ReadResult, told: ReadResult) -> ReadResult:
    """Return what was read with hints, order by order, where it leaves what needed no look as it was."""
    if len(plain.orders) != len(told.orders):
        return plain
    return replace(plain, orders=tuple(map(_better, plain.orders, told.orders)))


def _better(plain: DraftOrder, told: DraftOrder) -> DraftOrder:
    before = {item.path: item for item in plain.fields}
    after = {item.path: item for item in told.fields}
    for path, item in before.items():
        if item.status is FieldStatus.AUTO and (path not in after or after[path].value != item.value):
            return plain
    return replace(told, fields=tuple(_marked(before.get(item.path), item) for item in told.fields))


def _marked(before: DraftField | None, item: DraftField) -> DraftField:
    if before is not None and before.value == item.value:
        return item
    status = FieldStatus.CONFIRM if item.page is not None else item.status
    return replace(item, status=status, why=(LEARNT, *item.why))


def wants_hints(draft: DraftOrder) -> bool:
    """Say whether a person corrected a value that a title might have given away."""
    return any(True for _ in _corrected(draft))


def hints_of(draft: DraftOrder, seen: Sequence[str]) -> tuple[Lesson, ...]:
    """Return the titles that stand before or over the values that a person put in. ``seen``: the document's rows."""
    found: dict[str, Lesson] = {}
    for item, ours in _corrected(draft):
        same = _same(item)
        titles = {title for title in _titled(seen, same) if kind_of(title) != kind_of(ours)}
        if len(titles) == 1:
            said = titles.pop()
            found.setdefault(said, Lesson(Kind.LABEL, said, ours, item.path))
    return tuple(found.values())


def _corrected(draft: DraftOrder) -> Iterator[tuple[DraftField, str]]:
    for item in draft.fields:
        if CORRECTED in item.why and item.value:
            at_line = item.path.startswith("/lines/")
            ours = _LINE.get(item.path.rpartition("/")[2]) if at_line else _HEAD.get(item.path)
            if ours is not None:
                yield item, ours


def _same(item: DraftField) -> Callable[[str], bool]:
    value = str(item.value)
    if item.path.endswith("_date"):
        return lambda cell: values.day(cell, int(value[:4])) == value
    if item.path.endswith(("quantity", "price")):
        return lambda cell: (said := values.number(cell)) is not None and Decimal(said) == Decimal(value)
    return lambda cell: key(cell) == key(value)


def _titled(seen: Sequence[str], same: Callable[[str], bool]) -> Iterator[str]:
    """Yield the titles of a value: the label before it, or the title over its column."""
    over: list[str] = []
    for row in seen:
        cells = [cell.strip() for cell in row.split("\t")]
        if sum(kind_of(cell) is not None for cell in cells) >= 2:
            over = cells
        for place, cell in enumerate(cells):
            labelled = _LABELLED.fullmatch(cell)
            if labelled and same(labelled[2]):
                yield labelled[1].strip()
            elif same(cell):
                titles = (over[place : place + 1] if len(over) == len(cells) else []) or cells[place - 1 : place]
                yield from (title for title in (one.strip(":： ") for one in titles) if _TITLE.fullmatch(title))

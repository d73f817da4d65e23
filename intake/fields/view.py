"""A page as the fields see it: rows, tables and labelled values; and which pages belong to one order."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from intake.fields.labels import PRODUCT_KINDS, kind_of
from ocr.layout.labels import Labelled, find_labels, stacked
from ocr.layout.rows import Row, fenced, rows
from ocr.layout.tables import Grammar, Table, find_tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.page import Page

_WRAPPING = frozenset({"ship_address", "address", "buyer_address", "seller_address", "note", "terms"})


_PAGE_MARK = re.compile(r"第\s*(\d{1,2})\s*页|\b(\d{1,2})\s*/\s*\d{1,2}\s*页|\bpage\s+(\d{1,2})\b", re.IGNORECASE)
_DASHES = re.compile(r"[-=_—–.·*+|\s]{5,}\Z")
"""A rule that was typed: it parts rows, and says nothing."""
_SUMS = frozenset({"total", "goods_total", "tax", "shipping"})


@dataclass(frozen=True)
class View:
    """One page, or the part of it that belongs to one order."""

    page: Page
    rows: tuple[Row, ...]
    tables: tuple[Table, ...]
    labels: tuple[Labelled, ...]
    top: float = 0.0
    numbers: tuple[str, ...] = field(default=())


def look(page: Page, grammar: Grammar) -> View:
    """Understand the geometry of a page."""
    page = replace(page, words=tuple(word for word in page.words if not _DASHES.match(word.text)))
    lines = rows(stacked(fenced(page), _header_label))
    tables = find_tables(page, lines, grammar)
    outside = [row for row in lines if not any(_in_table(row, table) for table in tables)]
    labels = find_labels(page, outside, kind_of, _WRAPPING, far=_SUMS)
    if tables:
        labels = [label for label in labels if label.kind not in PRODUCT_KINDS]
    return View(page, tuple(lines), tuple(tables), tuple(labels), numbers=_numbers(labels))


def _header_label(text: str) -> str | None:
    kind = kind_of(text)
    return None if kind in PRODUCT_KINDS or kind in _SUMS else kind


def _in_table(row: Row, table: Table) -> bool:
    return table.top - 1 <= row.y <= table.bottom


def _numbers(labels: Sequence[Labelled]) -> tuple[str, ...]:
    """Return the different order numbers of a page, in their order."""
    texts = (label.text for label in labels if label.kind == "number")
    return tuple(dict.fromkeys(text for text in texts if any(char.isdigit() for char in text)))


def orders(views: Sequence[View]) -> list[list[View]]:
    """Group pages into orders: another number begins another order, a page without one continues the last."""
    groups: list[list[View]] = []
    for view in (part for whole in views for part in _parts(whole)):
        last = groups[-1][-1] if groups else None
        known = {number for earlier in groups[-1] for number in earlier.numbers} if groups else set()
        another = view.numbers and known and view.numbers[0] not in known
        if last is None or (another and not _goes_on(view)):
            groups.append([view])
        else:
            groups[-1].append(view)
    return groups


def _goes_on(view: View) -> bool:
    """Say whether a page calls itself the second or a later one of its document: 第2页, 2/3页."""
    marks = (match for row in view.rows for match in _PAGE_MARK.finditer(row.text))
    return any(int(match[1] or match[2] or match[3]) > 1 for match in marks)


def _parts(view: View) -> list[View]:
    """Cut a page that holds several orders above each other, each with its own number and table."""
    if len(view.tables) < 2 or len(view.numbers) < 2:
        return [view]
    firsts = [_first(view, number) for number in view.numbers]
    tops = sorted(label.label.at.y0 for label in firsts)
    if not all(any(low < table.top < high for table in view.tables) for low, high in _spans(tops, view.page.height)):
        return [view]
    return [_between(view, 0.0 if index == 0 else low, high) for index, (low, high) in enumerate(_spans(tops, 1e9))]


def _first(view: View, number: str) -> Labelled:
    return next(label for label in view.labels if label.kind == "number" and label.text == number)


def _spans(tops: list[float], end: float) -> list[tuple[float, float]]:
    """Return where each order begins and ends: a line's height above its number."""
    begins = [top - 4.0 for top in tops]
    return list(zip(begins, [*begins[1:], end], strict=True))


def _between(view: View, low: float, high: float) -> View:
    labels = tuple(label for label in view.labels if low <= label.label.at.y0 < high)
    return replace(
        view,
        rows=tuple(row for row in view.rows if low <= row.at.y0 < high),
        tables=tuple(table for table in view.tables if low <= table.top < high),
        labels=labels,
        top=low,
        numbers=_numbers(labels),
    )

"""The order lines: from tables, or from blocks of labelled values where there is no table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from intake.fields import values, words
from intake.fields.columns import titles
from intake.fields.equations import counted_lines
from intake.fields.found import Found, LineFound
from intake.fields.guess import guessed_kinds, paired_kinds
from intake.fields.labels import PRODUCT_KINDS
from ocr.layout.rows import Cell

if TYPE_CHECKING:
    from collections.abc import Callable

    from intake.fields.view import View
    from ocr.layout.tables import Table

_READ: dict[str, Callable[[str], str | None]] = {
    "unit_price": values.price,
    "amount": values.money,
    "name": values.name,
    "spec": values.name,
    "unit": values.name,
    "date": values.day,
    "no": values.number,
}
_BESIDE, _LEAST_KINDS = 2, 3
_FIELD = {"sku": "code", "date": "requested_date"}


def lines(views: list[View], fits: Callable[[str], float]) -> list[LineFound]:
    """Return the lines of one order in reading order. ``fits`` scores a text as a product code (−1 … 1)."""
    found: list[LineFound] = []
    for view in views:
        for table in view.tables:
            found += _from_table(table, fits)
        if not view.tables:
            found += _turned(view) or _from_blocks(view) or counted_lines(view.page, view.rows, fits)
    return [line for line in found if _is_line(line)]


def _is_line(line: LineFound) -> bool:
    counted = "quantity" in line or ("unit_price" in line and "amount" in line)
    return counted and ("code" in line or "name" in line or "spec" in line or "buyer_sku" in line)


def _from_table(table: Table, fits: Callable[[str], float]) -> list[LineFound]:
    kinds = paired_kinds(table, guessed_kinds(table, fits))
    found = []
    for item in table.items:
        line: LineFound = {}
        for index in sorted(item):
            _put(line, kinds[index], _code(kinds[index], item[index], fits), table.page)
            if kinds[index] != table.kinds[index] and (guess := line.get(_FIELD.get(kinds[index], kinds[index]))):
                guess.named = False
        found.append(line)
    return found


def _code(kind: str, cell: Cell, fits: Callable[[str], float]) -> Cell:
    """Return the one known code of a cell that holds other words, too: A-1001 图号 D-17."""
    known = [word for word in cell.words if fits(word.text) >= 1.0] if kind in {"sku", "buyer_sku"} else []
    return Cell((known[0],)) if len(known) == 1 and len(cell.words) > 1 else cell


def _put(line: LineFound, kind: str, cell: Cell, page: int) -> None:
    """Read a cell into the line; the first column of a kind wins."""
    field = _FIELD.get(kind, kind)
    if kind in {"other", "aside"} or field in line:
        return
    if kind == "quantity":
        _put_quantity(line, cell, page)
    elif kind in {"sku", "buyer_sku"}:
        line[field] = Found(values.half(cell.text).replace(" ", ""), cell, page)
    else:
        line[field] = _typed(_READ[kind], cell, page)


def _typed(read: Callable[[str], str | None], cell: Cell, page: int) -> Found:
    value = read(cell.text)
    found = Found(value, cell, page)
    if value is None and (again := values.mended(cell.text)) is not None and (value := read(again)) is not None:
        found.value = value
        found.doubt(words.MENDED)
    elif value is None:
        found.doubt(words.NOT_UNDERSTOOD)
    return found


def _put_quantity(line: LineFound, cell: Cell, page: int) -> None:
    read = values.quantity(cell.text)
    if read is None:
        line["quantity"] = _typed(lambda text: (values.quantity(text) or (None,))[0], cell, page)
        return
    count, unit = read
    line["quantity"] = Found(count, cell, page)
    if unit and "unit" not in line:
        line["unit"] = Found(unit, cell, page)


def _turned(view: View) -> list[LineFound]:
    """Read a table that lies on its side: product titles down the left, one product in each column."""
    rows = [
        (kind, row.words[1:]) for row in view.rows if len(row.words) > _BESIDE and (kind := _kind(row.words[0].text))
    ]
    counts = [len(cells) for _, cells in rows]
    usual = max(set(counts), key=counts.count, default=0)
    rows = [(kind, cells) for kind, cells in rows if len(cells) == usual]
    kinds = {kind for kind, _ in rows}
    if len(kinds) < _LEAST_KINDS or "quantity" not in kinds or len(rows) != len(kinds):
        return []
    found: list[LineFound] = [{} for _ in range(usual)]
    for kind, cells in rows:
        for line, word in zip(found, cells, strict=True):
            _put(line, kind, Cell((word,)), view.page.number)
    return found


def _kind(text: str) -> str | None:
    named = titles(text)
    return named[0][0] if len(named) == 1 and named[0][0] in PRODUCT_KINDS else None


def _from_blocks(view: View) -> list[LineFound]:
    """Collect labelled product values; a kind that comes again begins the next product."""
    found: list[LineFound] = []
    seen: set[str] = set()
    for label in sorted(view.labels, key=lambda item: (item.row, item.label.at.x0)):
        if label.kind not in PRODUCT_KINDS or not label.value.words:
            continue
        if not found or label.kind in seen:
            found.append({})
            seen = set()
        seen.add(label.kind)
        _put(found[-1], label.kind, label.value, view.page.number)
    return found

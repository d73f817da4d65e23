"""Orders in spreadsheets and CSV → drafts (read, the second step of an order's way).

One order a sheet, or one for each value of an order-number column. Cells above and below the table are read like the
lines of a message. A row whose number Excel has damaged is refused by its cell; the others go on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from intake.fields.labels import kind_of
from intake.readers.columns import as_line, find_titles
from intake.readers.sheet import Sheet, rows
from intake.readers.text import read_lines
from orders.draft import DraftOrder, ReadResult

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from intake.readers.columns import Titles
    from orders.catalogue import Catalogue

_ORDER_KINDS = frozenset(
    ["number", "buyer", "contact", "buyer_contact", "phone", "buyer_phone", "ship_address", "address", "ship_contact"]
).union(["ship_phone", "terms", "requested"])


def read_table(
    data: bytes, filename: str, catalogue: Catalogue, *, today: date | None = None, sender: str | None = None
) -> ReadResult:
    """Read a sheet into drafts. Raises UnreadableDocument when it is none."""
    sheet = rows(data, filename)
    drafts: list[DraftOrder] = []
    for part in _orders(sheet):
        drafts += read_lines(part, catalogue, today=today, sender=sender)
    warnings = tuple(problem.message_zh for problem in sheet.problems)
    warned = [DraftOrder(draft.order, draft.fields, draft.warnings + warnings) for draft in drafts]
    quality = {"damaged": [problem.pointer for problem in sheet.problems]} if sheet.problems else {}
    return ReadResult(kind="sheet", pages=1, quality=quality, orders=tuple(warned))


def _orders(sheet: Sheet) -> list[list[str]]:
    """Return the lines of each order: labelled lines made of its columns, then its table."""
    damaged = sheet.damaged_rows()
    kept = [row for number, row in enumerate(sheet.rows) if number not in damaged]
    table = find_titles(kept)
    if table is None:
        return [[as_line(row) for row in kept]]
    head = [as_line(row) for row in kept[: table.row]]
    columns = _order_columns(kept[table.row], table)
    if "number" not in columns.values():
        return [[*head, *("\t".join(row) for row in kept[table.row :])]]
    return [[*head, *part] for part in _grouped(kept, table, columns)]


def _order_columns(titles: Sequence[str], table: Titles) -> dict[int, str]:
    """Return the columns that speak of the whole order, not of one line."""
    found: dict[int, str] = {}
    for column, title in enumerate(titles):
        kind = kind_of(title) if title else None
        if kind in _ORDER_KINDS and table.kinds.get(column, "other") in {"other", "no", "date"}:
            found[column] = str(kind)
    return found


def _grouped(kept: Sequence[Sequence[str]], table: Titles, columns: dict[int, str]) -> list[list[str]]:
    """Collect the rows of each order number; a merged cell counts for the rows below it."""
    titles = kept[table.row]
    number = next(column for column, kind in columns.items() if kind == "number")
    groups: dict[str, list[str]] = {}
    above: dict[int, str] = {}
    header = "\t".join("" if column in columns else title for column, title in enumerate(titles))
    for row in kept[table.row + 1 :]:
        if not any(row):
            continue
        if _cell(row, number):
            above = {}
        above |= {column: _cell(row, column) for column in columns if _cell(row, column)}
        order = above.get(number, "")
        if order not in groups:
            groups[order] = [f"{titles[column]}：{value}" for column, value in above.items()] + [header]
        groups[order].append("\t".join("" if column in columns else cell for column, cell in enumerate(row)))
    return [lines for order, lines in groups.items() if order]


def _cell(row: Sequence[str], column: int) -> str:
    return row[column].strip() if column < len(row) else ""

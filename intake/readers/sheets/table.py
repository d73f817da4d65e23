"""Orders in spreadsheets and CSV → drafts (read, the second step of an order's way; IN-06, MAP-05, XLS-01).

One order a table, or one for each value of an order-number column (else of a customer column). Cells above and below
the table are read like the lines of a message. Nothing is left out silently: ``quality`` names every row that was not
taken, and which of the sheet's own columns became which field.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from intake.fields.labels import kind_of
from intake.readers.columns import as_line, is_sum_row
from intake.readers.matrix import one_below_another
from intake.readers.platform import order_kind
from intake.readers.sheets.sheet import Sheet, sheets
from intake.readers.text import read_lines
from intake.readers.titles import Titles, find_titles, is_table_head, turned
from intake.values.paper import checked
from orders.draft import DraftOrder, ReadResult

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from orders.catalogue import Catalogue

_ORDER_KINDS = frozenset(
    ["number", "buyer", "contact", "buyer_contact", "phone", "buyer_phone", "ship_address", "address", "ship_contact"]
).union(["ship_phone", "terms", "requested"])
Cells = Callable[["Sequence[str]"], list[str]]

_LABEL = {
    "number": "订单号",
    "buyer": "客户名称",
    "ship_contact": "收货人",
    "ship_phone": "收货电话",
    "ship_address": "收货地址",
}
MAX_REJECTS = 1_000
_SHEET_TOP = 200
"""So many rows tell what a sheet is."""


@dataclass
class _Report:
    """What is told beside the drafts."""

    rows: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)
    columns: list[dict[str, str | None]] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)

    def reject(self, row: int, code: str, message: str) -> None:
        if len(self.rejected) < MAX_REJECTS:
            self.rejected.append({"row": row, "code": code, "message": message})

    def hide(self, row: int) -> None:
        self.hidden.append(row)
        self.reject(row, "hidden_row", f"第 {row} 行被隐藏，没有读")

    def quality(self, orders: int) -> dict[str, Any]:
        told: dict[str, Any] = {"rows": self.rows, "orders": orders} if self.columns else {}
        if self.columns:
            told["columns"] = self.columns
        if self.damaged:
            told["damaged"] = self.damaged
        return {**told, "rejected": self.rejected} if self.rejected else told


def read_table(
    data: bytes,
    filename: str,
    catalogue: Catalogue,
    *,
    today: date | None = None,
    insist: bool = False,
    cells: Cells = list,
) -> ReadResult:
    """Read a sheet into drafts. Raises UnreadableDocument when it is none, or another paper and not ``insist``.

    ``cells`` retells each row in our titles.
    """
    report = _Report()
    drafts: list[DraftOrder] = []
    warnings: list[str] = []
    head: list[str] = []
    seen: list[str] = []
    arrived_sheets = sheets(data, filename)
    tabled = [find_titles(sheet.rows) is not None for sheet in arrived_sheets]
    for arrived, has_table in zip(arrived_sheets, tabled, strict=True):
        sheet = replace(arrived, rows=tuple(tuple(cells(row)) for row in arrived.rows))
        warnings += [problem.message_zh for problem in sheet.problems]
        seen += ["\t".join(row) for row in sheet.rows[: _SHEET_TOP - len(seen)]]
        found: list[DraftOrder] = []
        if drafts and not has_table and any(tabled):
            warnings.append(f"工作表「{sheet.name}」没有数量列，没有当作订单读，请核对")
            continue
        for part in _orders(sheet, head, report):
            found += read_lines(part, catalogue, today=today)
        if not found:  # a cover sheet: what it says belongs to the sheets behind it
            head += [as_line(row) for row in sheet.rows][:100]
        drafts += found
    if report.hidden:
        rows = "、".join(map(str, report.hidden[:20])) + (" 等" if len(report.hidden) > 20 else "")
        warnings.insert(0, f"第 {rows} 行被隐藏，没有读；如果也要订，请取消隐藏后再发")
    told = tuple(warnings) if len(drafts) <= 1 else tuple(warnings[:5])
    warned = tuple(replace(draft, warnings=draft.warnings + told) for draft in drafts)
    result = ReadResult(kind="sheet", pages=1, quality=report.quality(len(warned)), orders=warned)
    return checked(result, seen, insist=insist)


def _orders(sheet: Sheet, head: list[str], report: _Report) -> list[list[str]]:
    """Return the lines of each order: labelled lines made of its columns, then its table."""
    damaged = sheet.damaged_rows()
    for problem in sheet.problems:
        report.damaged.append(problem.pointer)
        report.reject(_row_number(problem.pointer), problem.code, problem.message_zh)
    for place in sorted(sheet.hidden):
        if place < len(sheet.rows) and any(sheet.rows[place]):
            report.hide(place + 1 + sheet.first_row)
    skipped = damaged | sheet.hidden
    shown = [(place + 1 + sheet.first_row, row) for place, row in enumerate(sheet.rows) if place not in skipped]
    kept = one_below_another(shown, is_table_head)
    rows = [row for _, row in kept]
    table = find_titles(rows)
    if table is None:
        others, upright = turned(rows) or (rows, [])
        return [[*head, *(as_line(row) for row in others), *("\t".join(row) for row in upright)]]
    above = [*head, *(as_line(row) for row in rows[: table.row])]
    columns = _order_columns(table, rows[table.first :])
    _tell_columns(table, columns, report)
    report.rows += sum(1 for row in rows[table.first :] if any(row))
    leading = next((kind for kind in ("number", "buyer") if kind in columns.values()), None)
    if leading is None:
        return [[*above, *("\t".join(row) for row in rows[table.row :])]]
    grouped = _Grouping(table.names, columns, leading, report)
    for number, row in kept[table.first :]:
        grouped.take(number, row)
    return [[*above, *part] for part in grouped.groups.values()]


def _row_number(pointer: str) -> int:
    return int("".join(letter for letter in pointer.rsplit("!", 1)[-1] if letter.isdigit()) or 0)


def _tell_columns(table: Titles, columns: dict[int, str], report: _Report) -> None:
    """Keep the sheet's own names beside the fields that they became; None: the column was not used (MAP-05)."""
    for place, title in enumerate(table.names):
        if title:
            kind = columns.get(place) or table.kinds.get(place)
            report.columns.append({"title": title, "field": None if kind in (None, "other", "no") else kind})


def _order_columns(table: Titles, rows: Sequence[Sequence[str]]) -> dict[int, str]:
    """Return the columns that speak of the whole order, not of one line."""
    found: dict[int, str] = {}
    for column, title in enumerate(table.names):
        kind = (order_kind(title) or kind_of(title)) if title else None
        if kind in _ORDER_KINDS and table.kinds.get(column, "other") in {"other", "no", "date"}:
            found[column] = str(kind)
    found = {column: kind for column, kind in found.items() if kind != "number" or not _counts_rows(rows, column)}
    kinds = set(found.values())
    if kinds & {"ship_contact", "ship_address"} and not kinds & {"buyer_contact", "contact", "ship_phone"}:
        found = {column: "ship_phone" if kind == "phone" else kind for column, kind in found.items()}
    return found


def _counts_rows(rows: Sequence[Sequence[str]], column: int) -> bool:
    """Say whether a column under No. or 编号 only counts the rows: 1, 2, 3 or 10, 20, 30."""
    told = [text for row in rows if (text := _cell(row, column)) and not is_sum_row(row)]
    if not told or not all(text.isdecimal() and len(text) <= 4 for text in told):
        return False
    steps = {int(after) - int(before) for before, after in pairwise(told)}
    return int(told[0]) in {1, 10} and steps <= {int(told[0])}


class _Grouping:
    """Collects the rows of each order; a merged cell counts for the rows below it."""

    def __init__(self, titles: Sequence[str], columns: dict[int, str], leading: str, report: _Report) -> None:
        self.titles = titles
        self.columns = columns
        self.lead = next(column for column, kind in columns.items() if kind == leading)
        self.report = report
        self.groups: dict[str, list[str]] = {}
        self.above: dict[int, str] = {}
        self.header = "\t".join("" if column in columns else title for column, title in enumerate(titles))

    def take(self, number: int, row: Sequence[str]) -> None:
        """Put one row to its order; one that belongs to none is rejected by its number."""
        if not any(row) or is_sum_row(row):
            return
        if _cell(row, self.lead):
            self.above = {}
        self.above |= {column: _cell(row, column) for column in self.columns if _cell(row, column)}
        order = self.above.get(self.lead, "")
        if not order:
            self.report.reject(number, "no_order_number", f"第 {number} 行没有订单号，也没有可以归入的上一行，没有读")
            return
        if order not in self.groups:
            self.groups[order] = [self._label(column, value) for column, value in self.above.items()] + [self.header]
        self.groups[order].append("\t".join("" if column in self.columns else cell for column, cell in enumerate(row)))

    def _label(self, column: int, value: str) -> str:
        kind = self.columns[column]
        return f"{_LABEL.get(kind, self.titles[column])}：{value}"


def _cell(row: Sequence[str], column: int) -> str:
    return row[column].strip() if column < len(row) else ""

"""Workbooks for people, written cell by cell as text.

Place in the order's way: beside it, where somebody downloads a table (`server/sheet.py` makes its rows).
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from openpyxl.cell import Cell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet


def book_of(rows: Iterable[Sequence[str]], runnable: tuple[str, ...]) -> bytes:
    """Write one sheet; what begins with one of ``runnable`` is marked as text, so that no program runs it."""
    book = Workbook(write_only=True)
    sheet: WriteOnlyWorksheet = book.create_sheet("Sheet1")
    for row in rows:
        sheet.append([_cell(sheet, text, quoted=text.startswith(runnable)) for text in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet: WriteOnlyWorksheet, text: str, *, quoted: bool) -> Cell:
    cell = WriteOnlyCell(sheet, value=None)
    plain = "".join(letter for letter in text if letter >= " " or letter in "\t\n")
    cell._value = plain  # type: ignore[attr-defined]  # the setter would make a formula of it
    cell.data_type = "s"
    cell.quotePrefix = quoted
    return cell

"""Bytes of a spreadsheet or CSV → rows of text (read). Knows nothing of orders.

Source of the guards: docs of the readers tried on hostile files. A workbook is opened in a process of its own; a
number that Excel has damaged (15 digits and more) is named by its cell, never passed on.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from intake.readers.charset import decode
from intake.readers.html import html_to_text
from intake.readers.sheets.workbook import Limits, leaves
from orders.errors import Problem, UnreadableDocument

MAX_BYTES = 25 * 1024 * 1024
MAX_UNPACKED_BYTES = 100 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 200
MAX_SHEETS = 20
MAX_EXACT = 10**15
"""Excel keeps 15 digits: from here on a number cell has lost some of its own."""

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_RUNNABLE = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The first sheet that holds anything, cell by cell as text; ``problems`` name the cells that can't be trusted.

    ``first_row`` is how many empty rows stand above (a spreadsheet may begin at C5); ``hidden``: places in ``rows``.
    """

    name: str
    rows: tuple[tuple[str, ...], ...]
    problems: tuple[Problem, ...] = ()
    first_row: int = 0
    hidden: frozenset[int] = frozenset()

    def damaged_rows(self) -> frozenset[int]:
        """Return the places in ``rows`` that hold a damaged number."""
        return frozenset(_row_of(problem.pointer) - self.first_row for problem in self.problems)


def rows(data: bytes, filename: str = "") -> Sheet:
    """Read the first sheet that holds anything. Raises UnreadableDocument as `sheets` does."""
    return sheets(data, filename)[0]


def sheets(data: bytes, filename: str = "") -> list[Sheet]:
    """Read xlsx, xls, ods (every sheet that holds anything), CSV, or HTML that calls itself xls.

    Raises:
        UnreadableDocument: empty, too large (also when unpacked), encrypted or no sheet at all.

    """
    if not data.strip():
        raise _refused("empty_file", "文件是空的，请重新选择", "The file is empty: choose it again")
    if len(data) > MAX_BYTES:
        raise _refused("too_large", "文件超过 25 MB", "The file is over 25 MB")
    if data.startswith(b"PK") or data.startswith(b"\xd0\xcf\x11\xe0"):
        return _workbook(data)
    head = data[:2048].lstrip().lower()
    if b"<html" in head or b"<table" in head:
        return [_texts(filename, [line.split("\t") for line in html_to_text(decode(data)).split("\n")])]
    return [_texts(filename, _csv(data))]


def _refused(code: str, zh: str, en: str) -> UnreadableDocument:
    return UnreadableDocument(en, zh, code=code)


def _workbook(data: bytes) -> list[Sheet]:
    limits = Limits(MAX_UNPACKED_BYTES, MAX_SHEETS, MAX_ROWS + 1, MAX_COLUMNS + 1)
    found = [
        replace(
            _values(leaf.name, leaf.cells, leaf.start), hidden=frozenset(row - leaf.start[0] for row in leaf.hidden)
        )
        for leaf in leaves(data, limits)
        if any(any(value not in ("", None) for value in row) for row in leaf.cells)
    ]
    if not found:
        raise _refused("empty_file", "表格是空的", "The sheet is empty")
    if sum(len(sheet.rows) for sheet in found) > MAX_ROWS:
        _check_size([()] * (MAX_ROWS + 1))
    return found


def _values(name: str, cells: list[list[Any]], start: tuple[int, int]) -> Sheet:
    """Turn values into text. ``start``: row and column, from 0, of the first cell that is used at all."""
    _check_size(cells)
    problems: list[Problem] = []
    texts = []
    for row, values in enumerate(cells):
        for column, value in enumerate(values):
            if isinstance(value, float) and abs(value) >= MAX_EXACT:
                problems.append(_damaged(name, (row + start[0], column + start[1]), f"{value:.0f}"))
        texts.append(tuple(_text(value) for value in values))
    return Sheet(name, tuple(texts), tuple(problems), start[0])


def _check_size(cells: list[Any]) -> None:
    if len(cells) > MAX_ROWS or max(map(len, cells), default=0) > MAX_COLUMNS:
        raise _refused(
            "too_large",
            f"最多 {MAX_ROWS} 行、{MAX_COLUMNS} 列",
            f"At most {MAX_ROWS} rows and {MAX_COLUMNS} columns",
        )


def _text(value: Any) -> str:
    match value:
        case bool():
            return "是" if value else "否"
        case float():
            return _number(value)
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta() | None:
            return "" if value is None else str(value)
        case _:
            return _bare(str(value))


def _number(value: float) -> str:
    """Return the number as Excel shows it: 15 digits, no exponent; 13800138000.0 → 13800138000."""
    text = f"{Decimal(f'{value:.15g}'):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _bare(text: str) -> str:
    """Take off what keeps a spreadsheet from running or changing a text: ="…", a leading tab or apostrophe."""
    plain = text.replace("\0", "").strip()
    if plain.startswith('="') and plain.endswith('"') and len(plain) > 2:
        plain = plain[2:-1]
    return plain[1:] if plain[:1] == "'" and (plain[1:2] in _RUNNABLE or plain[1:2].isdigit()) else plain


def _csv(data: bytes) -> list[list[str]]:
    text = data.decode("utf-16") if data.startswith(_UTF_16) and len(data) % 2 == 0 else decode(data)
    if "\0" in text or "\ufffd" in text:
        raise _refused(
            "not_a_sheet",
            "文件既不是表格，也不是 UTF-8 或 GB18030 编码的 CSV",
            "The file is neither a sheet nor CSV text in UTF-8 or GB18030",
        )
    delimiter = _delimiter(text)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        return [row for row, _ in zip(reader, range(MAX_ROWS + 1), strict=False)]
    except csv.Error as error:
        raise _refused("not_a_sheet", f"CSV 格式有误：{error}", f"The CSV is broken: {error}") from error


def _delimiter(text: str) -> str:
    """Return what parts the cells: what stands equally often in most of the first lines; a title may stand above."""
    lines = [line for line in text.split("\n", 30)[:30] if line.strip()]

    def alike(mark: str) -> tuple[int, int]:
        counts = [line.count(mark) for line in lines if mark in line]
        usual = max(set(counts), key=counts.count, default=0)
        return counts.count(usual), usual

    return max("\t,;，|", key=alike)


def _texts(name: str, cells: list[list[str]]) -> Sheet:
    _check_size(cells)
    label = name.rsplit(".", 1)[0] or "CSV"
    bare = tuple(tuple(_bare(cell) for cell in row) for row in cells)
    problems = tuple(
        _damaged(label, (row, column), cell)
        for row, values in enumerate(bare)
        for column, cell in enumerate(values)
        if _is_damaged(cell)
    )
    return Sheet(label, bare, problems)


def _is_damaged(cell: str) -> bool:
    """Say whether a cell shows what Excel makes of a long number: 4.78E+18."""
    mantissa, _, exponent = cell.upper().partition("E+")
    return exponent.isdigit() and mantissa.replace(".", "", 1).isdigit()


def _damaged(sheet: str, at: tuple[int, int], shown: str) -> Problem:
    cell = f"{_letters(at[1])}{at[0] + 1}"
    return Problem(
        f"{sheet}!{cell}",
        "damaged_number",
        f"{cell} 的长数字已被 Excel 改写（{shown}），请把这一列设为文本后重新导出",
        f"Excel has changed the long number in {cell} ({shown}): export the column as text",
    )


def _letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _row_of(pointer: str) -> int:
    return int("".join(letter for letter in pointer.rsplit("!", 1)[1] if letter.isdigit())) - 1

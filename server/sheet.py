"""Tables of people: xlsx and CSV into items of master data and back.

A header is a field's name, its Chinese label, or a path below a field (``contacts/0/phone``); a cell is text.
What a program might run is written as text (formula injection).
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from intake.readers.sheets.workbook import Limits, leaves
from orders.errors import Problem, SenderError, UnreadableDocument
from server.label import LABELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_ROWS = 20_000
MAX_COLUMNS = 200
MAX_UNPACKED_BYTES = 200 * 1024 * 1024
RUNNABLE = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row as an item; ``number`` is the row's as the person sees it, ``columns`` says where each field stood."""

    number: int
    item: dict[str, Any]
    columns: dict[str, str]


def read_sheet(data: bytes, fields: Sequence[str]) -> list[SheetRow]:
    """Read the first sheet. Raises UnreadableDocument, or SenderError naming each unknown column."""
    if not data:
        raise UnreadableDocument("The file is empty: choose it again", "文件是空的，请重新选择", code="empty_file")
    table = _xlsx(data) if data.startswith(b"PK") else _csv(data)
    if not table or not any(table[0]):
        raise UnreadableDocument("The first row must hold the columns' names", "第一行应为列名", code="no_header")
    if len(table) > MAX_ROWS + 1 or len(table[0]) > MAX_COLUMNS:
        raise UnreadableDocument(
            f"At most {MAX_ROWS} rows and {MAX_COLUMNS} columns",
            f"最多 {MAX_ROWS} 行、{MAX_COLUMNS} 列",
            code="too_large",
        )
    paths = _paths(table[0], fields)
    rows = (SheetRow(number, *_item(paths, cells)) for number, cells in enumerate(table[1:], 2) if any(cells))
    return list(rows)


def _xlsx(data: bytes) -> list[list[str]]:
    found = leaves(data, Limits(MAX_UNPACKED_BYTES, 1, MAX_ROWS + 2, MAX_COLUMNS + 1, from_a1=True))
    return [[_text(value) for value in row] for sheet in found for row in sheet.cells]


def _csv(data: bytes) -> list[list[str]]:
    text = _decoded(data)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        return [[_unguarded(cell.strip()) for cell in row] for row, _ in zip(rows, range(MAX_ROWS + 2), strict=False)]
    except csv.Error as error:
        raise UnreadableDocument(f"The CSV is broken: {error}", f"CSV 格式有误：{error}", code="not_a_sheet") from error


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UnreadableDocument(
        "The file is neither xlsx nor CSV text in UTF-8 or GB18030",
        "文件既不是 xlsx，也不是 UTF-8 或 GB18030 编码的 CSV",
        code="not_a_sheet",
    )


def _text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return f"{Decimal(repr(value)):f}".removesuffix(".0")
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return _unguarded(str(value).replace("\0", "").strip())


def _unguarded(text: str) -> str:
    """Take the guard of our own export off again."""
    return text[1:] if text[:1] == "'" and text[1:2] in RUNNABLE else text


def _paths(header: list[str], fields: Sequence[str]) -> list[str]:
    """Return the item path of each column. Raises SenderError for names that no field has."""
    names = {LABELS[field]: field for field in fields if field in LABELS}
    known = [*fields, *names]
    paths, problems = [], []
    for number, title in enumerate(header, 1):
        path = names.get(title, title)
        if title and path.split("/")[0] not in fields:
            said = (f"没有名为“{title}”的列", f"There is no column {title}")
            near = tuple(get_close_matches(title, known, n=3, cutoff=0.4))
            problems.append(Problem(f"{_letters(number)}1", "unknown_column", *said, near))
        paths.append(path)
    for path in {path for path in paths if path and paths.count(path) > 1}:
        at = _letters(paths.index(path) + 1)
        problems.append(Problem(f"{at}1", "column_twice", f"列“{path}”出现了两次", f"The column {path} stands twice"))
    if problems:
        first = problems[0]
        raise SenderError(first.message_en, first.message_zh, code="invalid_sheet", problems=tuple(problems))
    return paths


def _item(paths: list[str], cells: list[str]) -> tuple[dict[str, Any], dict[str, str]]:
    item: dict[str, Any] = {}
    columns: dict[str, str] = {}
    for number, (path, cell) in enumerate(zip(paths, cells, strict=False), 1):
        if path:
            columns[path] = _letters(number)
        if path and cell:
            _put(item, path.split("/"), cell)
    return {name: _listed(value) for name, value in item.items()}, columns


def _letters(number: int) -> str:
    """Return the name of a column: A to Z, then AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _put(item: dict[str, Any], path: list[str], cell: str) -> None:
    *heads, last = path
    for head in heads:
        below = item.setdefault(head, {})
        if not isinstance(below, dict):
            return  # `contacts` and `contacts/0/name` in one sheet: the plain column wins
        item = below
    item.setdefault(last, cell)


def _listed(value: Any) -> Any:
    """Turn ``{"0": …, "1": …}`` into a list."""
    if not isinstance(value, dict):
        return value
    below = {key: _listed(part) for key, part in value.items()}
    if below and all(key.isascii() and key.isdigit() for key in below):
        return [below[key] for key in sorted(below, key=int)]
    return below


def write_xlsx(items: Iterable[dict[str, Any]], fields: Sequence[str]) -> bytes:
    """Write items as a workbook whose text no program runs."""
    from server.book import book_of  # its library and numpy: only a process that is asked for a workbook loads them

    return book_of(_table(items, fields), RUNNABLE)


def write_csv(items: Iterable[dict[str, Any]], fields: Sequence[str]) -> bytes:
    """Write items as UTF-8 CSV (with the mark that Excel needs); what it might run is led by an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in _table(items, fields):
        writer.writerow(map(guarded, row))
    return out.getvalue().encode("utf-8-sig")


def guarded(text: str) -> str:
    """Lead what a spreadsheet would run by an apostrophe."""
    return f"'{text}" if text.startswith(RUNNABLE) else text


def _table(items: Iterable[dict[str, Any]], fields: Sequence[str]) -> list[list[str]]:
    flat = [dict(_flat(item)) for item in items]
    nested = sorted({path for row in flat for path in row if "/" in path})
    plain = [field for field in fields if not any(path.startswith(f"{field}/") for path in nested)]
    paths = [*plain, *nested]
    return [paths, *([row.get(path, "") for path in paths] for row in flat)]


def _flat(value: Any, path: str = "") -> Iterable[tuple[str, str]]:
    match value:
        case dict():
            for key, part in value.items():
                yield from _flat(part, f"{path}/{key}" if path else str(key))
        case list() if all(isinstance(part, str) for part in value):
            yield path, ";".join(value)
        case list():
            for index, part in enumerate(value):
                yield from _flat(part, f"{path}/{index}")
        case None:
            yield path, ""
        case bool():
            yield path, "true" if value else "false"
        case _:
            yield path, str(value)

"""The process that opens a workbook: started by `workbook.py`, imports nothing of ours, ends after one file.

``python -I workbook_child.py UNPACKED SHEETS ROWS COLUMNS FROM_A1``; the file comes on standard input, one JSON object
goes to standard output.
"""

from __future__ import annotations

import html
import io
import json
import re
import resource
import sys
import zipfile
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

ADDRESS_SPACE = 1280 * 1024 * 1024
CPU_S = 30
_RELATION, _SHEET = re.compile(rb"<Relationship\s[^<>]{0,2000}>"), re.compile(rb"<sheet\s[^<>]{0,2000}>")
_ROW = re.compile(rb"<row\s[^<>]{0,400}hidden=[^<>]{0,400}>")  # bounded: a wall of tags without ends costs nothing
_ATTRIBUTE = re.compile(rb"([\w:]+)=\"([^\"]*)\"")
MOST_TOLD = 64 * 1024 * 1024
"""Characters of the answer."""


def main(arguments: list[str]) -> int:
    """Read one workbook and tell its cells, or what is wrong with it."""
    for limit, most in ((resource.RLIMIT_AS, ADDRESS_SPACE), (resource.RLIMIT_CPU, CPU_S), (resource.RLIMIT_CORE, 0)):
        with suppress(ValueError, OSError):  # a system that knows no such limit
            resource.setrlimit(limit, (most, most))
    unpacked, sheets, rows, columns, from_a1 = map(int, arguments)
    data = sys.stdin.buffer.read()
    try:
        told = _told(data, unpacked, (sheets, rows, columns), from_a1=bool(from_a1))
    except MemoryError:
        told = _fault("too_large")
    except (zipfile.BadZipFile, CalamineError, ValueError, OSError, KeyError):
        told = _fault("not_a_sheet")
    sys.stdout.write(told)
    return 0


def _fault(code: str) -> str:
    return json.dumps({"fault": code})


def _told(data: bytes, unpacked: int, most: tuple[int, int, int], *, from_a1: bool) -> str:
    if _size(data) > unpacked:
        return _fault("too_large")
    sheets, rows, columns = most
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    found, unseen = [], _hidden_rows(data)
    shown = [sheet.name for sheet in book.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible]
    for name in [name for name in book.sheet_names if name in shown or not shown][:sheets]:
        sheet = book.get_sheet_by_name(name)
        cells = sheet.to_python(skip_empty_area=not from_a1, nrows=rows)
        values = [[_value(cell) for cell in row[:columns]] for row in cells]
        found.append([name, values, sheet.start or (0, 0), unseen.get(name, [])])
    told = json.dumps({"leaves": found})
    return told if len(told) <= MOST_TOLD else _fault("too_large")


def _hidden_rows(data: bytes) -> dict[str, list[int]]:
    """Return the rows, from 0, that an xlsx hides, by sheet; the reader of cells does not tell them."""
    if not data.startswith(b"PK"):
        return {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = set(archive.namelist())
        if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= parts:
            return {}
        leads = [_attributes(found) for found in _RELATION.findall(archive.read("xl/_rels/workbook.xml.rels"))]
        targets = {one.get(b"Id", b""): one.get(b"Target", b"").decode("utf-8", "replace") for one in leads}
        hidden = {}
        for sheet in map(_attributes, _SHEET.findall(archive.read("xl/workbook.xml"))):
            target = targets.get(sheet.get(b"r:id", b""), "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            name = html.unescape(sheet.get(b"name", b"").decode("utf-8", "replace"))
            rows = map(_attributes, _ROW.findall(archive.read(part))) if part in parts else ()
            hidden[name] = [
                int(row[b"r"]) - 1
                for row in rows
                if row.get(b"hidden") in {b"1", b"true"} and row.get(b"r", b"").isdigit()
            ]
        return hidden


def _attributes(tag: bytes) -> dict[bytes, bytes]:
    return dict(_ATTRIBUTE.findall(tag))


def _size(data: bytes) -> int:
    """Return what a ZIP says it unpacks to; a lie ends at the limit of memory."""
    if not data.startswith(b"PK"):
        return 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return sum(part.file_size for part in archive.infolist())


def _value(cell: Any) -> Any:
    if isinstance(cell, datetime | date | time):
        return [type(cell).__name__, cell.isoformat()]
    return ["timedelta", cell.total_seconds()] if isinstance(cell, timedelta) else cell


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

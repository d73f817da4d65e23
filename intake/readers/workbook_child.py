"""The process that opens a workbook: started by `workbook.py`, imports nothing of ours, ends after one file.

``python -I workbook_child.py UNPACKED SHEETS ROWS COLUMNS FROM_A1``; the file comes on standard input, one JSON object
goes to standard output.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import zipfile
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

ADDRESS_SPACE = 1280 * 1024 * 1024
CPU_S = 30
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
    found = []
    for name in book.sheet_names[:sheets]:
        sheet = book.get_sheet_by_name(name)
        cells = sheet.to_python(skip_empty_area=not from_a1, nrows=rows)
        found.append([name, [[_value(cell) for cell in row[:columns]] for row in cells], sheet.start or (0, 0)])
    told = json.dumps({"leaves": found})
    return told if len(told) <= MOST_TOLD else _fault("too_large")


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

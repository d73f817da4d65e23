"""Bytes of a workbook → its cells (read): a process of its own opens the file, and may be lost.

Two cells of a 5 kB file may span 17 billion (the reader makes room for all of them and takes the process with it); a
ZIP says any size it likes. So every xlsx, xls, xlsb and ods is opened by `workbook_child.py` within its limits.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from orders.errors import UnreadableDocument

TIME_S = 60.0
_CHILD = Path(__file__).with_name("workbook_child.py")
_UNREADABLE = (
    "not_a_sheet",
    "文件不是可读的表格（或已加密），请另存为 xlsx 或 CSV",
    "The file is no readable sheet, or is encrypted: save it again as xlsx or CSV",
)
_TOO_LARGE = (
    "too_large",
    "表格解压后过大，或单元格散布太广：请只保留有内容的行列再另存",
    "The sheet is too large when unpacked, or its cells lie too far apart: keep only the rows and columns in use",
)
_TYPES: dict[str, Any] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda seconds: timedelta(seconds=seconds),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read: bytes when unpacked, sheets, rows and columns of each; ``from_a1`` keeps empty space above."""

    unpacked: int
    sheets: int
    rows: int
    columns: int
    from_a1: bool = False


@dataclass(frozen=True, slots=True)
class Leaf:
    """One sheet that is shown. ``cells``: text, number, bool, date or time.

    ``start``: row and column, from 0, of the first cell; ``hidden``: the rows, from 0 on the sheet, that nobody sees.
    """

    name: str
    cells: list[list[Any]]
    start: tuple[int, int]
    hidden: frozenset[int] = frozenset()


def leaves(data: bytes, limits: Limits) -> list[Leaf]:
    """Read the first sheets of a workbook. Raises UnreadableDocument (``not_a_sheet``, ``too_large``)."""
    told = [limits.unpacked, limits.sheets, limits.rows, limits.columns, int(limits.from_a1)]
    command = [sys.executable, "-I", str(_CHILD), *map(str, told)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=TIME_S, env={}, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise _refused(_TOO_LARGE) from None
    if done.returncode < 0:  # a signal: out of memory or of time
        raise _refused(_TOO_LARGE)
    if done.returncode > 0:
        raise _refused(_UNREADABLE)
    answer = json.loads(done.stdout)
    if "fault" in answer:
        raise _refused(_TOO_LARGE if answer["fault"] == "too_large" else _UNREADABLE)
    return [
        Leaf(name, [list(map(_value, row)) for row in rows], tuple(start), frozenset(hidden))
        for name, rows, start, hidden in answer["leaves"]
    ]


def _refused(why: tuple[str, str, str]) -> UnreadableDocument:
    code, zh, en = why
    return UnreadableDocument(en, zh, code=code)


def _value(told: Any) -> Any:
    if isinstance(told, list):
        kind, value = told
        return _TYPES[kind](value)
    return told

"""How every benchmark reports: a table for people, the same figures as JSON in var/bench/."""

from __future__ import annotations

import json
import os
import platform
import unicodedata
from typing import TYPE_CHECKING, Any

from server.config import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Draw a table for a terminal: the first column left, the others right; 中文 takes two columns a character."""
    cells = [[str(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(_width(row[column]) for row in cells) for column in range(len(heads))]
    lines = [
        "  ".join(_aligned(cell, width, left=not i) for i, (cell, width) in enumerate(zip(row, widths, strict=True)))
        for row in cells
    ]
    return "\n".join([lines[0], "─" * (sum(widths) + 2 * (len(widths) - 1)), *lines[1:]])


def save(name: str, figures: dict[str, Any]) -> None:
    """Write ``var/bench/<name>.json`` with the machine beside the figures."""
    path = ROOT / "var" / "bench" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "machine": platform.machine()}
    path.write_text(json.dumps({"machine": machine, **figures}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(f"→ {path.relative_to(ROOT)}")


def _aligned(cell: str, width: int, *, left: bool) -> str:
    gap = " " * (width - _width(cell))
    return cell + gap if left else gap + cell


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)

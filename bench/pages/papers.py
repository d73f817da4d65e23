"""Papers of trade that are no orders, and orders that speak of such papers: as words, as a PDF, as a picture.

The reader has to tell them apart: an order that is refused costs more than an invoice that becomes a draft.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from bench.pages.canvas import Bitmap, Pdf
from bench.pages.damage import LEVELS

if TYPE_CHECKING:
    from bench.pages.canvas import Pen

ORDER = "order"
_LEFT, _RIGHT, _TOP, _PITCH = 40.0, 555.0, 60.0, 24.0


@dataclass(frozen=True)
class Paper:
    """``kind`` is `ORDER` or what else it is; ``rows`` are its cells, ``titles`` the numbers of its titles' rows."""

    kind: str
    name: str
    rows: tuple[tuple[str, ...], ...]
    titles: frozenset[int]

    def text(self) -> str:
        """Return the paper's words, cells parted by tabs."""
        return "\n".join("\t".join(row) for row in self.rows)

    def pdf(self) -> bytes:
        """Print it with a text layer."""
        pen = Pdf()
        self._draw(pen)
        return pen.data()

    def picture(self, level: str = "clean", seed: int = 0) -> bytes:
        """Draw it as a JPEG, damaged as ``level`` says."""
        pen = Bitmap()
        self._draw(pen)
        image, _ = LEVELS[level](pen.image, pen.boxes, seed)
        out = io.BytesIO()
        image.save(out, "JPEG", quality=88)
        return out.getvalue()

    def _draw(self, pen: Pen) -> None:
        y = _TOP
        for number, row in enumerate(self.rows):
            if number in self.titles:
                pen.text((_LEFT + _RIGHT) / 2, y, " ".join(row), 16, anchor="c")
            else:
                for place, cell in enumerate(row):
                    pen.text(_LEFT + (_RIGHT - _LEFT) * place / len(row), y, cell, 8.5 if len(row) > 4 else 9.5)
            y += _PITCH


@lru_cache(maxsize=1)
def papers() -> tuple[Paper, ...]:
    """Return all papers of `papers.txt`."""
    found = []
    for block in (Path(__file__).parent / "papers.txt").read_text(encoding="utf-8").split("\n=== ")[1:]:
        head, *lines = block.strip().splitlines()
        kind, name = head.split()
        titles = frozenset(number for number, line in enumerate(lines) if line.startswith("#"))
        rows = tuple(tuple(cell.strip() for cell in line.lstrip("# ").split("|")) for line in lines)
        found.append(Paper(kind, name, rows, titles))
    return tuple(found)

"""A value found on paper while the evidence for and against it is still being gathered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from intake.fields import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.layout.rows import Cell

CERTAIN = 0.98
"""A character below this score may be another one (measured: 99.9 % of values at or above it are right on scans)."""
_LEFT_OPEN = {
    words.TEXT_LAYER: 0.0,
    words.ARITHMETIC: 0.1,
    words.SAME_DIGITS: 0.7,
    words.SUM: 0.3,
    words.CAPITALS: 0.15,
    words.CODE_KNOWN: 0.5,
    words.BUYER_CODE: 0.5,
    words.NAME_KNOWN: 0.06,
    words.UNIT_KNOWN: 0.06,
    words.PRICE_KNOWN: 0.2,
    words.CUSTOMER_KNOWN: 0.1,
    words.CUSTOMER_DATA: 0.06,
    words.READ_TWICE: 0.1,
}
"""How much of the doubt that the characters leave each proof leaves: a misread value seldom passes it by chance."""


@dataclass
class Found:
    """A value with its place. ``proofs`` are independent of the characters' scores; any doubt calls a person.

    ``named``: the label or title beside it says beyond doubt what it is.
    """

    value: str | None
    cell: Cell
    page: int
    proofs: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    alternatives: list[str] = field(default_factory=list)
    named: bool = True

    @property
    def raw(self) -> str:
        """Return the text as it stands on the page."""
        return self.cell.text

    @property
    def certain(self) -> bool:
        """Say whether every character was read with certainty."""
        return self.cell.confidence >= CERTAIN

    def confidence(self, proofs: Sequence[str]) -> float:
        """Return how likely the value is right: what its least clear character leaves open, less what proves it."""
        if self.value is None:
            return 0.0
        open_ = 1.0 - self.cell.confidence if self.cell.words else 0.4
        for proof in proofs:
            open_ *= _LEFT_OPEN.get(proof, 1.0)
        return 1.0 - open_

    def prove(self, *reasons: str) -> None:
        """Add evidence."""
        self.proofs += [reason for reason in reasons if reason not in self.proofs]

    def doubt(self, *reasons: str) -> None:
        """Add a reason to look."""
        self.doubts += [reason for reason in reasons if reason not in self.doubts]


LineFound = dict[str, Found]
"""The values of one order line by the name of the field; ``code`` is what stands in the column of codes."""


@dataclass
class OrderFound:
    """Everything found for one order: header values by path, lines, sums in words, and what may be the total."""

    header: dict[str, Found] = field(default_factory=dict)
    lines: list[LineFound] = field(default_factory=list)
    capitals: list[Found] = field(default_factory=list)
    sums: list[Found] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    layer: bool = False
    doubtful_pages: dict[int, str] = field(default_factory=dict)

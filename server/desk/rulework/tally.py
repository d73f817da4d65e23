"""The counts of a backtest: how many orders flip and how, with their money, and how often the rules were right.

Place in the order's way: part of re-judging. Values only; kept as JSON with the backtest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orders.truth import Truth
from rules.change.flips import is_held

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Json = dict[str, Any]
MOST_REASONS = 5


@dataclass(frozen=True, slots=True)
class Seen:
    """What is counted of one order. ``waited_s``: how long its released hold had lasted."""

    currency: str
    payable_fen: int
    truth: Truth
    waited_s: float = 0.0


@dataclass(slots=True)
class Sum:
    """A number of orders and their money, fen by currency."""

    orders: int = 0
    fen: dict[str, int] = field(default_factory=dict)

    def add(self, seen: Seen) -> None:
        """Count one order."""
        self.orders += 1
        self.fen[seen.currency] = self.fen.get(seen.currency, 0) + seen.payable_fen

    def to_json(self) -> Json:
        """Return the sum as stored."""
        return {"orders": self.orders, "fen": dict(sorted(self.fen.items()))}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Sum:
        """Read it back."""
        return cls(value["orders"], dict(value["fen"]))


SUMS = (
    "newly_held",
    "newly_free",
    "before_caught",
    "before_wrong",
    "before_missed",
    "after_caught",
    "after_wrong",
    "after_missed",
    "after_held",
    "before_held",
)


@dataclass(slots=True)
class Tally:
    """Everything that a backtest counts."""

    orders: int = 0
    flips: int = 0
    erased: int = 0
    failed: int = 0
    unknown: int = 0
    hours_freed: float = 0.0
    reasons: list[str] = field(default_factory=list)
    kinds: dict[str, Sum] = field(default_factory=dict)
    sums: dict[str, Sum] = field(default_factory=lambda: {name: Sum() for name in SUMS})

    def fail(self, reason: str) -> None:
        """Count an order that the engine could not judge, with the first few reasons."""
        self.failed += 1
        if reason not in self.reasons and len(self.reasons) < MOST_REASONS:
            self.reasons.append(reason[:300])

    def judged(self, seen: Seen, before: str, after: str) -> None:
        """Count an order that both sides judged; ``before`` and ``after`` are outcomes."""
        self.orders += 1
        self.unknown += seen.truth is Truth.UNKNOWN
        for side, held in (("before", is_held(before)), ("after", is_held(after))):
            if held:
                self.sums[f"{side}_held"].add(seen)
            kind = _kind(held, seen.truth)
            if kind:
                self.sums[f"{side}_{kind}"].add(seen)
        if is_held(after) and not is_held(before):
            self.sums["newly_held"].add(seen)
        elif is_held(before) and not is_held(after):
            self.sums["newly_free"].add(seen)
            self.hours_freed += seen.waited_s / 3600

    def flipped(self, seen: Seen, kinds: Sequence[str]) -> None:
        """Count a flip under each of its kinds."""
        self.flips += 1
        for kind in kinds:
            self.kinds.setdefault(kind, Sum()).add(seen)

    def to_json(self) -> Json:
        """Return the counts as stored and answered."""
        plain = {name: getattr(self, name) for name in ("orders", "flips", "erased", "failed", "unknown", "reasons")}
        return {
            **plain,
            "hours_freed": round(self.hours_freed, 2),
            "kinds": {kind: found.to_json() for kind, found in self.kinds.items()},
            **{name: found.to_json() for name, found in self.sums.items()},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Tally:
        """Read counts back; nothing counted yet is an empty value."""
        if not value:
            return cls()
        plain = ("orders", "flips", "erased", "failed", "unknown", "hours_freed")
        found = cls(**{name: value[name] for name in plain}, reasons=list(value["reasons"]))
        found.kinds = {kind: Sum.from_json(part) for kind, part in value["kinds"].items()}
        found.sums = {name: Sum.from_json(value[name]) for name in SUMS}
        return found


def _kind(held: bool, truth: Truth) -> str | None:
    """Name what holding, or not, an order of this truth was."""
    match truth, held:
        case Truth.BAD, True:
            return "caught"
        case Truth.BAD, False:
            return "missed"
        case Truth.GOOD, True:
            return "wrong"
        case _:
            return None

"""Shapes: the few forms that joins take. Rules of one form share one engine rule; their number travels in the facts.

A shape says, per pattern after the first, with which earlier fact it is joined and how. The engine's ruleset is made of
shapes, not of rules: its size, and the cost of a session, do not grow with the rulebook, and a reload makes no new one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_OPS = {"!=": "$neq", "<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}


@dataclass(frozen=True, slots=True)
class Link:
    """How a pattern hangs on earlier ones: the equality (rule number and values) with ``anchor``, and further joins."""

    anchor: int
    negated: bool
    more: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """The first pattern stands alone; each further one has a link. Negated ones come last."""

    links: tuple[Link, ...] = ()

    @property
    def name(self) -> str:
        """A short name that says the shape, such as ``s``, ``s0``, ``s0n0``."""
        parts = ["s"]
        for link in self.links:
            more = "".join(f"_{list(_OPS).index(op) if op in _OPS else 'e'}{other}" for op, other in link.more)
            parts.append(f"{'n' if link.negated else 'j'}{link.anchor}{more}")
        return "".join(parts)

    @property
    def positive(self) -> int:
        """How many patterns must have a fact."""
        return 1 + sum(1 for link in self.links if not link.negated)

    @property
    def size(self) -> int:
        """How many patterns the shape has."""
        return 1 + len(self.links)

    def rule(self) -> dict[str, Any]:
        """Return the engine's rule.

        Fact fields: ``<name>p<i>`` the place, ``e<i>`` and ``f<i>`` the equality's two sides, ``i<i>_<j>`` and
        ``h<i>_<j>`` a further join's two sides, ``_s`` always 1.
        """
        patterns: list[dict[str, Any]] = [{"a0": {f"{self.name}p0": 1}}]
        for number, link in enumerate(self.links, start=1):
            anchor = f"a{link.anchor}"
            parts: list[dict[str, Any]] = [{f"{self.name}p{number}": 1}, {f"e{number}": {anchor: f"f{number}"}}]
            for index, (op, other) in enumerate(link.more):
                equal = {f"i{number}_{index}": {f"a{other}": f"h{number}_{index}"}}
                parts.append(equal if op == "=" else {_OPS[op]: equal})
            parts.append({"_s": {anchor: "_s"}})
            label = f"n{number}$not" if link.negated else f"a{number}"
            patterns.append({label: {"$and": parts}})
        return {"all": patterns}

"""Matching: one order's facts against a program → the set of firings. The engine joins and chains, Python tests.

The result is a set: whatever order the engine fires in, the sorted firings are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orders.money import LIMIT
from rules.effects import DeriveEffect, FlagEffect, HoldEffect, RouteEffect
from rules.engine import EngineError
from rules.patterns import CASE
from rules.session import Session
from rules.tree import Field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rules.compile import Program
    from rules.effects import Effect
    from rules.need import Need, Tie

Row = dict[str, Any]
Rows = tuple[Row, ...]
Facts = dict[str, Any]
Key = tuple[str, Any]
"""Which fact: its type and place, or (made by rules) its values. Sorts alike in every run."""
Firing = tuple[int, tuple[Key, ...], int, Rows]
"""A rule that fired: its rank, the facts' keys (to sort by), its index, and a row for each of its variables."""
Values = tuple[int, tuple[tuple[int, int], ...]]
"""One side of a link: the equality's number, and the further values by their place."""


class Made:
    """A fact that rules made, with its bits by slot."""

    __slots__ = ("key", "masks", "row")

    def __init__(self, key: Key, row: Row, masks: dict[int, int]) -> None:
        self.key = key
        self.row = row
        self.masks = masks


class Match:
    """One decision's matching."""

    def __init__(self, program: Program, facts: Facts) -> None:
        self.program = program
        self.facts = facts
        self.head: Row = facts["head"]
        self.personal: Row = facts.get("personal") or {}
        self.atoms = facts.get("personal_atoms")
        self.masks, self.union = program.scan(facts, program.tables)
        self.made: list[Made] = []
        self.firings: list[Firing] = []
        self.fired: set[tuple[int, tuple[Key, ...]]] = set()
        self.numbers: dict[Any, int] = {}
        self.lonely = 0
        self.derived: set[tuple[str, tuple[Any, ...], tuple[str, ...]]] = set()

    def run(self) -> list[Firing]:
        """Return all firings, sorted by stage, priority (high first), rule id and facts."""
        for need_set in self.program.sets:
            Session(self, need_set).run()
        self.firings.sort(key=_order)
        return self.firings

    def rows(self, fact: str) -> Sequence[Row]:
        """Return a base type's rows."""
        if fact == CASE:
            return (self.head,)
        found: Sequence[Row] | None = self.program.tables.get(fact)
        return self.facts[fact] if found is None else found

    def fire(self, need: Need, keys: tuple[Key, ...], rows: Rows) -> bool:
        """Note a firing; False if another variant of the rule came to the same."""
        if not need.alone:
            if (need.rule, keys) in self.fired:
                return False
            self.fired.add((need.rule, keys))
        self.firings.append((self.program.ranks[need.rule], keys, need.rule, rows))
        return True

    def tie(self, need: Need, tie: Tie, row: Row) -> Values | None:
        """Return one side of a link as integers (the equality's number, the further values); None if one is missing."""
        if tie.column is not None:  # one plain field, by far the most frequent
            value = row.get(tie.column)
            return None if value is None else (need.base + self._number(value), ())
        equal = [self._key(row, name) for name in tie.equal]
        more = [(index, self._key(row, name), interned) for index, name, interned in tie.more]
        if None in equal or any(value is None for _, value, _ in more):
            return None
        return need.base + self._number(tuple(equal)), tuple(
            (index, self._number(value) if interned else _exact(value)) for index, value, interned in more
        )

    def unmatched(self, tie: Tie) -> Values:
        """Return a side that no fact equals: a missing value under ``none`` makes nothing false."""
        self.lonely -= 1
        return self.lonely, tuple((index, 0) for index, _, _ in tie.more)

    def _number(self, value: Any) -> int:
        """Return a value's number in this decision, so that no text and no large number reaches the engine."""
        return self.numbers.setdefault(value, len(self.numbers))

    def _key(self, row: Row, name: str) -> Any:
        program = self.program
        return program.keys[name](row, self.facts, self.head, self.personal, self.atoms, program.tables)

    def derive(self, rule: int, rows: Rows) -> list[tuple[str, Made]]:
        """Return the new facts that a firing makes and that some rule reads."""
        found = []
        for effect in self.program.makers[rule]:
            made = derived_fact(effect, self.program, rule, rows, self.head)
            entry = self._add(*made) if made else None
            if made is not None and entry is not None:
                found.append((made[0], entry))
        return found

    def _add(self, fact: str, values: Row) -> Made | None:
        identity = (fact, tuple([values[name] for name in sorted(values)]), tuple(sorted(values)))
        if identity in self.derived:
            return None
        self.derived.add(identity)
        masks = {slot: mask for slot, mask in self.program.derived_scans[fact](values) if mask}
        entry = Made((fact, repr(identity)), values, masks)
        self.made.append(entry)
        for slot, mask in masks.items():
            self.union[slot] |= mask
        return entry


def _order(firing: Firing) -> tuple[int, tuple[Key, ...]]:
    return firing[:2]


def derived_fact(effect: Effect, program: Program, rule: int, rows: Rows, head: Row) -> tuple[str, Row] | None:
    """Return the fact that an effect makes."""
    names = program.aliases[rule]
    match effect:
        case FlagEffect() | HoldEffect():
            name = "flag" if isinstance(effect, FlagEffect) else "hold"
            return name, _on_line({"code": effect.code}, program, rule, rows)
        case RouteEffect():
            site = dynamic(effect.site, names, rows, head)
            return None if site is None else ("route", _on_line({"site": site}, program, rule, rows))
        case DeriveEffect():
            values = {name: dynamic(value, names, rows, head) for name, value in effect.values}
            return effect.fact, {name: value for name, value in values.items() if value is not None}
        case _:
            return None


def _on_line(row: Row, program: Program, rule: int, rows: Rows) -> Row:
    place = program.line_places[rule]
    line_no = None if place is None else rows[place].get("line_no")
    return row if line_no is None else {**row, "line_no": line_no}


def _exact(value: Any) -> int:
    if not -LIMIT <= value <= LIMIT:
        raise EngineError("a number is too large to be compared exactly")
    return int(value)


def dynamic(value: Any, names: tuple[str, ...], rows: Rows, head: Row) -> Any:
    """Return a fixed value, or the value of a field of the facts that made the rule fire (``names``: its variables)."""
    if not isinstance(value, Field):
        return value
    return rows[names.index(value.alias)].get(value.word.name) if value.alias in names else head.get(value.full)

"""Matching: one order's facts against a program → the set of firings. The engine joins and chains, Python tests.

The result is a set: whatever order the engine fires in, the sorted firings are the same.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from orders.money import LIMIT
from rules.engine import EngineError
from rules.judge.session import Session
from rules.own import type_own

if TYPE_CHECKING:
    from rules.build.need import Need, Tie
    from rules.compile import Program

Row = dict[str, Any]
Rows = tuple[Row, ...]
Facts = dict[str, Any]
Key = tuple[str, Any]
"""Which fact: its type and place, or (made by rules) its values. Sorts alike in every run."""
Firing = tuple[int, tuple[Key, ...], int, Rows]
"""A rule that fired: its rank, the facts' keys (to sort by), its index, and a row for each of its variables."""
Values = tuple[Any, tuple[tuple[int, int], ...]]
"""One side of a link: the value that must be equal, and the further values by their place."""


_ORDER = itemgetter(0, 1)
MAX_KNOWN = 4096


class Made:
    """A fact that rules made, with its bits by slot."""

    __slots__ = ("fact", "key", "masks", "row")

    def __init__(self, fact: str, key: Key, row: Row, masks: dict[int, int]) -> None:
        self.fact = fact
        self.key = key
        self.row = row
        self.masks = masks


class Match:
    """One decision's matching."""

    def __init__(self, program: Program, facts: Facts) -> None:
        self.program = program
        if program.own != ((), ()):
            type_own(facts, program.own)
        self.facts = facts
        self.head: Row = facts["head"]
        self.personal: Row = facts.get("personal") or {}
        self.atoms = facts.get("personal_atoms")
        found = program.scan(facts, program.tables)
        self.firings: list[Firing] = found[0]
        self.registers, self.bars, self.makers, self.late, self.joins = found[1:]
        self.union = [0] * len(program.slots)
        self.made: list[Made] = []
        self.fired: set[tuple[int, tuple[Key, ...]]] = set()
        self.numbers: dict[Any, int] = {}
        self.derived: set[Key] = set()

    def run(self) -> list[Firing]:
        """Return all firings, sorted by stage, priority (high first), rule id and facts."""
        for number, needs in enumerate(self.program.sets):
            if self.makers[number] or self.late[number] or self.joins[number] or (self.made and needs.singles):
                Session(self, needs, number).run()
        self.firings.sort(key=_ORDER)
        return self.firings

    def fire(self, need: Need, keys: tuple[Key, ...], rows: Rows) -> bool:
        """Note a firing; False if another variant of the rule came to the same."""
        if not need.alone:
            if (need.rule, keys) in self.fired:
                return False
            self.fired.add((need.rule, keys))
        self.firings.append((need.rank, keys, need.rule, rows))
        return True

    def tie(self, tie: Tie, row: Row) -> Values | None:
        """Return one side of a link: the value that must be equal, and the further ones; None if one is missing."""
        if tie.column is not None:  # one plain field, by far the most frequent
            value = row.get(tie.column)
            return None if value is None else (value, ())
        equal = [self._key(row, name) for name in tie.equal]
        more = [(index, self._key(row, name), interned) for index, name, interned in tie.more]
        if None in equal or any(value is None for _, value, _ in more):
            return None
        further = [(index, self.number(value) if interned else _exact(value)) for index, value, interned in more]
        return (equal[0] if len(equal) == 1 else tuple(equal)), tuple(further)

    def number(self, value: Any) -> int:
        """Return a value's number in this decision, so that no text and no large number reaches the engine."""
        return self.numbers.setdefault(value, len(self.numbers))

    def _key(self, row: Row, name: str) -> Any:
        program = self.program
        return program.keys[name](row, self.facts, self.head, self.personal, self.atoms, program.tables)

    def derive(self, rule: int, rows: Rows) -> list[Made]:
        """Return the new facts that a firing makes and that some rule reads."""
        known = len(self.made)
        self.program.make[rule](self, self.head, rows)
        return self.made[known:]

    def add(self, fact: str, values: Row) -> None:
        """Note a fact; ``values`` stand in the order of their names."""
        self.note(self._built(fact, values))

    def learn(self, place: Any, fact: str, values: Row) -> Made:
        """Build a fact whose values come from the bundle alone, and remember it for later orders."""
        known = self.program.known
        if len(known) >= MAX_KNOWN:
            known.clear()
        entry = known[place] = self._built(fact, values)
        return entry

    def note(self, entry: Made) -> None:
        """Note a fact, once."""
        if entry.key in self.derived:
            return
        self.derived.add(entry.key)
        self.made.append(entry)
        for slot, mask in entry.masks.items():
            self.union[slot] |= mask

    def _built(self, fact: str, values: Row) -> Made:
        if None in values.values():
            values = {name: value for name, value in values.items() if value is not None}
        identity = repr((fact, tuple(values.values()), tuple(values)))
        return Made(fact, (fact, identity), values, self.program.derived_scans[fact](values))


def _exact(value: Any) -> int:
    if not -LIMIT <= value <= LIMIT:
        raise EngineError("a number is too large to be compared exactly")
    return int(value)

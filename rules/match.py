"""Matching: one order's facts against a program → the set of firings. The engine joins and chains, Python tests.

The result is a set: whatever order the engine fires in, the sorted firings are the same.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

from orders.money import LIMIT
from rules.effects import DeriveEffect, FlagEffect, HoldEffect, RouteEffect
from rules.engine import EngineError, engine_for
from rules.patterns import CASE
from rules.tree import Field

if TYPE_CHECKING:
    from rules.compile import Program
    from rules.effects import Effect
    from rules.need import Need, Spot, Tie
    from rules.policy import Rule

Row = dict[str, Any]
Facts = dict[str, Any]


class Entry:
    """One fact during one decision: its number, row, bits (derived facts), and a key that sorts alike in every run."""

    __slots__ = ("id", "key", "keys", "masks", "row")

    def __init__(self, number: int, row: Row, key: tuple[str, Any], masks: dict[int, int]) -> None:
        self.id = number
        self.row = row
        self.key = key
        self.masks = masks
        self.keys: dict[str, Any] = {}


class Firing:
    """A rule that fired: its index, the row that each of its variables stands for, and a key to sort by."""

    __slots__ = ("key", "rows", "rule")

    def __init__(self, rule: int, rows: dict[str, Row], key: tuple[Any, ...]) -> None:
        self.rule = rule
        self.rows = rows
        self.key = key


class Match:
    """One decision's matching."""

    def __init__(self, program: Program, facts: Facts) -> None:
        self.program = program
        self.facts = facts
        self.head: Row = facts["head"]
        self.personal: Row = facts.get("personal") or {}
        self.atoms = facts.get("personal_atoms")
        self.masks, self.union = program.scan(facts, program.tables)
        self.entries: list[Entry] = []
        self.places: dict[tuple[str, int], Entry] = {}
        self.made: list[Entry] = []
        self.numbers: dict[Any, int] = {}
        self.firings: dict[tuple[int, ...], Firing] = {}
        self.derived: set[tuple[str, tuple[Any, ...]]] = set()

    def run(self) -> list[Firing]:
        """Return all firings, sorted by stage, priority (high first), rule id and facts."""
        for rule_set in self.program.sets:
            wanted = rule_set.candidates(self.union)
            if wanted:
                _Session(self, wanted).run()
        return sorted(self.firings.values(), key=attrgetter("key"))

    def entry(self, fact: str, index: int) -> Entry:
        """Return a base fact's entry."""
        entry = self.places.get((fact, index))
        if entry is None:
            entry = Entry(len(self.entries), self._row(fact, index), (fact, index), {})
            self.entries.append(entry)
            self.places[fact, index] = entry
        return entry

    def _row(self, fact: str, index: int) -> Row:
        if fact == CASE:
            return self.head
        rows = self.program.tables.get(fact)
        row: Row = (self.facts[fact] if rows is None else rows)[index]
        return row

    def tie(self, need: Need, tie: Tie, entry: Entry) -> tuple[int, list[tuple[int, int]]] | None:
        """Return one side of a link as integers (the equality's number, the further values); None if one is missing."""
        equal = [self._key(entry, name) for name in tie.equal]
        more = [(index, self._key(entry, name), interned) for index, name, interned in tie.more]
        if None in equal or any(value is None for _, value, _ in more):
            return None
        return self._number((need.number, *equal)), [
            (index, self._number(value) if interned else _exact(value)) for index, value, interned in more
        ]

    def unmatched(self, tie: Tie) -> tuple[int, list[tuple[int, int]]]:
        """Return a side that no fact equals: a missing value under ``none`` makes nothing false."""
        return -1 - self._number((tie, len(self.numbers))), [(index, 0) for index, _, _ in tie.more]

    def _number(self, value: Any) -> int:
        """Return a value's number in this decision, so that no text and no large number reaches the engine."""
        return self.numbers.setdefault(value, len(self.numbers))

    def _key(self, entry: Entry, name: str) -> Any:
        if name not in entry.keys:
            program = self.program
            found = program.keys[name](entry.row, self.facts, self.head, self.personal, self.atoms, program.tables)
            entry.keys[name] = found
        return entry.keys[name]

    def add_derived(self, fact: str, values: Row) -> Entry | None:
        """Add a fact that a rule made; None if it is known or nothing reads its kind."""
        scan = self.program.derived_scans.get(fact)
        if scan is None:
            return None
        identity = (fact, tuple(values.get(name) for name in sorted(values)))
        if identity in self.derived:
            return None
        self.derived.add(identity)
        masks = {slot: mask for slot, mask in scan(values) if mask}
        entry = Entry(len(self.entries), values, (fact, repr(identity[1])), masks)
        self.entries.append(entry)
        self.made.append(entry)
        for slot, mask in masks.items():
            self.union[slot] |= mask
        return entry


class _Session:
    """One stratum's session with the engine: tell facts, take firings, tell the facts that they make."""

    def __init__(self, match: Match, wanted: list[Need]) -> None:
        self.match = match
        self.wanted = wanted
        self.told: list[tuple[Need, Entry]] = []
        self.waiting: dict[str, list[tuple[Need, Spot]]] = {}

    def run(self) -> None:
        """Tell the negated facts first, then the others; collect firings until nothing new is made."""
        first: list[str] = []
        facts: list[str] = []
        derived = self.match.program.derived_scans
        for need in self.wanted:
            for spot in need.spots:
                self._tell_all(need, spot, first if spot.negated else facts)
                if spot.fact in derived and not spot.negated:
                    self.waiting.setdefault(spot.fact, []).append((need, spot))
        shapes = frozenset([need.shape for need in self.wanted])
        engine_for(shapes).run(first + facts, self._feed)

    def _tell_all(self, need: Need, spot: Spot, texts: list[str]) -> None:
        match, slot, bit = self.match, spot.slot, spot.bit
        if match.union[slot] & bit:
            for index, mask in enumerate(match.masks[slot]):
                if mask & bit:
                    self._tell(need, spot, match.entry(spot.fact, index), texts)
            for entry in match.made:
                if entry.masks.get(slot, 0) & bit:
                    self._tell(need, spot, entry, texts)

    def _tell(self, need: Need, spot: Spot, entry: Entry, texts: list[str]) -> None:
        """Write one fact for one place of one variant; a fact that cannot be joined is not told."""
        joins = ""
        if spot.own is not None or spot.given:
            found = self._joins(need, spot, entry)
            if found is None:
                return
            joins = found
        texts.append(f'{{"id":"{len(self.told)}","sid":"1","_s":1,"{need.shape.name}p{spot.number}":1{joins}}}')
        self.told.append((need, entry))

    def _joins(self, need: Need, spot: Spot, entry: Entry) -> str | None:
        match, text = self.match, ""
        if spot.own is not None:
            own = match.tie(need, spot.own, entry)
            if own is None:
                return None
            text = f',"e{spot.own.at}":{own[0]}' + "".join(f',"i{spot.own.at}_{at}":{value}' for at, value in own[1])
        for given in spot.given:
            at = abs(given.at)
            values = match.tie(need, given, entry)
            if values is None:
                if not given.negated:
                    return None
                values = match.unmatched(given)
            if given.at > 0:
                text += f',"f{at}":{values[0]}'
            text += "".join(f',"h{at}_{index}":{value}' for index, value in values[1])
        return text

    def _feed(self, fired: list[dict[str, Any]]) -> list[str]:
        match, told = self.match, self.told
        texts: list[str] = []
        for message in fired:
            numbers = [int(fact["id"]) for fact in message.values()]
            need = told[numbers[0]][0]
            entries = [told[number][1] for number in numbers]
            ids = (need.rule, *[entry.id for entry in entries])
            if ids in match.firings:
                continue
            rows = {alias: entry.row for alias, entry in zip(need.aliases, entries, strict=True)}
            key = (match.program.ranks[need.rule], *[entry.key for entry in entries])
            match.firings[ids] = Firing(need.rule, rows, key)
            if need.makes:
                self._derive(match.program.rules[need.rule], rows, texts)
        return texts

    def _derive(self, rule: Rule, rows: dict[str, Row], texts: list[str]) -> None:
        for effect in rule.effects:
            made = derived_fact(effect, rule, rows, self.match.head)
            entry = self.match.add_derived(*made) if made else None
            if made is not None and entry is not None:
                for need, spot in self.waiting.get(made[0], ()):
                    if entry.masks.get(spot.slot, 0) & spot.bit:
                        self._tell(need, spot, entry, texts)


def derived_fact(effect: Effect, rule: Rule, rows: dict[str, Row], head: Row) -> tuple[str, Row] | None:
    """Return the fact that an effect makes."""
    match effect:
        case FlagEffect() | HoldEffect():
            name = "flag" if isinstance(effect, FlagEffect) else "hold"
            return name, _on_line({"code": effect.code}, rule, rows)
        case RouteEffect():
            site = dynamic(effect.site, rows, head)
            return None if site is None else ("route", _on_line({"site": site}, rule, rows))
        case DeriveEffect():
            values = {name: dynamic(value, rows, head) for name, value in effect.values}
            return effect.fact, {name: value for name, value in values.items() if value is not None}
        case _:
            return None


def _on_line(row: Row, rule: Rule, rows: dict[str, Row]) -> Row:
    line_no = line_of(rule, rows)
    return row if line_no is None else {**row, "line_no": line_no}


def _exact(value: Any) -> int:
    if not -LIMIT <= value <= LIMIT:
        raise EngineError("a number is too large to be compared exactly")
    return int(value)


def dynamic(value: Any, rows: dict[str, Row], head: Row) -> Any:
    """Return a fixed value, or the value of a field of the facts that made the rule fire."""
    if not isinstance(value, Field):
        return value
    row = rows.get(value.alias)
    return head.get(value.full) if row is None else row.get(value.word.name)


def line_of(rule: Rule, rows: dict[str, Row]) -> int | None:
    """Return the number of the order line that a firing is about, if there is one."""
    for alias, row in rows.items():
        if alias == "line" or rule.variables.get(alias) == "line":
            return row.get("line_no")
    return None

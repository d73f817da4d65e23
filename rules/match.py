"""Matching: one order's facts against a program → the set of firings. The engine joins and chains, Python tests.

The result is a set: whatever order the engine fires in, the sorted firings are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orders.money import LIMIT
from rules.effects import DeriveEffect, FlagEffect, HoldEffect, RouteEffect
from rules.engine import EngineError
from rules.patterns import CASE
from rules.tree import Field

if TYPE_CHECKING:
    from rules.compile import Need, Program, RuleSet
    from rules.effects import Effect
    from rules.policy import Rule

Row = dict[str, Any]
Facts = dict[str, Any]


class Entry:
    """One fact during one decision: its type, row, bits by slot, and a key that sorts the same in every run."""

    __slots__ = ("fact", "id", "key", "keys", "masks", "row")

    def __init__(self, number: int, fact: str, row: Row, key: tuple[str, Any], masks: dict[int, int]) -> None:
        self.id = number
        self.fact = fact
        self.row = row
        self.key = key
        self.masks = masks
        self.keys: dict[str, int | None] = {}


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that fired: its index and the row that each of its variables stands for."""

    rule: int
    rows: dict[str, Row]
    key: tuple[Any, ...]


class Match:
    """One decision's matching."""

    def __init__(self, program: Program, facts: Facts) -> None:
        self.program = program
        self.facts = facts
        self.entries: list[Entry] = []
        self.by_slot: list[list[Entry]] = [[] for _ in program.slots]
        self.union = [0] * len(program.slots)
        self.texts: dict[str, int] = {}
        self.firings: dict[tuple[int, tuple[int, ...]], Firing] = {}
        self.derived: set[tuple[str, tuple[Any, ...]]] = set()
        self.head: Row = facts["head"]
        self.personal: Row = facts.get("personal") or {}
        self.atoms = facts.get("personal_atoms")

    def run(self) -> list[Firing]:
        """Return all firings, sorted by stage, priority (high first), rule id and facts."""
        self._load()
        for rule_set in self.program.sets:
            wanted = self._candidates(rule_set)
            if wanted:
                _Session(self, rule_set, wanted).run()
        rules = self.program.rules
        return sorted(
            self.firings.values(), key=lambda f: (rules[f.rule].stage, -rules[f.rule].priority, rules[f.rule].id, f.key)
        )

    def _load(self) -> None:
        program = self.program
        found = program.scan(self.facts, program.tables)
        places: dict[tuple[str, int], Entry] = {}
        for slot, masks in enumerate(found):
            fact = program.slots[slot][0]
            union = 0
            for index, mask in enumerate(masks):
                if mask:
                    union |= mask
                    entry = places.get((fact, index))
                    if entry is None:
                        entry = self._entry(fact, self._row(fact, index), (fact, index))
                        places[fact, index] = entry
                    entry.masks[slot] = mask
                    self.by_slot[slot].append(entry)
            self.union[slot] = union

    def _row(self, fact: str, index: int) -> Row:
        if fact == CASE:
            return self.head
        rows = self.program.tables.get(fact)
        return (self.facts[fact] if rows is None else rows)[index]

    def _entry(self, fact: str, row: Row, key: tuple[str, Any]) -> Entry:
        entry = Entry(len(self.entries), fact, row, key, {})
        self.entries.append(entry)
        return entry

    def _candidates(self, rule_set: RuleSet) -> list[tuple[str, Need]]:
        """Return the variants that could fire: every pattern has a fact with its bit, or one that a candidate makes."""
        union = self.union
        open_needs = list(rule_set.needs.items())
        wanted: list[tuple[str, Need]] = []
        makes: set[str] = set()
        grown = True
        while grown:
            grown = False
            left = []
            for name, need in open_needs:
                if all(union[slot] & bit or fact in makes for slot, bit, fact in need.slots):
                    wanted.append((name, need))
                    if need.makes and not makes.issuperset(need.makes):
                        makes.update(need.makes)
                        grown = True
                else:
                    left.append((name, need))
            open_needs = left
        return wanted

    def key_of(self, entry: Entry, name: str) -> int | None:
        """Return a join key as an integer: numbers as they are, texts by their number in this decision."""
        if name not in entry.keys:
            value = self.program.keys[name](
                entry.row, self.facts, self.head, self.personal, self.atoms, self.program.tables
            )
            if isinstance(value, str):
                value = self.texts.setdefault(value, len(self.texts))
            elif value is not None and abs(value) > LIMIT:
                raise EngineError("a number is too large to be joined exactly")
            entry.keys[name] = value
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
        entry = self._entry(fact, values, (fact, repr(identity[1])))
        for slot, mask in scan(values):
            if mask:
                entry.masks[slot] = mask
                self.by_slot[slot].append(entry)
                self.union[slot] |= mask
        return entry


class _Session:
    """One rule set's session."""

    def __init__(self, match: Match, rule_set: RuleSet, wanted: list[tuple[str, Need]]) -> None:
        self.match = match
        self.engine = rule_set.engine
        self.needs = rule_set.needs
        self.bits: dict[int, int] = {}
        self.keys: dict[int, set[str]] = {}
        for _, need in wanted:
            for slot, bit, _ in need.slots:
                self.bits[slot] = self.bits.get(slot, 0) | bit
            for slot, bit in need.negated:
                self.bits[slot] = self.bits.get(slot, 0) | bit
            for slot, key in need.keys:
                self.keys.setdefault(slot, set()).add(key)

    def run(self) -> None:
        """Assert the negated facts' shadows, then the others; collect firings until nothing new is made."""
        slots = self.match.program.slots
        order = sorted(self.bits, key=lambda slot: not slots[slot][1])
        facts = [text for slot in order for entry in self.match.by_slot[slot] if (text := self._text(entry, slot))]
        self.engine.run(facts, self._feed)

    def _text(self, entry: Entry, slot: int) -> str:
        mask = entry.masks.get(slot, 0) & self.bits.get(slot, 0)
        if not mask:
            return ""
        suffixes = self.match.program.suffixes
        suffix = suffixes.get((slot, mask))
        if suffix is None:
            suffix = "".join(f',"s{slot}b{bit}":1' for bit in range(mask.bit_length()) if mask >> bit & 1)
            suffixes[slot, mask] = suffix
        shadow = "n" if self.match.program.slots[slot][1] else ""
        text = f'{{"id":"{shadow}{entry.id}","sid":"1","_s":1{suffix}'
        for name in sorted(self.keys.get(slot, ())):
            value = self.match.key_of(entry, name)
            if value is not None:
                text += f',"{name}":{value}'
        return text + "}"

    def _feed(self, fired: list[tuple[str, dict[str, Any]]]) -> list[str]:
        match = self.match
        texts: list[str] = []
        for name, message in fired:
            need = self.needs[name]
            ids = tuple(int(message[f"a{number}"]["id"]) for number in range(len(need.aliases)))
            if (need.rule, ids) in match.firings:
                continue
            entries = [match.entries[number] for number in ids]
            rows = {alias: entry.row for alias, entry in zip(need.aliases, entries, strict=True)}
            key = tuple(entry.key for entry in entries)
            match.firings[need.rule, ids] = Firing(need.rule, rows, key)
            if need.makes:
                texts += self._derive(match.program.rules[need.rule], rows)
        return texts

    def _derive(self, rule: Rule, rows: dict[str, Row]) -> list[str]:
        texts = []
        for effect in rule.effects:
            made = derived_fact(effect, rule, rows, self.match.head)
            entry = self.match.add_derived(*made) if made else None
            if entry is not None:
                texts += [text for slot in entry.masks if (text := self._text(entry, slot))]
        return texts


def derived_fact(effect: Effect, rule: Rule, rows: dict[str, Row], head: Row) -> tuple[str, Row] | None:
    """Return the fact that an effect makes."""
    match effect:
        case FlagEffect() | HoldEffect():
            line_no = line_of(rule, rows)
            row = {"code": effect.code} if line_no is None else {"code": effect.code, "line_no": line_no}
            return ("flag" if isinstance(effect, FlagEffect) else "hold"), row
        case RouteEffect():
            site = dynamic(effect.site, rows, head)
            return None if site is None else ("route", {"site": site})
        case DeriveEffect():
            values = {name: dynamic(value, rows, head) for name, value in effect.values}
            return effect.fact, {name: value for name, value in values.items() if value is not None}
        case _:
            return None


def dynamic(value: Any, rows: dict[str, Row], head: Row) -> Any:
    """Return a fixed value, or the value of a field of the facts that made the rule fire."""
    if not isinstance(value, Field):
        return value
    row = rows.get(value.alias)
    return head.get(value.full) if row is None or value.alias == CASE else row.get(value.word.name)


def line_of(rule: Rule, rows: dict[str, Row]) -> int | None:
    """Return the number of the order line that a firing is about, if there is one."""
    for alias, row in rows.items():
        if alias == "line" or rule.variables.get(alias) == "line":
            return row.get("line_no")
    return None

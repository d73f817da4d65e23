"""Probes: the values at which a condition changes its answer, as edits of the facts that it looks at.

Used to build missing examples and to find what would release a hold; whoever uses a probe has the engine judge it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from rules.text.amount import DAY
from rules.tree import Among, Compare, Contains, Field, Linear, Missing, Same, Tally, Truth, leaf_terms
from rules.vocabulary import SCALE, Kind, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.tree import Leaf

Facts = dict[str, Any]
Binding = dict[str, tuple[str, int]]
"""Which row a variable stands for: its fact type and the row's place."""
OTHER = "其他"
_SAMPLE: dict[Kind, Any] = {
    Kind.MONEY: 10_000, Kind.PRICE: 10_000_000, Kind.QUANTITY: 1_000_000, Kind.COUNT: 1, Kind.TEXT: OTHER,
    Kind.BOOL: True, Kind.DATE: "2026-11-22", Kind.DURATION: 60,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Edit:
    """One fact's new value: in ``head`` or ``personal`` by its full name, or in a row; None takes it away."""

    group: str
    row: int
    name: str
    value: Any

    def apply(self, facts: Facts) -> Facts:
        """Return the facts with the edit; the given ones stay as they are."""
        if self.row < 0:
            part = _with(facts[self.group], self.name, self.value)
            return {**facts, self.group: part}
        rows = list(facts[self.group])
        rows[self.row] = _with(rows[self.row], self.name, self.value)
        return {**facts, self.group: rows}


def _with(row: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    found = {key: old for key, old in row.items() if key != name}
    return found if value is None else {**found, name: value}


class Prober:
    """Finds probes of one order's facts. ``tables`` are the bundle's rows that rules join with."""

    def __init__(self, vocabulary: Vocabulary, facts: Facts, binding: Binding, tables: dict[str, Any]) -> None:
        self.vocabulary = vocabulary
        self.facts = facts
        self.binding = binding
        self.tables = tables

    def edits(self, leaf: Leaf) -> Iterator[Edit]:
        """Yield edits after which the leaf may answer otherwise."""
        for term in leaf_terms(leaf):
            if isinstance(term, Field):
                for value in self._values(leaf, term):
                    edit = self.edit(term, value)
                    if edit is not None and value != self.value(term):
                        yield edit

    def value(self, field: Field) -> Any:
        """Return a field's value now; None when missing."""
        if self.vocabulary[field.word.fact].head:
            return self.facts["personal" if field.word.personal else "head"].get(field.word.full)
        row = self._row(field)
        return None if row is None else row.get(field.word.name)

    def _row(self, field: Field) -> dict[str, Any] | None:
        fact, at = self.binding.get(field.alias, (field.word.fact, 0))
        rows: Any = self.tables.get(fact) or self.facts.get(fact, ())
        return rows[at] if at < len(rows) else None

    def edit(self, field: Field, value: Any) -> Edit | None:
        """Return the edit that gives a field a value; None for facts that are not the order's own."""
        fact = self.vocabulary[field.word.fact]
        if fact.head:
            return Edit("personal" if field.word.personal else "head", -1, field.word.full, value)
        kind, at = self.binding.get(field.alias, (fact.name, 0))
        if fact.table or fact.derived or at >= len(self.facts.get(kind, ())):
            return None
        return Edit(kind, at, field.word.name, value)

    def _values(self, leaf: Leaf, field: Field) -> list[Any]:
        match leaf:
            case Compare():
                return self._numbers(leaf, field)
            case Same():
                return self._same(leaf, field)
            case Truth():
                return [leaf.wanted, not leaf.wanted]
            case Contains():
                return [*leaf.words[:10], OTHER]
            case Among():
                return [_written(value, field.word.kind) for value in leaf.values[:10]] + _outside(leaf, field)
            case Missing():
                return [None, sample(field)]
            case _:
                return []

    def _same(self, leaf: Same, field: Field) -> list[Any]:
        if isinstance(leaf.right, str):
            return [leaf.right, *_others(field, leaf.right)]
        other = leaf.left if field is leaf.right else leaf.right
        value = self.value(other)
        rows = self.tables.get(other.word.fact, ())
        found = [row[other.word.name] for row in rows if other.word.name in row][:10]
        return [value if value is not None else sample(other), OTHER, *found]

    def _numbers(self, leaf: Compare, field: Field) -> list[Any]:
        """Return the field's values just below, at and just above the turning point."""
        factor, rest = Fraction(0), Fraction(0)
        for sign, side in ((1, leaf.left), (-1, leaf.right)):
            rest += sign * side.constant
            for weight, term in side.terms:
                if term == field:
                    factor += sign * weight
                else:
                    rest += sign * weight * self._amount(term)
        if not factor:
            return []
        exact = -rest / factor
        kind = field.word.kind
        found: list[int] = []
        for step in steps(kind, leaf.left.kind):
            low, high = floor(exact / step) * step, ceil(exact / step) * step
            found += [low, high, low - step, high + step]
        return [_written(value, kind) for value in dict.fromkeys(found) if value >= 0]

    def _amount(self, term: Field | Tally) -> Fraction:
        if isinstance(term, Tally):
            return Fraction(0)
        value = self.value(term)
        value = sample(term) if value is None else value
        return Fraction(number_of(value, term.word.kind))


def steps(kind: Kind, compared: Kind) -> tuple[int, ...]:
    """Return the steps that a kind is moved by, in the facts' integers: the natural one first."""
    if kind is Kind.DATE:
        return (DAY,)
    if kind is Kind.PRICE:
        return (SCALE[Kind.PRICE] // 100, 1)
    if kind is Kind.QUANTITY:
        return (SCALE[Kind.QUANTITY],) if compared is Kind.QUANTITY else (SCALE[Kind.QUANTITY], 1)
    return (1,)


def number_of(value: Any, kind: Kind) -> int:
    """Return a fact's value as the number that comparisons use."""
    return date.fromisoformat(value).toordinal() * DAY if kind is Kind.DATE else int(value)


def _written(value: Any, kind: Kind) -> Any:
    return date.fromordinal(max(int(value) // DAY, 1)).isoformat() if kind is Kind.DATE else value


def sample(field: Field) -> Any:
    """Return a plausible value of a field."""
    if field.word.choices:
        return field.word.choices[0]
    return _SAMPLE.get(field.word.kind, OTHER)


def _others(field: Field, value: str) -> list[str]:
    return [choice for choice in field.word.choices if choice != value] or [OTHER]


def _outside(leaf: Among, field: Field) -> list[Any]:
    numbers = [value for value in leaf.values if isinstance(value, int)]
    if numbers:
        return [_written(max(numbers) + steps(field.word.kind, field.word.kind)[0], field.word.kind)]
    free = [choice for choice in field.word.choices if choice not in leaf.values]
    return free or [OTHER]


def constant(side: Linear) -> bool:
    """Say whether a side is a plain number."""
    return not side.terms

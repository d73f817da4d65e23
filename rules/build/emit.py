"""Python source for conditions: every condition on one fact becomes an exact, typed expression.

The generated module is the rules' fast path; `rules/oracle.py` judges the same trees in its own way and must agree.
Only vocabulary names and `repr` of literals ever enter the source.
"""

from __future__ import annotations

from math import lcm
from typing import TYPE_CHECKING

from rules.tree import (
    All,
    Among,
    Any,
    Compare,
    Condition,
    Contains,
    Field,
    Fixed,
    Linear,
    Missing,
    Not,
    Same,
    Tally,
    Truth,
)
from rules.vocabulary import Kind

if TYPE_CHECKING:
    from fractions import Fraction

    from rules.tree import Leaf
    from rules.vocabulary import Vocabulary

_PY = {"=": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


class Names:
    """Local variables of one generated function: each field is fetched once.

    ``rows`` maps a row variable to the Python expression of its dict; heads come from ``H`` and ``P`` (personal).
    """

    def __init__(self, vocabulary: Vocabulary, rows: dict[str, str], prefix: str, heads: Names | None = None) -> None:
        self.vocabulary = vocabulary
        self.rows = rows
        self.prefix = prefix
        self.heads = heads
        self.known: dict[str, str] = {}
        self.lines: list[str] = []

    def term(self, term: Field | Tally) -> str:
        """Return the local variable that holds a field or a tally."""
        if isinstance(term, Tally):
            owner = self.heads or self
            return owner._tally(term)
        if self.vocabulary[term.word.fact].head:
            return (self.heads or self)._fetch(term, "P" if term.word.personal else "H", term.word.full)
        return self._fetch(term, self.rows[term.alias], term.word.name)

    def source(self, fact: str) -> str:
        """Return the expression of a base type's rows."""
        return f"{'T' if self.vocabulary[fact].table else 'F'}[{fact!r}]"

    def _fetch(self, field: Field, source: str, key: str) -> str:
        value = f"{source}.get({key!r})"
        if value not in self.known:
            name = f"{self.prefix}{len(self.known)}"
            self.lines.append(f"{name} = {f'_day({value})' if field.word.kind is Kind.DATE else value}")
            self.known[value] = name
        return self.known[value]

    def _tally(self, tally: Tally) -> str:
        key = repr(tally)
        if key not in self.known:
            name = f"{self.prefix}{len(self.known)}"
            self.known[key] = name
            inner = Names(self.vocabulary, {tally.fact: "_r"}, f"{name}_", self)
            condition = "True" if tally.where is None else emit(tally.where, inner)
            value = "1" if tally.word is None else f"(_r.get({tally.word.name!r}) or 0)"
            fetch = "".join(f"({line.replace(' = ', ' := ', 1)},) and " for line in inner.lines)
            self.lines.append(f"{name} = sum({value} for _r in {self.source(tally.fact)} if {fetch}({condition}))")
        return self.known[key]


def emit(condition: Condition, names: Names) -> str:
    """Return a Python expression that is truthy exactly when the condition holds."""
    match condition:
        case All():
            return (
                "(" + " and ".join(emit(part, names) for part in condition.parts) + ")" if condition.parts else "True"
            )
        case Any():
            return "(" + " or ".join(emit(part, names) for part in condition.parts) + ")"
        case Not():
            return f"(not {emit(condition.part, names)})"
        case _:
            return emit_leaf(condition, names)  # type: ignore[arg-type]


def emit_leaf(leaf: Leaf, names: Names) -> str:
    """Return the expression of one leaf. A leaf on personal text asks the kept atoms once the text is erased."""
    source = _leaf(leaf, names)
    if is_personal(leaf):
        return f"(({source}) if A is None else A.get({personal_key(leaf)!r}, False))"
    return f"({source})"


def _leaf(leaf: Leaf, names: Names) -> str:
    match leaf:
        case Compare():
            return _compare(leaf, names)
        case Same():
            return _same(leaf, names)
        case Truth():
            return f"{names.term(leaf.field)} is {leaf.wanted}"
        case Contains():
            return _contains(leaf, names)
        case Among():
            return _among(leaf, names)
        case Missing():
            return f"{names.term(leaf.field)} is {'not ' if leaf.present else ''}None"
        case Fixed():
            return str(leaf.value)


def _compare(leaf: Compare, names: Names) -> str:
    factors = [factor for factor, _ in (*leaf.left.terms, *leaf.right.terms)]
    scale = lcm(*(f.denominator for f in (*factors, leaf.left.constant, leaf.right.constant)))
    fields = [names.term(term) for _, term in (*leaf.left.terms, *leaf.right.terms) if isinstance(term, Field)]
    present = [f"{name} is not None" for name in dict.fromkeys(fields)]
    sides = f"{linear(leaf.left, names, scale)} {_PY[leaf.op]} {linear(leaf.right, names, scale)}"
    return " and ".join([*present, sides])


def linear(side: Linear, names: Names, scale: int = 1) -> str:
    """Return an exact integer expression of a sum, multiplied by ``scale``."""
    parts = [_term(factor * scale, names.term(term)) for factor, term in side.terms]
    constant = side.constant * scale
    if constant or not parts:
        parts.append(repr(_whole(constant)))
    return " + ".join(parts)


def _term(factor: Fraction, name: str) -> str:
    whole = _whole(factor)
    return name if whole == 1 else f"{whole} * {name}"


def _whole(value: Fraction) -> int:
    if value.denominator != 1:
        raise ValueError(f"{value} is no integer")
    return value.numerator


def _same(leaf: Same, names: Names) -> str:
    left, op = names.term(leaf.left), "!=" if leaf.negated else "=="
    if isinstance(leaf.right, str):
        return f"{left} is not None and {left} != {leaf.right!r}" if leaf.negated else f"{left} == {leaf.right!r}"
    right = names.term(leaf.right)
    return f"{left} is not None and {right} is not None and {left} {op} {right}"


def _contains(leaf: Contains, names: Names) -> str:
    name = names.term(leaf.field)
    if leaf.at_start:
        return f"{name} is not None and {name}.startswith({leaf.words!r})"
    if len(leaf.words) > 8:
        return f"{name} is not None and any(_w in {name} for _w in {leaf.words!r})"
    return f"{name} is not None and (" + " or ".join(f"{word!r} in {name}" for word in leaf.words) + ")"


def _among(leaf: Among, names: Names) -> str:
    name = names.term(leaf.field)
    values = "frozenset(())" if not leaf.values else "{" + ", ".join(repr(value) for value in leaf.values) + "}"
    return f"{name} is not None and {name} not in {values}" if leaf.negated else f"{name} in {values}"


def is_personal(leaf: Leaf) -> bool:
    """Say whether the leaf looks at personal text."""
    field = getattr(leaf, "field", None) or getattr(leaf, "left", None)
    right = getattr(leaf, "right", None)
    return any(isinstance(side, Field) and side.word.personal for side in (field, right))


def personal_key(leaf: Leaf) -> str:
    """Return the name under which a personal leaf's truth is kept after an erasure."""
    match leaf:
        case Contains():
            return f"{leaf.field.full} {'starts with' if leaf.at_start else 'contains'} {'|'.join(leaf.words)}"
        case Among():
            return f"{leaf.field.full} {'not in' if leaf.negated else 'in'} {'|'.join(str(v) for v in leaf.values)}"
        case Same():
            right = leaf.right if isinstance(leaf.right, str) else leaf.right.full
            return f"{leaf.left.full} {'!=' if leaf.negated else '='} {right}"
        case Missing():
            return f"{leaf.field.full} is {'present' if leaf.present else 'missing'}"
        case _:
            return leaf.text

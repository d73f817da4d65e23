"""A condition with names and types known: what the compiler, the oracle and the explanations read.

Numbers are integers in the facts' units (fen, 10⁻⁶, seconds). A comparison with a missing value is false;
``is missing`` asks for it. A *variable* (alias) stands for one fact of its type; heads are variables of one value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from rules.vocabulary import Kind, Word


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the fact that ``alias`` stands for."""

    alias: str
    word: Word

    @property
    def full(self) -> str:
        """The name as written."""
        return f"{self.alias}.{self.word.name}"


@dataclass(frozen=True, slots=True)
class Tally:
    """``count`` of the facts of a type, or ``sum`` of a field over them, where a condition holds."""

    function: str
    fact: str
    word: Word | None
    where: Condition | None
    text: str


@dataclass(frozen=True, slots=True)
class Linear:
    """Σ factor × term + constant, all of one kind."""

    terms: tuple[tuple[Fraction, Field | Tally], ...]
    constant: Fraction
    kind: Kind


@dataclass(frozen=True, slots=True)
class Compare:
    """``left op right`` on numbers, dates or durations; false when a value is missing."""

    op: str
    left: Linear
    right: Linear
    text: str


@dataclass(frozen=True, slots=True)
class Same:
    """Equality of text or codes; false when a value is missing, even negated."""

    negated: bool
    left: Field
    right: Field | str
    text: str


@dataclass(frozen=True, slots=True)
class Truth:
    """A yes/no field has the wanted value."""

    field: Field
    wanted: bool
    text: str


@dataclass(frozen=True, slots=True)
class Contains:
    """The text holds one of the words; or begins with one of them."""

    field: Field
    words: tuple[str, ...]
    at_start: bool
    text: str


@dataclass(frozen=True, slots=True)
class Among:
    """The value is (or is not) in the list; false when missing."""

    field: Field
    values: tuple[str | int, ...]
    negated: bool
    text: str


@dataclass(frozen=True, slots=True)
class Missing:
    """The value is missing, or present."""

    field: Field
    present: bool
    text: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """A condition on parameters alone: known when the file is read."""

    value: bool
    text: str


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold (and so holds when a value is missing)."""

    part: Condition


@dataclass(frozen=True, slots=True)
class Never:
    """No fact for ``alias`` makes the part hold."""

    alias: str
    fact: str
    part: Condition
    text: str


Leaf = Compare | Same | Truth | Contains | Among | Missing | Fixed
Condition = Leaf | All | Any | Not | Never


def leaf_terms(leaf: Leaf) -> tuple[Field | Tally, ...]:
    """Return the fields and tallies that a leaf looks at."""
    match leaf:
        case Compare():
            return tuple(term for _, term in (*leaf.left.terms, *leaf.right.terms))
        case Same():
            return (leaf.left,) if isinstance(leaf.right, str) else (leaf.left, leaf.right)
        case Fixed():
            return ()
        case _:
            return (leaf.field,)


def leaves(condition: Condition, inside_never: bool = False) -> Iterator[Leaf]:
    """Yield the leaves in written order; those under ``none`` only on request."""
    match condition:
        case All() | Any():
            for part in condition.parts:
                yield from leaves(part, inside_never)
        case Not():
            yield from leaves(condition.part, inside_never)
        case Never():
            if inside_never:
                yield from leaves(condition.part, inside_never)
        case _:
            yield condition


def nevers(condition: Condition) -> Iterator[Never]:
    """Yield every ``none``."""
    match condition:
        case All() | Any():
            for part in condition.parts:
                yield from nevers(part)
        case Not():
            yield from nevers(condition.part)
        case Never():
            yield condition
        case _:
            return


def aliases(condition: Condition, inside_never: bool = False) -> dict[str, str]:
    """Return alias → type of the fields looked at, in written order."""
    found: dict[str, str] = {}
    for leaf in leaves(condition, inside_never):
        for term in leaf_terms(leaf):
            if isinstance(term, Field):
                found.setdefault(term.alias, term.word.fact)
    return found

"""A condition as written, before names and types are known: the parser's output, the resolver's input.

Every node knows its place. The authoring forms (YAML structure, one-line text, later whole sentences) all meet here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

    from rules.text.source import Place


@dataclass(frozen=True, slots=True)
class Name:
    """A dotted name or a bare word."""

    path: str
    place: Place


@dataclass(frozen=True, slots=True)
class Number:
    """A number in written units; ``unit`` is empty, ``%``, a duration, an amount or a counter."""

    value: Fraction
    unit: str
    place: Place


@dataclass(frozen=True, slots=True)
class Text:
    """Quoted text."""

    value: str
    place: Place


@dataclass(frozen=True, slots=True)
class Day:
    """A date as days since 0001-01-01."""

    ordinal: int
    place: Place


@dataclass(frozen=True, slots=True)
class Param:
    """``$name``: a parameter or a named list of the file."""

    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Listing:
    """``[a, b, c]``."""

    items: tuple[Operand, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``left op right`` with ``+``, ``-`` or ``*``."""

    op: str
    left: Operand
    right: Operand
    place: Place

    @property
    def minus(self) -> Number | None:
        """The number behind a leading minus: -3 days is read as 0 - 3 days."""
        zero = isinstance(self.left, Number) and not self.left.value and not self.left.unit
        return self.right if self.op == "-" and zero and isinstance(self.right, Number) else None


@dataclass(frozen=True, slots=True)
class Aggregate:
    """``count(what)`` or ``sum(what where condition)``."""

    function: str
    what: Operand
    where: Condition | None
    place: Place


Operand = Name | Number | Text | Day | Param | Listing | Arithmetic | Aggregate


@dataclass(frozen=True, slots=True)
class Comparison:
    """``left op right``: a sign, in, not in, contains, starts with, missing, present, or holds for a bare field."""

    op: str
    left: Operand
    right: Operand | None
    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Between:
    """``value between low and high``, both ends included."""

    value: Operand
    low: Operand
    high: Operand
    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Group:
    """``all`` or ``any`` of some conditions."""

    how: str
    parts: tuple[Condition, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Negation:
    """``not``: the condition does not hold. ``none``: no fact of the kind it looks at makes it hold."""

    how: str
    part: Condition
    text: str
    place: Place


Condition = Comparison | Between | Group | Negation

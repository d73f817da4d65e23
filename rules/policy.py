"""A policy: one file of the risk team, read, typed and checked; not yet compiled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orders.hold import Message
    from rules.effects import Effect, Template
    from rules.text.raw import Condition as RawCondition
    from rules.text.raw import Operand
    from rules.text.resolve import Scope
    from rules.text.source import Place, Value
    from rules.tree import Condition


@dataclass(frozen=True, slots=True)
class Source:
    """What a rule was read from: its condition as written, what its names mean, and its effective days (ordinals)."""

    when: RawCondition
    scope: Scope
    period: tuple[tuple[str, int], ...] = ()


STAGES = ("validate", "fraud", "credit", "route", "approve", "pack")
STAGE_ZH = ("校验", "欺诈", "信用", "分仓", "审批", "包装")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``condition`` includes its effective dates; ``version`` changes with anything it
    depends on; ``shown`` are the parameters of its condition as people read them.
    """

    id: str
    stage: int
    title: Message
    condition: Condition
    variables: dict[str, str]
    effects: tuple[Effect, ...]
    message: Template
    priority: int
    version: str
    shown: dict[str, str]
    file: str
    place: Place
    source: Source = field(compare=False, repr=False)
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Example:
    """A case that the file brings along: facts in the frozen layout, and what must come out.

    ``params`` are the file's parameters that have another value in this case, ``written`` the same as text.
    """

    name: str
    facts: dict[str, Any]
    expect: dict[str, Any]
    place: Place
    params: Mapping[str, Operand] = field(default_factory=dict)
    written: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Policy:
    """One file."""

    file: str
    name: str
    title: Message
    owner: str
    rules: tuple[Rule, ...]
    examples: tuple[Example, ...]
    params: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of data that rules join with: a fact type whose facts stand in the file, each at its place."""

    name: str
    rows: tuple[dict[str, Any], ...]
    places: tuple[Place, ...] = field(default=(), compare=False)

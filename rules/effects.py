"""What a rule may do when it fires. Effects never change a fact; the composition turns them into the decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.tree import Field, Linear

if TYPE_CHECKING:
    from orders.hold import Gate
    from rules.vocabulary import Kind

Dynamic = str | Field
"""A fixed text, or the value of a field of the facts that made the rule fire."""

Part = str | Field | Linear | None
"""A piece of a message: text, a field's value, a sum's, or (None) the labels of the conditions that were true."""


def part_fields(part: Part) -> tuple[Field, ...]:
    """Return the fields whose values a piece of a message shows."""
    if isinstance(part, Linear):
        return tuple(term for _, term in part.terms if isinstance(term, Field))
    return (part,) if isinstance(part, Field) else ()


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence with places for values, in both languages."""

    zh: tuple[Part, ...]
    en: tuple[Part, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields that the sentence shows."""
        return tuple(field for part in (*self.zh, *self.en) for field in part_fields(part))


@dataclass(frozen=True, slots=True)
class HoldEffect:
    """挂起: close a gate until somebody in ``who`` releases it. ``reject``: refuse the order at once."""

    code: str
    gate: Gate
    who: tuple[str, ...]
    needs_human: bool
    severity: str
    release: tuple[Template, ...]
    reject: bool = False


@dataclass(frozen=True, slots=True)
class FlagEffect:
    """标记: note something."""

    code: str


@dataclass(frozen=True, slots=True)
class RequireEffect:
    """Demand a step before a gate, such as ``signature``."""

    code: str


@dataclass(frozen=True, slots=True)
class RouteEffect:
    """Choose the site; the rule of highest priority wins. On a line's rule it routes that line."""

    site: Dynamic


@dataclass(frozen=True, slots=True)
class CarrierEffect:
    """Choose carrier and service; the rule of highest priority wins."""

    carrier: Dynamic
    service: Dynamic | None


@dataclass(frozen=True, slots=True)
class TogetherEffect:
    """Keep the order in one parcel: one fulfilment from the order's site."""


@dataclass(frozen=True, slots=True)
class PriorityEffect:
    """Put the order before others; the highest level wins."""

    level: int


@dataclass(frozen=True, slots=True)
class NotifyEffect:
    """Tell a group of people; this is their task."""

    to: str


@dataclass(frozen=True, slots=True)
class DeriveEffect:
    """Make a fact that other rules can look at."""

    fact: str
    values: tuple[tuple[str, Dynamic | int | bool], ...]
    kinds: tuple[tuple[str, Kind], ...] = ()


@dataclass(frozen=True, slots=True)
class ApprovalEffect:
    """Ask for approval steps (each named as the role that decides it), or skip some."""

    steps: tuple[str, ...]
    skip: bool


@dataclass(frozen=True, slots=True)
class WorkflowEffect:
    """Choose the flow that the order takes."""

    name: Dynamic


@dataclass(frozen=True, slots=True)
class DegradedEffect:
    """Say which check could not be made."""

    source: str


@dataclass(frozen=True, slots=True)
class ReviewEffect:
    """转人工: let no automatic refusal stand; what would be rejected is held for a person instead."""


Effect = (
    HoldEffect
    | FlagEffect
    | RequireEffect
    | RouteEffect
    | CarrierEffect
    | TogetherEffect
    | PriorityEffect
    | NotifyEffect
    | DeriveEffect
    | ApprovalEffect
    | WorkflowEffect
    | DegradedEffect
    | ReviewEffect
)


def effect_fields(effect: Effect) -> tuple[Field, ...]:
    """Return the fields whose values the effect carries."""
    match effect:
        case RouteEffect():
            values: tuple[object, ...] = (effect.site,)
        case CarrierEffect():
            values = (effect.carrier, effect.service)
        case WorkflowEffect():
            values = (effect.name,)
        case DeriveEffect():
            values = tuple(value for _, value in effect.values)
        case HoldEffect():
            values = tuple(field for option in effect.release for field in option.fields)
        case _:
            values = ()
    return tuple(value for value in values if isinstance(value, Field))


def produced(effect: Effect) -> str | None:
    """Return the symbol of the fact that an effect makes: ``flag:CODE``, ``hold:CODE``, ``route`` or a derived name."""
    match effect:
        case HoldEffect():
            return f"hold:{effect.code}"
        case FlagEffect():
            return f"flag:{effect.code}"
        case RouteEffect():
            return "route"
        case DeriveEffect():
            return effect.fact
        case _:
            return None

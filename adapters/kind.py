"""What kind of outside system a destination is: its name, what must be known of it, and how a message gets there.

Place in the order's way: beside the adapters. An adapter's file ends with its `KIND`; `adapters/registry.py` lists it,
and the screen that sets destinations up shows its fields. Knows neither our tables nor Flask.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.message import Deliver

Clock: TypeAlias = "Callable[[], datetime]"
TEST = "destination.test"
"""The event of a message that only shows whether it arrives."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to know of a destination. A ``secret`` is sealed at rest and never shown again."""

    name: str
    zh: str
    en: str
    required: bool = False
    secret: bool = False
    default: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of destination.

    ``url``: what its address looks like. ``order``: it gets the whole order with personal data and a receipt, not only
    the summary. ``per_minute``: how many calls its owner allows; more become one digest. ``parallel``: messages at a
    time, each of another order. ``events``: what it hears of unless told otherwise. ``receivables``: it is a place for
    receivables, due at the event that its field ``receivable_on`` names. ``tested``: a message of the event `TEST` may
    be sent to it; it enters nothing there.
    """

    name: str
    zh: str
    en: str
    make: Callable[[Clock], Deliver]
    url: str
    fields: tuple[Field, ...] = ()
    order: bool = False
    per_minute: int | None = None
    parallel: int = 1
    events: tuple[str, ...] = ("order.held",)
    receivables: bool = False
    tested: bool = False

    @property
    def secrets(self) -> tuple[Field, ...]:
        """Return the secret fields: an adapter gets their values in this order."""
        return tuple(item for item in self.fields if item.secret)

    @property
    def settings(self) -> tuple[Field, ...]:
        """Return the fields that may be shown."""
        return tuple(item for item in self.fields if not item.secret)

"""What every outlet gets and gives back: one message out, one receipt in.

Place in the order's way: the last step, dispatch. An outlet is one function `deliver(message, target, secrets)`;
it knows neither our tables nor whether it is the first attempt: the idempotency key makes a second attempt harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

Secrets: TypeAlias = tuple[str, ...]
"""Keys of one target; the first is the active one, the others are still valid while a key is rotated."""


class Memory(Protocol):
    """What an adapter noted of a message on an earlier attempt, such as a number that the other side gave out."""

    def recall(self) -> str | None:
        """Return what was noted."""

    def note(self, text: str) -> None:
        """Note it for ever, before the call that uses it."""


@dataclass(frozen=True, slots=True)
class Message:
    """One event on its way to one destination.

    ``body`` is canonical JSON; ``idempotency_key`` stays the same over all attempts; ``created_at`` is aware UTC.
    """

    id: str
    event: str
    order_id: str | None
    idempotency_key: str
    created_at: datetime
    body: bytes
    memory: Memory | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Target:
    """Where an outlet sends to. ``allow_private`` lifts the guard against private addresses.

    ``settings`` are the kind's own fields, such as the account set of an ERP; every field has a value.
    """

    url: str
    timeout_s: float = 10.0
    allow_private: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the other side said: its status code and its own number for the thing, where it gave one.

    ``keep``: what was noted of the message and must be known when it is sent again.
    """

    status: int | None = None
    reference: str | None = None
    detail: str = ""
    keep: str = ""


Deliver: TypeAlias = Callable[[Message, Target, Secrets], Receipt]
"""Sends one message. Raises TransportError, whose ``permanent`` says that a second attempt cannot succeed."""

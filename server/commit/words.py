"""The words of the commit: what it is given and what it answers.

Place in the order's way: between decide and commit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from orders.actor import Actor
    from orders.context import Context
    from orders.decision import Decision, DecisionBody
    from orders.hold import Gate, Hold
    from orders.order import Order
    from orders.state import OrderState


class Decided(Protocol):
    """What the engine gave (`rules.process.children.Decided`)."""

    @property
    def body(self) -> DecisionBody:
        """The replayable part."""

    @property
    def payload(self) -> bytes:
        """The body's canonical bytes: what is stored and hashed."""

    @property
    def bundle(self) -> str:
        """Hash of the rules."""

    @property
    def facts_hash(self) -> str:
        """Hash of the frozen facts."""

    @property
    def body_hash(self) -> str:
        """Hash of the body's canonical bytes."""

    @property
    def engine(self) -> str:
        """Name and version."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An order decided over one context. ``facts`` are the frozen bytes that the decision depends on."""

    order: Order
    context: Context
    facts: bytes
    decided: Decided


@dataclass(frozen=True, slots=True)
class Committed:
    """The order is stored. Rows have the columns of their tables; ``source`` is type and reference."""

    order_id: str
    version: int
    state: OrderState
    door: str
    source: tuple[str, str]
    order: Order
    decision: Decision
    holds: tuple[dict[str, Any], ...]
    approvals: tuple[dict[str, Any], ...]
    fulfilments: tuple[dict[str, Any], ...]
    received_at: datetime
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class AlreadyThere:
    """The same order came before: same natural key, same content."""

    order_id: str


@dataclass(frozen=True, slots=True)
class ConflictThere:
    """Another order stands under the same natural key."""

    order_id: str


@dataclass(frozen=True, slots=True)
class RaceLost:
    """Others took what the decision counted on: read again, decide again. Nothing was stored."""

    what: str


Outcome = Committed | AlreadyThere | ConflictThere | RaceLost


@dataclass(frozen=True, slots=True)
class Change:
    """Why an order is decided again. ``version`` is the one the actor saw.

    ``release`` is a hold's id; ``approve`` is (step, yes); ``confirm`` lets a 待确认 order go on;
    ``hold`` is one that a person puts in beside those of the rules.
    """

    cause: str
    actor: Actor
    version: int
    reason: str = ""
    release: str | None = None
    approve: tuple[str, bool] | None = None
    confirm: bool = False
    hold: Hold | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """A step of the transition table that decides nothing: print, ship, deliver and so on.

    ``gate``: active blocking holds at it or before it stop the step.
    """

    command: str
    source: OrderState
    target: OrderState
    actor: Actor
    version: int
    reason: str = ""
    gate: Gate | None = None
    carrier: str | None = None
    waybill: str | None = None
    service: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """Where the order stands now."""

    order_id: str
    state: OrderState
    version: int


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The order is cancelled; ``already`` says that it was before."""

    order_id: str
    version: int
    already: bool = False
    given_back: dict[str, int] = field(default_factory=dict)

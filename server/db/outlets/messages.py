"""Messages of an order: which events its new state gives, to which outlets, with what inside.

Place in the order's way: written with the order, sent by dispatch. Payloads name codes and states, never people's data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orders.hold import Gate
from orders.state import STATE_ZH, OrderState
from server.db.canonical import fast_bytes
from server.db.ids import new_id
from server.db.outlets.outbox import ERP, NOTIFY, ROUTES, USUAL, WEBHOOKS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from orders.decision import DecisionBody
    from orders.hold import Hold

Row = dict[str, Any]
BEFORE_ERP = (Gate.SUBMIT, Gate.APPROVE, Gate.ALLOCATE, Gate.RELEASE_TO_WAREHOUSE)
"""An order with an active blocking hold at one of these is not told to the ERP yet."""


@dataclass(frozen=True, slots=True)
class Told:
    """What messages say of an order."""

    order_id: str
    number: str | None
    state: OrderState
    version: int
    outcome: str
    holds: Sequence[str]
    flags: Sequence[str]


def free_to_go(state: OrderState, holds: Sequence[Hold]) -> bool:
    """Say whether the ERP may have the order: it is being routed and nothing blocks it before the warehouse."""
    blocked = any(hold.severity == "blocking" and hold.gate in BEFORE_ERP for hold in holds)
    return state is OrderState.ROUTING and not blocked


def event_rows(
    told: Told, event: str, now: datetime, *, notify: Sequence[Row] = (), destinations: Sequence[str] | None = None
) -> list[Row]:
    """Return the outbox rows of one event, one a destination; the key makes a repetition recognisable."""
    payload = {
        "event": event,
        "order_id": told.order_id,
        "number": told.number,
        "state": told.state.value,
        "version": told.version,
        "outcome": told.outcome,
        "holds": list(told.holds),
        "flags": list(told.flags),
        "at": now.isoformat(),
        "notify": list(notify),
    }
    body = fast_bytes(payload).decode()
    once = event in ("order.created", "order.accepted", "order.cancelled")
    key = f"{told.order_id}:{event}" if once else f"{told.order_id}:{event}:{told.version}"
    return [
        {
            "id": new_id("out", now),
            "order_id": told.order_id,
            "event": event,
            "destination": destination,
            "idempotency_key": f"{key}:{destination}",
            "payload": body,
            "state": "waiting",
            "due_at": now,
            "created_at": now,
        }
        for destination in (ROUTES.get(event, USUAL) if destinations is None else destinations)
    ]


def decided_rows(
    told: Told, body: DecisionBody, holds: Sequence[Hold], now: datetime, *, active: Sequence[Hold] | None = None
) -> list[Row]:
    """Return the messages that a decision gives: what the state asks people to do, and the order to the ERP.

    ``holds`` are told of; ``active`` (the same, if not given) are all that stand.
    """
    rows: list[Row] = []
    people = [_notice(note.to, note.message.zh, note.message.en) for note in body.notify]
    asked = [_notice(hold.who[0], hold.message.zh, hold.message.en) for hold in holds if hold.who]
    steps = [_notice(body.approval[0].role, "请审批订单", "An order waits for your approval")] if body.approval else []
    if told.state in (OrderState.REJECTED, OrderState.TO_CONFIRM):
        rows += event_rows(told, f"order.{told.state.value}", now, notify=[*asked, *people] or [_to_sales(told.state)])
    elif holds:
        rows += event_rows(told, "order.held", now, notify=[*asked, *people])
    elif told.state is OrderState.PENDING_REVIEW:
        rows += event_rows(told, "order.to_approve", now, notify=[*steps, *people])
    elif people:
        rows += event_rows(told, "order.noted", now, notify=people, destinations=(NOTIFY,))
    if free_to_go(told.state, holds if active is None else active):
        rows += event_rows(told, "order.accepted", now, destinations=(ERP, WEBHOOKS))
    return rows


def _to_sales(state: OrderState) -> Row:
    return _notice("sales", f"订单{STATE_ZH[state]}", f"The order is {state.value}")


def _notice(to: str, zh: str, en: str) -> Row:
    return {"to": to, "zh": zh, "en": en}

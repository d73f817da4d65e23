"""Append: an order decided again gets a further decision; nothing that was decided is edited.

Place in the order's way: after a release, an approval, a confirmation or new facts. The order's version is raised
first, so that two changes of one order never mix; what the decision took from a race is guarded as in the commit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError, IntegrityError

from orders.credit import CreditStatus
from orders.decision import Decision
from orders.errors import Refused
from orders.order import OrderType
from orders.state import STATE_ZH, OrderState
from orders.stock import reservation_plan
from server.commit import outcome, rewrite, rows
from server.commit.submit import DEADLOCKS
from server.commit.words import Committed, RaceLost
from server.db import audit, guards
from server.db.facts import standing

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from orders.stock import Reservation
    from server.commit.words import Attempt, Change
    from server.db.facts.standing import Standing
    from server.db.store import Store

Row = dict[str, Any]
OPEN = (
    OrderState.TO_CONFIRM,
    OrderState.PENDING_REVIEW,
    OrderState.SPLIT,
    OrderState.ROUTING,
    OrderState.WAITING_STOCK,
)
"""States in which a decision still chooses state, stock and sites. Later it only adds and ends holds."""
CLOSED = (OrderState.REJECTED, OrderState.CANCELLED)


class _Lost(Exception):
    """A guard did not hold: roll back."""


@dataclass(frozen=True, slots=True)
class Next:
    """What the order becomes, known before the transaction begins."""

    before: Standing
    attempt: Attempt
    change: Change
    decision: Row
    holds: rewrite.Holds
    approvals: rewrite.Approvals
    state: OrderState
    taken: tuple[Reservation, ...] | None
    credit_fen: int
    now: datetime

    @property
    def version(self) -> int:
        """The version that this change makes."""
        return self.before.version + 1


def append_decision(
    store: Store, order_id: str, attempt: Attempt, change: Change, *, now: datetime
) -> Committed | RaceLost:
    """Append a decision and make it true. Raises Conflict (stale version), Refused (closed, or not this step)."""
    with store.db.read() as conn:
        before = standing.read(conn, order_id)
        key = store.vault.subject_key(conn, before.row["subject"], now)
    standing.expect(before, change.version)
    if before.state in CLOSED:
        raise Refused(
            f"An order that is {before.state.value} is not decided again",
            f"订单{STATE_ZH[before.state]}，不再判定",
            code="order_closed",
        )
    coming = _next(before, attempt, change, now)
    facts = {"facts": store.vault.seal(key, attempt.facts), "subject": key.subject}
    try:
        with store.db.write() as conn:
            store.vault.keep(conn, key)
            _write(conn, coming, facts)
    except _Lost as lost:
        return RaceLost(str(lost))
    except IntegrityError:
        return RaceLost("unique key")
    except DBAPIError as trouble:
        if getattr(trouble.orig, "sqlstate", None) in DEADLOCKS:
            return RaceLost("deadlock")
        raise
    with store.db.read() as conn:
        return _committed(standing.read(conn, order_id), coming)


def _next(before: Standing, attempt: Attempt, change: Change, now: datetime) -> Next:
    body = attempt.decided.body
    decision = rows.decision_row(before.id, attempt, change.cause, change.actor.id, now)
    decision["seq"] = before.decisions + 1
    holds = rewrite.holds_after(before, body, change)
    approvals = rewrite.approvals_after(before, body, change)
    choosing = before.state in OPEN
    undecided = outcome.is_undecided(body)
    taken = None if undecided or not choosing else reservation_plan(attempt.order, body, attempt.context.stock)
    state = _state(before, attempt, holds, approvals, taken) if choosing else before.state
    if state is OrderState.REJECTED:
        taken = ()
    credit = before.row["credit_fen"] if taken is None else outcome.credit_of(attempt.order, body)
    return Next(
        before=before,
        attempt=attempt,
        change=change,
        decision=decision,
        holds=holds,
        approvals=approvals,
        state=state,
        taken=taken,
        credit_fen=0 if state is OrderState.REJECTED else credit,
        now=now,
    )


def _state(
    before: Standing,
    attempt: Attempt,
    holds: rewrite.Holds,
    approvals: rewrite.Approvals,
    taken: tuple[Reservation, ...] | None,
) -> OrderState:
    if approvals.refused:
        return OrderState.REJECTED
    body = attempt.decided.body
    state = outcome.state_of(body, holds.standing(before), approvals_pending=approvals.pending)
    if state is OrderState.ROUTING and taken is not None and _lacks_stock(attempt, taken):
        return OrderState.WAITING_STOCK
    return state


def _lacks_stock(attempt: Attempt, taken: tuple[Reservation, ...]) -> bool:
    """Say whether goods from stock are not all reserved; what is made or awaited for the order does not count."""
    wanted = sum(line.quantity for line in attempt.order.lines if line.type is OrderType.STOCK)
    stocked = {line.line_no for line in attempt.order.lines if line.type is OrderType.STOCK}
    return sum(part.quantity for part in taken if part.line_no in stocked) < wanted


def _write(conn: Connection, coming: Next, facts: Row) -> None:
    before, body = coming.before, coming.attempt.decided.body
    standing.raise_version(
        conn,
        before,
        {
            "state": coming.state.value,
            "outcome": body.outcome.value,
            "workflow": body.workflow,
            "priority": body.priority,
            "decision_id": coming.decision["id"],
            "degraded": ",".join(body.degraded),
            "credit_fen": coming.credit_fen,
            "credit_account_id": _account(coming),
            "last_actor": coming.change.actor.id,
            "updated_at": coming.now,
        },
    )
    rewrite.write(conn, coming, facts)
    standing.record(conn, before.id, _entries(coming), coming.now)
    if not guards.take_credit(conn, _credit(coming)):
        raise _Lost("credit")
    if coming.taken is not None and not guards.move_stock(conn, rewrite.stock_deltas(coming), coming.now):
        raise _Lost("stock")


def _account(coming: Next) -> str | None:
    customer = coming.attempt.context.customer
    known: str | None = coming.before.row["credit_account_id"]
    if known is not None or customer is None or coming.attempt.context.credit.status is CreditStatus.NONE:
        return known
    return customer.id


def _credit(coming: Next) -> guards.Credit | None:
    account, added = _account(coming), coming.credit_fen - coming.before.row["credit_fen"]
    if account is None or not added:
        return None
    view = coming.attempt.context.credit
    seen_enough = added > 0 and view.status is CreditStatus.OK and view.available_fen >= coming.credit_fen
    return guards.Credit(account, added, seen_enough)


def _entries(coming: Next) -> list[audit.Entry]:
    change, body = coming.change, coming.attempt.decided.body
    entries: list[audit.Entry] = []
    for action, detail in (*coming.holds.told(), *coming.approvals.told()):
        entries.append(audit.Entry(action, change.actor.id, {**detail, "reason": change.reason}, change.request_id))
    decided = {
        "decision_id": coming.decision["id"],
        "cause": change.cause,
        "body_hash": coming.attempt.decided.body_hash,
        "outcome": body.outcome.value,
        "holds": [hold.code for hold in body.holds],
        "from": coming.before.state.value,
        "state": coming.state.value,
    }
    return [*entries, audit.Entry("order_decided", change.actor.id, decided, change.request_id)]


def _committed(after: Standing, coming: Next) -> Committed:
    decided, row = coming.attempt.decided, after.row
    return Committed(
        order_id=after.id,
        version=coming.version,
        state=coming.state,
        door=row["door"],
        source=(row["source_type"], row["source_ref"]),
        order=coming.attempt.order,
        decision=Decision(
            id=coming.decision["id"],
            at=coming.now,
            engine=decided.engine,
            body=decided.body,
            bundle=decided.bundle,
            facts_hash=decided.facts_hash,
            body_hash=decided.body_hash,
        ),
        holds=after.holds,
        approvals=after.approvals,
        fulfilments=after.fulfilments,
        received_at=row["received_at"],
        created_at=row["created_at"],
        updated_at=coming.now,
    )

"""Commit: a new order with everything that belongs to it, in one transaction, or nothing at all.

Place in the order's way: step 6. What the decision took from a race (credit, counters, twins, stock, the natural key)
is guarded here by conditional statements; where one fails, nothing is stored and the caller decides again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError, IntegrityError

from orders.credit import CreditStatus
from orders.decision import Decision, sha256_hex
from orders.errors import Conflict, Refused
from orders.stock import reservation_plan
from server.commit import outcome, rows
from server.commit.words import AlreadyThere, Committed, ConflictThere, RaceLost
from server.db import audit, guards, messages, originals, subjects, there
from server.db.batch import Batch
from server.db.identity import identity_of, natural_key
from server.db.ids import new_id
from server.db.outbox import WEBHOOKS

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from orders.state import OrderState
    from orders.stock import Reservation
    from server.arrival import Arrival
    from server.commit.words import Attempt, Outcome
    from server.db.identity import Identity
    from server.db.store import Store
    from server.db.subjects import Owner

DRAFT = "draft"
DEADLOCKS = ("40P01", "40001")
Row = dict[str, Any]


class _Lost(Exception):
    """A guard did not hold: roll back."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """Everything that is known before the transaction begins."""

    order_id: str
    arrival: Arrival
    attempt: Attempt
    identity: Identity
    owner: Owner
    natural_key: str
    state: OrderState
    taken: tuple[Reservation, ...]
    credit_fen: int
    now: datetime


def commit(store: Store, arrival: Arrival, attempt: Attempt, *, now: datetime) -> Outcome:
    """Store a decided order. Answers `RaceLost` with nothing stored when the decision no longer fits the world.

    Raises Conflict when the idempotency key was used for other content.
    """
    plan = _plan(store, arrival, attempt, now)
    batch, committed = _batch(store, plan)
    try:
        with store.db.write() as conn:
            _write(conn, plan, batch)
    except _Lost as lost:
        return _draft_is_gone(store, arrival) if str(lost) == DRAFT else RaceLost(str(lost))
    except IntegrityError as clash:
        return _explain(store, plan, clash)
    except DBAPIError as trouble:
        if getattr(trouble.orig, "sqlstate", None) in DEADLOCKS:
            return RaceLost("deadlock")
        raise
    return committed


def _plan(store: Store, arrival: Arrival, attempt: Attempt, now: datetime) -> _Plan:
    order, body = attempt.order, attempt.decided.body
    identity = identity_of(store, order)
    order_id = new_id("ord", now)
    customer = attempt.context.customer
    who = subjects.Who(customer.id if customer else None, identity, order_id)
    with store.db.read() as conn:
        owner = subjects.owner_of(conn, store, who, arrival.actor, now)
    return _Plan(
        order_id=order_id,
        arrival=arrival,
        attempt=attempt,
        identity=identity,
        owner=owner,
        natural_key=natural_key(store, order, arrival.received_at, identity.content_hash),
        state=outcome.state_of(body, body.holds, approvals_pending=bool(body.approval)),
        taken=() if outcome.is_undecided(body) else reservation_plan(order, body, attempt.context.stock),
        credit_fen=outcome.credit_of(order, body),
        now=now,
    )


def _write(conn: Connection, plan: _Plan, batch: Batch) -> None:
    draft_id = plan.arrival.draft_id
    batch.write(conn)
    if draft_id is not None and not there.take_draft(conn, draft_id, plan.order_id, plan.arrival.actor.id, plan.now):
        raise _Lost(DRAFT)
    if not guards.hold_true(conn, _credit(plan), _counter(plan), _twins(plan)):
        raise _Lost("credit, counter or twin")
    if not guards.take_stock(conn, plan.taken, plan.now):
        raise _Lost("stock")


def _credit(plan: _Plan) -> guards.Credit | None:
    view, customer = plan.attempt.context.credit, plan.attempt.context.customer
    if customer is None or not plan.credit_fen or view.status is CreditStatus.NONE:
        return None
    seen_enough = view.status is CreditStatus.OK and view.available_fen >= plan.credit_fen
    return guards.Credit(customer.id, plan.credit_fen, seen_enough)


def _counter(plan: _Plan) -> guards.Counter | None:
    identity, seen = plan.identity, plan.attempt.context.history
    if identity.id_hash is None:
        return None
    told = seen.same_id_orders_today - 1 + seen.same_id_cancelled_today
    undecided = outcome.is_undecided(plan.attempt.decided.body)
    return guards.Counter(identity.id_hash, identity.local_day, None if undecided else told)


def _twins(plan: _Plan) -> guards.Twins | None:
    if outcome.is_undecided(plan.attempt.decided.body):
        return None
    order = plan.attempt.order
    return guards.Twins(
        order_id=plan.order_id,
        phone_hash=plan.identity.phone_hash,
        content_hash=plan.identity.content_hash,
        issued_at=order.issued_at,
        skus=tuple({line.sku for line in order.lines}),
        seen=tuple(candidate.order_id for candidate in plan.attempt.context.history.duplicates),
    )


def _draft_is_gone(store: Store, arrival: Arrival) -> AlreadyThere:
    """Return the order that the draft became meanwhile. Raises Refused when it was withdrawn instead."""
    with store.db.read() as conn:
        order_id = there.of_draft(conn, arrival.draft_id or "")
    if order_id is None:
        raise Refused("The draft was withdrawn", "草稿已撤回，不能提交", code="draft_closed")
    return AlreadyThere(order_id)


def _explain(store: Store, plan: _Plan, clash: IntegrityError) -> Outcome:
    """Say whose row was in the way: the same call, the same order, another order, or a race."""
    arrival = plan.arrival
    with store.db.read() as conn:
        if arrival.idempotency is not None:
            before = there.of_call(conn, arrival.idempotency.scope, arrival.idempotency.key)
            if before is not None and before.fingerprint != arrival.idempotency.fingerprint:
                raise Conflict(
                    "This Idempotency-Key was used with other content",
                    "该 Idempotency-Key 已用于其他内容",
                    code="idempotency_mismatch",
                    existing_id=before.resource_id,
                ) from clash
            if before is not None:
                return AlreadyThere(before.resource_id)
        found = there.of_key(conn, plan.attempt.order.channel, arrival.actor.account, plan.natural_key)
    if found is None:
        return RaceLost("unique key")
    same = found.content_hash == plan.identity.content_hash
    return AlreadyThere(found.id) if same else ConflictThere(found.id)


def _batch(store: Store, plan: _Plan) -> tuple[Batch, Committed]:
    """Build every row, and the answer that they amount to."""
    now, owner, body = plan.now, plan.owner, plan.attempt.decided.body
    scope = (owner.owner_id, owner.org_id)
    decision = rows.decision_row(plan.order_id, plan.attempt, "submit", plan.arrival.actor.id, now)
    holds = rows.hold_rows(plan.order_id, body.holds, decision["id"], scope, now)
    approvals = rows.approval_rows(plan.order_id, plan.attempt, decision["id"], scope, now)
    heads, parts = rows.fulfilment_rows(plan.order_id, plan.attempt, plan.state, scope, now)
    committed = _committed(plan, decision, (holds, approvals, _with_lines(heads, parts)))
    batch = Batch()
    if owner.key.fresh:
        batch.add("subject_keys", owner.key.row)
    original_id = _original(store, plan, batch)
    batch.add("orders", _order(store, plan, decision["id"], original_id))
    batch.add("order_lines", *rows.line_rows(plan.order_id, plan.attempt.order))
    facts = store.vault.seal(owner.key, plan.attempt.facts)
    batch.add("decisions", {**decision, "subject": owner.key.subject, "facts": facts})
    batch.add("holds", *holds)
    batch.add("approvals", *approvals)
    batch.add("fulfilment_orders", *heads)
    batch.add("fulfilment_lines", *parts)
    batch.add("reservations", *rows.reservation_rows(plan.order_id, plan.taken, now))
    deltas = guards.summed(plan.taken)
    batch.add("stock_ledger", *rows.ledger_rows(plan.order_id, "reserve", deltas, plan.arrival.actor.id, now))
    actor = plan.arrival.actor.id
    batch.add("order_nodes", *rows.node_rows(plan.order_id, plan.state, actor, plan.arrival.received_at, now))
    batch.add("outbox", *_messages(plan))
    batch.add("audit", *rows.trail_rows(plan.order_id, _entries(plan, decision["id"], original_id), now))
    _remember(store, plan, batch, committed)
    return batch, committed


def _with_lines(heads: list[Row], parts: list[Row]) -> list[Row]:
    return [{**head, "lines": [part for part in parts if part["fulfilment_id"] == head["id"]]} for head in heads]


def _original(store: Store, plan: _Plan, batch: Batch) -> str | None:
    arrival = plan.arrival
    if arrival.original_id is not None:
        return arrival.original_id
    arrived = originals.Arrived(arrival.data, arrival.content_type, arrival.filename, arrival.received_at)
    row = originals.row_of(store, arrived, plan.owner.key, new_id("ori", plan.now))
    owned = {"order_id": plan.order_id, "owner_id": plan.owner.owner_id, "org_id": plan.owner.org_id}
    batch.add("originals", {**row, **owned})
    return str(row["id"])


def _order(store: Store, plan: _Plan, decision_id: str, original_id: str | None) -> Row:
    attempt, arrival, owner = plan.attempt, plan.arrival, plan.owner
    customer, body = attempt.context.customer, attempt.decided.body
    credited = _credit(plan)
    return {
        **rows.order_row(attempt.order, plan.identity, customer.level if customer else "normal"),
        "id": plan.order_id,
        "state": plan.state.value,
        "last_actor": arrival.actor.id,
        "updated_at": plan.now,
        "account": arrival.actor.account,
        "natural_key": plan.natural_key,
        "customer_id": customer.id if customer else None,
        "subject": owner.key.subject,
        "sealed": store.vault.seal(owner.key, plan.identity.body),
        "outcome": body.outcome.value,
        "workflow": body.workflow,
        "priority": body.priority,
        "decision_id": decision_id,
        "degraded": ",".join(body.degraded),
        "credit_account_id": credited.customer_id if credited else None,
        "credit_fen": credited.amount_fen if credited else 0,
        "door": arrival.door,
        "original_id": original_id,
        "draft_id": arrival.draft_id,
        "created_by": arrival.actor.id,
        "received_at": arrival.received_at,
        "created_at": plan.now,
        "owner_id": owner.owner_id,
        "org_id": owner.org_id,
    }


def _messages(plan: _Plan) -> list[Row]:
    body = plan.attempt.decided.body
    told = messages.Told(
        order_id=plan.order_id,
        number=plan.attempt.order.number,
        state=plan.state,
        version=1,
        outcome=body.outcome.value,
        holds=[hold.code for hold in body.holds],
        flags=[flag.code for flag in body.flags],
    )
    created = messages.event_rows(told, "order.created", plan.now, destinations=(WEBHOOKS,))
    return created + messages.decided_rows(told, body, body.holds, plan.now)


def _entries(plan: _Plan, decision_id: str, original_id: str | None) -> list[audit.Entry]:
    arrival, body = plan.arrival, plan.attempt.decided.body
    received = {
        "door": arrival.door,
        "channel": plan.attempt.order.channel,
        "original_id": original_id,
        "original_sha256": None if arrival.original_id else sha256_hex(arrival.data),
        "draft_id": arrival.draft_id,
        "content_hash": plan.identity.content_hash,
    }
    decided = {
        "decision_id": decision_id,
        "body_hash": plan.attempt.decided.body_hash,
        "outcome": body.outcome.value,
        "holds": [hold.code for hold in body.holds],
        "state": plan.state.value,
    }
    actor = arrival.actor.id
    return [
        audit.Entry("order_received", actor, received, arrival.request_id),
        audit.Entry("order_decided", actor, decided, arrival.request_id),
    ]


def _remember(store: Store, plan: _Plan, batch: Batch, committed: Committed) -> None:
    arrival = plan.arrival
    if arrival.idempotency is None:
        return
    status, response = arrival.answer(committed) if arrival.answer else (None, b"")
    batch.add(
        "idempotency",
        {
            "scope": arrival.idempotency.scope,
            "idempotency_key": arrival.idempotency.key,
            "fingerprint": arrival.idempotency.fingerprint,
            "status": status,
            "response": store.vault.seal(plan.owner.key, response),
            "subject": plan.owner.key.subject,
            "resource_id": plan.order_id,
            "created_at": plan.now,
        },
    )


def _committed(plan: _Plan, decision: Row, found: tuple[list[Row], list[Row], list[Row]]) -> Committed:
    decided = plan.attempt.decided
    return Committed(
        order_id=plan.order_id,
        version=1,
        state=plan.state,
        door=plan.arrival.door,
        order=plan.attempt.order,
        decision=Decision(
            id=decision["id"],
            at=plan.now,
            engine=decided.engine,
            body=decided.body,
            bundle=decided.bundle,
            facts_hash=decided.facts_hash,
            body_hash=decided.body_hash,
        ),
        holds=tuple(found[0]),
        approvals=tuple(found[1]),
        fulfilments=tuple(found[2]),
        received_at=plan.arrival.received_at,
        created_at=plan.now,
        updated_at=plan.now,
    )

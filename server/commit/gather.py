"""Gathering: every row that a new order brings, and the answer that they amount to.

Place in the order's way: between plan and transaction; here personal data is sealed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orders.decision import Decision, sha256_hex
from server.commit import rows
from server.commit.plan import credit_guard
from server.commit.words import Committed
from server.db import audit, guards, originals
from server.db.batch import Batch
from server.db.ids import new_id
from server.db.outlets import messages
from server.db.outlets.outbox import WEBHOOKS

if TYPE_CHECKING:
    from server.commit.plan import Plan
    from server.db.store import Store

Row = dict[str, Any]


def gather(store: Store, plan: Plan) -> tuple[Batch, Committed]:
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
    batch.add("order_fields", *rows.field_rows(plan.order_id, plan.attempt.order, plan.arrival.own_fields))
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


def _original(store: Store, plan: Plan, batch: Batch) -> str | None:
    arrival = plan.arrival
    if arrival.original_id is not None:
        return arrival.original_id
    arrived = originals.Arrived(arrival.data, arrival.content_type, arrival.filename, arrival.received_at)
    row = originals.row_of(store, arrived, plan.owner.key, new_id("ori", plan.now))
    owned = {"order_id": plan.order_id, "owner_id": plan.owner.owner_id, "org_id": plan.owner.org_id}
    batch.add("originals", {**row, **owned})
    return str(row["id"])


def _order(store: Store, plan: Plan, decision_id: str, original_id: str | None) -> Row:
    attempt, arrival, owner = plan.attempt, plan.arrival, plan.owner
    customer, body = attempt.context.customer, attempt.decided.body
    credited = credit_guard(plan)
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
        "source_type": arrival.source_type,
        "source_ref": attempt.order.number or plan.natural_key,
        "original_id": original_id,
        "draft_id": arrival.draft_id,
        "created_by": arrival.actor.id,
        "received_at": arrival.received_at,
        "created_at": plan.now,
        "owner_id": owner.owner_id,
        "org_id": owner.org_id,
    }


def _messages(plan: Plan) -> list[Row]:
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


def _entries(plan: Plan, decision_id: str, original_id: str | None) -> list[audit.Entry]:
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


def _remember(store: Store, plan: Plan, batch: Batch, committed: Committed) -> None:
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


def _committed(plan: Plan, decision: Row, found: tuple[list[Row], list[Row], list[Row]]) -> Committed:
    decided = plan.attempt.decided
    return Committed(
        order_id=plan.order_id,
        version=1,
        state=plan.state,
        door=plan.arrival.door,
        source=(plan.arrival.source_type, plan.attempt.order.number or plan.natural_key),
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

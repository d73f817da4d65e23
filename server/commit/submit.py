"""Commit: a new order with everything that belongs to it, in one transaction, or nothing at all.

Place in the order's way: step 6. What the decision took from a race (credit, counters, twins, stock, the natural key)
is guarded here by conditional statements; where one fails, nothing is stored and the caller decides again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, IntegrityError

from orders.errors import Conflict, InternalError, Refused
from server.commit.gather import gather
from server.commit.plan import counter_guard, credit_guard, plan_of, twins_guard
from server.commit.words import AlreadyThere, ConflictThere, RaceLost
from server.db import guards, there
from server.db.share import Share
from server.db.steps import Missed

if TYPE_CHECKING:
    from datetime import datetime

    from server.arrival import Arrival
    from server.commit.plan import Plan
    from server.commit.words import Attempt, Outcome
    from server.db.batch import Batch
    from server.db.steps import Step
    from server.db.store import Store

RACED = ("subject_keys", "stock_items", "idempotency", "orders_channel", "orders.channel")
"""Unique keys and checks that another order may have been faster at."""
DEADLOCKS = ("40P01", "40001")


def commit(store: Store, arrival: Arrival, attempt: Attempt, *, now: datetime) -> Outcome:
    """Store a decided order. Answers `RaceLost` with nothing stored when the decision no longer fits the world.

    Raises Conflict when the idempotency key was used for other content.
    """
    plan = plan_of(store, arrival, attempt, now)
    batch, committed = gather(store, plan)
    try:
        store.db.together(_share(store.db.dialect, plan, batch))
    except Missed as missed:
        return _draft_is_gone(store, arrival) if str(missed) == there.DRAFT else RaceLost(str(missed))
    except IntegrityError as clash:
        return _explain(store, plan, clash)
    except DBAPIError as trouble:
        if getattr(trouble.orig, "sqlstate", None) in DEADLOCKS:
            return RaceLost("deadlock")
        raise
    return committed


def _share(dialect: str, plan: Plan, batch: Batch) -> Share:
    arrival = plan.arrival
    first: tuple[Step, ...] = ()
    if arrival.draft_id is not None:
        first = (there.draft_step(dialect, arrival.draft_id, plan.order_id, arrival.actor.id, plan.now),)
    return Share(
        batch=batch,
        first=first,
        credit=credit_guard(plan),
        counter=counter_guard(plan),
        twins=twins_guard(plan),
        taken=guards.summed(plan.taken),
        now=plan.now,
    )


def _draft_is_gone(store: Store, arrival: Arrival) -> AlreadyThere:
    """Return the order that the draft became meanwhile. Raises Refused when it was withdrawn instead."""
    with store.db.read() as conn:
        order_id = there.of_draft(conn, arrival.draft_id or "")
    if order_id is None:
        raise Refused("The draft was withdrawn", "草稿已撤回，不能提交", code="draft_closed")
    return AlreadyThere(order_id)


def _explain(store: Store, plan: Plan, clash: IntegrityError) -> Outcome:
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
        return _lost_to(clash)
    same = found.content_hash == plan.identity.content_hash
    return AlreadyThere(found.id) if same else ConflictThere(found.id)


def _lost_to(clash: IntegrityError) -> RaceLost:
    """Say which race was lost. Raises InternalError for a row that no race explains: trying again would not help."""
    told = str(clash.orig)
    for what in RACED:
        if what in told:
            return RaceLost(what)
    raise InternalError(f"A row broke a rule of the database: {told}", "数据违反数据库约束") from clash

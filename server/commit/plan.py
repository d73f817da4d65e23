"""The plan of a commit: everything about a new order that is known before its transaction begins.

Place in the order's way: values in, values out; also what the guards are to hold true.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orders.credit import CreditStatus
from orders.stock import reservation_plan
from server.commit import outcome
from server.db import guards
from server.db.facts import subjects
from server.db.facts.identity import identity_of, natural_key
from server.db.history import MOST
from server.db.ids import new_id

if TYPE_CHECKING:
    from datetime import datetime

    from orders.state import OrderState
    from orders.stock import Reservation
    from server.arrival import Arrival
    from server.commit.words import Attempt
    from server.db.facts.identity import Identity
    from server.db.facts.subjects import Owner
    from server.db.store import Store


@dataclass(frozen=True, slots=True)
class Plan:
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


def plan_of(store: Store, arrival: Arrival, attempt: Attempt, now: datetime) -> Plan:
    """Plan the commit: its one look at the database is for the key to seal under and the owner."""
    order, body = attempt.order, attempt.decided.body
    identity = identity_of(store, order)
    order_id = new_id("ord", now)
    customer = attempt.context.customer
    who = subjects.Who(customer.id if customer else None, identity, order_id)
    owner = subjects.owner_of(store.db.look(), store, who, arrival.actor, now)
    return Plan(
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


def credit_guard(plan: Plan) -> guards.Credit | None:
    """Return what is taken from the account; None where there is none to take from."""
    view, customer = plan.attempt.context.credit, plan.attempt.context.customer
    if customer is None or not plan.credit_fen or view.status is CreditStatus.NONE:
        return None
    seen_enough = view.status is CreditStatus.OK and view.available_fen >= plan.credit_fen
    return guards.Credit(customer.id, plan.credit_fen, seen_enough)


def counter_guard(plan: Plan) -> guards.Counter | None:
    """Return the day's count that the decision saw; None where nobody is named."""
    identity, seen = plan.identity, plan.attempt.context.history
    if identity.id_hash is None:
        return None
    told = seen.same_id_orders_today - 1 + seen.same_id_cancelled_today
    undecided = outcome.is_undecided(plan.attempt.decided.body)
    return guards.Counter(identity.id_hash, identity.local_day, None if undecided else told)


def twins_guard(plan: Plan) -> guards.Twins | None:
    """Return the possible duplicates that the decision saw.

    None where nothing was decided, and where it saw as many as are ever looked at: one more changes nothing.
    """
    found = plan.attempt.context.history.duplicates
    if outcome.is_undecided(plan.attempt.decided.body) or len(found) >= MOST:
        return None
    order = plan.attempt.order
    return guards.Twins(
        order_id=plan.order_id,
        phone_hash=plan.identity.phone_hash,
        content_hash=plan.identity.content_hash,
        issued_at=order.issued_at,
        skus=tuple({line.sku for line in order.lines}),
        seen=tuple(candidate.order_id for candidate in found),
    )

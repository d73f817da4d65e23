"""A rehearsal: an order of a test key goes the whole way over today's facts, up to the commit, and touches nothing.

Place in the order's way: beside `server/pipeline.py`. No stock is reserved, no credit taken, nothing counted, told or
sent; the credit bureau is not asked. What would have been answered is kept for a week, beside the orders.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import IntegrityError

from intake.canonical import parse_order
from intake.normalize import normalize
from intake.readers.payload import load_strict
from rules.facts import freeze
from server.commit import AlreadyThere, Attempt, Committed, ConflictThere
from server.commit.gather import gather
from server.commit.plan import plan_of
from server.db import rehearsals
from server.db.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.arrival import Arrival
    from server.commit import Outcome
    from server.deps import Deps

Json = dict[str, Any]
NO_ORIGINAL = "none"


def rehearse(deps: Deps, arrival: Arrival, told: Callable[[Committed, Json], Json]) -> Outcome:
    """Take one order up to its commit. ``told`` gives what is kept: the view and the row. Raises InvalidOrder."""
    raw, zone, now = parse_order(load_strict(arrival.data)), deps.settings.timezone, deps.clock()
    order = normalize(raw, deps.catalogue(), channel=arrival.channel, received_at=arrival.received_at, timezone=zone)
    context = replace(deps, bureau=None).context(order)
    facts = freeze(order, context)
    attempt = Attempt(order, context, facts, deps.engine.decide(facts))
    arrival = replace(arrival, original_id=NO_ORIGINAL, idempotency=None)
    plan = replace(plan_of(deps.store, arrival, attempt, now), order_id=new_id("test", now))
    there = (order.channel, arrival.actor.account, plan.natural_key)
    batch, committed = gather(deps.store, plan)
    row: Json = {
        **dict(zip(("channel", "account", "natural_key"), there, strict=True)),
        "id": plan.order_id,
        "key_id": arrival.actor.id,
        "number": order.number,
        "content_hash": plan.identity.content_hash,
        "state": plan.state.value,
        "outcome": attempt.decided.body.outcome.value,
    }
    try:
        with deps.store.db.write() as conn:
            rehearsals.add(conn, deps.store, row, told(committed, batch.rows["orders"][0]), now)
    except IntegrityError:
        with deps.store.db.read() as conn:
            found = rehearsals.of_key(conn, *there)
        if found is None:
            raise
        same = found.content_hash == plan.identity.content_hash
        return AlreadyThere(found.id) if same else ConflictThere(found.id)
    return committed

"""A rehearsal: an order of a test key goes the whole way over today's facts, up to the commit, and touches nothing.

Place in the order's way: the last step of `server/pipeline.py`, in the commit's stead. No stock is reserved, no credit
taken, nothing counted, told or sent; the credit bureau is not asked. What would have been answered is kept for a week,
beside the orders.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import IntegrityError

from server.commit import AlreadyThere, Committed, ConflictThere
from server.commit.gather import gather
from server.commit.plan import plan_of
from server.db.doors import rehearsals
from server.db.ids import new_id
from server.pipeline import process

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from server.arrival import Arrival
    from server.commit import Attempt, Outcome
    from server.db.store import Store
    from server.deps import Deps

Json = dict[str, Any]
NO_ORIGINAL = "none"


def rehearse(deps: Deps, arrival: Arrival, told: Callable[[Committed, Json], Json]) -> Outcome:
    """Take one order up to its commit. ``told`` gives what is kept: the view and the row. Raises InvalidOrder."""
    return process(replace(deps, bureau=None), arrival, partial(_keep, told))


def _keep(
    told: Callable[[Committed, Json], Json], store: Store, arrival: Arrival, attempt: Attempt, *, now: datetime
) -> Outcome:
    """Answer as the commit would, and keep that answer alone."""
    arrival = replace(arrival, original_id=NO_ORIGINAL, idempotency=None)
    plan = replace(plan_of(store, arrival, attempt, now), order_id=new_id("test", now))
    there = (attempt.order.channel, arrival.actor.account, plan.natural_key)
    batch, committed = gather(store, plan)
    row: Json = {
        **dict(zip(("channel", "account", "natural_key"), there, strict=True)),
        "id": plan.order_id,
        "key_id": arrival.actor.id,
        "number": attempt.order.number,
        "content_hash": plan.identity.content_hash,
        "state": plan.state.value,
        "outcome": attempt.decided.body.outcome.value,
    }
    try:
        with store.db.write() as conn:
            rehearsals.add(conn, store, row, told(committed, batch.rows["orders"][0]), now)
    except IntegrityError:
        with store.db.read() as conn:
            found = rehearsals.of_key(conn, *there)
        if found is None:
            raise
        same = found.content_hash == plan.identity.content_hash
        return AlreadyThere(found.id) if same else ConflictThere(found.id)
    return committed

"""Whether this process can take orders, and how much waits."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from server.api.call import metrics
from server.db import inbox
from server.db import tables as t

if TYPE_CHECKING:
    from server.deps import Deps

log = logging.getLogger(__name__)


def check(deps: Deps) -> dict[str, str]:
    """Return what was looked at and ``ok`` or what is missing."""
    return {"database": _database(deps), "rules": "ok" if deps.engine.bundle.hash else "no rules are live"}


def _database(deps: Deps) -> str:
    try:
        with deps.store.db.read() as conn:
            conn.execute(select(1)).scalar()
    except SQLAlchemyError:
        log.exception("Database does not answer", extra={"action": "not_ready"})
        return "does not answer"
    return "ok"


def measure(deps: Deps) -> None:
    """Set the gauges of what waits: jobs, messages, holds, by state; platforms' calls."""
    with deps.store.db.read() as conn:
        metrics.waiting.labels("inbox").set(inbox.count(conn))
        for queue, table, states in (
            ("jobs", t.jobs, ("waiting", "running", "dead")),
            ("outbox", t.outbox, ("waiting", "sending", "dead")),
            ("holds", t.holds, ("active",)),
        ):
            counted = select(table.c.state, func.count()).where(table.c.state.in_(states)).group_by(table.c.state)
            found = {row[0]: row[1] for row in conn.execute(counted)}
            for state in states:
                metrics.waiting.labels(f"{queue}_{state}").set(found.get(state, 0))

"""Jobs: the work that nobody waits for, and timers. The row in the database is the truth, see `server/db/jobs.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.db.jobs import enqueue, take_over
from server.jobs import worker
from server.jobs.perform import Terms, perform
from server.jobs.registry import HANDLERS, handler
from server.jobs.runner import Runner

if TYPE_CHECKING:
    from server.needs import Needs

__all__ = ["HANDLERS", "Runner", "Terms", "enqueue", "handler", "perform", "run_worker", "start", "start_embedded"]

run_worker = worker.run


def start(deps: Needs) -> Runner:
    """Run jobs inside this process. On SQLite it is the only one: what a process before it held is free at once."""
    if deps.settings.is_sqlite:
        with deps.store.db.write() as conn:
            take_over(conn, deps.clock())
    runner = Runner(deps).start()
    deps.wakers.append(runner.wake)
    return runner


start_embedded = start

"""The relay: hands the ids of due jobs to the broker, and again when the broker seems to have lost them.

Place in the order's way: between the commit and Celery's workers. It keeps nothing: the rows say what was handed over
when. Any number may run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from server.db import jobs
from server.loop import Loop

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.needs import Needs


@dataclass(frozen=True, slots=True)
class Pace:
    """``republish_s``: how long a job may stand with the broker unclaimed; ``window``: how many may stand there."""

    poll_s: float = 0.25
    republish_s: float = 30.0
    window: int = 200


class Relay:
    """Publishes on a thread of its own. ``publish(job_id, priority)`` raises when the broker did not take it."""

    def __init__(self, deps: Needs, publish: Callable[[str, int], None], pace: Pace | None = None) -> None:
        self._deps = deps
        self._publish = publish
        self._pace = pace or Pace()
        self._loop = Loop("job-relay", self._pace.poll_s, self.pass_on)

    def start(self) -> Relay:
        """Begin; return itself."""
        self._loop.start()
        return self

    def stop(self) -> None:
        """End."""
        self._loop.stop()

    def pass_on(self) -> int:
        """Hand over what is due and return how many jobs that was."""
        now = self._deps.clock()
        before = now - timedelta(seconds=self._pace.republish_s)
        with self._deps.store.db.read() as conn:
            if not jobs.any_unpublished(conn, now, before):
                return 0
        with self._deps.store.db.write() as conn:
            taken = jobs.take_unpublished(conn, now, before, self._pace.window)
        for position, (job_id, priority) in enumerate(taken):
            try:
                self._publish(job_id, priority)
            except Exception:
                with self._deps.store.db.write() as conn:
                    jobs.unpublish(conn, [left for left, _ in taken[position:]])
                raise
        return len(taken)

"""Jobs on threads of this process: the embedded default, and a worker without a broker.

Place in the order's way: after the commit. Several processes may run it on PostgreSQL: the claim keeps them apart.
"""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from server.db import jobs
from server.jobs.perform import Terms, perform
from server.loop import Loop
from server.rush import HERE

if TYPE_CHECKING:
    from concurrent.futures import Future
    from datetime import datetime

    from server.needs import Needs
    from server.rush import Rush

log = logging.getLogger(__name__)

POLL_S = 0.2
KEEP = timedelta(days=7)
PURGE_EVERY = timedelta(hours=1)


class Runner:
    """Looks for due jobs, the most urgent first, and hands each to a free thread."""

    def __init__(self, deps: Needs, terms: Terms | None = None, poll_s: float = POLL_S, rush: Rush = HERE) -> None:
        self._deps, self._rush = deps, rush
        self._terms = terms or Terms()
        self._size = deps.settings.job_threads
        self._pool = ThreadPoolExecutor(self._size, thread_name_prefix="job")
        self._running: set[str] = set()
        self._lock = threading.Lock()
        self._purge_at: datetime = deps.clock() + PURGE_EVERY
        self._loop = Loop("job-runner", poll_s, self._look)

    def start(self) -> Runner:
        """Begin; return itself."""
        self._loop.start()
        return self

    def wake(self) -> None:
        """Look for due jobs soon."""
        self._loop.wake()

    def stop(self) -> None:
        """Take no further job and wait for those under way."""
        self._loop.stop()
        self._pool.shutdown(wait=True)

    def _look(self) -> None:
        self._fill()
        self._purge()

    def _fill(self) -> None:
        with self._lock:
            running = set(self._running)
        size = 1 if self._rush.on else self._size
        free = size - len(running)
        if free <= 0:
            return
        with self._deps.store.db.read() as conn:
            found = jobs.due(conn, self._deps.clock(), size + free)
        for job_id in [job_id for job_id in found if job_id not in running][:free]:
            with self._lock:
                self._running.add(job_id)
            future = self._pool.submit(self._perform, job_id)
            future.add_done_callback(partial(self._ended, job_id))

    def _perform(self, job_id: str) -> bool:
        """Do a job; while calls rush in, keep its place until they had theirs."""
        began = time.thread_time()
        done = perform(self._deps, job_id, self._terms)
        self._rush.make_way(time.thread_time() - began, self._loop)
        return done

    def _ended(self, job_id: str, done: Future[bool]) -> None:
        with self._lock:
            self._running.discard(job_id)
        error = done.exception()
        if error is not None:
            log.error("Job %s left to its lease", job_id, exc_info=error, extra={"action": "job_abandoned"})
        self._loop.wake()

    def _purge(self) -> None:
        now = self._deps.clock()
        if now >= self._purge_at:
            self._purge_at = now + PURGE_EVERY
            with self._deps.store.db.write() as conn:
                jobs.purge(conn, now - KEEP)

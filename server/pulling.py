"""The puller: looks which channels are due and pulls each on a thread of its own few.

Place in the order's way: before received, beside the jobs and never on their threads, so that a platform which does not
answer delays no document. Any number of processes may run it: the lease in the channel's row keeps them apart.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from server.db.doors import pulls
from server.desk.doors.pull import pull
from server.loop import Loop

if TYPE_CHECKING:
    from concurrent.futures import Future

    from server.deps import Deps

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
AT_ONCE = 4
"""Channels pulled at a time in one process; the others wait their turn."""


class Puller:
    """Runs until it is stopped; a run under way is finished first."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="pull")
        self._running: set[str] = set()
        self._lock = threading.Lock()
        self._loop = Loop("channel-puller", LOOK_EVERY_S, self._look)

    def start(self) -> Puller:
        """Begin; return itself."""
        self._loop.start()
        return self

    def stop(self) -> None:
        """Begin no further run and wait for those under way."""
        self._loop.stop()
        self._pool.shutdown(wait=True)

    def _look(self) -> None:
        with self._lock:
            running = set(self._running)
        free = AT_ONCE - len(running)
        if free <= 0:
            return
        with self._deps.store.db.read() as conn:
            found = pulls.due(conn, self._deps.clock(), AT_ONCE + free)
        for code in [code for code in found if code not in running][:free]:
            with self._lock:
                self._running.add(code)
            self._pool.submit(pull, self._deps, code).add_done_callback(partial(self._ended, code))

    def _ended(self, code: str, done: Future[bool]) -> None:
        with self._lock:
            self._running.discard(code)
        error = done.exception()
        if error is not None:
            log.error("Channel %s left to its lease", code, exc_info=error, extra={"action": "pull_abandoned"})
        self._loop.wake()


def start(deps: Deps) -> Puller:
    """Pull the channels that are set up for it."""
    return Puller(deps).start()

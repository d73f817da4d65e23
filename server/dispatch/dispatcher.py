"""The dispatcher of a process: sees which destinations have something to send and gives each a thread.

Place in the order's way: after the commit. Destinations never wait for each other: each has a thread while it sends,
and those that are down are asked on threads apart, so that a hundred hanging subscribers hold up neither the ERP nor
another subscriber. Any number of processes may run it.
"""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from adapters.registry import outlets
from server.db.outlets import outbox
from server.dispatch.lane import Lane, Plan
from server.dispatch.local import deliver_local
from server.loop import Loop, Share
from server.rush import HERE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Future
    from datetime import datetime

    from adapters.message import Deliver
    from server.needs import Needs

log = logging.getLogger(__name__)

POLL_S = 0.2
REST_S = 2.0
"""A destination that has something to send but nowhere to send it is looked at again after this long."""
BLOCKED_S = 0.25
"""So is one of which nothing may be sent: all waits behind something else, or was sent a moment ago."""

LOCAL = (outbox.WEBHOOKS, outbox.NOTIFY)
GATHER_S = 0.2
"""There, what stays in our own database is gathered for so long: a round costs the same for one message as for many."""
THREADS = 256
"""A thread for each destination that sends: it waits for its own peer only. Threads are made when they are needed."""
PROBES = 64
"""Threads that ask those which are down, with one message each, whether they are back: nobody else waits for these."""


class Dispatcher:
    """Runs until `stop`."""

    def __init__(self, deps: Needs, plan: Plan | None = None, adapters: Mapping[str, Deliver] | None = None) -> None:
        self._deps = deps
        self._plan = plan or Plan()
        self._adapters = adapters or outlets(deps.clock)
        self._lanes: dict[str, Lane] = {}
        self._busy: set[str] = set()
        self._lock = threading.Lock()
        self._resting: dict[str, datetime] = {}
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="dispatch")
        self._probes = ThreadPoolExecutor(PROBES, thread_name_prefix="probe")
        self._loop = Loop("dispatcher", POLL_S, self._look)

    def start(self) -> Dispatcher:
        """Begin; return itself."""
        self._loop.start()
        return self

    def wake(self) -> None:
        """Look for messages soon."""
        self._loop.wake()

    def stop(self) -> None:
        """Start no further message and wait for those under way."""
        self._loop.stop()
        self._pool.shutdown(wait=True)
        self._probes.shutdown(wait=True)

    def _look(self) -> None:
        now = self._deps.clock()
        with self._deps.store.db.read() as conn:
            due = outbox.destinations_due(conn, now)
        with self._lock:
            down = {name for name, lane in self._lanes.items() if lane.breaker.is_open}
            found = {*due, *down} - self._busy
            ready = [name for name in sorted(found) if self._may_send(name, now)]
            self._busy.update(ready)
        for name in ready:
            pool = self._probes if name in down else self._pool
            pool.submit(self._drain, name, probing=name in down).add_done_callback(partial(self._ended, name))

    def _may_send(self, name: str, now: datetime) -> bool:
        lane = self._lanes.get(name)
        rested = name not in self._resting or now >= self._resting[name]
        return rested and (lane is None or lane.breaker.lets_through(now))

    def _drain(self, name: str, *, probing: bool) -> None:
        """Send until nothing is due, the destination is down, or the process stops; ``probing``: send once."""
        embedded = self._deps.settings.is_sqlite
        total, share = 0, Share(self._plan.embedded_share if embedded else 1.0)
        gather_s = GATHER_S if embedded and name in LOCAL else 0.0
        while not self._loop.stopping:
            began = time.thread_time()
            count = self.round(name)
            if count == 0:
                break
            total += count
            if probing:
                break
            self._loop.pause(max(share.owed_s(), gather_s))
            HERE.make_way(time.thread_time() - began, self._loop)
        if total == 0:
            rest_s = REST_S if name in self._lanes and self._lanes[name].nowhere else BLOCKED_S
            self._resting[name] = self._deps.clock() + timedelta(seconds=rest_s)
        else:
            self._resting.pop(name, None)
            self.wake()  # what was blocked behind these, or fanned out by them, is due now

    def round(self, name: str) -> int:
        """Send one batch of a destination and return how many messages it had."""
        if name in LOCAL:
            return deliver_local(self._deps.store, name, self._deps.clock())
        with self._lock:
            lane = self._lanes.setdefault(name, Lane(self._deps, name, self._adapters, self._plan))
        return lane.round()

    def _ended(self, name: str, done: Future[None]) -> None:
        with self._lock:
            self._busy.discard(name)
        error = done.exception()
        if error is not None:
            log.error("Messages of %s left to their leases", name, exc_info=error, extra={"action": "lane_failed"})

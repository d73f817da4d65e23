"""Loops of the background: a thread that looks for work again and again, at once when it is woken.

Place in the order's way: under dispatch, jobs and the watches. A call after a rest is answered at once. However often a
loop is woken, it draws a breath between two looks, so that a stream of orders costs few looks and not one an order:
requests come first.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

BREATH_S = 0.1
"""From the beginning of one look to the beginning of the next, at least."""
AFTER_FAILURE_S = 1.0


class Loop:
    """Calls ``look`` every ``every_s`` seconds and when woken; a failure is logged and the next look comes."""

    def __init__(self, name: str, every_s: float, look: Callable[[], object], *, breath_s: float = BREATH_S) -> None:
        self._every_s, self._breath_s = every_s, breath_s
        self._look = look
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> Loop:
        """Begin with a look at once; return itself."""
        self._thread.start()
        return self

    def wake(self) -> None:
        """Look soon."""
        self._woken.set()

    @property
    def stopping(self) -> bool:
        """Say whether the loop is to end: what works for it ends too."""
        return self._stopping.is_set()

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than until the loop is to end."""
        self._stopping.wait(seconds)

    def stop(self) -> None:
        """End the loop and wait for a look under way."""
        self._stopping.set()
        self._woken.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            began = time.monotonic()
            try:
                self._look()
            except Exception:  # the loop of a worker: it must outlive a database that is away
                log.exception("%s failed", self._thread.name, extra={"action": "loop_failed"})
                self.pause(AFTER_FAILURE_S)
            self._woken.wait(self._every_s)
            self.pause(max(0.0, began + self._breath_s - time.monotonic()))


class Share:
    """Keeps a worker thread to a share of one processor, counting only the time that it computes."""

    def __init__(self, share: float) -> None:
        self._rest = (1 - share) / share
        self._since = time.thread_time()

    def owed_s(self) -> float:
        """Return how long the calling thread should rest for what it computed since it asked last."""
        now = time.thread_time()
        spent, self._since = now - self._since, now
        return spent * self._rest

"""How busy the doors of this process are where nobody waits for the order, only for the receipt.

Place in the order's way: between received and read. A platform that calls hundreds of times a second wants its calls
answered; what they brought is stored and can wait. While it lasts, jobs in the same process rest between two of them:
they share one interpreter lock with the requests. The lock is the process's, so the gauge is.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.loop import Loop

SPAN_S = 0.25
MANY = 25
"""Calls in one span, a hundred a second: fewer leave a process time for both."""


SHARE = 0.1
"""Of what the process computes may be for jobs while calls rush in."""
STEP_S = 0.02


class Rush:
    """Counts calls by spans. A call that two threads count at once may be lost: it is a gauge."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, computed: Callable[[], float] = time.process_time
    ) -> None:
        self._clock, self._computed = clock, computed
        self._span, self._calls, self._before = 0, 0, 0

    def called(self) -> None:
        """Count one call."""
        self._move()
        self._calls += 1

    @property
    def on(self) -> bool:
        """Say whether calls rush in: many in this span or in the one before it."""
        self._move()
        return max(self._calls, self._before) >= MANY

    def make_way(self, spent_s: float, loop: Loop) -> None:
        """Wait, after computing for ``spent_s``, until the process did its share for others, or rush or ``loop`` end.

        The process's own time counts, not the clock's: on a busy machine the calls need longer, too.
        """
        until = self._computed() + spent_s * (1 - SHARE) / SHARE
        while self.on and self._computed() < until and not loop.stopping:
            loop.pause(STEP_S)

    def _move(self) -> None:
        span = int(self._clock() / SPAN_S)
        if span != self._span:
            self._before = self._calls if span == self._span + 1 else 0
            self._span, self._calls = span, 0


HERE = Rush()
"""This process's."""

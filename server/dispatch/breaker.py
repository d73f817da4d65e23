"""The breaker of one destination: after three failures in a row it is left alone, then asked with single messages.

Place in the order's way: inside dispatch, in memory of one process. It keeps a dead destination from costing a time-out
per message, and keeps messages from using up their attempts on a destination that is down.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

FAILURES = 3
LONGEST_S = 60.0


@dataclass
class Breaker:
    """Closed: all may go. Open: nothing until ``retry_at``, then one message to see whether it is back."""

    failures: int = 0
    retry_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Say whether the destination counts as down."""
        return self.retry_at is not None

    def lets_through(self, now: datetime) -> bool:
        """Say whether something may be sent now."""
        return self.retry_at is None or now >= self.retry_at

    def failed(self, now: datetime, wait_s: float | None = None) -> None:
        """Note that it did not answer, or answered that it is in trouble; ``wait_s``: it asked for so long a rest."""
        self.failures += 1
        if self.failures >= FAILURES or wait_s is not None or self.is_open:
            usual_s = min(2.0 ** max(self.failures - FAILURES, 0), LONGEST_S)
            self.retry_at = now + timedelta(seconds=usual_s if wait_s is None else wait_s)

    def answered(self) -> bool:
        """Note that the destination works (a refusal is an answer too); say whether it was down before."""
        was_open = self.is_open
        self.failures, self.retry_at = 0, None
        return was_open

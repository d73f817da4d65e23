"""How long to wait before the next attempt: steps that grow, with jitter so that failures do not come back as one wave.

Place in the order's way: beside jobs and dispatch.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta

MINUTE, HOUR = 60.0, 3600.0


@dataclass(frozen=True, slots=True)
class Backoff:
    """``steps_s[n - 1]`` follows the n-th attempt, the last step all later ones; ``jitter`` is a share either way."""

    steps_s: tuple[float, ...]
    jitter: float = 0.2

    def after(self, attempt: int) -> timedelta:
        """Return the wait after attempt number ``attempt``, counted from 1."""
        step = self.steps_s[min(max(attempt, 1), len(self.steps_s)) - 1]
        return timedelta(seconds=step * random.uniform(1 - self.jitter, 1 + self.jitter))


JOBS = Backoff((1, 5, 30, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR))
MESSAGES = Backoff((1, 5, 30, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 12 * HOUR, 24 * HOUR))
"""Twelve attempts over some two days."""

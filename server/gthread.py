"""The web worker: gunicorn's threads, with connections spread over the processes.

Place in the order's way: under the HTTP door. Whoever connects eight times at once would find all eight connections in
the one process that woke first, and keep them there; here a process lets others answer first, the longer the more
connections it has.
"""

from __future__ import annotations

import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

STEP_S = 0.000_25
LONGEST_S = 0.002


def courtesy_s(connections: int, processes: int) -> float:
    """Return how long a process with so many connections waits before it takes another one."""
    return 0.0 if processes < 2 else min(connections * STEP_S, LONGEST_S)


class FairWorker(ThreadWorker):  # type: ignore[misc]
    """Takes a connection only when no process with fewer was there first."""

    def accept(self, listener: Any) -> None:
        """Accept, if the connection is still there."""
        time.sleep(courtesy_s(self.nr_conns, self.cfg.workers))
        super().accept(listener)

"""An engine child that lets live orders go first: the same judging at a lower priority of the processor.

Place in the order's way: beside `rules/process/child.py`; for backtests, replays and shadows.
"""

from __future__ import annotations

import os

from rules.process import child

NICE = 10


def main() -> None:
    """Serve the pipe like `rules.process.child`, politely."""
    os.nice(NICE)
    child.main()

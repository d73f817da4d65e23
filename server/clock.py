"""The wall clock of the installation. Everything else is handed a clock, so that tests and replays own the time.

Place in the order's way: beside the configuration; the composition hands it on.
"""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the present instant, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the one place

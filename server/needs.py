"""What the work beside the requests needs of the deps: dispatch and jobs, wherever they run.

Place in the order's way: under both, above the store; they know no more of the composition than this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from server.config import Settings
    from server.db.store import Store


class Needs(Protocol):
    """A part of `server.deps.Deps`; handlers of jobs get the whole."""

    @property
    def settings(self) -> Settings:
        """The settings."""

    @property
    def store(self) -> Store:
        """Database and vault."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """The time, aware UTC."""

    @property
    def wakers(self) -> list[Callable[[], None]]:
        """What to call after a commit."""

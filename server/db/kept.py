"""Connections that threads keep: a busy thread asks the database several times an order.

Place in the order's way: under context and commit. What runs on them runs on the driver itself, so that no transaction
is ever left open. One that broke connects anew by itself; one that was idle is tried before it is used.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from server.db.statement import execute

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

IDLE_S = 5.0
"""Unused for longer, a connection is tried first: a database that was restarted costs nobody an error."""


class _Mine(threading.local):
    connection: Connection | None = None
    used_at = 0.0


class KeptConnections:
    """One connection of ``engine`` a thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._mine = _Mine()
        self._lock = threading.Lock()
        self._all: dict[threading.Thread, Connection] = {}

    def mine(self) -> Connection:
        """Return this thread's connection."""
        now, kept = time.monotonic(), self._mine.connection
        if kept is not None and not kept.closed and now - self._mine.used_at > IDLE_S:
            _try(kept)
        if kept is None or kept.closed or kept.invalidated:
            kept = self._mine.connection = self._take(kept)
        self._mine.used_at = now
        return kept

    def close(self) -> None:
        """Give every connection back to the pool."""
        with self._lock:
            for connection in self._all.values():
                connection.close()
            self._all.clear()

    def _take(self, broken: Connection | None) -> Connection:
        if broken is not None:
            broken.close()
        with self._lock:
            for thread in [thread for thread in self._all if not thread.is_alive()]:
                self._all.pop(thread).close()
        taken = self._engine.connect()
        with self._lock:
            self._all[threading.current_thread()] = taken
        return taken


def _try(kept: Connection) -> None:
    try:
        execute(kept, "SELECT 1", {}).close()
    except DBAPIError:
        kept.invalidate()

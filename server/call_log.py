"""The requests answered lately that are not written down yet; a loop writes them once a second.

Place in the order's way: after the answer. A call pays for its entry with a few microseconds; a process that is killed
loses the entries of its last second, never an order.
"""

from __future__ import annotations

import logging
from threading import Lock
from typing import TYPE_CHECKING

from server.db.doors import calls

if TYPE_CHECKING:
    from server.db.doors.calls import Call
    from server.deps import Deps

log = logging.getLogger(__name__)

MOST_WAITING = 20_000
MOST_BODY_BYTES = 256 * 1024
MOST_WAITING_BYTES = 16 * 1024 * 1024
"""Bodies that wait beyond this are left out of their entries: the log never costs the server its memory."""
AT_ONCE = 500


class CallLog:
    """Entries that wait to be written. Usable from many threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: list[Call] = []
        self._bytes = 0
        self._lost = 0

    def room_for(self, body: bytes) -> bool:
        """Say whether a body may be kept."""
        return len(body) <= MOST_BODY_BYTES and self._bytes + len(body) <= MOST_WAITING_BYTES

    def add(self, call: Call) -> None:
        """Let an entry wait; the newest is lost when far too many do."""
        with self._lock:
            if len(self._waiting) >= MOST_WAITING:
                self._lost += 1
                return
            self._waiting.append(call)
            self._bytes += len(call.body or b"")

    def take(self) -> list[Call]:
        """Return what waits, which waits no longer."""
        with self._lock:
            found, lost = self._waiting, self._lost
            self._waiting, self._bytes, self._lost = [], 0, 0
        if lost:
            log.warning("%d calls left out of the request log", lost, extra={"action": "calls_not_logged"})
        return found


def flush(deps: Deps) -> int:
    """Write what waits; return how many entries."""
    found = deps.calls.take()
    for start in range(0, len(found), AT_ONCE):
        with deps.store.db.write() as conn:
            calls.keep(conn, deps.store, found[start : start + AT_ONCE], deps.clock())
    return len(found)

"""The web worker: gunicorn's threads, with connections spread over the processes and threads only for whole requests.

Place in the order's way: under the HTTP door. Whoever connects eight times at once would find all eight connections in
the one process that woke first, and keep them there; here a process lets others answer first, the longer the more
connections it has. What a request is gathered by, and for how long: `server/patience.py`.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
import time
from collections import deque
from functools import partial
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from server.patience import Paced, Standing, deadline, standing

STEP_S = 0.000_25
LONGEST_S = 0.002
MOST_PARTIAL = 400
"""Connections of a process that have sent part of a request; the oldest goes when another comes."""
SEND_S = 60
"""An answer of which nothing is taken for this long is given up."""
LATE = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_CHUNK = 65_536


def courtesy_s(connections: int, processes: int) -> float:
    """Return how long a process with so many connections waits before it takes another one."""
    return 0.0 if processes < 2 else min(connections * STEP_S, LONGEST_S)


class FairWorker(ThreadWorker):  # type: ignore[misc]
    """Takes a connection only when no process with fewer was there first, and gives a thread only to what is there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._partial: dict[Any, float] = {}
        self._long: set[Any] = set()
        self._queued: deque[Any] = deque()

    def accept(self, listener: Any) -> None:
        """Accept, if the connection is still there."""
        time.sleep(courtesy_s(self.nr_conns, self.cfg.workers))
        super().accept(listener)

    def enqueue_req(self, conn: Any) -> None:
        """Gather a request that begins to arrive; it gets a thread when it is there."""
        ahead = conn.parser.unreader.take_buffered() if conn.parser is not None else b""
        conn.arrived, conn.since = bytearray(ahead), time.monotonic()
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_S, 0))
        self._gather(conn)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Give the place of a long request to the next."""
        self._long.discard(conn)
        while self._queued and len(self._long) < self._places():
            self._begin_long(self._queued.popleft())
        super().finish_request(conn, fs)

    def murder_pending(self) -> None:
        """Close what came too slowly, and what has sent nothing when the process ends."""
        super().murder_pending()
        now = time.monotonic()
        for conn, since in list(self._partial.items()):
            if now > deadline(since, len(conn.arrived)) or not (self.alive or conn.arrived):
                self._drop(conn, LATE if conn.arrived else b"")

    def handle(self, conn: Any) -> Any:
        """Handle a request that has arrived (in a thread)."""
        conn.data_ready = True
        conn.sock.setblocking(True)
        conn.init()
        conn.parser.unreader.unread(bytes(conn.arrived))
        conn.parser.unreader.sock = Paced(conn.sock) if conn in self._long else conn.sock
        conn.arrived = bytearray()
        return super().handle(conn)

    def _gather(self, conn: Any) -> None:
        """Take what has come of a request, and see what is to be done with it."""
        conn.sock.setblocking(False)
        found = standing(conn.arrived)
        try:
            while found is Standing.PARTIAL:
                data = conn.sock.recv(_CHUNK)
                if not data:
                    self._drop(conn)
                    return
                conn.arrived += data
                found = standing(conn.arrived)
        except BlockingIOError:
            self._wait(conn)
        except OSError:
            self._drop(conn)
        else:
            self._forget(conn)
            self._start(conn, found)

    def _start(self, conn: Any, found: Standing) -> None:
        if found is Standing.WHOLE:
            super().enqueue_req(conn)
        elif len(self._long) < self._places():
            self._begin_long(conn)
        else:
            self._queued.append(conn)

    def _begin_long(self, conn: Any) -> None:
        self._long.add(conn)
        super().enqueue_req(conn)

    def _places(self) -> int:
        """Return how many threads may read long bodies at once."""
        return max(1, int(self.cfg.threads) // 2)

    def _wait(self, conn: Any) -> None:
        """Look at a connection again when more comes."""
        if conn in self._partial:
            return
        if len(self._partial) >= MOST_PARTIAL:
            self._drop(next(iter(self._partial)))
        self._partial[conn] = conn.since
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._more, conn))

    def _more(self, conn: Any, _sock: Any) -> None:
        self._gather(conn)

    def _forget(self, conn: Any) -> None:
        if self._partial.pop(conn, None) is not None:
            self.poller.unregister(conn.sock)

    def _drop(self, conn: Any, last: bytes = b"") -> None:
        """Close a connection, with a last word if there is one."""
        self._forget(conn)
        self.nr_conns -= 1
        with contextlib.suppress(OSError):
            if last:
                conn.sock.send(last)
        conn.close()

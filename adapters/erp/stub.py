"""A small ERP to push orders into: for the demo, the tests, and for anyone who writes a real one.

Run it with ``python -m adapters.erp.stub --port 8099 --store erp.db``. It keeps what it received in SQLite by
idempotency key (a second delivery gets the first answer and is counted), and can be told to misbehave:

- ``POST /orders``    takes an order; the `Idempotency-Key` header is required
- ``GET /orders``     lists what was received: key, event, order_id, reference, calls, body
- ``POST /control``   ``{"fail": 3, "status": 500, "delay_s": 0.2, "lose_answer": 1}``: three calls answer 500,
  every call waits 0.2 s, and one call is stored but its answer is lost on the way (so that the sender sends it twice)
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

_TABLE = """CREATE TABLE IF NOT EXISTS received (
  key TEXT PRIMARY KEY, event TEXT, order_id TEXT, body TEXT NOT NULL, calls INTEGER NOT NULL DEFAULT 1)"""
_STORE = """INSERT INTO received (key, event, order_id, body) VALUES (?, ?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET calls = calls + 1 RETURNING rowid, calls"""


@dataclass
class Mood:
    """How the ERP behaves now; set through ``POST /control``."""

    fail: int = 0
    status: int = 500
    delay_s: float = 0.0
    lose_answer: int = 0


@dataclass
class Books:
    """What the ERP received. One connection behind one lock: it is small."""

    path: str
    lock: Lock = field(default_factory=Lock)
    mood: Mood = field(default_factory=Mood)

    def __post_init__(self) -> None:
        """Open the store."""
        self.db = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=NORMAL")  # survives a kill of the process, which is what tests do
        self.db.execute(_TABLE)

    def store(self, key: str, body: bytes) -> dict[str, Any]:
        """Keep an order under its key, or count a further delivery of it; answer with our own number."""
        value = json.loads(body)
        with self.lock:
            row, calls = self.db.execute(
                _STORE, (key, value.get("event"), value.get("order_id"), body.decode())
            ).fetchone()
        return {"reference": f"ERP-{row:06d}", "duplicate": calls > 1}

    def listing(self) -> list[dict[str, Any]]:
        """Return everything received, oldest first."""
        with self.lock:
            rows = self.db.execute(
                "SELECT key, event, order_id, rowid, calls, body FROM received ORDER BY rowid"
            ).fetchall()
        names = ("key", "event", "order_id", "reference", "calls", "body")
        return [
            dict(zip(names, (*row[:3], f"ERP-{row[3]:06d}", row[4], json.loads(row[5])), strict=True)) for row in rows
        ]

    def next_mood(self) -> tuple[int | None, bool]:
        """Take one call's share of the mood: the status to fail with, and whether the answer gets lost."""
        with self.lock:
            if self.mood.fail > 0:
                self.mood.fail -= 1
                return self.mood.status, False
            lose = self.mood.lose_answer > 0
            self.mood.lose_answer -= lose
        return None, lose

    def close(self) -> None:
        """Close the store."""
        with self.lock:
            self.db.close()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    books: ClassVar[Books]

    def do_GET(self) -> None:
        """List what was received."""
        if self.path == "/orders":
            self._answer(200, {"orders": self.books.listing()})
        else:
            self._answer(200 if self.path == "/healthz" else 404, {})

    def do_POST(self) -> None:
        """Take an order, or an instruction how to behave."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path == "/control":
            self.books.mood = Mood(**json.loads(body))
            self._answer(200, {})
        elif self.path == "/orders":
            self._take(body)
        else:
            self._answer(404, {})

    def _take(self, body: bytes) -> None:
        time.sleep(self.books.mood.delay_s)
        status, lose_answer = self.books.next_mood()
        key = self.headers.get("Idempotency-Key")
        if status is not None:
            self._answer(status, {"error": "told to fail"})
        elif not key:
            self._answer(400, {"error": "Idempotency-Key is required"})
        else:
            value = self.books.store(key, body)
            if lose_answer:
                self.close_connection = True
            else:
                self._answer(200 if value["duplicate"] else 201, value)

    def _answer(self, status: int, value: dict[str, Any]) -> None:
        data = json.dumps(value, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: orders do not belong into a terminal."""


class Server(ThreadingHTTPServer):
    """One thread per connection; a full backlog of callers is kept waiting, not refused."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, store: str = ":memory:") -> None:
        self.books = Books(store)
        super().__init__((host, port), type("BoundHandler", (Handler,), {"books": self.books}))

    @property
    def url(self) -> str:
        """Return the base URL to put into the settings."""
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"

    def server_close(self) -> None:
        """Close the socket and the store."""
        super().server_close()
        self.books.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m adapters.erp.stub", description="示例 ERP · a stub ERP")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--store", default=":memory:", help="SQLite file; default: in memory")
    options = parser.parse_args(arguments)
    server = Server(options.host, options.port, options.store)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Ten thousand orders to four systems at once: three fail three times in ten, the fourth is dead for ten minutes.

Half of the failures come before the order is stored there, half after it, so that the answer is lost and the order
comes again. Counted is what each has at the end. Time is scaled: the installation's clock runs twenty times as fast as
the world's, so that ten minutes are thirty seconds; time-outs are the world's.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx

from bench.doors.outlets import Installation, installation
from bench.report import table
from server import dispatch
from server.db import outbox

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

ORDERS, SMALL = 10_000, 200
SCALE, DEAD_S = 20.0, 600.0
FAILING, DEAD = ("one", "two", "three"), "dead"
SHARE = 0.3
WAIT_S = 1500.0
AT_ONCE = 100


class _Systems(ThreadingHTTPServer):
    """All four systems: each keeps what it got by idempotency key, and how often it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.chance, self.lock = random.Random(3), threading.Lock()
        self.got: dict[str, Counter[str]] = {name: Counter() for name in (*FAILING, DEAD)}
        self.asked: Counter[str] = Counter()
        self.is_dead = True


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Systems

    def do_POST(self) -> None:
        """Take an order, or fail before or after it."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        name, here = self.path.split("/")[1], self.server
        if name == "control":
            here.is_dead = bool(json.loads(body)["dead"])
            return self._answer(200, b"{}")
        with here.lock:
            here.asked[name] += 1
            fate = here.chance.random() if name in FAILING else 1.0
        if fate < SHARE / 2 or (name == DEAD and here.is_dead):
            self.close_connection = True  # no answer at all
            return None
        with here.lock:
            here.got[name][self.headers["Idempotency-Key"]] += 1
        return self._answer(500 if fate < SHARE else 201, b'{"reference":"S1"}')

    def do_GET(self) -> None:
        """Tell what each system has: orders, and how often it was asked."""
        told = {name: {"orders": len(keys), "asked": self.server.asked[name]} for name, keys in self.server.got.items()}
        self._answer(200, json.dumps(told).encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_told: object) -> None:
        """Say nothing."""


def _serve(parent: Connection) -> None:
    server = _Systems()
    parent.send(server.server_address[1])
    server.serve_forever()


def measure(*, small: bool, orders: int | None = None) -> dict[str, Any]:
    """Measure, print, return the figures and what was missed; ``orders`` instead of what is usual."""
    usual, dead_s = (SMALL, 100.0) if small else (ORDERS, DEAD_S)
    orders = orders or usual
    mine, theirs = multiprocessing.Pipe()
    systems = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    systems.start()
    try:
        url = f"http://127.0.0.1:{mine.recv()}"
        with installation(SCALE) as here:
            told = _run(here, url, orders, dead_s)
    finally:
        systems.terminate()
        systems.join()
    rows = [
        [name, f"{item['orders']:,}", f"{item['asked']:,}", item["unsent"]] for name, item in told["systems"].items()
    ]
    print(table(["系统 · system", "订单 · orders", "请求 · asked", "未送 · unsent"], rows))
    print(f"{orders:,} 张订单，{told['seconds']:.0f} 秒（时钟快 {SCALE:.0f} 倍 · clock {SCALE:.0f} times as fast）")
    print(f"一个停 {dead_s:.0f} 秒，三个各失败 {SHARE:.0%} · one dead for {dead_s:.0f} s, three fail {SHARE:.0%}\n")
    missed = [f"{name} has {item['orders']}" for name, item in told["systems"].items() if item["orders"] != orders]
    return {**told, "orders": orders, "dead_s": dead_s, "scale": SCALE, "missed": missed}


def _run(here: Installation, url: str, orders: int, dead_s: float) -> dict[str, Any]:
    for name in (*FAILING, DEAD):
        here.destination(name, "erp.generic", f"{url}/{name}", "any")
    running = dispatch.start(here)
    begun = time.monotonic()
    revived = threading.Timer(dead_s / SCALE, lambda: httpx.post(f"{url}/control", json={"dead": False}))
    revived.start()
    try:
        for first in range(0, orders, AT_ONCE):
            here.tell([(f"F{number:07}", ()) for number in range(first, min(first + AT_ONCE, orders))])
        unsent = _wait(here, begun + WAIT_S)
        seconds = time.monotonic() - begun
    finally:
        revived.cancel()
        running.stop()
    found = httpx.get(url, timeout=30).json()
    return {
        "seconds": seconds,
        "systems": {name: {**item, "unsent": unsent.get(name, 0)} for name, item in found.items()},
    }


def _wait(here: Installation, until: float) -> dict[str, int]:
    """Wait until everything is sent; return what was not, by destination."""
    while True:
        with here.store.db.read() as conn:
            left = outbox.counts(conn)
        if not left or time.monotonic() > until:
            return {name.removeprefix("to:"): count for (name, _), count in left.items()}
        time.sleep(0.5)

"""Ten thousand orders to four systems at once: three fail three times in ten, the fourth is dead for ten minutes.

Half of the failures come before the order is stored there, half after it, so that the answer is lost and the order
comes again under its key. Counted is what each system entered, by the orders' numbers. Time is scaled: the
installation's clock runs twenty times as fast as the world's, so that ten minutes are thirty seconds; when everything
that is left waits for a later attempt, the clock goes there at once. Time-outs and leases are the world's. Nobody
calls this process meanwhile, so dispatch need not make way.
"""

from __future__ import annotations

import itertools
import json
import multiprocessing
import random
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx
from sqlalchemy import func, select

from bench.doors.outlets import Installation, installation
from bench.report import table
from server import dispatch
from server.db import tables as t
from server.db.outlets import outbox

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

ORDERS, SMALL = 10_000, 200
SCALE, DEAD_S = 20.0, 600.0
FAILING, DEAD = ("one", "two", "three"), "dead"
SHARE = 0.3
WAIT_S = 1800.0
AT_ONCE = 100


class _Systems(ThreadingHTTPServer):
    """All four systems: each enters what it gets once by idempotency key, and counts how often it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.chance, self.lock = random.Random(3), threading.Lock()
        self.keys: dict[str, set[str]] = {name: set() for name in (*FAILING, DEAD)}
        self.entered: dict[str, Counter[str]] = {name: Counter() for name in (*FAILING, DEAD)}
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
        key = self.headers["Idempotency-Key"]
        with here.lock:
            if key not in here.keys[name]:
                here.keys[name].add(key)
                here.entered[name][json.loads(body)["number"]] += 1
        return self._answer(500 if fate < SHARE else 201, b'{"reference":"S1"}')

    def do_GET(self) -> None:
        """Tell what each system has: orders, those entered more than once, and how often it was asked."""
        here = self.server
        told = {
            name: {
                "orders": len(numbers),
                "doubled": sum(count > 1 for count in numbers.values()),
                "asked": here.asked[name],
            }
            for name, numbers in here.entered.items()
        }
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
        [name, f"{item['orders']:,}", item["doubled"], f"{item['asked']:,}", item["unsent"]]
        for name, item in told["systems"].items()
    ]
    print(table(["系统 · system", "订单 · orders", "重复 · doubled", "请求 · asked", "未送 · unsent"], rows))
    print(f"{orders:,} 张订单，{told['seconds']:.0f} 秒（时钟快 {SCALE:.0f} 倍 · clock {SCALE:.0f} times as fast）")
    print(f"一个停 {dead_s:.0f} 秒，三个各失败 {SHARE:.0%} · one dead for {dead_s:.0f} s, three fail {SHARE:.0%}\n")
    missed = [
        f"{name} has {item['orders']} orders, {item['doubled']} of them doubled"
        for name, item in told["systems"].items()
        if item["orders"] != orders or item["doubled"]
    ]
    return {**told, "orders": orders, "dead_s": dead_s, "scale": SCALE, "missed": missed}


def _run(here: Installation, url: str, orders: int, dead_s: float) -> dict[str, Any]:
    for name in (*FAILING, DEAD):
        here.destination(name, "erp.generic", f"{url}/{name}", "any")
    usual = dispatch.Plan()
    running = dispatch.start(here, replace(usual, lease_s=usual.lease_s * SCALE, embedded_share=1.0))
    begun, alive = time.monotonic(), threading.Event()

    def revive() -> None:
        httpx.post(f"{url}/control", json={"dead": False})
        alive.set()

    revived = threading.Timer(dead_s / SCALE, revive)
    revived.start()
    try:
        for first in range(0, orders, AT_ONCE):
            here.tell([(f"F{number:07}", ()) for number in range(first, min(first + AT_ONCE, orders))])
        alive.wait(WAIT_S)
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
    """Wait until everything is sent; return what was not, by destination. Says every ten seconds how much is left."""
    for turn in itertools.count():
        with here.store.db.read() as conn:
            left, due_at = outbox.counts(conn), conn.execute(_NEXT).scalar()
        if not left or time.monotonic() > until:
            return {name.removeprefix("to:"): count for (name, _), count in left.items()}
        if due_at is not None and due_at > here.clock() and all(state == "waiting" for _, state in left):
            here.clock.skip(due_at - here.clock())
        if turn % 20 == 0:
            print(f"… {sum(left.values()):,}", file=sys.stderr, flush=True)
        time.sleep(0.5)
    raise AssertionError


_NEXT = select(func.min(t.outbox.c.due_at)).where(t.outbox.c.state == "waiting")

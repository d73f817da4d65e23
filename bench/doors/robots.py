"""How long a message takes from its commit to the robot that says it, while the robot is under its limit.

Thirty robots of three makers, each told at random moments at half of what its bucket lets flow; real dispatch, on
SQLite.
"""

from __future__ import annotations

import random
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from adapters.registry import KINDS
from bench.doors.figures import quantile
from bench.doors.outlets import Installation, installation
from bench.report import table
from server import dispatch

MAKERS = ("robot.dingtalk", "robot.wecom", "robot.feishu")
EACH, OVER_S = 10, 120.0
FLOW = 0.75
"""Of its limit flows into a bucket: see `server/db/outlets/destinations.py`."""
LOAD = 0.5
WANTED_S, WAIT_S = 2.0, 30.0
_NUMBER = re.compile(r"B\d{7}")


class _Robots(ThreadingHTTPServer):
    """All robots: each says yes, and notes when it heard of which order."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.heard: list[tuple[str, float]] = []


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Robots

    def do_POST(self) -> None:
        """Hear."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        at = time.monotonic()
        self.server.heard += [(number, at) for number in _NUMBER.findall(body.decode())]
        answer = b'{"errcode":0,"code":0,"errmsg":"ok"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_told: object) -> None:
        """Say nothing."""


def measure(*, small: bool) -> dict[str, Any]:
    """Measure, print, return the figures and what was missed."""
    robots = _Robots()
    threading.Thread(target=robots.serve_forever, daemon=True).start()
    try:
        with installation() as here:
            told = _run(here, robots, each=2 if small else EACH, over_s=15.0 if small else OVER_S)
    finally:
        robots.shutdown()
        robots.server_close()
    p50, p99 = quantile(told["delays_s"], 0.5), quantile(told["delays_s"], 0.99)
    rows = [["机器人 · robots", told["robots"]], ["消息 · messages", told["sent"]], ["到达 · heard", told["heard"]]]
    rows += [["p50 s", f"{p50:.3f}"], ["p99 s", f"{p99:.3f}"], ["目标 · wanted p99 s", f"{WANTED_S:.0f}"]]
    print(table(["提交到机器人 · commit to robot", ""], rows) + "\n")
    missed = [] if told["heard"] == told["sent"] else ["a message did not arrive exactly once"]
    missed += [] if p99 < WANTED_S else [f"p99 of {p99:.2f} s"]
    del told["delays_s"]
    return {**told, "p50_s": p50, "p99_s": p99, "wanted_s": WANTED_S, "missed": missed}


def _run(here: Installation, robots: _Robots, *, each: int, over_s: float) -> dict[str, Any]:
    url = f"http://127.0.0.1:{robots.server_address[1]}/robot"
    chance, moments = random.Random(7), []
    for kind in MAKERS:
        limit = KINDS[kind].per_minute or 0
        every_s = 60.0 / (limit * FLOW * LOAD)
        for number in range(each):
            code = f"{kind.partition('.')[2]}-{number}"
            here.destination(code, kind, url, code.upper(), keyword="", mentions="")
            moments += [(begin + chance.uniform(0, every_s), code.upper()) for begin in _begins(over_s, every_s)]
    running = dispatch.start(here)
    try:
        sent = _tell(here, sorted(moments))
        ends = time.monotonic() + WAIT_S
        while len(robots.heard) < len(sent) and time.monotonic() < ends:
            time.sleep(0.1)
    finally:
        running.stop()
    delays = [at - sent[number] for number, at in robots.heard]
    heard = len({number for number, _ in robots.heard}) if len(robots.heard) == len(sent) else len(robots.heard)
    return {"robots": each * len(MAKERS), "sent": len(sent), "heard": heard, "delays_s": delays}


def _begins(over_s: float, every_s: float) -> list[float]:
    return [turn * every_s for turn in range(max(1, int(over_s / every_s)))]


def _tell(here: Installation, moments: list[tuple[float, str]]) -> dict[str, float]:
    begun, sent = time.monotonic(), {}
    for serial, (moment, flag) in enumerate(moments):
        time.sleep(max(0.0, begun + moment - time.monotonic()))
        number = f"B{serial:07}"
        sent[number] = time.monotonic()
        here.tell([(number, (flag,))])
    return sent

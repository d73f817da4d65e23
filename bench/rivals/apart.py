"""A rival in a process of its own, which loads the orders, judges them and measures itself by its processor time.

Commands are lines of JSON: ``{"orders": […]}`` · ``{"hits": true}`` · ``{"seconds": s}`` → orders a second.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Hits = list[tuple[str, Any]]


class Apart:
    """The process as the benchmark sees it. It may die: then it takes no further part."""

    def __init__(self, command: Sequence[str], orders: list[dict[str, Any]]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self._ask({"orders": orders})

    def hits(self) -> list[Hits]:
        """Return the hits of every order."""
        return [[(rule, key) for rule, key in found] for found in self._ask({"hits": True})]

    def rate(self, seconds: float) -> float:
        """Return orders per CPU second of one round."""
        return float(self._ask({"seconds": seconds}))

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def _ask(self, question: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def python(module: str) -> list[str]:
    """Return the command of a rival that is a module of this package."""
    return [sys.executable, "-m", f"bench.rivals.{module}"]


def serve(judge: Callable[[dict[str, Any]], Hits]) -> None:
    """Be the process: answer until standard input closes."""
    orders: list[dict[str, Any]] = []
    for line in sys.stdin:
        asked: dict[str, Any] = json.loads(line)
        answer: Any
        if "orders" in asked:
            orders = asked["orders"]
            answer = len(orders)
        elif "hits" in asked:
            answer = [judge(order) for order in orders]
        else:
            answer = _rate(judge, orders, asked["seconds"])
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _rate(judge: Callable[[dict[str, Any]], Hits], orders: list[dict[str, Any]], seconds: float) -> float:
    done, spent, began = 0, 0.0, time.process_time()
    while spent < seconds:
        judge(orders[done % len(orders)])
        done += 1
        spent = time.process_time() - began
    return done / spent

"""Turns: orders of one buyer that met in a race are decided one after the other, so that each sees the one before.

Place in the order's way: around decide and commit. Orders that never met pay nothing. Within a process they wait for
each other; between processes one of those that meet wins each time, and the others try again.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orders.order import Order

TRIES = 10
"""So often is an order decided before it is kept held: others took, each time, what the decision counted on."""
PATIENCE_S = 10.0
"""Nobody waits longer for a turn; who has waited so long goes on without one."""


@dataclass(slots=True)
class _Queue:
    turn: Lock = field(default_factory=Lock)
    people: int = 0


class Turns:
    """Who waits for whom. Usable from many threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._queues: dict[str, _Queue] = {}

    @contextmanager
    def of(self, order: Order, tries: int) -> Iterator[None]:
        """Hold the turn of an order's buyer: from the second try on, and at once where others queue already."""
        buyer = order.buyer.contact.phone or order.buyer.name
        with self._lock:
            queue = self._queues.get(buyer) if buyer else None
            if queue is None and tries and buyer:
                queue = self._queues[buyer] = _Queue()
            if queue is not None:
                queue.people += 1
        if queue is None:
            yield
            return
        mine = queue.turn.acquire(timeout=PATIENCE_S)
        try:
            yield
        finally:
            if mine:
                queue.turn.release()
            self._leave(str(buyer), queue)

    def _leave(self, buyer: str, queue: _Queue) -> None:
        with self._lock:
            queue.people -= 1
            if not queue.people:
                self._queues.pop(buyer, None)

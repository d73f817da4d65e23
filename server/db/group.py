"""Group commit: what several threads write at one moment shares a transaction and the one fsync that ends it.

Place in the order's way: under the commit of a new order. While one thread leads a transaction to the disk, the others
queue; the next leader takes them all. Where the transaction fails, each is written alone, so that one that fails takes
no other along; and nobody hears of success before it is durable.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Item = TypeVar("Item")

MOST = 32
"""Writes in one transaction: a lock is held for some 30 ms at most."""


@dataclass(slots=True, eq=False)
class _Turn(Generic[Item]):
    """One thread's write. ``called`` is released when it is over, or when this thread is to lead."""

    item: Item
    called: threading.Lock = field(default_factory=threading.Lock)
    over: bool = False
    error: BaseException | None = None


class GroupWriter(Generic[Item]):
    """Gives every item a turn in a transaction of ``write``. Usable from many threads."""

    def __init__(self, write: Callable[[Sequence[Item]], None]) -> None:
        self._write = write
        self._lock = threading.Lock()
        self._queue: deque[_Turn[Item]] = deque()
        self._led = False

    def run(self, item: Item) -> None:
        """Write ``item``; return once it is durable. Raises what writing it raised, with nothing of it written."""
        turn = _Turn(item)
        turn.called.acquire()
        with self._lock:
            self._queue.append(turn)
            follows, self._led = self._led, True
        if follows:
            turn.called.acquire()
        if not turn.over:
            self._lead()
        if turn.error is not None:
            raise turn.error

    def _lead(self) -> None:
        with self._lock:
            group = [self._queue.popleft() for _ in range(min(MOST, len(self._queue)))]
        self._write_all(group)
        with self._lock:
            heir = self._queue[0] if self._queue else None
            self._led = heir is not None
        for turn in group:
            turn.over = True
            turn.called.release()
        if heir is not None:
            heir.called.release()

    def _write_all(self, group: list[_Turn[Item]]) -> None:
        try:
            self._write([turn.item for turn in group])
        except BaseException as error:  # noqa: BLE001 - each member is told by its own thread
            if len(group) > 1 and not getattr(error, "connection_invalidated", False):
                for turn in group:
                    self._write_all([turn])
                return
            for turn in group:  # alone, or nobody knows whether the lost connection's commit was the last it did
                turn.error = error

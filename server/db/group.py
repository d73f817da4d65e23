"""Group commit: short writes of several threads share one SQLite transaction and the one fsync that ends it.

Place in the order's way: under the commit of a new order. While one thread leads a transaction to the disk, the others
queue; the next leader takes them all. Each write stands in a savepoint of its own, so that one which fails takes no
other along, and nobody hears of success before the transaction is durable.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

T = TypeVar("T")

MOST = 32
"""Writes in one transaction: a lock is held for some 30 ms at most."""


@dataclass(slots=True, eq=False)
class _Turn:
    """One thread's write. ``called`` is released when it is over, or when this thread is to lead."""

    work: Callable[[Connection], Any]
    called: threading.Lock = field(default_factory=threading.Lock)
    over: bool = False
    result: Any = None
    error: BaseException | None = None

    def answer(self) -> Any:
        if self.error is not None:
            raise self.error
        return self.result


class GroupWriter:
    """Gives every write a turn in a transaction on ``writer``. Usable from many threads."""

    def __init__(self, writer: Engine) -> None:
        self._writer = writer
        self._lock = threading.Lock()
        self._queue: deque[_Turn] = deque()
        self._led = False

    def run(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` inside a transaction and return its result once that is durable. Raises what it raised.

        What it raises undoes its own writes only. It must not wait for another thread that writes.
        """
        turn = _Turn(work)
        turn.called.acquire()
        with self._lock:
            self._queue.append(turn)
            follows, self._led = self._led, True
        if follows:
            turn.called.acquire()
        if not turn.over:
            self._lead()
        answer: T = turn.answer()
        return answer

    def _lead(self) -> None:
        with self._lock:
            group = [self._queue.popleft() for _ in range(min(MOST, len(self._queue)))]
        try:
            self._write(group)
        except BaseException as error:  # noqa: BLE001 - the transaction failed: each member is told by its own thread
            for turn in group:
                turn.error = turn.error or error
        with self._lock:
            heir = self._queue[0] if self._queue else None
            self._led = heir is not None
        for turn in group:
            turn.over = True
            turn.called.release()
        if heir is not None:
            heir.called.release()

    def _write(self, group: list[_Turn]) -> None:
        with self._writer.begin() as conn:
            if len(group) == 1:
                group[0].result = group[0].work(conn)
                return
            cursor = conn.connection.cursor()
            for turn in group:
                cursor.execute("SAVEPOINT turn")
                try:
                    turn.result = turn.work(conn)
                except BaseException as error:  # noqa: BLE001 - told to the thread whose write it was
                    turn.error = error
                    cursor.execute("ROLLBACK TO turn")
                cursor.execute("RELEASE turn")
            cursor.close()

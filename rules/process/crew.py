"""The children of one bundle: some at work, some waiting, one spare for the next that dies."""

from __future__ import annotations

import logging
import threading
import time

from rules.process.worker import ChildFailed, Worker

log = logging.getLogger(__name__)
PATIENCE_S = 30.0
RETRY_S = 1.0


class Crew:
    """Lends children to threads. Raises ChildFailed when its first children cannot be started."""

    def __init__(self, files: dict[str, str], size: int, oracle_share: float, module: str) -> None:
        self._options = (files, oracle_share, module)
        self._changed = threading.Condition()
        self._idle: list[Worker] = []
        self._spare: Worker | None = None
        self._closed = False
        self._idle = [Worker(*self._options) for _ in range(size)]
        self._hire(spare=True)

    def take(self) -> Worker | None:
        """Wait for a child; None once the crew is closed or nobody came free for long."""
        with self._changed:
            self._changed.wait_for(lambda: self._idle or self._closed, PATIENCE_S)
            return self._idle.pop() if self._idle and not self._closed else None

    def give(self, worker: Worker | None) -> None:
        """Hand a child back; None: it died and could not be replaced, so a new one is hired."""
        if worker is None:
            self._hire(spare=False)
            return
        with self._changed:
            closed = self._closed
            if not closed:
                self._idle.append(worker)
                self._changed.notify()
        if closed:
            worker.close()

    def replacement(self) -> Worker | None:
        """Return a child for one that died in our hands: the spare, else a new one; None if none can be started."""
        with self._changed:
            worker, self._spare = self._spare, None
            closed = self._closed
        if not closed:
            self._hire(spare=True)
        if worker is not None:
            return worker
        try:
            return Worker(*self._options)
        except ChildFailed as error:
            log.error("No engine child could be started: %s", error, extra={"action": "engine_child_failed"})
            return None

    def _hire(self, spare: bool) -> None:
        threading.Thread(target=self._hiring, args=(spare,), name="engine-hire", daemon=True).start()

    def _hiring(self, spare: bool) -> None:
        """Start a child, trying again until it works or the crew is closed."""
        while not self._closed:
            try:
                worker = Worker(*self._options)
            except ChildFailed as error:
                log.error("No engine child could be started: %s", error, extra={"action": "engine_child_failed"})
                time.sleep(RETRY_S)
                continue
            self._welcome(worker, spare)
            return

    def _welcome(self, worker: Worker, spare: bool) -> None:
        with self._changed:
            wanted = not self._closed and not (spare and self._spare is not None)
            if wanted and spare:
                self._spare = worker
            elif wanted:
                self._idle.append(worker)
                self._changed.notify()
        if not wanted:
            worker.close()

    def close(self) -> None:
        """End those that wait now, those at work when they come back."""
        with self._changed:
            self._closed = True
            waiting = [*self._idle, *([self._spare] if self._spare else [])]
            self._idle, self._spare = [], None
            self._changed.notify_all()
        for worker in waiting:
            worker.close()

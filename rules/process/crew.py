"""The children of one bundle: some at work, some waiting, one spare for the next that dies.

A crew begins with its first child; the others come while it works. When other rules become live, its children go over
to the crew after it, its heir, and load those: a child that runs loads a bundle in a quarter of the time of a start.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.process.worker import BundleRefused, ChildFailed, Worker

if TYPE_CHECKING:
    from collections.abc import Sequence

log = logging.getLogger(__name__)
PATIENCE_S = 30.0
RETRY_S = 1.0
WORN = 50
"""A child that loaded so many bundles is replaced instead of loading one more."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the children of a pool have in common, whatever their bundle.

    ``size`` work at once; ``oracle_share``: the share of orders (0–1) that the oracle judges, too; ``module`` is what
    they run; ``spare``: one more stands ready.
    """

    size: int = 1
    oracle_share: float = 0.0
    module: str = "rules.process.child"
    spare: bool = True


class Crew:
    """Lends children to threads. Raises ChildFailed when its first child cannot be started.

    A child ``first`` that loaded the files already comes from the crew before, which sends the others, too.
    """

    def __init__(self, files: dict[str, str], terms: Terms, first: Worker | None = None) -> None:
        self._files, self._terms = files, terms
        self._changed = threading.Condition()
        self._spare: Worker | None = None
        self._closed = False
        self._heir: Crew | None = None
        self._idle = [first or self._start()]
        self._missing = terms.size - 1

    @classmethod
    def begin(cls, files: dict[str, str], terms: Terms) -> Crew:
        """Start the first child, then the others side by side behind it."""
        crew = cls(files, terms)
        for _ in range(terms.size - 1 + terms.spare):
            crew._hire()
        return crew

    def _start(self) -> Worker:
        return Worker(self._files, self._terms.oracle_share, self._terms.module)

    def successor(self, files: dict[str, str]) -> Crew:
        """Return a crew for other files with one child that loaded them. Raises ChildFailed: this crew goes on.

        It gets the others by ``close(heir)``, once orders go there.
        """
        scout = self._scout()
        if scout is not None:
            try:
                scout.load(files, self._terms.oracle_share)
            except BundleRefused:
                self._welcome(scout)
                raise
            except ChildFailed as error:  # perhaps the child's fault: a new one shows whose it is
                log.error("An engine child failed: %s", error, extra={"action": "engine_child_failed"})
                self._hire()
            else:
                return Crew(files, self._terms, scout)
        return Crew(files, self._terms)

    def _scout(self) -> Worker | None:
        """Take the child that tries other files first: the spare; one that waits where there are no spares."""
        with self._changed:
            scout, self._spare = self._spare, None
            if scout is None and not self._terms.spare and self._idle:
                scout = self._idle.pop()
                self._missing += 1
        if scout is not None and scout.loads >= WORN:
            scout.close()
            self._hire()
            return None
        return scout

    def take(self) -> Worker | None:
        """Wait for a child; None once the crew is closed or nobody came free for long."""
        with self._changed:
            self._changed.wait_for(lambda: self._idle or self._closed, PATIENCE_S)
            return self._idle.pop() if self._idle and not self._closed else None

    def give(self, worker: Worker | None) -> None:
        """Hand a child back; None: it died and could not be replaced, so a new one is hired."""
        with self._changed:
            self._missing += 1
        if worker is None:
            self._hire()
        else:
            self._welcome(worker)

    def replacement(self) -> Worker | None:
        """Return a child for one that died in our hands: the spare, else a new one; None if none can be started."""
        with self._changed:
            worker, self._spare = self._spare, None
        if worker is not None:
            self._hire()
            return worker
        try:
            return self._start()
        except ChildFailed as error:
            log.error("No engine child could be started: %s", error, extra={"action": "engine_child_failed"})
            return None

    def _hire(self) -> None:
        threading.Thread(target=self._hiring, name="engine-hire", daemon=True).start()

    def _hiring(self) -> None:
        """Start a child, trying again until it works or the crew is closed; then its heir lacks one."""
        while not self._closed:
            try:
                worker = self._start()
            except ChildFailed as error:
                log.error("No engine child could be started: %s", error, extra={"action": "engine_child_failed"})
                time.sleep(RETRY_S)
                continue
            self._welcome(worker)
            return
        if self._heir is not None:
            self._heir._hire()

    def _welcome(self, worker: Worker) -> None:
        """Put a child where one is missing; one too many ends, one that comes after the close goes to the heir."""
        with self._changed:
            closed = self._closed
            wanted = not closed and self._lacks()
            if wanted and self._missing:
                self._idle.append(worker)
                self._missing -= 1
                self._changed.notify()
            elif wanted:
                self._spare = worker
        if closed and self._heir is not None:
            self._heir.adopt([worker])
        elif not wanted:
            worker.close()

    def _lacks(self) -> bool:
        return self._missing > 0 or (self._terms.spare and self._spare is None)

    def adopt(self, workers: Sequence[Worker]) -> None:
        """Take over children of the crew before, one after the other: orders go first."""
        threading.Thread(target=self._adopting, args=(workers,), name="engine-adopt", daemon=True).start()

    def _adopting(self, workers: Sequence[Worker]) -> None:
        for worker in workers:
            if not self._closed and self._lacks() and not self._taught(worker):
                self._hire()
            else:
                self._welcome(worker)

    def _taught(self, worker: Worker) -> bool:
        """Have a child load this crew's files; False: it is gone."""
        try:
            if worker.loads < WORN:
                worker.load(self._files, self._terms.oracle_share)
                return True
        except ChildFailed as error:
            log.error("An engine child failed: %s", error, extra={"action": "engine_child_failed"})
        worker.close()
        return False

    def close(self, heir: Crew | None = None) -> None:
        """End those that wait now, those at work when they come back; or let all go over to another crew."""
        with self._changed:
            self._heir = heir
            self._closed = True
            waiting = [*self._idle, *([self._spare] if self._spare else [])]
            self._idle, self._spare = [], None
            self._changed.notify_all()
        if heir is not None:
            heir.adopt(waiting)
            return
        for worker in waiting:
            worker.close()

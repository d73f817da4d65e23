"""An installation with nothing but dispatch: a database, a clock, destinations, and events that are told."""

from __future__ import annotations

import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orders.actor import SYSTEM
from orders.decision import canonical_bytes
from server.config import Settings
from server.db.database import Database
from server.db.migrate import migrate
from server.db.outlets import destinations, outbox
from server.db.outlets.outbox import Event
from server.db.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from server.db.store import Store

DATA_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


class ScaledClock:
    """A clock that runs ``scale`` times as fast as the world's."""

    def __init__(self, scale: float = 1.0) -> None:
        self._scale, self._begun = scale, time.monotonic()
        self._start, self._skipped = datetime.now(UTC), timedelta()  # noqa: TID251 - a benchmark measures

    def __call__(self) -> datetime:
        """Return the time, aware UTC."""
        return self._start + self._skipped + timedelta(seconds=(time.monotonic() - self._begun) * self._scale)

    def skip(self, span: timedelta) -> None:
        """Let a span pass in which nothing happens."""
        self._skipped += span


@dataclass(frozen=True)
class Installation:
    """What dispatch needs, and how the benchmark talks to it."""

    settings: Settings
    store: Store
    clock: ScaledClock
    wakers: list[Callable[[], None]] = field(default_factory=list)

    def destination(self, code: str, kind: str, url: str, rule: str, **settings: str) -> None:
        """Set a destination up that hears of accepted orders on which ``rule`` fired, or of ``any``."""
        told = [{"event": "order.accepted", "rule": rule}]
        wanted = destinations.Wanted(code, kind, url, settings, told, url=url, secrets=("",))
        with self.store.db.write() as conn:
            destinations.put(conn, self.store, code, wanted, actor=SYSTEM, now=self.clock())

    def tell(self, events: list[tuple[str, tuple[str, ...]]]) -> None:
        """Commit events of orders, each (number, codes of its flags), and wake whoever sends."""
        now = self.clock()
        with self.store.db.write() as conn:
            key = self.store.vault.subject_key(conn, "customer:bench", now)
            self.store.vault.keep(conn, key)
            for number, flags in events:
                sealed = self.store.vault.seal(key, canonical_bytes({"number": number, "lines": []}))
                payload: dict[str, Any] = {"event": "order.accepted", "order_id": number, "number": number}
                payload |= {"flags": list(flags), "holds": []}
                event = Event("order.accepted", number, f"{number}:order.accepted", payload, sealed, key.subject)
                outbox.add(conn, event, now, (outbox.WEBHOOKS,))
        for wake in self.wakers:
            wake()


@contextmanager
def installation(scale: float = 1.0) -> Iterator[Installation]:
    """Give an installation on a SQLite file of its own."""
    with tempfile.TemporaryDirectory(prefix="sluice-bench-", dir="/var/tmp") as home:
        url = f"sqlite:///{home}/sluice.db"
        migrate(url)
        clock = ScaledClock(scale)
        db = Database(url)
        try:
            store = open_store(db, [DATA_KEY], data_dir=Path(home), now=clock())
            settings = Settings(database_url=url, data_dir=Path(home), webhook_allow_private=True)
            yield Installation(settings, store, clock)
        finally:
            db.close()

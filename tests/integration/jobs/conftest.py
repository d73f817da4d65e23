"""What jobs and dispatch need, without the rules engine and the readers: a store, settings and a clock to turn."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from adapters.erp.stub import Server
from server.config import Settings
from tests import calls

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.db.store import Store


@dataclass
class Clock:
    """A clock that stands still until it is turned."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def turn(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Deps:
    settings: Settings
    store: Store
    clock: Callable[[], datetime]
    wakers: list = field(default_factory=list)

    def with_settings(self, **changed) -> Deps:
        return replace(self, settings=self.settings.model_copy(update=changed))


@pytest.fixture
def clock(now) -> Clock:
    return Clock(now)


@pytest.fixture
def deps(store, clock) -> Deps:
    """On both databases."""
    return Deps(Settings(webhook_allow_private=True, job_threads=4), store, clock)


@pytest.fixture
def sqlite_deps(sqlite_store, clock) -> Deps:
    """On SQLite alone, for what does not depend on the database."""
    return Deps(Settings(webhook_allow_private=True, job_threads=4), sqlite_store, clock)


class Erp:
    """The stub ERP on a thread."""

    def __init__(self, store: str) -> None:
        self.server = Server("127.0.0.1", 0, store)
        self.url = self.server.url
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def received(self) -> list[dict]:
        return calls.get(f"{self.url}/orders").json()["orders"]

    def control(self, **mood) -> None:
        calls.post(f"{self.url}/control", json=mood)

    def close(self) -> None:
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()


@pytest.fixture
def erp(tmp_path):
    server = Erp(str(tmp_path / "erp.db"))
    yield server
    server.close()

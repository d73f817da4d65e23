"""What all tests share: the order of the files, repeatable examples, and databases of a test's own.

Databases are real SQLite files and a throw-away PostgreSQL, each test with its own migrated copy.
"""

from __future__ import annotations

import base64
import os
import shutil
import sqlite3
import sys
import time
import uuid
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from sqlalchemy import create_engine, make_url
from xdist.scheduler import LoadFileScheduling

from tests import warm
from tests.servers import postgresql_cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from argon2 import PasswordHasher
    from sqlalchemy import Engine
    from xdist.remote import Producer

    from ocr.sandbox import Sandbox
    from rules.process.children import EnginePool
    from server.db.database import Database
    from server.db.store import Store

DATA_KEY = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
START = datetime(2026, 11, 22, 2, 15, tzinfo=UTC)  # 10:15 in Shanghai


FIRST = ("e2e/", "integration/machines/", "integration/ocr/", "integration/api/", "integration/rules/")
"""Where the long files are: begun first, so that none is left over when the others have ended."""

# The same examples in every run, so that a red test is this change's; `--hypothesis-profile wide` looks further.
# Nothing is timed: on a busy machine one slow example says nothing of the code.
UNTIMED = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow], "print_blob": True}
hypothesis.settings.register_profile("repeatable", max_examples=60, derandomize=True, **UNTIMED)
hypothesis.settings.register_profile("wide", max_examples=2000, **UNTIMED)
hypothesis.settings.load_profile("repeatable")


MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder of its own in it
ENOUGH_BYTES = 4 * 1024**3


def pytest_configure(config: pytest.Config) -> None:
    """Put the tests' folders into memory where there is room: SQLite waits for the disk at every commit.

    What is imported is kept compiled, for the processes that tests start: to compile it costs each of them seconds.
    """
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # noqa: TID251 - handed on to every process
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))  # noqa: TID251 - pytest has no option for it


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the folders of long files first; the order inside a file stays."""

    def rank(item: pytest.Item) -> int:
        return next((place for place, part in enumerate(FIRST) if part in item.nodeid), len(FIRST))

    items.sort(key=rank)


TOGETHER = ("tests/e2e/", "tests/integration/machines/", "tests/integration/ocr/")
"""Folders whose files share what is slow to start: an office with a browser, a broker, readers."""
APART = "tests/e2e/test_readme.py"
"""Starts everything for itself."""


class BySharing(LoadFileScheduling):
    """Gives each worker whole files, and the folders of ``TOGETHER`` whole."""

    def _split_scope(self, nodeid: str) -> str:
        whole = next((folder for folder in TOGETHER if nodeid.startswith(folder)), None)
        return whole if whole and not nodeid.startswith(APART) else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> BySharing:
    """Say who hands out the tests."""
    return BySharing(config, log)


@pytest.fixture
def data_key() -> str:
    return DATA_KEY


@pytest.fixture
def now() -> datetime:
    return START


@pytest.fixture(scope="session", autouse=True)
def production_passwords() -> tuple[PasswordHasher, str]:
    """Make passwords cheap here: each costs 0.3 s of CPU. Give back what production hashes and compares with."""
    from argon2 import PasswordHasher

    from server.db import people

    production = people._hasher, people._NOBODY
    people._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    people._NOBODY = people._hasher.hash("nobody's")
    return production


@pytest.fixture
def shipped_engine() -> EnginePool:
    """The session's engine of the shipped policies."""
    return warm.engine()


@pytest.fixture(scope="session")
def tesseract_reader() -> Sandbox:
    """The session's reader."""
    return warm.reader()


# --- SQLite ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from server.db.migrate import migrate

    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


def filled(url: str, home: Path, fill: Callable[[Store, datetime], object]) -> None:
    """Let ``fill`` write into a migrated database and leave it whole in its file, as a template for tests."""
    from server.db.database import Database
    from server.db.store import open_store

    db = Database(url)
    fill(open_store(db, [DATA_KEY], data_dir=home, now=START), START)
    db.close()
    if db.is_sqlite:
        with closing(sqlite3.connect(str(db.url.database))) as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite file of this test's own."""
    path = tmp_path / "sluice.db"
    shutil.copy(_sqlite_template, path)
    return f"sqlite:///{path}"


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL server of this test session."""
    with postgresql_cluster() as url:
        yield url
        _maintenance(url).dispose()


@cache
def _maintenance(server: str) -> Engine:
    """Return the engine whose one connection makes and drops the databases of all tests."""
    return create_engine(server, isolation_level="AUTOCOMMIT", pool_size=1)


def _maintain(server: str, statement: str) -> None:
    with _maintenance(server).connect() as conn:
        conn.exec_driver_sql(statement)


@pytest.fixture(scope="session")
def _postgresql_template(postgresql_server: str) -> str:
    from server.db.migrate import migrate

    _maintain(postgresql_server, "CREATE DATABASE sluice_template")
    migrate(make_url(postgresql_server).set(database="sluice_template").render_as_string(hide_password=False))
    return "sluice_template"


@pytest.fixture
def postgresql_url(postgresql_server: str, _postgresql_template: str) -> Iterator[str]:
    """A migrated PostgreSQL database of this test's own."""
    name = f"t_{uuid.uuid4().hex[:16]}"
    for attempt in range(5):  # the template must have no session left
        try:
            _maintain(postgresql_server, f"CREATE DATABASE {name} TEMPLATE {_postgresql_template}")
            break
        except Exception:
            if attempt == 4:
                raise
            time.sleep(0.2)
    yield make_url(postgresql_server).set(database=name).render_as_string(hide_password=False)
    _maintain(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


# --- both -----------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a migrated, empty database; every test that asks runs on both."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated, empty database, on both kinds."""
    from server.db.database import Database

    db = Database(database_url)
    yield db
    db.close()


@pytest.fixture
def store(database: Database, tmp_path: Path, now: datetime) -> Store:
    """The database with its vault."""
    from server.db.store import open_store

    return open_store(database, [DATA_KEY], data_dir=tmp_path / "data", now=now)


@pytest.fixture
def sqlite_store(sqlite_url: str, tmp_path: Path, now: datetime) -> Iterator[Store]:
    """A store on SQLite alone, for what does not depend on the database."""
    from server.db.database import Database
    from server.db.store import open_store

    db = Database(sqlite_url)
    yield open_store(db, [DATA_KEY], data_dir=tmp_path / "data", now=now)
    db.close()

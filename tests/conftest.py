"""Databases for tests: real SQLite files and a throw-away PostgreSQL, each test with its own migrated copy."""

from __future__ import annotations

import base64
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, make_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.db.database import Database
    from server.db.store import Store

DATA_KEY = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
START = datetime(2026, 11, 22, 2, 15, tzinfo=UTC)  # 10:15 in Shanghai


@pytest.fixture
def data_key() -> str:
    return DATA_KEY


@pytest.fixture
def now() -> datetime:
    return START


# --- SQLite ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from server.db.migrate import migrate

    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite file of this test's own."""
    path = tmp_path / "sluice.db"
    shutil.copy(_sqlite_template, path)
    return f"sqlite:///{path}"


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


def _binary(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    path = str(found[-1]) if found else shutil.which(name)
    if not path:
        pytest.fail(f"{name} is missing: install postgresql (Debian: apt-get install postgresql)", pytrace=False)
    return path


def _unprivileged() -> list[str]:
    """initdb and pg_ctl refuse root: run them as somebody else."""
    if os.geteuid() != 0:
        return []
    user = _somebody()
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _somebody() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.fail("neither the user postgres nor nobody exists", pytrace=False)


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def postgresql_cluster() -> Iterator[str]:
    """Run a PostgreSQL of its own; give the URL of its maintenance database."""
    home = Path(tempfile.mkdtemp(prefix="sluice-pg-", dir="/tmp"))
    if os.geteuid() == 0:
        user = _somebody()
        os.chown(home, user.pw_uid, user.pw_gid)
    data, port, prefix = home / "data", _free_port(), _unprivileged()
    environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": str(home)}

    def run(*command: str) -> None:
        subprocess.run([*prefix, *command], check=True, env=environment, stdout=subprocess.DEVNULL, cwd=home)

    try:
        run(_binary("initdb"), "-D", str(data), "-U", "sluice", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = (
            f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home} -c fsync=off "
            "-c full_page_writes=off -c max_connections=150 -c deadlock_timeout=200ms -c shared_buffers=64MB"
        )
        run(_binary("pg_ctl"), "-D", str(data), "-w", "-l", str(home / "log"), "-o", options, "start")
        try:
            yield f"postgresql+psycopg://sluice@127.0.0.1:{port}/postgres"
        finally:
            run(_binary("pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL server of this test session."""
    with postgresql_cluster() as url:
        yield url


def _maintain(server: str, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as conn:
            conn.exec_driver_sql(statement)
    finally:
        engine.dispose()


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

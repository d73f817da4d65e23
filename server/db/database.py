"""One database behind two verbs: ``read()`` and ``write()``; for the hot path `look` and `together` say the same.

Place in the order's way: under every step that stores or looks up. On SQLite there is one writing connection
(BEGIN IMMEDIATE: a deferred one that upgrades fails under load), WAL, and synchronous=FULL, so that an acknowledged
order survives a power cut. On PostgreSQL writes are READ COMMITTED transactions. Reading connections cannot write.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, create_engine, event, exc, make_url
from sqlalchemy.dialects import postgresql, sqlite

from server.db import inbox
from server.db.group import GroupWriter
from server.db.kept import KeptConnections
from server.db.share import Share, script
from server.db.statement import execute
from server.db.steps import run, run_at_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection, Engine

    from server.db.inbox import Posted
    from server.db.steps import Step

BUSY_TIMEOUT_S = 30
IDLE_PING_S = 5.0
"""A pooled PostgreSQL connection idle for longer is pinged before use: a restarted server costs nobody an error."""


class Database:
    """A pool of readers and of writers on one database. Usable from many threads."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = _normal(url)
        self.dialect = self.url.get_backend_name()
        self.is_sqlite = self.dialect == "sqlite"
        make = _sqlite_engine if self.is_sqlite else _postgresql_engine
        self.writer: Engine = make(self.url, write=True, pool_size=pool_size)
        self.reader: Engine = make(self.url, write=False, pool_size=pool_size)
        self._kept = KeptConnections(self.reader)
        self._group = GroupWriter(self._write_shares)
        self._posts = GroupWriter(self._write_posts)
        self._at_once = KeptConnections(self.writer.execution_options(isolation_level="AUTOCOMMIT"))

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that can only read."""
        with self.reader.connect() as conn:
            yield conn

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a transaction: commits when the block ends, rolls back when it raises."""
        with self.writer.begin() as conn:
            yield conn

    def look(self) -> Connection:
        """Return this thread's own reading connection, for `Statement` only: it costs no way to the pool and back."""
        return self._kept.mine()

    def together(self, share: Share) -> None:
        """Write what a new order brings, in a transaction with what other threads bring at the same moment.

        Returns once that is durable. Raises Missed or SQLAlchemy's DBAPIError and its kinds, nothing of it written.
        """
        self._group.run(share)

    def post(self, posted: Posted) -> None:
        """Put a platform's call into the inbox; on SQLite in a transaction with those of other threads.

        Returns once that is durable. Raises the driver's error, or SQLAlchemy's name for it, with nothing written.
        """
        if self.is_sqlite:
            self._posts.run(posted)
        else:
            inbox.keep_at_once(self._at_once.mine(), posted)

    def _write_posts(self, posts: Sequence[Posted]) -> None:
        kept = self.writer.raw_connection()  # on the driver itself: one call's row is one statement
        try:
            cursor = kept.cursor()
            if len(posts) > 1:
                cursor.execute("BEGIN IMMEDIATE")
            for posted in posts:
                inbox.keep(cursor, self.dialect, posted)
            if len(posts) > 1:
                cursor.execute("COMMIT")
        finally:
            kept.close()  # the pool rolls back what did not come to its end

    def _write_shares(self, shares: Sequence[Share]) -> None:
        self._run(script(self.dialect, shares))

    def _run(self, steps: Sequence[Step]) -> None:
        if self.is_sqlite:
            with self.write() as conn:
                run(conn, steps)
        else:
            run_at_once(self._at_once.mine(), steps)

    def close(self) -> None:
        """Close every pooled connection."""
        self._kept.close()
        self._at_once.close()
        self.reader.dispose()
        self.writer.dispose()


def insert_for(conn: Connection) -> Callable[..., Any]:
    """Return the dialect's own INSERT, which knows ON CONFLICT."""
    return sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert


def _normal(url: str) -> URL:
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername == "sqlite":
        return parsed.set(drivername="sqlite+pysqlite")
    return parsed


def _sqlite_engine(url: URL, *, write: bool, pool_size: int) -> Engine:
    if not url.database or url.database == ":memory:":
        raise ValueError("SQLite needs a file: the readers could not see an in-memory database")
    Path(url.database).resolve().parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False, "cached_statements": 512},
        pool_size=1 if write else pool_size,  # the pool of one is the in-process writer lock
        max_overflow=0 if write else pool_size,
        pool_timeout=60,
        hide_parameters=True,  # an error's text goes to the log
        # The driver must not open transactions of its own; `_begin` says BEGIN.
        isolation_level="AUTOCOMMIT" if not write else None,
    )
    event.listen(engine, "connect", _sqlite_reader_pragmas if not write else _sqlite_writer_pragmas)
    if write:
        event.listen(engine, "begin", _begin_immediate)
    return engine


def _sqlite_writer_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-32000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_reader_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA cache_size=-32000")
    cursor.execute("PRAGMA query_only=ON")
    cursor.close()


def _begin_immediate(conn: Connection) -> None:
    execute(conn, "BEGIN IMMEDIATE", {}).close()


def _postgresql_engine(url: URL, *, write: bool, pool_size: int) -> Engine:
    options = "-c timezone=UTC -c default_transaction_isolation=read\\ committed"
    options += "" if write else " -c default_transaction_read_only=on"
    engine = create_engine(
        url,
        connect_args={"options": options, "connect_timeout": 10, "prepare_threshold": 2},
        isolation_level="READ COMMITTED" if write else "AUTOCOMMIT",
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=60,
        hide_parameters=True,  # an error's text goes to the log
    )
    event.listen(engine, "checkin", _note_idle)
    event.listen(engine, "checkout", _ping_idle)
    return engine


def _note_idle(_connection: object, record: Any) -> None:
    record.info["idle_since"] = time.monotonic()


def _ping_idle(connection: Any, record: Any, _proxy: object) -> None:
    if time.monotonic() - record.info.get("idle_since", time.monotonic()) < IDLE_PING_S:
        return
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT 1")
        connection.rollback()
    except Exception as gone:
        raise exc.DisconnectionError from gone

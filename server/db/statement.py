"""One SQL text for both databases, run on the driver itself: what the hot path is written in.

Place in the order's way: under context and commit, where SQLAlchemy's expressions and results would cost more than
the database. ``:name`` is a parameter; ``IN LIST :name`` takes a sequence. Rows are tuples with names; times and JSON
come as the driver gives them, read them with `as_time` and `as_json`. Errors are SQLAlchemy's, as everywhere.
"""

from __future__ import annotations

import json
import re
from collections import namedtuple
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError

from server.db.tables import utc_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

_LIST = re.compile(r"IN LIST :(\w+)")
_NAME = re.compile(r"(?<![:\w]):(\w+)")


class Statement:
    """A text with named parameters; ``postgresql`` replaces it where the dialects differ."""

    def __init__(self, text: str, postgresql: str | None = None) -> None:
        self._sqlite = _LIST.sub(r"IN (SELECT value FROM json_each(:\1))", text)
        told = _LIST.sub(r"= ANY(:\1)", postgresql or text).replace("%", "%%")
        self._postgresql = _NAME.sub(r"%(\1)s", told)
        self._names = frozenset(_NAME.findall(text))
        self._make: Callable[[Any], Any] | None = None

    def all(self, conn: Connection, params: Mapping[str, Any]) -> list[Any]:
        """Return every row."""
        cursor = self._execute(conn, params)
        found = cursor.fetchall()
        make = self._make or self._row_of(cursor)
        cursor.close()
        return [make(row) for row in found]

    def first(self, conn: Connection, params: Mapping[str, Any]) -> Any:
        """Return the first row or None."""
        cursor = self._execute(conn, params)
        found = cursor.fetchone()
        make = self._make or self._row_of(cursor)
        cursor.close()
        return None if found is None else make(found)

    def count(self, conn: Connection, params: Mapping[str, Any]) -> int:
        """Return how many rows a change has met."""
        cursor = self._execute(conn, params)
        met = int(cursor.rowcount)
        cursor.close()
        return met

    def told(self, dialect: str, params: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        """Return text and parameters as the dialect's driver takes them."""
        if dialect == "sqlite":
            return self._sqlite, {name: as_sqlite(params[name]) for name in self._names}
        return self._postgresql, params

    def _execute(self, conn: Connection, params: Mapping[str, Any]) -> Any:
        return execute(conn, *self.told(conn.dialect.name, params))

    def _row_of(self, cursor: Any) -> Callable[[Any], Any]:
        row: Any = namedtuple("Row", [column[0] for column in cursor.description])  # type: ignore[misc]
        make: Callable[[Any], Any] = row._make
        self._make = make
        return make


def execute(conn: Connection, sql: str, params: Any, *, many: bool = False) -> Any:
    """Run a statement on the driver's cursor and return the cursor. Raises SQLAlchemy's DBAPIError and its kinds."""
    cursor = conn.connection.cursor()
    try:
        if many:
            cursor.executemany(sql, params)
        else:
            cursor.execute(sql, params)
    except conn.dialect.loaded_dbapi.Error as trouble:
        raise _translated(conn, cursor, sql, trouble) from trouble
    return cursor


def execute_at_once(
    conn: Connection, statements: Sequence[tuple[str, Any]], explain: Callable[[Any, int], Exception | None]
) -> None:
    """Send a whole transaction to PostgreSQL without waiting for the answer of any statement.

    ``conn`` is a connection in autocommit. ``explain`` is asked about an error and the place of its statement: what it
    returns is raised. Else raises SQLAlchemy's DBAPIError and its kinds. Nothing is written then.
    """
    driver: Any = conn.connection.driver_connection
    sent: list[Any] = []
    try:
        with driver.pipeline():
            driver.execute("BEGIN", prepare=False)
            for sql, params in statements:
                sent.append(driver.cursor())
                sent[-1].execute(sql, params)
            driver.execute("COMMIT", prepare=False)
    except conn.dialect.loaded_dbapi.Error as trouble:
        at = next((place for place, cursor in enumerate(sent) if cursor.pgresult is None), 0)
        told = explain(trouble, at) or _translated(conn, None, statements[at][0], trouble)
        if not conn.invalidated:
            driver.rollback()
        raise told from trouble


def _translated(conn: Connection, cursor: Any, sql: str, trouble: Any) -> Any:
    """Return SQLAlchemy's name for a driver's error; a connection that is gone is given up."""
    gone = conn.dialect.is_disconnect(trouble, conn.connection, cursor)
    if gone:
        conn.invalidate(trouble)
    kind = conn.dialect.loaded_dbapi.Error
    return DBAPIError.instance(sql, None, trouble, kind, connection_invalidated=gone, dialect=conn.dialect)


def as_sqlite(value: Any) -> Any:
    """Write a parameter as SQLite takes it; what is so already stays."""
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, (list, tuple)):
        return json.dumps(value)
    return value


def as_time(value: Any) -> datetime:
    """Read a time as either driver gives it."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def as_bytes(value: Any) -> bytes:
    """Read bytes as either driver gives them, or as PostgreSQL writes them in JSON."""
    return bytes.fromhex(value[2:]) if isinstance(value, str) else bytes(value)


def as_json(value: Any) -> Any:
    """Read a JSON column as either driver gives it."""
    return json.loads(value) if isinstance(value, (str, bytes)) else value

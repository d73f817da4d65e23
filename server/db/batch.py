"""A batch: the rows of one order, table by table, written in as few round trips as the database allows.

Place in the order's way: the first statement of the commit. SQLite runs inside this process: one prepared INSERT a
table. PostgreSQL gets all tables in ONE statement, each table's rows as one JSON parameter.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import LargeBinary

from server.db.statement import execute
from server.db.tables import metadata, utc_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

ALONE_BYTES = 16_384
"""Rows with more bytes than this go in a statement of their own: hexadecimal in JSON would double them."""

MOST_CELLS = 30_000
"""Parameters of one statement; SQLite takes 32,766."""

Row = dict[str, Any]


class Batch:
    """Rows to insert. All rows of one table name the same columns; tables are written in the order they came."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {}

    def add(self, table: str, *rows: Row) -> None:
        """Add rows of ``table``."""
        if rows:
            self.rows.setdefault(table, []).extend(rows)

    def write(self, conn: Connection) -> None:
        """Insert everything. Raises IntegrityError."""
        if conn.dialect.name == "sqlite":
            self._write_sqlite(conn)
        else:
            self._write_postgresql(conn)

    def _write_sqlite(self, conn: Connection) -> None:
        told: dict[datetime, str] = {}  # most times of an order are one and the same
        for table, rows in self.rows.items():
            for part in _parts(rows, MOST_CELLS // len(rows[0])):
                statement = _sqlite_insert(table, tuple(part[0]), len(part))
                execute(conn, statement, [_sqlite_cell(value, told) for row in part for value in row.values()]).close()

    def _write_postgresql(self, conn: Connection) -> None:
        alone = [table for table, rows in self.rows.items() if _is_large(table, rows)]
        for table in alone:
            conn.execute(metadata.tables[table].insert(), self.rows[table])
        together = {table: rows for table, rows in self.rows.items() if table not in alone}
        shape = tuple((table, tuple(rows[0])) for table, rows in together.items())
        params = {table: orjson.dumps(rows, default=_hex).decode() for table, rows in together.items()}
        execute(conn, _postgresql_insert(shape), params).close()


_BYTES = {
    table.name: [column.name for column in table.c if isinstance(column.type, LargeBinary)]
    for table in metadata.tables.values()
}


def _is_large(table: str, rows: list[Row]) -> bool:
    return any(len(row.get(name) or b"") > ALONE_BYTES for name in _BYTES[table] for row in rows)


def _hex(value: object) -> str:
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    raise TypeError(type(value))


def _parts(rows: list[Row], size: int) -> Iterable[list[Row]]:
    return [rows] if len(rows) <= size else [rows[at : at + size] for at in range(0, len(rows), size)]


def _sqlite_cell(value: Any, told: dict[datetime, str]) -> Any:
    kind = type(value)
    if kind is datetime:
        return told.get(value) or told.setdefault(value, utc_text(value))
    return orjson.dumps(value).decode() if kind is list or kind is dict else value


@lru_cache(maxsize=512)
def _sqlite_insert(table: str, columns: tuple[str, ...], count: int) -> str:
    marks = f"({', '.join('?' * len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([marks] * count)}"  # noqa: S608 - names of our own tables


@lru_cache(maxsize=256)
def _postgresql_insert(shape: Iterable[tuple[str, tuple[str, ...]]]) -> str:
    parts = [_postgresql_part(table, columns) for table, columns in shape]
    return f"WITH {', '.join(parts)} SELECT 1"


def _postgresql_part(table: str, columns: tuple[str, ...]) -> str:
    named = ", ".join(f'"{column}"' for column in columns)
    return (
        f"w_{table} AS (INSERT INTO {table} ({named}) SELECT {named} "  # noqa: S608 - names of our own tables
        f"FROM json_populate_recordset(NULL::{table}, %({table})s::json))"
    )

"""A batch: the rows of new orders, table by table, written in as few round trips as the database allows.

Place in the order's way: the first statement of the commit. SQLite runs inside this process: one prepared INSERT a
table. PostgreSQL gets all tables in ONE statement, each table's rows as one JSON parameter.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import LargeBinary

from server.db.steps import Step
from server.db.tables import metadata, utc_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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

    def steps(self, dialect: str) -> list[Step]:
        """Return what inserts everything."""
        return self._for_sqlite() if dialect == "sqlite" else self._for_postgresql()

    def _for_sqlite(self) -> list[Step]:
        told: dict[datetime, str] = {}  # most times of an order are one and the same
        return [
            Step(
                table,
                _sqlite_insert(table, tuple(part[0]), len(part)),
                [_sqlite_cell(value, told) for row in part for value in row.values()],
            )
            for table, rows in self.rows.items()
            for part in _parts(rows, MOST_CELLS // len(rows[0]))
        ]

    def _for_postgresql(self) -> list[Step]:
        alone = {table: rows for table, rows in self.rows.items() if _is_large(table, rows)}
        together = {table: rows for table, rows in self.rows.items() if table not in alone}
        shape = tuple((table, tuple(rows[0])) for table, rows in together.items())
        params = {table: orjson.dumps(rows, default=_hex).decode() for table, rows in together.items()}
        large = [
            Step(table, _postgresql_row(table, tuple(row)), {name: _postgresql_cell(row[name]) for name in row})
            for table, rows in alone.items()
            for row in rows
        ]
        return [*large, Step("rows", _postgresql_insert(shape), params)]


def merged(batches: Sequence[Batch]) -> Batch:
    """Return one batch of all rows; what refers to another row still comes behind it."""
    if len(batches) == 1:
        return batches[0]
    whole = Batch()
    for batch in batches:
        for table, rows in batch.rows.items():
            whole.add(table, *rows)
    return whole


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


def _postgresql_cell(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, (list, dict)) else value


@lru_cache(maxsize=64)
def _postgresql_row(table: str, columns: tuple[str, ...]) -> str:
    named, marks = (", ".join(form.format(name) for name in columns) for form in ('"{}"', "%({})s"))
    return f"INSERT INTO {table} ({named}) VALUES ({marks})"  # noqa: S608 - names of our own tables


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

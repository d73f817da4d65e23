"""What one order writes: the very rows, captured from PostgreSQL, as a plan that can be written again with fresh ids.

The rival of `bench/orders.py` inserts exactly these. Every id of the captured order is found again wherever it stands,
in foreign keys and inside JSON, and its tail is replaced by a serial.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import UniqueConstraint, create_engine, select

from server.db.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Column, Connection, Table

TAIL = 14
"""Characters of an id that the serial replaces."""

Snapshot = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Pieces:
    """A text with the serial in it, once or more often."""

    parts: tuple[str, ...]

    def with_serial(self, serial: str) -> str:
        """Return the text for one order."""
        return serial.join(self.parts)


@dataclass(frozen=True)
class TableRows:
    """The rows for one table; `Pieces` stand where an id does."""

    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def snapshot(url: str) -> Snapshot:
    """Read every row of every table."""
    engine = create_engine(url)
    with engine.connect() as conn:
        rows = {table.name: _all(conn, table) for table in metadata.sorted_tables}
    engine.dispose()
    return rows


def _all(conn: Connection, table: Table) -> list[dict[str, Any]]:
    return [dict(row) for row in conn.execute(select(table)).mappings()]


def plan(before: Snapshot, after: Snapshot) -> list[TableRows]:
    """Return what came in between, in the order of the foreign keys, ids replaceable."""
    fresh = {name: _new(metadata.tables[name], before[name], rows) for name, rows in after.items()}
    ids = _ids(before, fresh)
    return [_table_rows(table, fresh[table.name], ids) for table in metadata.sorted_tables if fresh[table.name]]


def _new(table: Table, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[dict[str, Any]]:
    def name(row: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(row[column.name] for column in table.primary_key)

    known = {name(row) for row in before}
    return [row for row in after if name(row) not in known]


def _ids(before: Snapshot, fresh: Snapshot) -> list[str]:
    """Return the texts that must differ between two orders; one that holds another is not needed."""
    found: set[str] = set()
    for name, rows in fresh.items():
        for column in _unique_columns(metadata.tables[name]):
            old = {row[column] for row in before[name]}
            found |= {row[column] for row in rows if isinstance(row[column], str)} - old
    long = {text for text in found if len(text) >= TAIL}
    return sorted(text for text in long if not any(other in text for other in long if other != text))


def _unique_columns(table: Table) -> set[str]:
    sets: list[Iterable[Column[Any]]] = [table.primary_key.columns]
    sets += [item.columns for item in table.constraints if isinstance(item, UniqueConstraint)]
    sets += [index.columns for index in table.indexes if index.unique]
    return {column.name for columns in sets for column in columns}


def _table_rows(table: Table, rows: list[dict[str, Any]], ids: list[str]) -> TableRows:
    columns = tuple(column.name for column in table.columns if column is not table.autoincrement_column)
    return TableRows(table.name, columns, tuple(tuple(_cell(row[name], ids) for name in columns) for row in rows))


def _cell(value: Any, ids: list[str]) -> Any:
    if not isinstance(value, str):
        return value
    for text in ids:
        value = value.replace(text, text[:-TAIL] + "\0")
    parts = tuple(value.split("\0"))
    return Pieces(parts) if len(parts) > 1 else value

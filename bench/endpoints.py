"""The rivals of `POST /v1/orders`: a bare Flask endpoint, and one that inserts the rows which Sluice would write.

Both run under the same gunicorn. They parse the JSON and answer 201, nothing more: no checks, no rules, no look-ups.
The insert is as fast as its database allows with the same durability: all cells but the ids are prepared; on PostgreSQL
one statement and one commit an order, on SQLite (where no statement writes to several tables) one transaction.
"""

from __future__ import annotations

import itertools
import os
import pickle
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from flask import Flask, jsonify, request
from sqlalchemy import make_url
from sqlalchemy.dialects import postgresql, sqlite

from bench.rows import TAIL, Pieces
from server.db.tables import metadata

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy import Dialect

    from bench.rows import TableRows


def bare() -> Flask:
    """Return an application that parses and answers."""
    return _application(lambda _serial: None, lambda: None)


def insert(plan_file: str, url: str) -> Flask:
    """Return an application that also writes the planned rows to the database at ``url``."""
    plan: list[TableRows] = pickle.loads(Path(plan_file).read_bytes())  # noqa: S301 - written by bench/orders.py just now
    return _application(*(_sqlite(plan, url) if url.startswith("sqlite") else _postgresql(plan, url)))


Writer = tuple[Callable[[str], None], Callable[[], None]]
"""What writes one order, and what closes the database."""


def _application(write: Callable[[str], None], close: Callable[[], None]) -> Flask:
    app = Flask("rival")
    app.extensions["close"] = close
    serials = itertools.count(1)
    process = f"{os.getpid() % 4096:03x}{time.time_ns() // 1_000_000 % 16**5:05x}"

    @app.post("/v1/orders")
    def post_order() -> tuple[Response, int]:
        order = request.get_json()
        serial = f"{process}{next(serials):0{TAIL - len(process)}x}"
        write(serial)
        return jsonify(id=serial, number=order["number"]), 201

    return app


def _sqlite(plan: list[TableRows], url: str) -> Writer:
    connection = sqlite3.connect(str(make_url(url).database), isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-32000"):
        connection.execute(f"PRAGMA {pragma}")
    dialect: Dialect = sqlite.dialect()
    statements = [(_insert_sql(rows, "?"), _cells([rows], dialect)) for rows in plan]
    one_writer = threading.Lock()

    def write(serial: str) -> None:
        with one_writer:
            connection.execute("BEGIN IMMEDIATE")
            for statement, cells in statements:
                connection.execute(statement, _values(cells, serial))
            connection.execute("COMMIT")

    return write, connection.close


def _postgresql(plan: list[TableRows], url: str) -> Writer:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    *first, last = [_insert_sql(rows, "%s") for rows in plan]
    within = ", ".join(f"part{place} AS ({statement})" for place, statement in enumerate(first))
    statement = (f"WITH {within} " if within else "") + last
    dialect: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    cells = _cells(plan, dialect)
    own = threading.local()
    opened: list[psycopg.Connection[Any]] = []

    def write(serial: str) -> None:
        if not hasattr(own, "connection"):
            own.connection = psycopg.connect(address, autocommit=True, prepare_threshold=1)
            opened.append(own.connection)
        own.connection.execute(statement, _values(cells, serial))

    def close() -> None:
        for connection in opened:
            connection.close()

    return write, close


def _insert_sql(rows: TableRows, mark: str) -> str:
    marks = f"({', '.join([mark] * len(rows.columns))})"
    columns = ", ".join(f'"{name}"' for name in rows.columns)
    return f'INSERT INTO "{rows.table}" ({columns}) VALUES {", ".join([marks] * len(rows.rows))}'  # noqa: S608 - our own tables


def _cells(plan: list[TableRows], dialect: Dialect) -> list[Any]:
    """Return all cells in the order of the marks, as the driver wants them."""
    found: list[Any] = []
    for rows in plan:
        columns = metadata.tables[rows.table].c
        prepare = [columns[name].type.dialect_impl(dialect).bind_processor(dialect) for name in rows.columns]
        for row in rows.rows:
            for cell, process in zip(row, prepare, strict=True):
                found.append(cell if isinstance(cell, Pieces) or process is None else process(cell))
    return found


def _values(cells: list[Any], serial: str) -> list[Any]:
    return [cell.with_serial(serial) if type(cell) is Pieces else cell for cell in cells]

"""The rivals of `POST /v1/hooks/{channel}`: one that only answers, one that also stores the raw body, once, durably."""

from __future__ import annotations

import sqlite3
import threading
import time
from typing import TYPE_CHECKING, Any

import psycopg
from flask import Flask, Response, request
from sqlalchemy import make_url

if TYPE_CHECKING:
    from collections.abc import Callable

_TABLE = "CREATE TABLE IF NOT EXISTS raw (id text, body {blob}, at double precision)"


def bare() -> Flask:
    """Return an application that reads the body and answers."""
    return _application(lambda _id, _body: None)


def kept(url: str) -> Flask:
    """Return an application that stores the body in one row: as durable as Sluice, no check, no seal, no second row."""
    return _application(_sqlite(url) if url.startswith("sqlite") else _postgresql(url))


def _application(keep: Callable[[str, bytes], None]) -> Flask:
    app = Flask("rival")

    @app.post("/v1/hooks/<channel>")
    def post_hook(channel: str) -> Response:
        keep(f"{channel}:{request.headers['webhook-id']}", request.get_data())
        return Response('{"code":0}', status=202, mimetype="application/json")

    return app


def _sqlite(url: str) -> Callable[[str, bytes], None]:
    connection = sqlite3.connect(str(make_url(url).database), isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(_TABLE.format(blob="blob"))
    one_writer = threading.Lock()

    def keep(own: str, body: bytes) -> None:
        with one_writer:
            connection.execute("INSERT INTO raw VALUES (?, ?, ?)", (own, body, time.time()))

    return keep


def _postgresql(url: str) -> Callable[[str, bytes], None]:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    own = threading.local()

    def connection() -> psycopg.Connection[Any]:
        if not hasattr(own, "connection"):
            own.connection = psycopg.connect(address, autocommit=True)
        found: psycopg.Connection[Any] = own.connection
        return found

    with psycopg.connect(address, autocommit=True) as first:
        first.execute("SELECT pg_advisory_lock(1)")
        first.execute(_TABLE.format(blob="bytea"))

    def keep(own_id: str, body: bytes) -> None:
        connection().execute("INSERT INTO raw VALUES (%s, %s, %s)", (own_id, body, time.time()), prepare=True)

    return keep

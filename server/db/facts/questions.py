"""Questions: several queries that PostgreSQL answers in one round trip.

Place in the order's way: under the context, where a trip to the server costs more than most of its queries. SQLite runs
in this process and is asked one query after the other. Rows have names; times, bytes and JSON are read with `as_time`,
`as_bytes` and `as_json`, since PostgreSQL tells them in JSON.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from server.db.statement import Statement, as_sqlite

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection


class Questions:
    """Queries by name; each is a text for both databases, or one for each where the dialects differ."""

    def __init__(self, queries: Mapping[str, str | tuple[str, str]]) -> None:
        pairs = {name: (text, text) if isinstance(text, str) else text for name, text in queries.items()}
        self._each = {name: Statement(text) for name, (text, _) in pairs.items()}
        answers = (f"(SELECT json_agg(q) FROM ({text}) AS q) AS {name}" for name, (_, text) in pairs.items())  # noqa: S608
        self._at_once = Statement("", "SELECT " + ", ".join(answers))

    def ask(self, conn: Connection, params: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Return the rows of every query, in its own order. All queries take their parameters from ``params``."""
        if conn.dialect.name == "sqlite":
            plain = {name: as_sqlite(value) for name, value in params.items()}  # once for all queries
            return {name: statement.all(conn, plain) for name, statement in self._each.items()}
        told = self._at_once.first(conn, params)
        return {name: [SimpleNamespace(**row) for row in getattr(told, name) or ()] for name in self._each}

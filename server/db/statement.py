"""One SQL text for both databases, run by the driver itself: what the hot path is written in.

Place in the order's way: under context and commit, where SQLAlchemy's expression language would cost more than the
database. ``:name`` is a parameter; ``IN LIST :name`` takes a sequence;
Rows come back as the driver gives them: times and JSON through `as_time` and `as_json`.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from server.db.tables import utc_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, CursorResult

_LIST = re.compile(r"IN LIST :(\w+)")
_NAME = re.compile(r"(?<![:\w]):(\w+)")


class Statement:
    """A text with named parameters; ``postgresql`` replaces it where the dialects differ."""

    def __init__(self, text: str, postgresql: str | None = None) -> None:
        self._sqlite = _LIST.sub(r"IN (SELECT value FROM json_each(:\1))", text)
        told = _LIST.sub(r"= ANY(:\1)", postgresql or text).replace("%", "%%")
        self._postgresql = _NAME.sub(r"%(\1)s", told)

    def run(self, conn: Connection, params: Mapping[str, Any]) -> CursorResult[Any]:
        """Execute once."""
        if conn.dialect.name == "sqlite":
            return conn.exec_driver_sql(self._sqlite, {name: _sqlite(value) for name, value in params.items()})
        return conn.exec_driver_sql(self._postgresql, dict(params))

    def all(self, conn: Connection, params: Mapping[str, Any]) -> Sequence[Any]:
        """Return every row."""
        return self.run(conn, params).all()

    def first(self, conn: Connection, params: Mapping[str, Any]) -> Any:
        """Return the first row or None."""
        return self.run(conn, params).first()


def _sqlite(value: Any) -> Any:
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, (list, tuple)):
        return json.dumps(value)
    return value


def as_time(value: Any) -> datetime:
    """Read a time as either driver gives it."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def as_json(value: Any) -> Any:
    """Read a JSON column as either driver gives it."""
    return json.loads(value) if isinstance(value, (str, bytes)) else value

"""Pages of a list: an opaque cursor over a stable order, so that nothing is skipped or shown twice.

Place in the order's way: every list that is read.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import literal, tuple_

from orders.errors import SenderError
from server.db.tables import Utc, utc_text

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Select

MAX_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows and where the next ones start; ``next_cursor`` is None at the end."""

    rows: tuple[dict[str, Any], ...]
    next_cursor: str | None = None

    @property
    def has_more(self) -> bool:
        """Say whether there are further rows."""
        return self.next_cursor is not None


def take(
    conn: Connection,
    query: Select[Any],
    keys: tuple[ColumnElement[Any], ...],
    limit: int,
    after: str | None,
    *,
    newest: bool,
) -> Page:
    """Run ``query`` from ``after`` on, sorted by ``keys``. Raises SenderError for a cursor that is not ours."""
    limit = max(1, min(limit, MAX_LIMIT))
    if after:
        edge = tuple_(*_edge(after, keys))
        query = query.where(tuple_(*keys) < edge if newest else tuple_(*keys) > edge)
    ordered = query.order_by(*(key.desc() if newest else key for key in keys)).limit(limit + 1)
    rows = [dict(row) for row in conn.execute(ordered).mappings()]
    if len(rows) <= limit:
        return Page(tuple(rows))
    last = rows[limit - 1]
    return Page(tuple(rows[:limit]), _cursor([last[str(key.key)] for key in keys]))


def _cursor(values: list[Any]) -> str:
    told = [utc_text(value) if hasattr(value, "tzinfo") else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")


def _edge(cursor: str, keys: tuple[ColumnElement[Any], ...]) -> list[Any]:
    """Read a cursor back; it comes from outside, so nothing of it is trusted."""
    try:
        told = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(told, list) or len(told) != len(keys):
            raise ValueError(cursor)
        return [literal(_value(value, key), key.type) for value, key in zip(told, keys, strict=True)]
    except (binascii.Error, ValueError, TypeError, RecursionError) as wrong:
        raise SenderError("The cursor is not one of ours", "游标无效，请从第一页重新查询", code="bad_cursor") from wrong


def _value(value: Any, key: ColumnElement[Any]) -> Any:
    if isinstance(key.type, Utc):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError(value)
        return moment
    if isinstance(value, bool) or not isinstance(value, key.type.python_type):
        raise TypeError(value)
    if isinstance(value, str) and not (value.isprintable() or not value):
        raise ValueError(value)
    if isinstance(value, int) and abs(value) >= 2**63:
        raise ValueError(value)
    return value

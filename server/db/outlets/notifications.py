"""In-app notifications: a line for a role or a person, made from an event exactly once.

Place in the order's way: dispatch writes them in the transaction that marks the message sent; the screens show them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from server.db.tables import notifications

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection


def add(conn: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Store notifications; one that has the idempotency key of an earlier one changes nothing."""
    make = (sqlite if conn.dialect.name == "sqlite" else postgresql).insert
    if rows:
        conn.execute(make(notifications).on_conflict_do_nothing(index_elements=["idempotency_key"]), list(rows))


def list_of(
    conn: Connection, recipients: Sequence[str], *, unread: bool = False, limit: int = 50, after: str | None = None
) -> list[dict[str, Any]]:
    """Return what was told to these roles and people, newest first; ``after`` is the last id of the page before."""
    query = (
        select(notifications)
        .where(notifications.c.recipient.in_(recipients))
        .order_by(notifications.c.id.desc())
        .limit(limit)
    )
    if unread:
        query = query.where(notifications.c.read_at.is_(None))
    if after is not None:
        query = query.where(notifications.c.id < after)
    return [dict(row) for row in conn.execute(query).mappings()]


def mark_read(conn: Connection, notification_id: str, recipients: Sequence[str], now: datetime) -> bool:
    """Note that a notification was read. False if it is not for these recipients or was read before."""
    mine = (
        notifications.c.id == notification_id,
        notifications.c.recipient.in_(recipients),
        notifications.c.read_at.is_(None),
    )
    return conn.execute(update(notifications).where(*mine).values(read_at=now)).rowcount == 1

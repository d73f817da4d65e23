"""How each person wants to be told: on the screen, at WeCom, both or neither.

Place in the order's way: dispatch asks when it tells people; the screen keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from server.db.database import insert_for
from server.db.tables import notice_preferences, notifications

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Preference:
    """Where to tell a person; ``mention`` is the person's own id at WeCom. Without a choice: on the screen."""

    in_app: bool = True
    wecom: bool = False
    mention: str = ""


def of(conn: Connection, users: Collection[str]) -> dict[str, Preference]:
    """Return the choices of those who made one, by user."""
    if not users:
        return {}
    query = select(notice_preferences).where(notice_preferences.c.user_id.in_(list(users)))
    return {row.user_id: Preference(row.in_app, row.wecom, row.mention) for row in conn.execute(query)}


def keep(conn: Connection, user_id: str, wanted: Preference, now: datetime) -> None:
    """Keep a person's choice."""
    values = {"in_app": wanted.in_app, "wecom": wanted.wecom, "mention": wanted.mention, "updated_at": now}
    adding = insert_for(conn)(notice_preferences).values({"user_id": user_id, **values})
    conn.execute(adding.on_conflict_do_update(index_elements=["user_id"], set_=values))


def unread(conn: Connection, recipients: Sequence[str]) -> int:
    """Return how many notices to these recipients nobody has read."""
    query = select(func.count()).where(notifications.c.recipient.in_(recipients), notifications.c.read_at.is_(None))
    return int(conn.execute(query).scalar_one())


def read_all(conn: Connection, recipients: Sequence[str], now: datetime) -> int:
    """Mark every notice to these recipients as read; return how many."""
    mine = notifications.c.recipient.in_(recipients) & notifications.c.read_at.is_(None)
    return conn.execute(update(notifications).where(mine).values(read_at=now)).rowcount

"""Sessions of the screens that somebody ended: a copy of their cookie opens nothing any more.

Place in the order's way: none. The cookie itself holds the session; only the ended ones have a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, insert, select

from server.db.tables import ended_sessions

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


def end(conn: Connection, session_id: str, ends_at: datetime) -> None:
    """End a session; ``ends_at``: when the last of its cookies runs out by itself."""
    if not has_ended(conn, session_id):
        conn.execute(insert(ended_sessions).values(id=session_id, ends_at=ends_at))


def has_ended(conn: Connection, session_id: str) -> bool:
    """Say whether somebody ended the session."""
    return bool(conn.execute(select(exists().where(ended_sessions.c.id == session_id))).scalar())


def forget_old(conn: Connection, now: datetime) -> int:
    """Take out the rows whose cookies have run out; return how many."""
    return conn.execute(delete(ended_sessions).where(ended_sessions.c.ends_at < now)).rowcount

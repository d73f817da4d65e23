"""Dead letters that a person mends: the content is replaced and the message waits again, under its old key.

Place in the order's way: after dispatch gave a message up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from server.db.tables import orders, outbox

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


def subject_of(conn: Connection, row_id: str) -> str | None:
    """Return whose personal data a message holds: its own, else its order's."""
    query = (
        select(outbox.c.subject, orders.c.subject)
        .outerjoin(orders, orders.c.id == outbox.c.order_id)
        .where(outbox.c.id == row_id)
    )
    row = conn.execute(query).one_or_none()
    return None if row is None else row[0] or row[1]


def mend(conn: Connection, row_id: str, payload: str, sealed: tuple[bytes, str] | None, now: datetime) -> bool:
    """Give a dead letter another content and let it wait; ``sealed``: the order in it and whose it is.

    False when it is no dead letter (any more).
    """
    values: dict[str, Any] = {"payload": payload, "state": "waiting", "attempts": 0, "due_at": now}
    if sealed is not None:
        values |= {"sealed": sealed[0], "subject": sealed[1]}
    dead = (outbox.c.id == row_id) & (outbox.c.state == "dead")
    return conn.execute(update(outbox).where(dead).values(values)).rowcount == 1

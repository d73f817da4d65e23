"""Lines for the people who own the rules: a change waits for the second person, a rule is paused, a change failed.

Place in the order's way: beside it, in the transaction of what happened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orders.actor import Role
from server.db.ids import new_id
from server.db.outlets import notifications

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

TOLD = (Role.RISK, Role.ADMIN)


def tell(conn: Connection, key: str, event: str, zh: str, en: str, now: datetime) -> None:
    """Tell risk and the administrators, once for each ``key``."""
    rows = [
        {
            "id": new_id("not", now),
            "recipient": role.value,
            "order_id": None,
            "event": event,
            "title_zh": zh,
            "title_en": en,
            "idempotency_key": f"{key}:{role.value}",
            "created_at": now,
        }
        for role in TOLD
    ]
    notifications.add(conn, rows)

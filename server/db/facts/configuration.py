"""What people switch while the system runs, such as peak mode: name → JSON value, every change audited.

Place in the order's way: read with the context.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from server.db import audit
from server.db.database import insert_for
from server.db.tables import settings

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

CHAIN = "settings"
PEAK_MODE = "peak_mode"


def get(conn: Connection, name: str, default: Any = None) -> Any:
    """Return a value, or ``default`` where nobody set one."""
    row = conn.execute(select(settings.c.value).where(settings.c.name == name)).first()
    return default if row is None else row.value


def put(conn: Connection, name: str, value: Any, *, actor: str, now: datetime) -> None:
    """Set a value."""
    row = {"name": name, "value": value, "actor": actor, "updated_at": now}
    statement = insert_for(conn)(settings)
    changes = {column: statement.excluded[column] for column in ("value", "actor", "updated_at")}
    conn.execute(statement.on_conflict_do_update(index_elements=["name"], set_=changes), row)
    audit.record(conn, CHAIN, audit.Entry("setting_changed", actor, {"name": name, "value": value}), now)

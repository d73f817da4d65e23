"""Make a database ready: tables, the main organisation, the first API key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orders.actor import Role
from server.clock import utc_now
from server.db import people
from server.db.database import Database
from server.db.migrate import migrate

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from server.config import Settings

KEY_FILE = "admin-key"


def prepare(settings: Settings) -> None:
    """Migrate and make sure of the first key; a key that had to be made is printed once and kept in DATA_DIR."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    migrate(settings.url)
    db = Database(settings.url)
    try:
        with db.write() as conn:
            made = _first_key(conn, settings)
    finally:
        db.close()
    if made:
        path = settings.data_dir / KEY_FILE
        path.touch(mode=0o600)
        path.write_text(made + "\n", encoding="utf-8")
        print(f"第一个 API 密钥 / first API key: {made}  （已存 / kept in {path}）")


def _first_key(conn: Connection, settings: Settings) -> str | None:
    now = utc_now()
    if settings.admin_key:
        people.ensure_admin_key(conn, settings.admin_key, now)
        return None
    if people.list_keys(conn):
        return None
    return people.add_api_key(conn, {"name": "admin", "scopes": [Role.ADMIN], "created_by": "system"}, now)[1]

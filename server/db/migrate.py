"""Migrations: bring a database to the tables of this version.

Place in the order's way: before the first order; `python -m server migrate` and every start call it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext

from server.db.database import Database

if TYPE_CHECKING:
    from sqlalchemy import Connection

SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 7_226_641  # one process migrates at a time (PostgreSQL advisory lock; SQLite has BEGIN IMMEDIATE)


def migrate(url: str) -> None:
    """Run every migration that the database lacks, in one transaction. Idempotent; safe to call at once."""
    database = Database(url, pool_size=1)
    try:
        with database.write() as conn:
            if not database.is_sqlite:
                conn.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            command.upgrade(_config(conn), "head")
    finally:
        database.close()


def current(url: str) -> str | None:
    """Return the revision that the database stands at, None for an empty one."""
    database = Database(url, pool_size=1)
    try:
        with database.read() as conn:
            return MigrationContext.configure(conn).get_current_revision()
    finally:
        database.close()


def _config(conn: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = conn
    return config

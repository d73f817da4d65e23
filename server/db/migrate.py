"""Migrations: bring a database to the tables of this version.

Place in the order's way: before the first order; `python -m server migrate` and every start call it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from server.db.database import Database

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 7_226_641  # one process migrates at a time (PostgreSQL advisory lock; SQLite has BEGIN IMMEDIATE)


def migrate(url: str) -> None:
    """Run every migration that the database lacks, in one transaction. Idempotent; safe to call at once."""
    if current(url) == newest():  # as at nearly every start: Alembic is not even loaded
        return
    from alembic import command

    database = Database(url, pool_size=1)
    try:
        with database.write() as conn:
            if not database.is_sqlite:
                conn.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            command.upgrade(_config(conn), "head")
    finally:
        database.close()


def newest() -> str:
    """Return the revision of this version's tables: what the names of the scripts begin with."""
    return max(path.name for path in (SCRIPTS / "versions").glob("[0-9]*.py")).partition("_")[0]


def current(url: str) -> str | None:
    """Return the revision that the database stands at, None for an empty one."""
    database = Database(url, pool_size=1)
    try:
        with database.read() as conn:
            found: str | None = conn.execute(text("SELECT version_num FROM alembic_version")).scalar()
            return found
    except DBAPIError:  # there is no such table yet
        return None
    finally:
        database.close()


def _config(conn: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = conn
    return config

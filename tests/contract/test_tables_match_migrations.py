"""All migrations together make exactly the tables that the code knows, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, null, text
from sqlalchemy.exc import IntegrityError

from server.db import tables as t
from server.db.migrate import _config, current, migrate, newest

if TYPE_CHECKING:
    from server.db.database import Database


def test_migrations_make_the_tables_of_the_code(database: Database) -> None:
    with database.read() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, t.metadata) == []


def test_migrations_make_the_checks_of_the_code(database: Database) -> None:
    with database.read() as conn:
        inspector = inspect(conn)
        for table in t.metadata.tables.values():
            told = {c.name for c in table.constraints if type(c).__name__ == "CheckConstraint"}
            assert {check["name"] for check in inspector.get_check_constraints(table.name)} == told, table.name


def test_migrate_twice_changes_nothing(database_url: str) -> None:
    assert current(database_url) == newest()
    migrate(database_url)
    assert current(database_url) == newest()


def test_the_revision_that_needs_no_migrating_is_the_one_that_alembic_would_end_at(database: Database) -> None:
    with database.read() as conn:
        assert ScriptDirectory.from_config(_config(conn)).get_current_head() == newest()


def test_an_empty_database_stands_at_no_revision(tmp_path) -> None:
    assert current(f"sqlite:///{tmp_path / 'empty.db'}") is None


EIGHT = ("id", "channel", "issued_at", "customer_level", "sku_list", "state", "last_actor", "updated_at")


@pytest.mark.parametrize("column", EIGHT)
def test_MAP_07_order_without_a_mandatory_field_is_refused(database: Database, column: str, now) -> None:
    with pytest.raises(IntegrityError, match=column), database.write() as conn:
        conn.execute(t.orders.insert().values({**_order_row(now), column: null()}))


def test_MAP_07_order_id_is_unique(database: Database, now) -> None:
    with database.write() as conn:
        conn.execute(t.orders.insert(), _order_row(now))
    with pytest.raises(IntegrityError), database.write() as conn:
        conn.execute(t.orders.insert(), {**_order_row(now), "natural_key": "other"})


def test_MAP_07_complete_order_is_taken(database: Database, now) -> None:
    with database.write() as conn:
        conn.execute(t.orders.insert(), _order_row(now))
    with database.read() as conn:
        assert conn.execute(text("SELECT count(*) FROM orders")).scalar() == 1


def _order_row(now) -> dict:
    return {
        "id": "ord_1",
        "channel": "erp",
        "issued_at": now,
        "customer_level": "normal",
        "sku_list": [],
        "state": "routing",
        "last_actor": "system",
        "updated_at": now,
        "natural_key": "PO-1",
        "content_hash": "0",
        "doc_type": "order",
        "type": "stock",
        "currency": "CNY",
        "fulfilment": "delivery",
        "payment_status": "unpaid",
        "goods_fen": 0,
        "payable_fen": 0,
        "subject": "s",
        "local_day": "2026-11-22",
        "sealed": b"",
        "outcome": "pass",
        "workflow": "stock",
        "door": "api",
        "created_by": "system",
        "received_at": now,
        "created_at": now,
        "owner_id": "u",
        "org_id": "org_main",
    }

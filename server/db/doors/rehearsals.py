"""What test keys sent in: the answers that they got, for a week, beside everything live and touching none of it.

Place in the order's way: where a rehearsal ends. The account is that of the test keys; sealed like everything personal.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from orders.errors import NotFound
from server.db.page import take
from server.db.tables import test_orders

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from server.db.page import Page
    from server.db.store import Store

Json = dict[str, Any]
SUBJECT = "system:test_orders"
KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class There:
    """A test order that stands under a natural key."""

    id: str
    content_hash: str


def add(conn: Connection, store: Store, row: Json, kept: Json, now: datetime) -> None:
    """Keep a test order; ``kept``: its view and its row of the list. Raises IntegrityError when its number is taken."""
    own = store.vault.system_key(conn, SUBJECT, now)
    sealed = store.vault.seal(own, json.dumps(kept, default=str).encode())
    conn.execute(insert(test_orders), {**row, "sealed": sealed, "created_at": now})


def of_key(conn: Connection, channel: str, account: str, natural_key: str) -> There | None:
    """Return what stands under a natural key."""
    query = select(test_orders.c.id, test_orders.c.content_hash).where(
        test_orders.c.channel == channel,
        test_orders.c.account == account,
        test_orders.c.natural_key == natural_key,
    )
    row = conn.execute(query).first()
    return None if row is None else There(row.id, row.content_hash)


def view(conn: Connection, store: Store, order_id: str, account: str) -> Json:
    """Return a test order as it was answered. Raises NotFound, also for another account's."""
    query = select(test_orders.c.sealed).where(test_orders.c.id == order_id, test_orders.c.account == account)
    sealed = conn.execute(query).scalar()
    if sealed is None:
        raise NotFound(f"There is no test order {order_id}", f"没有测试订单 {order_id}")
    found: Json = json.loads(store.vault.unseal(conn, sealed))["view"]
    return found


def list_page(
    conn: Connection, store: Store, account: str, number: str | None, *, limit: int, after: str | None
) -> Page:
    """List an account's test orders as rows of the list of orders, newest first."""
    query = select(test_orders).where(test_orders.c.account == account)
    if number is not None:
        query = query.where(test_orders.c.number == number)
    found = take(conn, query, (test_orders.c.created_at, test_orders.c.id), limit, after, newest=True)
    rows = tuple(json.loads(store.vault.unseal(conn, row["sealed"]))["row"] for row in found.rows)
    return type(found)(rows, found.next_cursor)


def forget_old(conn: Connection, now: datetime) -> int:
    """Delete test orders older than a week; return how many."""
    return conn.execute(delete(test_orders).where(test_orders.c.created_at < now - KEPT)).rowcount

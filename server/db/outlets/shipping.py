"""Shipping: what was reserved leaves the shelf, and the customer's figures grow.

Place in the order's way: inside the transaction of the ship step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, update

from server.db.ids import new_id
from server.db.tables import customers, reservations, stock_items, stock_ledger

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from server.db.facts.standing import Standing


def ship(conn: Connection, before: Standing, actor: str, now: datetime) -> None:
    """Turn the order's reservations into goods that left: on hand and reserved both go down, once."""
    conn.execute(
        update(reservations)
        .where(reservations.c.order_id == before.id, reservations.c.state == "active")
        .values(state="shipped", updated_at=now)
    )
    if before.row["customer_id"]:
        conn.execute(
            update(customers)
            .where(customers.c.id == before.row["customer_id"])
            .values(
                shipped_fen=customers.c.shipped_fen + before.row["payable_fen"],
                shipped_count=customers.c.shipped_count + 1,
            )
        )
    for (sku, site), quantity in sorted(before.reserved.items()):
        conn.execute(
            insert(stock_ledger),
            {
                "id": new_id("led", now),
                "sku": sku,
                "site": site,
                "kind": "ship",
                "on_hand_delta": -quantity,
                "reserved_delta": -quantity,
                "order_id": before.id,
                "actor": actor,
                "at": now,
            },
        )
        conn.execute(
            update(stock_items)
            .where(stock_items.c.sku == sku, stock_items.c.site == site)
            .values(
                on_hand=stock_items.c.on_hand - quantity,
                reserved=stock_items.c.reserved - quantity,
                updated_at=now,
            )
        )

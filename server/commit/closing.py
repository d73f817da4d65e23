"""What every closing of an order does: its stock and credit go back, its holds and approvals end.

Place in the order's way: inside the transaction of a cancel or a rejection, after the order's row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, update

from orders.hold import HoldState
from orders.state import OrderState
from server.commit import rows
from server.db import guards
from server.db.order import recheck
from server.db.tables import approvals, fulfilment_orders, holds, reservations, stock_ledger

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from server.db.facts.standing import Standing


def give_back(conn: Connection, standing: Standing, actor: str, now: datetime) -> None:
    """Give stock and credit back: exactly what the order holds, once (its version was raised before)."""
    give_credit_back(conn, standing)
    give_stock_back(conn, standing, actor, now)
    recheck.wish(conn, recheck.SKU, {sku for sku, _site in standing.reserved}, now)
    if standing.row["credit_account_id"] and standing.row["credit_fen"]:
        recheck.wish(conn, recheck.CUSTOMER, [standing.row["credit_account_id"]], now)


def give_credit_back(conn: Connection, standing: Standing) -> None:
    """Take the order off its customer's open orders."""
    account, amount = standing.row["credit_account_id"], standing.row["credit_fen"]
    if account and amount:
        guards.take_credit(conn, guards.Credit(account, -amount, seen_enough=False))


def give_stock_back(conn: Connection, standing: Standing, actor: str, now: datetime) -> None:
    """Release every active reservation."""
    deltas = {key: -quantity for key, quantity in standing.reserved.items()}
    if not deltas:
        return
    conn.execute(
        update(reservations)
        .where(reservations.c.order_id == standing.id, reservations.c.state == "active")
        .values(state="released", updated_at=now)
    )
    conn.execute(insert(stock_ledger), rows.ledger_rows(standing.id, "release", deltas, actor, now))
    guards.move_stock(conn, deltas, now)


def end_asking(conn: Connection, standing: Standing, now: datetime) -> None:
    """End the holds, approvals and fulfilment orders that still wait."""
    order_id = standing.id
    conn.execute(
        update(holds)
        .where(holds.c.order_id == order_id, holds.c.state == HoldState.ACTIVE.value)
        .values(state=HoldState.SUPERSEDED.value)
    )
    conn.execute(
        update(approvals)
        .where(approvals.c.order_id == order_id, approvals.c.state == "pending")
        .values(state="superseded", decided_at=now)
    )
    conn.execute(
        update(fulfilment_orders)
        .where(fulfilment_orders.c.order_id == order_id)
        .values(state=OrderState.CANCELLED.value, updated_at=now, version=fulfilment_orders.c.version + 1)
    )

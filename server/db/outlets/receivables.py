"""Receivables: one an order for ever, made when its event comes; and the payments that settle them.

Place in the order's way: the fan-out makes them in the transaction that marks the event handled; reconciliation and the
screens read them. The unique order is the guard: an order that is shipped a second time owes nothing twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from orders.money import fen_text
from server.db.ids import new_id
from server.db.tables import orders, receivables

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

Json = dict[str, Any]


def make(conn: Connection, order_id: str, event: str, now: datetime) -> Json | None:
    """Make the order's receivable and return what the ERP is told; None when there is one, or nothing is owed.

    Raises IntegrityError when another transaction made it meanwhile: the caller's is rolled back and comes again.
    """
    if conn.execute(select(receivables.c.id).where(receivables.c.order_id == order_id)).first() is not None:
        return None
    wanted = (orders.c.number, orders.c.currency, orders.c.payable_fen)
    order = conn.execute(select(*wanted).where(orders.c.id == order_id)).one_or_none()
    if order is None or order.payable_fen <= 0:
        return None
    told = {"order_id": order_id, "currency": order.currency}
    row = {**told, "id": new_id("rcv", now), "event": event, "amount_fen": order.payable_fen, "created_at": now}
    conn.execute(insert(receivables), row)
    amount = fen_text(order.payable_fen)
    return {**told, "number": order.number, "amount": amount, "at": now.isoformat()}

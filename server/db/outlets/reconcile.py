"""What reconciliation compares: every order of a period beside its shipments, its receivable and its payments.

Place in the order's way: after it; read in one query, judged by `server/desk/outlets/reconcile.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from server.db.outlets import destinations
from server.db.tables import order_lines, orders, outbox, payments, receivables, shipments

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection

Json = dict[str, Any]
RECEIVABLE_EVENT = "receivable.due"


def kept(conn: Connection) -> dict[str, bool]:
    """Say which books this company keeps here at all: what is never kept is not missing."""
    return {
        "receivables": bool(conn.execute(select(receivables.c.id).limit(1)).first()) or _places(conn),
        "payments": conn.execute(select(payments.c.id).limit(1)).first() is not None,
        "shipments": conn.execute(select(shipments.c.id).limit(1)).first() is not None,
    }


def _places(conn: Connection) -> bool:
    return any("receivable_on" in row["settings"] for row in destinations.listed(conn))


def compared(conn: Connection, first: datetime, last: datetime) -> Iterator[Json]:
    """Yield every order created in [first, last) with what the other books say of it."""
    paid = (
        select(
            payments.c.order_id,
            func.sum(payments.c.amount_fen).label("paid_fen"),
            func.min(payments.c.currency).label("paid_currency"),
            func.max(payments.c.currency).label("paid_currency_2"),
        )
        .group_by(payments.c.order_id)
        .subquery()
    )
    unsent = (
        select(outbox.c.order_id, func.count().label("unsent"))
        .where(outbox.c.event == RECEIVABLE_EVENT, outbox.c.state != "sent")
        .group_by(outbox.c.order_id)
        .subquery()
    )
    query = (
        select(
            orders.c.id,
            orders.c.number,
            orders.c.state,
            orders.c.currency,
            orders.c.payable_fen,
            orders.c.payment_status,
            receivables.c.amount_fen.label("receivable_fen"),
            receivables.c.currency.label("receivable_currency"),
            paid.c.paid_fen,
            paid.c.paid_currency,
            paid.c.paid_currency_2,
            unsent.c.unsent,
        )
        .outerjoin(receivables, receivables.c.order_id == orders.c.id)
        .outerjoin(paid, paid.c.order_id == orders.c.id)
        .outerjoin(unsent, unsent.c.order_id == orders.c.id)
        .where(orders.c.created_at >= first, orders.c.created_at < last)
        .order_by(orders.c.created_at, orders.c.id)
    )
    for row in conn.execute(query).mappings():
        yield dict(row)


def loose_payments(conn: Connection, first: datetime, last: datetime) -> list[Json]:
    """Return the payments of a period that belong to no order of ours."""
    wanted = (payments.c.reference, payments.c.number, payments.c.currency, payments.c.amount_fen, payments.c.paid_at)
    query = select(*wanted).where(payments.c.order_id.is_(None), payments.c.paid_at >= first, payments.c.paid_at < last)
    return [dict(row) for row in conn.execute(query.order_by(payments.c.paid_at, payments.c.reference)).mappings()]


def quantities(conn: Connection, first: datetime, last: datetime) -> tuple[dict[str, Json], dict[str, Json]]:
    """Return what was ordered and what warehouses reported shipped, by order and SKU, of the orders of a period."""
    inside = (orders.c.created_at >= first, orders.c.created_at < last)
    lines = (
        select(order_lines.c.order_id, order_lines.c.sku, func.sum(order_lines.c.quantity))
        .join(orders, orders.c.id == order_lines.c.order_id)
        .where(*inside, order_lines.c.order_id.in_(select(shipments.c.order_id)))
        .group_by(order_lines.c.order_id, order_lines.c.sku)
    )
    ordered: dict[str, Json] = {}
    for order_id, sku, quantity in conn.execute(lines):
        ordered.setdefault(order_id, {})[sku] = int(quantity)
    shipped: dict[str, Json] = {}
    told = select(shipments.c.order_id, shipments.c.lines).join(orders, orders.c.id == shipments.c.order_id)
    for order_id, parts in conn.execute(told.where(*inside)):
        for part in parts:
            own = shipped.setdefault(order_id, {})
            own[part["sku"]] = own.get(part["sku"], 0) + int(part["micro"])
    return ordered, shipped

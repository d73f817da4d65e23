"""Parcels under way: one a waybill, asked for while it is open, told of when something changed.

Place in the order's way: after shipping.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, insert, select, update

from orders.state import OrderState
from server.db.ids import new_id
from server.db.tables import fulfilment_orders, parcels

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

Json = dict[str, Any]
OPEN_STATES = ("open", "exception")
_UNDER_WAY = (OrderState.SHIPPED.value, OrderState.LOGISTICS_EXCEPTION.value)


def follow(conn: Connection, now: datetime, limit: int = 500) -> int:
    """Begin to follow every shipped fulfilment with a waybill that is not followed yet; return how many."""
    plans = fulfilment_orders.c
    known = exists().where(parcels.c.carrier == plans.carrier, parcels.c.waybill == plans.waybill)
    query = (
        select(plans.order_id, plans.carrier, plans.waybill)
        .where(plans.state.in_(_UNDER_WAY), plans.waybill.is_not(None), plans.carrier.is_not(None), ~known)
        .distinct()
        .limit(limit)
    )
    found = {(row.carrier, row.waybill): row.order_id for row in conn.execute(query)}
    shared = {"state": "open", "nodes": [], "due_at": now, "created_at": now}
    rows = [
        {**shared, "id": new_id("par", now), "order_id": order_id, "carrier": carrier, "waybill": waybill}
        for (carrier, waybill), order_id in found.items()
    ]
    if rows:
        conn.execute(insert(parcels), rows)
    return len(rows)


def due(conn: Connection, now: datetime, limit: int = 200) -> list[Json]:
    """Return the open parcels that are to be asked for now, the longest overdue first."""
    query = select(parcels).where(parcels.c.state.in_(OPEN_STATES), parcels.c.due_at <= now)
    return [dict(row) for row in conn.execute(query.order_by(parcels.c.due_at).limit(limit)).mappings()]


def claim(conn: Connection, parcel: Json, due_at: datetime) -> bool:
    """Put off the next question; False when another process asks already."""
    here = (parcels.c.id == parcel["id"]) & (parcels.c.due_at == parcel["due_at"])
    return conn.execute(update(parcels).where(here).values(due_at=due_at)).rowcount == 1


def keep(conn: Connection, parcel_id: str, told: Json) -> None:
    """Keep what an answer said."""
    conn.execute(update(parcels).where(parcels.c.id == parcel_id).values(told))


def of_order(conn: Connection, order_id: str) -> list[Json]:
    """Return an order's parcels."""
    query = select(parcels).where(parcels.c.order_id == order_id).order_by(parcels.c.created_at, parcels.c.id)
    return [dict(row) for row in conn.execute(query).mappings()]


def find(conn: Connection, carrier: str, waybill: str) -> Json | None:
    """Return the parcel with a carrier's number."""
    query = select(parcels).where(parcels.c.carrier == carrier, parcels.c.waybill == waybill)
    row = conn.execute(query).mappings().one_or_none()
    return None if row is None else dict(row)

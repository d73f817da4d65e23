"""Labels that were asked for, and how often a carrier's numbers were wrong.

Place in the order's way: between routing and printing, and wherever a waybill number is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from server.db.database import insert_for
from server.db.ids import new_id
from server.db.tables import fulfilment_orders, labels, waybill_checks

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

Json = dict[str, Any]
ACTIVE, CANCELLED = "active", "cancelled"
SUBJECT = "system:labels"


def add(conn: Connection, told: Json, now: datetime) -> str:
    """Keep a label and put its number on its fulfilment. Raises IntegrityError when that has one already."""
    label_id = new_id("lab", now)
    conn.execute(insert(labels), {**told, "id": label_id, "state": ACTIVE, "created_at": now})
    named = {"carrier": told["carrier"], "waybill": told["waybill"]}
    _put(conn, told["fulfilment_id"], {**named, "service": "signature"} if told["signature"] else named, now)
    return label_id


def _put(conn: Connection, fulfilment_id: str, values: Json, now: datetime) -> None:
    changed = {**values, "updated_at": now, "version": fulfilment_orders.c.version + 1}
    conn.execute(update(fulfilment_orders).where(fulfilment_orders.c.id == fulfilment_id).values(changed))


def of_order(conn: Connection, order_id: str) -> list[Json]:
    """Return an order's labels, the first one first; ``sealed`` is what the printer gets."""
    query = select(labels).where(labels.c.order_id == order_id).order_by(labels.c.created_at, labels.c.id)
    return [dict(row) for row in conn.execute(query).mappings()]


def cancel(conn: Connection, label: Json, now: datetime) -> bool:
    """Note that a label is not used: its parcel has no number any more."""
    here = (labels.c.id == label["id"]) & (labels.c.state == ACTIVE)
    if not conn.execute(update(labels).where(here).values(state=CANCELLED, cancelled_at=now)).rowcount:
        return False
    _put(conn, label["fulfilment_id"], {"waybill": None}, now)
    return True


def note_check(conn: Connection, carrier: str, local_day: str, *, refused: bool) -> None:
    """Count a number that was looked at."""
    row = {"carrier": carrier, "local_day": local_day, "checked": 1, "refused": int(refused)}
    more = {"checked": waybill_checks.c.checked + 1, "refused": waybill_checks.c.refused + int(refused)}
    adding = insert_for(conn)(waybill_checks).values(row)
    conn.execute(adding.on_conflict_do_update(index_elements=["carrier", "local_day"], set_=more))


def rates(conn: Connection, since_day: str) -> list[Json]:
    """Return for each carrier how many numbers were checked and refused since a local day, the worst share first."""
    counts = waybill_checks.c
    query = (
        select(counts.carrier, func.sum(counts.checked).label("checked"), func.sum(counts.refused).label("refused"))
        .where(counts.local_day >= since_day)
        .group_by(counts.carrier)
    )
    found = [
        {**row, "checked": int(row["checked"]), "refused": int(row["refused"])}
        for row in conn.execute(query).mappings()
    ]
    return sorted(found, key=lambda row: (-row["refused"] / row["checked"], row["carrier"]))

"""Shipments as warehouses reported them: each report once, with quantities, lots and the warehouse's own time.

Place in the order's way: the write-back; reconciliation compares them with what was ordered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from orders.decision import canonical_bytes, sha256_hex
from orders.errors import Conflict
from orders.money import parse_micro
from server.db.ids import new_id
from server.db.tables import order_lines, order_nodes, orders, shipments

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

Json = dict[str, Any]


def take(conn: Connection, source: str, order_id: str, told: Json, now: datetime) -> bool:
    """Keep a report (reference, site, carrier, waybill, shipped_at, lines); say whether it is new.

    Raises Conflict when this reference came before with other content.
    """
    digest = sha256_hex(canonical_bytes({**told, "order_id": order_id, "shipped_at": told["shipped_at"].isoformat()}))
    here = (shipments.c.source == source) & (shipments.c.reference == told["reference"])
    known = conn.execute(select(shipments.c.hash).where(here)).scalar()
    if known is not None and known != digest:
        raise Conflict(
            f"The report {told['reference']} came before with other content",
            f"回传 {told['reference']} 以前收到过，内容不同",
            code="report_differs",
        )
    if known is not None:
        return False
    lines = [{**line, "micro": int(parse_micro(line["quantity"]))} for line in told["lines"]]
    own = {"id": new_id("shp", now), "source": source, "order_id": order_id, "hash": digest, "created_at": now}
    conn.execute(insert(shipments), {**told, **own, "lines": lines})
    return True


def known(conn: Connection, source: str) -> set[str]:
    """Return the references that a source has reported."""
    return set(conn.execute(select(shipments.c.reference).where(shipments.c.source == source)).scalars())


def of_order(conn: Connection, order_id: str) -> list[Json]:
    """Return an order's reports, the first one first."""
    query = select(shipments).where(shipments.c.order_id == order_id).order_by(shipments.c.created_at, shipments.c.id)
    return [dict(row) for row in conn.execute(query).mappings()]


def order_of(conn: Connection, told: str) -> list[str]:
    """Return the orders that an id or a number of ours means, at most two."""
    query = select(orders.c.id).where((orders.c.id == told) | (orders.c.number == told)).limit(2)
    return list(conn.execute(query).scalars())


def left(conn: Connection, order_id: str) -> dict[str, int]:
    """Return what is still to be shipped, by SKU in micro; below zero: more was shipped than ordered."""
    query = (
        select(order_lines.c.sku, func.sum(order_lines.c.quantity))
        .where(order_lines.c.order_id == order_id)
        .group_by(order_lines.c.sku)
    )
    found = {sku: int(quantity) for sku, quantity in conn.execute(query)}
    for report in of_order(conn, order_id):
        for line in report["lines"]:
            found[line["sku"]] = found.get(line["sku"], 0) - int(line["micro"])
    return {sku: quantity for sku, quantity in found.items() if quantity}


def stamp(conn: Connection, order_id: str, shipped_at: datetime) -> None:
    """Put the warehouse's time on the ship node."""
    here = (order_nodes.c.order_id == order_id) & (order_nodes.c.node == "ship")
    conn.execute(update(order_nodes).where(here).values(started_at=shipped_at))

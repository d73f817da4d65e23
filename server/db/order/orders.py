"""Orders as they are read: one whole, a page of many, a timeline. Who may see what is `visible`'s word.

Place in the order's way: after the commit; for the API, the screens, the desk and the messages.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, exists, func, or_, select

from orders.errors import NotFound
from orders.hold import HoldState
from orders.state import OrderState
from orders.wire import order_from_json
from server.db import audit, page
from server.db.tables import (
    customers,
    fulfilment_lines,
    fulfilment_orders,
    holds,
    order_fields,
    order_lines,
    order_nodes,
    orders,
)
from server.db.visible import visible

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from orders.actor import Actor
    from orders.order import Order
    from server.db.page import Page
    from server.db.store import Store

Row = dict[str, Any]
ANY = "any"
NODES = ("receive", "split", "route", "print", "ship", "return")
"""接单, 拆单, 分仓, 打单, 发货, 回传 (STM-02)."""


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """An order as stored, unsealed. ``row`` has the other columns of its table."""

    id: str
    version: int
    state: OrderState
    order: Order
    row: Row


@dataclass(frozen=True, slots=True)
class Filter:
    """Which orders.

    ``customer`` is a code; ``hold`` the code of an active hold, or ``any``; ``q`` part of a number or of the buyer's
    name as it is shown, or a customer's code, or the value of an own field; ``own`` is ``name:value`` of one.
    """

    number: str | None = None
    state: str | None = None
    customer: str | None = None
    hold: str | None = None
    channel: str | None = None
    source_type: str | None = None
    source_ref: str | None = None
    own: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    updated_since: datetime | None = None
    q: str = ""


def get(conn: Connection, store: Store, order_id: str, actor: Actor) -> StoredOrder:
    """Return an order that the actor may see. Raises NotFound, or Erased when its person was forgotten."""
    row = conn.execute(visible(select(orders).where(orders.c.id == order_id), orders, actor)).mappings().first()
    if row is None:
        raise NotFound(f"There is no order {order_id}", f"订单 {order_id} 不存在")
    order = order_from_json(json.loads(store.vault.unseal(conn, row["sealed"])))
    plain = {name: value for name, value in row.items() if name != "sealed"}
    return StoredOrder(row["id"], row["version"], OrderState(row["state"]), order, plain)


def require(conn: Connection, order_id: str, actor: Actor) -> None:
    """Raise NotFound unless the actor may see the order."""
    query = visible(select(orders.c.id).where(orders.c.id == order_id), orders, actor)
    if conn.execute(query).first() is None:
        raise NotFound(f"There is no order {order_id}", f"订单 {order_id} 不存在")


def version(conn: Connection, order_id: str, actor: Actor) -> int:
    """Return the version of an order that the actor may see. Raises NotFound."""
    query = visible(select(orders.c.version).where(orders.c.id == order_id), orders, actor)
    found: int | None = conn.execute(query).scalar()
    if found is None:
        raise NotFound(f"There is no order {order_id}", f"订单 {order_id} 不存在")
    return found


def list_page(conn: Connection, actor: Actor, wanted: Filter, *, limit: int = 50, after: str | None = None) -> Page:
    """Return the orders that the actor may see, newest first, masked, each with its active ``holds`` codes."""
    columns = [column for column in orders.c if column.name not in ("sealed", "phone_hash", "id_hash")]
    wanted = replace(wanted, hold=None) if actor.is_dealer else wanted  # why an order is held is ours
    query = visible(select(*columns).where(*_conditions(wanted)), orders, actor)
    found = page.take(conn, query, (orders.c.created_at, orders.c.id), limit, after, newest=True)
    codes = {} if actor.is_dealer else _codes(conn, [row["id"] for row in found.rows])
    rows = tuple({**row, "holds": codes.get(row["id"], [])} for row in found.rows)
    return page.Page(rows, found.next_cursor)


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    names = ("number", "state", "channel", "source_type", "source_ref")
    plain = ((orders.c[name], getattr(wanted, name)) for name in names)
    told: list[ColumnElement[bool]] = [column == value for column, value in plain if value]
    if wanted.customer:
        told.append(orders.c.customer_id == _customer(wanted.customer))
    if wanted.hold:
        active = (holds.c.order_id == orders.c.id) & (holds.c.state == HoldState.ACTIVE.value)
        told.append(exists().where(active if wanted.hold == ANY else active & (holds.c.code == wanted.hold)))
    if wanted.updated_since:
        told.append(orders.c.updated_at >= wanted.updated_since)
    if wanted.since:
        told.append(orders.c.created_at >= wanted.since)
    if wanted.until:
        told.append(orders.c.created_at < wanted.until)
    if wanted.q:
        parts = [column.contains(wanted.q, autoescape=True) for column in (orders.c.number, orders.c.buyer_masked)]
        told.append(or_(*parts, orders.c.customer_id == _customer(wanted.q), _carries(value=wanted.q)))
    if wanted.own:
        name, _, value = wanted.own.partition(":")
        told.append(_carries(name=name, value=value))
    return told


def _carries(**wanted: str) -> ColumnElement[bool]:
    """Say that an own field of the order, or of a line of it, is so."""
    same = [order_fields.c[name] == value for name, value in wanted.items()]
    return exists().where(order_fields.c.order_id == orders.c.id, *same)


def _customer(code: str) -> Any:
    return select(customers.c.id).where(customers.c.code == code).scalar_subquery()


def _codes(conn: Connection, ids: list[str]) -> dict[str, list[str]]:
    codes: dict[str, list[str]] = {}
    active = (holds.c.order_id.in_(ids)) & (holds.c.state == HoldState.ACTIVE.value)
    for row in conn.execute(
        select(holds.c.order_id, holds.c.code).where(active).order_by(holds.c.created_at, holds.c.id)
    ):
        codes.setdefault(row.order_id, []).append(row.code)
    return codes


def state_counts(conn: Connection, actor: Actor) -> dict[str, int]:
    """Return how many of the orders that the actor may see stand in each state."""
    query = visible(select(orders.c.state, func.count()).group_by(orders.c.state), orders, actor)
    return {row[0]: row[1] for row in conn.execute(query)}


def lines(conn: Connection, order_id: str) -> list[Row]:
    """Return the order's lines."""
    query = select(order_lines).where(order_lines.c.order_id == order_id).order_by(order_lines.c.line_no)
    return [dict(row) for row in conn.execute(query).mappings()]


def own_values(conn: Connection, ids: list[str]) -> dict[str, dict[tuple[int, str], str]]:
    """Return the own fields of orders: order → (line number, 0 for the order itself; name) → value."""
    found: dict[str, dict[tuple[int, str], str]] = {}
    for row in conn.execute(select(order_fields).where(order_fields.c.order_id.in_(ids))):
        found.setdefault(row.order_id, {})[row.line_no, row.name] = row.value
    return found


def nodes(conn: Connection, order_id: str) -> list[Row]:
    """Return the nodes that the order has begun, with start, end and actor (STM-02)."""
    query = select(order_nodes).where(order_nodes.c.order_id == order_id)
    found = {row["node"]: dict(row) for row in conn.execute(query).mappings()}
    return [found[node] for node in NODES if node in found]


def fulfilments(conn: Connection, order_id: str) -> list[Row]:
    """Return the fulfilment orders that stand, each with its ``lines``."""
    query = select(fulfilment_orders).where(
        fulfilment_orders.c.order_id == order_id, fulfilment_orders.c.state != OrderState.CANCELLED.value
    )
    heads = conn.execute(query.order_by(fulfilment_orders.c.position)).mappings().all()
    parts = select(fulfilment_lines).where(fulfilment_lines.c.fulfilment_id.in_([head["id"] for head in heads]))
    found = [dict(row) for row in conn.execute(parts.order_by(fulfilment_lines.c.line_no)).mappings()]
    return [{**head, "lines": [part for part in found if part["fulfilment_id"] == head["id"]]} for head in heads]


def timeline(conn: Connection, order_id: str) -> list[Row]:
    """Return what happened to the order, oldest first: at, action, actor, detail, request_id."""
    return [
        {
            "at": row["at"],
            "action": row["action"],
            "actor": row["actor"],
            "detail": json.loads(row["detail"]),
            "request_id": row["request_id"],
        }
        for row in audit.of(conn, order_id)
    ]

"""Holds as they are read: of one order, and as the queue of those who may release them.

Place in the order's way: after the commit, for the desk and the screens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from orders.errors import NotFound
from orders.hold import HoldState
from server.db import page
from server.db.tables import holds, orders
from server.db.visible import visible

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from orders.actor import Actor
    from server.db.page import Page

Row = dict[str, Any]
_OF_ORDER = (
    orders.c.number,
    orders.c.state.label("order_state"),
    orders.c.buyer_masked,
    orders.c.payable_fen,
    orders.c.currency,
    orders.c.urgent,
    orders.c.channel,
    orders.c.version.label("order_version"),
)


def get(conn: Connection, hold_id: str, actor: Actor) -> Row:
    """Return a hold that the actor may see. Raises NotFound."""
    row = conn.execute(visible(select(holds).where(holds.c.id == hold_id), holds, actor)).mappings().first()
    if row is None:
        raise NotFound(f"There is no hold {hold_id}", f"挂起 {hold_id} 不存在")
    return dict(row)


def of_order(conn: Connection, order_id: str, state: HoldState | None = None) -> list[Row]:
    """Return an order's holds, the oldest first."""
    query = select(holds).where(holds.c.order_id == order_id).order_by(holds.c.created_at, holds.c.id)
    if state is not None:
        query = query.where(holds.c.state == state.value)
    return [dict(row) for row in conn.execute(query).mappings()]


def queue(
    conn: Connection,
    actor: Actor,
    *,
    limit: int = 50,
    after: str | None = None,
    code: str | None = None,
    gate: str | None = None,
) -> Page:
    """Return the active holds that the actor may see, the oldest first, with what their orders are about.

    Whether the actor may release one, its ``who`` says.
    """
    query = select(holds, *_OF_ORDER).join(orders, orders.c.id == holds.c.order_id)
    query = query.where(holds.c.state == HoldState.ACTIVE.value)
    if code:
        query = query.where(holds.c.code == code)
    if gate:
        query = query.where(holds.c.gate == gate)
    return page.take(conn, visible(query, holds, actor), (holds.c.created_at, holds.c.id), limit, after, newest=False)


def releasable(conn: Connection, actor: Actor) -> int:
    """Count the active holds that the actor sees and may release."""
    query = visible(select(holds.c.who).where(holds.c.state == HoldState.ACTIVE.value), holds, actor)
    mine = {role.value for role in actor.roles}
    everything = "admin" in mine
    return sum(1 for row in conn.execute(query) if everything or mine & set(row.who))

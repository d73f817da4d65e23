"""Approval steps (审批节点) as they are read: of one order, and as each role's own list.

Place in the order's way: after the commit, for the desk and the screens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from orders.actor import Role
from orders.state import OrderState
from server.db import page
from server.db.tables import approvals, orders
from server.db.visible import visible

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

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
    orders.c.priority,
    orders.c.version.label("order_version"),
)


def of_order(conn: Connection, order_id: str) -> list[Row]:
    """Return an order's steps in the order in which they are done."""
    query = select(approvals).where(approvals.c.order_id == order_id, approvals.c.state != "superseded")
    return [dict(row) for row in conn.execute(query.order_by(approvals.c.position)).mappings()]


def queue(conn: Connection, actor: Actor, *, limit: int = 50, after: str | None = None) -> Page:
    """Return the steps whose turn it is and that the actor's roles decide, the oldest first (APP-01)."""
    return page.take(conn, _mine(actor), (approvals.c.created_at, approvals.c.order_id), limit, after, newest=False)


def waiting(conn: Connection, actor: Actor) -> int:
    """Count the actor's own list."""
    return conn.execute(select(func.count()).select_from(_mine(actor).subquery())).scalar() or 0


def _mine(actor: Actor) -> Select[Any]:
    first = approvals.alias("first")
    turn = (
        select(func.min(first.c.position))
        .where(first.c.order_id == approvals.c.order_id, first.c.state == "pending")
        .scalar_subquery()
    )
    query = (
        select(approvals, *_OF_ORDER)
        .join(orders, orders.c.id == approvals.c.order_id)
        .where(approvals.c.state == "pending", approvals.c.position == turn)
        .where(orders.c.state == OrderState.PENDING_REVIEW.value)
    )
    if not actor.has(Role.AUDITOR):
        query = query.where(approvals.c.role.in_(sorted(role.value for role in actor.roles)))
    return visible(query, approvals, actor)

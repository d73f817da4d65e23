"""Exemptions as stored: the allowlist lane and snoozed rules of single customers, each with its end.

Place in the order's way: read with the customer, when the context is frozen; a change shows from the next order on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from orders.errors import Conflict, NotFound
from server.db import page
from server.db.ids import new_id
from server.db.tables import exemptions

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from server.db.page import Page

Row = dict[str, Any]
OVER = "system"
"""Who ended an exemption whose time was up."""


def add(conn: Connection, row: Row, now: datetime) -> str:
    """Store an exemption (customer, scope, reason, until, created_by); return its id. Raises Conflict if one runs."""
    same = (exemptions.c.customer == row["customer"]) & (exemptions.c.scope == row["scope"])
    over = same & exemptions.c.ended_at.is_(None) & (exemptions.c.until <= now)
    conn.execute(update(exemptions).where(over).values(ended_at=exemptions.c.until, ended_by=OVER))
    made = {**row, "id": new_id("exm", now), "created_at": now}
    try:
        with conn.begin_nested():
            conn.execute(insert(exemptions), made)
    except IntegrityError as twice:
        raise Conflict(
            f"{row['customer']} is exempt from {row['scope']} already: end that first",
            f"客户 {row['customer']} 已有 {row['scope']} 的豁免：请先结束它",
            code="exempt_already",
        ) from twice
    return str(made["id"])


def get(conn: Connection, exemption_id: str) -> Row:
    """Return an exemption. Raises NotFound."""
    row = conn.execute(select(exemptions).where(exemptions.c.id == exemption_id)).mappings().first()
    if row is None:
        raise NotFound(f"There is no exemption {exemption_id}", f"豁免 {exemption_id} 不存在")
    return dict(row)


def end(conn: Connection, exemption_id: str, *, actor: str, reason: str, now: datetime) -> bool:
    """End an exemption; False when it had ended before."""
    running = (exemptions.c.id == exemption_id) & exemptions.c.ended_at.is_(None)
    ended = update(exemptions).where(running).values(ended_at=now, ended_by=actor, end_reason=reason)
    return conn.execute(ended).rowcount == 1


def list_page(conn: Connection, *, customer: str | None = None, limit: int = 50, after: str | None = None) -> Page:
    """Return exemptions, newest first, those that are over too."""
    query = select(exemptions)
    if customer:
        query = query.where(exemptions.c.customer == customer)
    return page.take(conn, query, (exemptions.c.created_at, exemptions.c.id), limit, after, newest=True)

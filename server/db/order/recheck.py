"""Rechecks: what changed may end a hold, so the open orders that it concerns are to be decided again.

Place in the order's way: beside whatever changes stock, price, customer or credit. The job is written in the
transaction of the change; many changes of one subject are one job.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from orders.hold import HoldState
from orders.state import OrderState
from server.db import jobs
from server.db.statement import Statement

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

JOB = "recheck"
SKU, CUSTOMER = "sku", "customer"
WAIT = timedelta(seconds=1)
"""Changes that come together are one job, and an order that was decided a moment before is stored by then."""
STUCK = (OrderState.TO_CONFIRM, OrderState.WAITING_STOCK)
"""States that wait for more than a hold's release; an order in review or being routed waits where it has a hold."""
HELD = (OrderState.PENDING_REVIEW, OrderState.SPLIT, OrderState.ROUTING)
MOST = 500

_ANY = Statement("SELECT 1 AS one FROM orders WHERE state IN LIST :states LIMIT 1")
_WAITS = """
    (o.state IN LIST :stuck OR (o.state IN LIST :held AND EXISTS (
        SELECT 1 FROM holds h WHERE h.order_id = o.id AND h.state = :active)))
"""
_OF = {
    CUSTOMER: Statement(
        f"SELECT o.id FROM orders o WHERE o.customer_id = :code AND {_WAITS} ORDER BY o.created_at, o.id LIMIT :most"  # noqa: S608 - our own constants
    ),
    SKU: Statement(f"""
        SELECT o.id FROM orders o WHERE {_WAITS} AND EXISTS (
            SELECT 1 FROM order_lines l WHERE l.order_id = o.id AND l.sku = :code)
        ORDER BY o.created_at, o.id LIMIT :most
    """),  # noqa: S608 - our own constants
}


def wish(conn: Connection, subject: str, codes: Iterable[str], now: datetime) -> None:
    """Ask for the orders of each SKU or customer id to be decided again, inside the caller's transaction."""
    if _ANY.first(conn, {"states": [state.value for state in (*STUCK, *HELD)]}) is None:
        return
    for code in sorted(set(codes)):
        args = {"subject": subject, "code": code}
        jobs.enqueue(conn, JOB, args, now=now, due_at=now + WAIT, dedupe=f"{JOB}:{subject}:{code}")


def concerned(conn: Connection, subject: str, code: str) -> list[str]:
    """Return the ids of open orders that wait and that a change of this subject concerns, the oldest first."""
    params = {
        "code": code,
        "stuck": [state.value for state in STUCK],
        "held": [state.value for state in HELD],
        "active": HoldState.ACTIVE.value,
        "most": MOST,
    }
    return [row.id for row in _OF[subject].all(conn, params)]

"""What a period brought, in figures: orders by channel and state, holds by code, what was shipped and what got stuck.

Place in the order's way: behind it; `server/desk/daily.py` makes the scheduled report of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from server.db.tables import holds, order_nodes, orders, outbox

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

Json = dict[str, Any]


def summary(conn: Connection, since: datetime, until: datetime) -> Json:
    """Return the figures of a period: ``until`` is not in it; amounts are fen by currency."""
    made = (orders.c.created_at >= since, orders.c.created_at < until)
    money = select(orders.c.currency, func.sum(orders.c.payable_fen)).where(*made).group_by(orders.c.currency)
    stopped = select(holds.c.code, func.count()).where(holds.c.created_at >= since, holds.c.created_at < until)
    left = select(func.count()).where(
        order_nodes.c.node == "ship", order_nodes.c.started_at >= since, order_nodes.c.started_at < until
    )
    stuck = select(func.count()).select_from(outbox).where(outbox.c.state == "dead")
    return {
        "channels": _counts(conn, select(orders.c.channel, func.count()).where(*made).group_by(orders.c.channel)),
        "states": _counts(conn, select(orders.c.state, func.count()).where(*made).group_by(orders.c.state)),
        "amounts": {row[0]: int(row[1] or 0) for row in conn.execute(money.order_by(orders.c.currency))},
        "holds": _counts(conn, stopped.group_by(holds.c.code)),
        "shipped": int(conn.execute(left).scalar_one()),
        "dead": int(conn.execute(stuck).scalar_one()),
    }


def is_told(conn: Connection, idempotency_key: str) -> bool:
    """Say whether a report was told already."""
    here = select(outbox.c.seq).where(outbox.c.idempotency_key == idempotency_key)
    return conn.execute(here).scalar() is not None


def _counts(conn: Connection, query: Any) -> dict[str, int]:
    """Return counts by name, the largest first."""
    return dict(sorted(((row[0], int(row[1])) for row in conn.execute(query)), key=lambda item: (-item[1], item[0])))

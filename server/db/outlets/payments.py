"""Payments as the bank or the shop told them: each once by its own number, tied to its order if there is just one.

Place in the order's way: after it; reconciliation compares them with what orders and receivables say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from server.db.ids import new_id
from server.db.tables import orders, payments

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

Json = dict[str, Any]
_SAME = ("number", "currency", "amount_fen", "paid_at")


def take(conn: Connection, source: str, told: Sequence[Json], *, actor_id: str, now: datetime) -> tuple[int, list[str]]:
    """Keep payments (reference, number, currency, amount_fen, paid_at); those that are known change nothing.

    Return how many were new, and the references that came before with other content: those stay as they were.
    """
    fresh, differing = 0, []
    for row in told:
        here = (payments.c.source == source) & (payments.c.reference == row["reference"])
        known = conn.execute(select(payments).where(here)).mappings().one_or_none()
        if known is None:
            own = {"id": new_id("pay", now), "source": source, "created_by": actor_id, "created_at": now}
            conn.execute(insert(payments), {**row, **own, "order_id": _order_of(conn, row["number"])})
            fresh += 1
        elif any(known[name] != row[name] for name in _SAME):
            differing.append(str(row["reference"]))
    return fresh, differing


def _order_of(conn: Connection, number: str) -> str | None:
    found = conn.execute(select(orders.c.id).where(orders.c.number == number).limit(2)).scalars().all()
    return found[0] if len(found) == 1 else None


def tie(conn: Connection) -> int:
    """Tie payments to orders that came after them; return how many."""
    loose = conn.execute(select(payments.c.id, payments.c.number).where(payments.c.order_id.is_(None))).all()
    count = 0
    for row in loose:
        order_id = _order_of(conn, row.number)
        if order_id is not None:
            conn.execute(update(payments).where(payments.c.id == row.id).values(order_id=order_id))
            count += 1
    return count

"""What the holds of a period came to: read row by row, for the reports.

Place in the order's way: after everything; looks only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, insert, or_, select, update

from orders.hold import HoldState
from server.db import page
from server.db.tables import approvals, hold_verdicts, holds, orders
from server.db.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select

    from orders.actor import Actor
    from server.db.page import Page

Row = dict[str, Any]
_CHUNK = 1000
_REFUSED = exists().where(approvals.c.order_id == orders.c.id, approvals.c.state == "rejected")


def held(conn: Connection, since: datetime, until: datetime, code: str | None = None) -> Iterator[Any]:
    """Yield the holds (of one code) raised from ``since`` on and before ``until``, with what became of them."""
    query = (
        select(
            holds.c.id,
            holds.c.order_id,
            holds.c.rule,
            holds.c.code,
            holds.c.gate,
            holds.c.severity,
            holds.c.state,
            holds.c.created_at,
            holds.c.released_at,
            hold_verdicts.c.verdict,
            orders.c.payable_fen,
            orders.c.currency,
            orders.c.state.label("order_state"),
            orders.c.outcome,
            _REFUSED.label("refused"),
        )
        .join(orders, orders.c.id == holds.c.order_id)
        .join(hold_verdicts, hold_verdicts.c.hold_id == holds.c.id, isouter=True)
        .where(holds.c.created_at >= since, holds.c.created_at < until)
    )
    query = query if code is None else query.where(holds.c.code == code)
    yield from conn.execution_options(stream_results=True, yield_per=_CHUNK).execute(query)


def raised(conn: Connection, since: datetime, until: datetime) -> Iterator[Any]:
    """Yield when, where and why each hold of the period was raised, and of which rule and order."""
    columns = (holds.c.gate, holds.c.code, holds.c.rule, holds.c.order_id, holds.c.created_at)
    query = select(*columns).where(holds.c.created_at >= since, holds.c.created_at < until)
    yield from conn.execution_options(stream_results=True, yield_per=_CHUNK).execute(query)


def page_of(conn: Connection, actor: Actor, wanted: Select[Any], *, limit: int, after: str | None) -> Page:
    """Return one page of holds with their orders, oldest first."""
    return page.take(conn, visible(wanted, holds, actor), (holds.c.created_at, holds.c.id), limit, after, newest=False)


def of_cell(gate: str, code: str, since: datetime, until: datetime) -> Select[Any]:
    """Select the holds of one node and reason, raised in a period, with what their orders are about."""
    shown = (orders.c.number, orders.c.state.label("order_state"), orders.c.payable_fen, orders.c.currency)
    query = select(holds, orders.c.buyer_masked, *shown).join(orders, orders.c.id == holds.c.order_id)
    return query.where(
        holds.c.gate == gate, holds.c.code == code, holds.c.created_at >= since, holds.c.created_at < until
    )


def at_hour(spans: list[tuple[datetime, datetime]]) -> ColumnElement[bool]:
    """Say that a hold was raised within one of these spans."""
    return or_(*(and_(holds.c.created_at >= begin, holds.c.created_at < end) for begin, end in spans))


def set_verdict(conn: Connection, row: Row) -> None:
    """Store what a person says of a hold; a later word replaces the earlier one."""
    same = hold_verdicts.c.hold_id == row["hold_id"]
    if conn.execute(update(hold_verdicts).where(same).values(**row)).rowcount == 0:
        conn.execute(insert(hold_verdicts), row)


def verdicts_of(conn: Connection, order_id: str) -> dict[str, str]:
    """Return the verdicts on an order's holds by the hold's id."""
    query = select(hold_verdicts.c.hold_id, hold_verdicts.c.verdict).join(holds, holds.c.id == hold_verdicts.c.hold_id)
    return {row.hold_id: row.verdict for row in conn.execute(query.where(holds.c.order_id == order_id))}


ACTIVE, RELEASED = HoldState.ACTIVE.value, HoldState.RELEASED.value

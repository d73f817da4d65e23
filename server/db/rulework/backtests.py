"""Backtests as stored: what is compared, how far it is, which orders flip. And the orders to judge, page by page.

Place in the order's way: beside everything; reads frozen facts, never changes an order.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from orders.errors import NotFound
from orders.hold import HoldState
from server.db import page
from server.db.ids import new_id
from server.db.statement import Statement, as_time
from server.db.tables import backtest_flips, backtests, orders

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from server.db.page import Page

Row = dict[str, Any]
WAITING, RUNNING, DONE, CANCELLED, FAILED = "waiting", "running", "done", "cancelled", "failed"
OPEN = (WAITING, RUNNING)
FIRST = 1
"""The decision that is judged again: the one over what was known when the order came."""
_PAGE = Statement("""
    SELECT o.id, o.number, o.currency, o.payable_fen, o.state, o.outcome AS stands, d.id AS decision_id,
           d.outcome, d.bundle, d.body_hash, d.facts
    FROM orders o JOIN decisions d ON d.order_id = o.id AND d.seq = 1
    WHERE o.id > :after AND o.created_at <= :until ORDER BY o.id LIMIT :limit
""")
_BODIES = Statement("SELECT id, body FROM decisions WHERE id IN LIST :ids")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be compared. ``files``: the candidate's; ``baseline``: hash of the rules that it is compared with."""

    name: str
    bundle: str
    baseline: str
    files: Mapping[str, str]
    draft_id: str | None = None


@dataclass(slots=True)
class Signals:
    """What people and time said of an order: verdicts, a refused approval, how long released holds had lasted."""

    verdicts: set[str] = field(default_factory=set)
    released: bool = False
    refused: bool = False
    waited_s: float = 0.0


def add(conn: Connection, plan: Plan, *, actor: str, now: datetime) -> str:
    """Note a backtest of every order that is there now; return its id."""
    row = {
        "id": new_id("bt", now),
        "name": plan.name,
        "state": WAITING,
        "bundle": plan.bundle,
        "baseline": plan.baseline,
        "files": dict(plan.files),
        "draft_id": plan.draft_id,
        "until": now,
        "total": _orders_until(conn, now),
        "counts": {},
        "created_by": actor,
        "created_at": now,
    }
    conn.execute(insert(backtests), row)
    return str(row["id"])


def _orders_until(conn: Connection, until: datetime) -> int:
    return conn.execute(select(func.count()).select_from(orders).where(orders.c.created_at <= until)).scalar_one()


def get(conn: Connection, backtest_id: str) -> Row:
    """Return a backtest. Raises NotFound."""
    row = conn.execute(select(backtests).where(backtests.c.id == backtest_id)).mappings().first()
    if row is None:
        raise NotFound(f"There is no backtest {backtest_id}", f"回测 {backtest_id} 不存在")
    return dict(row)


def open_ones(conn: Connection) -> int:
    """Count the backtests that wait or run."""
    return conn.execute(select(func.count()).select_from(backtests).where(backtests.c.state.in_(OPEN))).scalar_one()


def list_page(conn: Connection, *, limit: int = 50, after: str | None = None, draft_id: str | None = None) -> Page:
    """Return backtests without their files, newest first."""
    query = select(*(column for column in backtests.c if column.name != "files"))
    if draft_id is not None:
        query = query.where(backtests.c.draft_id == draft_id)
    return page.take(conn, query, (backtests.c.created_at, backtests.c.id), limit, after, newest=True)


def of_draft(conn: Connection, draft_id: str, limit: int = 20) -> list[Row]:
    """Return the newest backtests of a draft, without their files."""
    return list(list_page(conn, limit=limit, draft_id=draft_id).rows)


def begin(conn: Connection, backtest_id: str, now: datetime) -> Row | None:
    """Start a backtest or go on with one whose worker died; None when it is over."""
    one = (backtests.c.id == backtest_id) & backtests.c.state.in_(OPEN)
    started = func.coalesce(backtests.c.started_at, now)
    begun = update(backtests).where(one).values(state=RUNNING, started_at=started).returning(*backtests.c)
    row = conn.execute(begun).mappings().first()
    return None if row is None else dict(row)


def advance(conn: Connection, before: Row, progress: Mapping[str, Any], flips: Sequence[Row]) -> bool:
    """Store one page's flips and where it ended; False when somebody cancelled or took over: nothing is stored then."""
    mine = (backtests.c.id == before["id"]) & (backtests.c.state == RUNNING) & (backtests.c.cursor == before["cursor"])
    if conn.execute(update(backtests).where(mine).values(**progress)).rowcount != 1:
        return False
    if flips:
        conn.execute(insert(backtest_flips), list(flips))
    return True


def end(conn: Connection, backtest_id: str, state: str, now: datetime, *, error: str | None = None) -> bool:
    """End a backtest that is not over yet; say whether this call did."""
    one = (backtests.c.id == backtest_id) & backtests.c.state.in_(OPEN)
    done = update(backtests).where(one).values(state=state, finished_at=now, error=error)
    return conn.execute(done).rowcount == 1


def flips_page(
    conn: Connection, backtest_id: str, *, kind: str | None = None, limit: int = 50, after: str | None = None
) -> Page:
    """Return the orders that flip, the oldest first."""
    query = select(backtest_flips).where(backtest_flips.c.backtest_id == backtest_id)
    if kind:
        query = query.where(backtest_flips.c.kinds.contains(f",{kind},", autoescape=True))
    return page.take(conn, query, (backtest_flips.c.order_id,), limit, after, newest=False)


def orders_page(conn: Connection, after: str, until: datetime, limit: int) -> list[Any]:
    """Return the next orders with their first decision and its sealed facts, in the order of their ids."""
    return _PAGE.all(conn, {"after": after, "until": until, "limit": limit})


def bodies(conn: Connection, decision_ids: Sequence[str]) -> dict[str, bytes]:
    """Return the stored bodies of decisions, byte for byte."""
    if not decision_ids:
        return {}
    return {row.id: row.body.encode() for row in _BODIES.all(conn, {"ids": list(decision_ids)})}


_SIGNALS = Statement("""
    SELECT h.order_id, h.state, h.created_at, h.released_at, v.verdict
    FROM holds h LEFT JOIN hold_verdicts v ON v.hold_id = h.id
    WHERE h.order_id IN LIST :ids AND (h.state = 'released' OR v.verdict IS NOT NULL)
""")
_REFUSED = Statement("SELECT DISTINCT order_id FROM approvals WHERE state = 'rejected' AND order_id IN LIST :ids")


def signals(conn: Connection, order_ids: Sequence[str]) -> dict[str, Signals]:
    """Return what is known of the orders beside their state."""
    found: dict[str, Signals] = defaultdict(Signals)
    asked = {"ids": list(order_ids)}
    for row in _SIGNALS.all(conn, asked):
        of_order = found[row.order_id]
        if row.verdict is not None:
            of_order.verdicts.add(row.verdict)
        if row.state == HoldState.RELEASED and row.released_at is not None:
            of_order.released = True
            waited = (as_time(row.released_at) - as_time(row.created_at)).total_seconds()
            of_order.waited_s = max(of_order.waited_s, waited)
    for row in _REFUSED.all(conn, asked):
        found[row.order_id].refused = True
    return found

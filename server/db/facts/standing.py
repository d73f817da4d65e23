"""How a stored order stands: all that a change of it must know, read at once, and the guarded change of its row.

Place in the order's way: under append, cancel and move. Every change raises the order's version first; so what was
read at a version is still true when the row could be raised from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from orders.errors import Conflict, NotFound
from orders.hold import HoldState
from orders.state import OrderState
from server.db import audit
from server.db.tables import (
    approvals,
    decisions,
    fulfilment_lines,
    fulfilment_orders,
    holds,
    order_nodes,
    orders,
    outbox,
    reservations,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """An order's row and what hangs on it, at ``version``."""

    row: Row
    holds: tuple[Row, ...]
    approvals: tuple[Row, ...]
    reservations: tuple[Row, ...]
    fulfilments: tuple[Row, ...]
    decisions: int
    told_erp: bool

    @property
    def id(self) -> str:
        """The order's id."""
        return str(self.row["id"])

    @property
    def version(self) -> int:
        """The version that was read."""
        return int(self.row["version"])

    @property
    def state(self) -> OrderState:
        """The state that was read."""
        return OrderState(self.row["state"])

    @property
    def active_holds(self) -> tuple[Row, ...]:
        """The holds that still stand."""
        return tuple(hold for hold in self.holds if hold["state"] == HoldState.ACTIVE)

    @property
    def reserved(self) -> dict[tuple[str, str], int]:
        """What the order holds of each SKU at each site."""
        held: dict[tuple[str, str], int] = {}
        for row in self.reservations:
            if row["state"] == "active":
                key = (row["sku"], row["site"])
                held[key] = held.get(key, 0) + row["quantity"]
        return held


def read(conn: Connection, order_id: str) -> Standing:
    """Read an order for a change. Raises NotFound."""
    row = conn.execute(select(orders).where(orders.c.id == order_id)).mappings().first()
    if row is None:
        raise NotFound(f"There is no order {order_id}", f"订单 {order_id} 不存在")
    heads = _rows(conn, fulfilment_orders, order_id, fulfilment_orders.c.position)
    open_heads = [head for head in heads if head["state"] != OrderState.CANCELLED]
    return Standing(
        row=dict(row),
        holds=tuple(_rows(conn, holds, order_id, holds.c.created_at, holds.c.id)),
        approvals=tuple(_rows(conn, approvals, order_id, approvals.c.position)),
        reservations=tuple(_rows(conn, reservations, order_id, reservations.c.line_no, reservations.c.site)),
        fulfilments=tuple({**head, "lines": _parts(conn, head["id"])} for head in open_heads),
        decisions=conn.execute(
            select(decisions.c.seq).where(decisions.c.order_id == order_id).order_by(decisions.c.seq.desc()).limit(1)
        ).scalar()
        or 0,
        told_erp=conn.execute(
            select(outbox.c.seq).where(outbox.c.idempotency_key == f"{order_id}:order.accepted:erp")
        ).first()
        is not None,
    )


def _rows(conn: Connection, table: Any, order_id: str, *order: Any) -> list[Row]:
    return [
        dict(row) for row in conn.execute(select(table).where(table.c.order_id == order_id).order_by(*order)).mappings()
    ]


def _parts(conn: Connection, fulfilment_id: str) -> list[Row]:
    query = select(fulfilment_lines).where(fulfilment_lines.c.fulfilment_id == fulfilment_id)
    return [dict(row) for row in conn.execute(query.order_by(fulfilment_lines.c.line_no)).mappings()]


def expect(standing: Standing, version: int | None) -> None:
    """Refuse a change that was asked of another version. Raises Conflict."""
    if version is not None and standing.version != version:
        raise stale(standing.id)


def stale(order_id: str) -> Conflict:
    """Return the error of a change that came too late."""
    return Conflict(
        "The order was changed meanwhile: look at it again",
        "订单已被他人更新，请刷新后再操作",
        code="stale_version",
        existing_id=order_id,
    )


def raise_version(conn: Connection, standing: Standing, values: Mapping[str, Any]) -> None:
    """Change the order's row if it still stands as it was read; first in the transaction. Raises Conflict."""
    done = conn.execute(
        update(orders)
        .where(orders.c.id == standing.id, orders.c.version == standing.version)
        .values(**values, version=standing.version + 1)
    )
    if done.rowcount != 1:
        raise stale(standing.id)


def record(conn: Connection, order_id: str, entries: Sequence[audit.Entry], now: datetime) -> None:
    """Append entries to the order's chain."""
    for entry in entries:
        audit.record(conn, order_id, entry, now)


def has_blocking_hold(conn: Connection, order_id: str, gates: Sequence[str]) -> bool:
    """Say whether an active blocking hold closes one of ``gates``; asked inside the transaction."""
    query = select(holds.c.id).where(
        holds.c.order_id == order_id,
        holds.c.state == HoldState.ACTIVE.value,
        holds.c.severity == "blocking",
        holds.c.gate.in_(gates),
    )
    return conn.execute(query.limit(1)).first() is not None


def stamp(conn: Connection, order_id: str, node: str, actor: str, now: datetime, *, ended: bool) -> None:
    """Start a node, or end it if it runs; a node that ended stays as it is (STM-02)."""
    same = (order_nodes.c.order_id == order_id) & (order_nodes.c.node == node)
    found = conn.execute(select(order_nodes.c.ended_at).where(same)).first()
    if found is None:
        row = {
            "order_id": order_id,
            "node": node,
            "started_at": now,
            "ended_at": now if ended else None,
            "actor": actor,
        }
        conn.execute(insert(order_nodes), row)
    elif ended and found.ended_at is None:
        conn.execute(update(order_nodes).where(same).values(ended_at=now, actor=actor))

"""Decisions as they are read: the body byte for byte, and the frozen facts for a replay.

Place in the order's way: after the commit; nothing here is ever changed.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from orders.errors import NotFound
from server.db.ids import new_id
from server.db.tables import decisions, orders

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from server.db.store import Store

Row = dict[str, Any]
_SHOWN = [column for column in decisions.c if column.name not in ("facts", "subject")]


def get(conn: Connection, decision_id: str) -> Row:
    """Return a decision's row without its facts; ``body`` is the canonical text. Raises NotFound."""
    row = conn.execute(select(*_SHOWN).where(decisions.c.id == decision_id)).mappings().first()
    if row is None:
        raise NotFound(f"There is no decision {decision_id}", f"判定 {decision_id} 不存在")
    return dict(row)


def of_order(conn: Connection, order_id: str) -> list[Row]:
    """Return an order's decisions, the first one first."""
    query = select(*_SHOWN).where(decisions.c.order_id == order_id).order_by(decisions.c.seq)
    return [dict(row) for row in conn.execute(query).mappings()]


def newest_of(conn: Connection, order_id: str) -> Row:
    """Return the decision of an order that stands. Raises NotFound."""
    query = select(*_SHOWN).where(decisions.c.order_id == order_id).order_by(decisions.c.seq.desc()).limit(1)
    row = conn.execute(query).mappings().first()
    if row is None:
        raise NotFound(f"Order {order_id} is not decided yet", f"订单 {order_id} 还没有判定")
    return dict(row)


def standing_at(conn: Connection, order_id: str, moment: datetime) -> Row | None:
    """Return the decision of an order that stood at a moment; None when there was none yet."""
    query = (
        select(*_SHOWN)
        .where(decisions.c.order_id == order_id, decisions.c.at <= moment)
        .order_by(decisions.c.seq.desc())
        .limit(1)
    )
    row = conn.execute(query).mappings().first()
    return None if row is None else dict(row)


def newest(conn: Connection, limit: int | None = None) -> list[Row]:
    """Return the newest decisions of all orders; all of them without a ``limit``."""
    query = select(*_SHOWN).order_by(decisions.c.at.desc(), decisions.c.id.desc()).limit(limit)
    return [dict(row) for row in conn.execute(query).mappings()]


def last_id(now: datetime) -> str:
    """Return an id that sorts behind every decision made until now."""
    return new_id("dec", now + timedelta(milliseconds=1))


def after(conn: Connection, decision_id: str, until: datetime, limit: int) -> list[Row]:
    """Return decisions behind an id and not newer than ``until``, oldest first, with their order's number and money."""
    query = (
        select(*_SHOWN, orders.c.number, orders.c.currency, orders.c.payable_fen)
        .join(orders, orders.c.id == decisions.c.order_id)
        .where(decisions.c.id > decision_id, decisions.c.at <= until)
        .order_by(decisions.c.id)
        .limit(limit)
    )
    return [dict(row) for row in conn.execute(query).mappings()]


def spread(conn: Connection, moments: Sequence[datetime]) -> list[Row]:
    """Return the first decision at or after each moment, each once."""
    found: dict[str, Row] = {}
    for moment in moments:
        query = select(*_SHOWN).where(decisions.c.at >= moment).order_by(decisions.c.at, decisions.c.id).limit(1)
        found |= {row["id"]: dict(row) for row in conn.execute(query).mappings()}
    return list(found.values())


def period(conn: Connection) -> tuple[datetime, datetime] | None:
    """Return when the first and the last decision were made."""
    first, last = conn.execute(select(func.min(decisions.c.at), func.max(decisions.c.at))).one()
    return None if first is None else (first, last)


def facts(conn: Connection, store: Store, decision_id: str) -> bytes:
    """Return the frozen facts. Raises NotFound, or Erased when the person was forgotten."""
    sealed = conn.execute(select(decisions.c.facts).where(decisions.c.id == decision_id)).scalar()
    if sealed is None:
        raise NotFound(f"There is no decision {decision_id}", f"判定 {decision_id} 不存在")
    return store.vault.unseal(conn, sealed)


def forgotten(conn: Connection, store: Store, decision_id: str) -> bool:
    """Say whether the person was forgotten whose key sealed a decision's facts; no other bytes say so."""
    sealed = conn.execute(select(decisions.c.facts).where(decisions.c.id == decision_id)).scalar_one()
    return store.vault.was_erased(conn, sealed)


def to_json(row: Row) -> dict[str, Any]:
    """Return the decision of the contract."""
    return {
        "id": row["id"],
        "at": row["at"].isoformat(),
        "engine": row["engine"],
        "body": json.loads(row["body"]),
        "bundle": row["bundle"],
        "facts_hash": row["facts_hash"],
        "body_hash": row["body_hash"],
    }

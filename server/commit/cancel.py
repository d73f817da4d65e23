"""Cancel: the order ends, its stock and credit go back, the ERP hears of it once; again changes nothing (INV-11).

Place in the order's way: a person's or a system's command, beside the commit of a decision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, update

from orders.errors import Conflict, Refused
from orders.state import STATE_ZH, OrderState
from server.commit import closing
from server.commit.words import Cancelled
from server.db import audit
from server.db.facts import standing
from server.db.outlets import messages
from server.db.outlets.outbox import ERP, NOTIFY, WEBHOOKS
from server.db.tables import day_counters, outbox

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from orders.actor import Actor
    from server.db.facts.standing import Standing
    from server.db.store import Store

CANCELLABLE = (
    OrderState.TO_CONFIRM,
    OrderState.PENDING_REVIEW,
    OrderState.SPLIT,
    OrderState.ROUTING,
    OrderState.WAITING_STOCK,
    OrderState.PRINTED,
)
"""Every state before the goods left; `rules/states.yaml` says who may."""


def cancel(store: Store, order_id: str, *, actor: Actor, reason: str, version: int | None, now: datetime) -> Cancelled:
    """Cancel an order. A cancelled one stays as it is. Raises Conflict (stale version), Refused (already shipped)."""
    with store.db.read() as conn:
        before = standing.read(conn, order_id)
    if before.state is OrderState.CANCELLED:
        return Cancelled(order_id, before.version, already=True)
    standing.expect(before, version)
    if before.state not in CANCELLABLE:
        raise Refused(
            f"An order that is {before.state.value} cannot be cancelled",
            f"订单{STATE_ZH[before.state]}，不能取消",
            code="transition_not_allowed",
        )
    try:
        with store.db.write() as conn:
            _cancel(conn, before, actor, reason, now)
    except Conflict:
        return _lost(store, order_id)
    return Cancelled(order_id, before.version + 1)


def _lost(store: Store, order_id: str) -> Cancelled:
    """Somebody was faster: if with a cancel, there is nothing left to do."""
    with store.db.read() as conn:
        after = standing.read(conn, order_id)
    if after.state is OrderState.CANCELLED:
        return Cancelled(order_id, after.version, already=True)
    raise standing.stale(order_id)


def _cancel(conn: Connection, before: Standing, actor: Actor, reason: str, now: datetime) -> None:
    values = {"state": OrderState.CANCELLED.value, "credit_fen": 0, "last_actor": actor.id, "updated_at": now}
    standing.raise_version(conn, before, values)
    closing.end_asking(conn, before, now)
    _uncount(conn, before)
    told = messages.Told(
        order_id=before.id,
        number=before.row["number"],
        state=OrderState.CANCELLED,
        version=before.version + 1,
        outcome=before.row["outcome"],
        holds=(),
        flags=(),
    )
    outlets = (ERP, WEBHOOKS, NOTIFY) if before.told_erp else (WEBHOOKS, NOTIFY)
    notify = [{"to": before.row["owner_id"], "zh": f"订单已取消：{reason}", "en": f"The order was cancelled: {reason}"}]
    conn.execute(insert(outbox), messages.event_rows(told, "order.cancelled", now, notify=notify, destinations=outlets))
    entry = audit.Entry("order_cancelled", actor.id, {"from": before.state.value, "reason": reason})
    audit.record(conn, before.id, entry, now)
    closing.give_back(conn, before, actor.id, now)


def _uncount(conn: Connection, before: Standing) -> None:
    conn.execute(
        update(day_counters)
        .where(day_counters.c.hash == before.row["id_hash"], day_counters.c.local_day == before.row["local_day"])
        .values(cancelled=day_counters.c.cancelled + 1)
    )

"""Move: one step of the transition table that decides nothing, such as print or ship.

Place in the order's way: after the order was routed. One transaction: the state, its node, one log row, one message,
one event (STM-03); a hold that lands meanwhile stops it there, not at the door.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from orders.errors import Refused
from orders.hold import GATES
from orders.state import STATE_ZH, OrderState
from rules.triggers import triggers
from server.commit import closing
from server.commit.words import Moved
from server.db import audit
from server.db.facts import standing
from server.db.order import decisions
from server.db.outlets import messages, shipping
from server.db.tables import fulfilment_orders, outbox

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from server.commit.words import Move
    from server.db.facts.standing import Standing
    from server.db.store import Store

_ENDS = {
    OrderState.SPLIT: ("split", None),
    OrderState.ROUTING: ("split", "route"),
    OrderState.PRINTED: ("route", "print"),
    OrderState.SHIPPED: ("print", "ship"),
    OrderState.DELIVERED: ("ship", "return"),
    OrderState.COMPLETED: ("return", None),
}
"""State → the node that it ends and the one that it starts. Source: STM-02, 接单→拆单→分仓→打单→发货→回传."""
_OWES_NO_MORE = (OrderState.REJECTED, OrderState.COMPLETED)
"""What a completed order still costs its customer is a receivable: finance's own figure counts it."""


def move(store: Store, order_id: str, step: Move, *, now: datetime) -> Moved:
    """Take one step. Raises Conflict (stale version), Refused (another state, or a hold at the gate)."""
    with store.db.read() as conn:
        before = standing.read(conn, order_id)
    standing.expect(before, step.version)
    if before.state is not step.source:
        raise Refused(
            f"The order is {before.state.value}, not {step.source.value}",
            f"订单当前为{STATE_ZH[before.state]}，不是{STATE_ZH[step.source]}",
            code="transition_not_allowed",
        )
    try:
        with store.db.write() as conn:
            _move(conn, before, step, now)
    except IntegrityError as short:
        raise Refused(
            "What the order reserved has not arrived yet: book the goods in first",
            "预占的在途库存尚未到货，请先入库",
            code="stock_not_arrived",
        ) from short
    return Moved(order_id, step.target, before.version + 1)


def _move(conn: Connection, before: Standing, step: Move, now: datetime) -> None:
    values: dict[str, Any] = {"state": step.target.value, "last_actor": step.actor.id, "updated_at": now}
    if step.target in _OWES_NO_MORE:
        values["credit_fen"] = 0
    standing.raise_version(conn, before, values)
    _stop_at_gate(conn, before, step)
    _move_fulfilments(conn, before, step, now)
    _stamp(conn, before, step, now)
    notify = [{"to": before.row["owner_id"], "zh": f"订单{STATE_ZH[step.target]}", "en": f"Order {step.target.value}"}]
    told = messages.Told(
        order_id=before.id,
        number=before.row["number"],
        state=step.target,
        version=before.version + 1,
        outcome=before.row["outcome"],
        holds=[hold["code"] for hold in before.active_holds],
        flags=(),
    )
    conn.execute(insert(outbox), messages.event_rows(told, f"order.{step.target.value}", now, notify=notify))
    _call(conn, told, now)
    detail = {"command": step.command, "from": step.source.value, "to": step.target.value, "reason": step.reason}
    audit.record(conn, before.id, audit.Entry("order_moved", step.actor.id, detail, step.request_id), now)
    if step.target is OrderState.SHIPPED and step.source is OrderState.PRINTED:
        shipping.ship(conn, before, step.actor.id, now)
    if step.target in _OWES_NO_MORE:
        closing.give_credit_back(conn, before)
    if step.target is OrderState.REJECTED:
        closing.end_asking(conn, before, now)
        closing.give_stock_back(conn, before, step.actor.id, now)


def _call(conn: Connection, told: messages.Told, now: datetime) -> None:
    """Call the outlets that the table of triggers names for this state and the rules that fired (INT-16)."""
    table = triggers()
    if not table.at(told.state):
        return
    body = json.loads(decisions.newest_of(conn, told.order_id)["body"])
    for due in table.due(told.state, {entry["rule"] for entry in body["trace"]}):
        conn.execute(insert(outbox), messages.event_rows(told, due.event, now, destinations=(due.call,)))


def _stop_at_gate(conn: Connection, before: Standing, step: Move) -> None:
    if step.gate is None:
        return
    gates = [gate.value for gate in GATES[: GATES.index(step.gate) + 1]]
    if standing.has_blocking_hold(conn, before.id, gates):
        raise Refused(
            f"A hold at the gate {step.gate.value} or before it stops {step.command}",
            f"关卡 {step.gate.value} 或更早的关卡仍有挂起，不能执行 {step.command}",
            code="held",
        )


def _move_fulfilments(conn: Connection, before: Standing, step: Move, now: datetime) -> None:
    told = {"carrier": step.carrier, "waybill": step.waybill, "service": step.service}
    named = {name: value for name, value in told.items() if value}
    conn.execute(
        update(fulfilment_orders)
        .where(fulfilment_orders.c.order_id == before.id, fulfilment_orders.c.state != OrderState.CANCELLED.value)
        .values(**named, state=step.target.value, updated_at=now, version=fulfilment_orders.c.version + 1)
    )


def _stamp(conn: Connection, before: Standing, step: Move, now: datetime) -> None:
    ended, started = _ENDS.get(step.target, (None, None))
    if ended is not None:
        standing.stamp(conn, before.id, ended, step.actor.id, now, ended=True)
    if started is not None:
        standing.stamp(conn, before.id, started, step.actor.id, now, ended=False)

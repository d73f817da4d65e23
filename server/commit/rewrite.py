"""What a further decision makes of an order's holds, approvals, fulfilments and reservations.

Place in the order's way: part of append. First what stays, ends and comes, as values; then the statements.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, update

from orders.decision import ENGINE_FAILED, RACE_LOST
from orders.errors import NotFound, Refused
from orders.hold import Gate, Hold, HoldState, Message
from orders.state import OrderState
from orders.stock import STOCK_SHORT
from server.commit import rows
from server.db import guards
from server.db.facts import standing
from server.db.outlets import messages
from server.db.outlets.outbox import ERP, WEBHOOKS
from server.db.tables import (
    approvals,
    decisions,
    fulfilment_lines,
    fulfilment_orders,
    holds,
    outbox,
    reservations,
    stock_ledger,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from orders.decision import ApprovalStep, DecisionBody
    from server.commit.append import Next
    from server.commit.words import Change
    from server.db.facts.standing import Standing

Row = dict[str, Any]
UNDECIDED = (ENGINE_FAILED, RACE_LOST)


@dataclass(frozen=True, slots=True)
class Holds:
    """Ids of holds that a person released and that the new decision ended; holds that it raised anew."""

    released: tuple[Row, ...]
    ended: tuple[str, ...]
    raised: tuple[Hold, ...]

    def standing(self, before: Standing) -> tuple[Hold, ...]:
        """Return every hold that is active afterwards."""
        gone = {*self.ended, *(row["id"] for row in self.released)}
        kept = tuple(hold_of(row) for row in before.active_holds if row["id"] not in gone)
        return (*kept, *self.raised)

    def told(self) -> Iterator[tuple[str, Row]]:
        """Give the trail's entries."""
        for row in self.released:
            yield "hold_released", {"hold_id": row["id"], "code": row["code"], "rule": row["rule"]}


@dataclass(frozen=True, slots=True)
class Approvals:
    """The step that was just decided, steps that come, steps that are not asked for any more."""

    decided: tuple[str, bool] | None
    added: tuple[tuple[int, ApprovalStep], ...]
    ended: tuple[str, ...]
    pending: bool

    @property
    def refused(self) -> bool:
        """Say whether the step was refused."""
        return self.decided is not None and not self.decided[1]

    def told(self) -> Iterator[tuple[str, Row]]:
        """Give the trail's entries."""
        if self.decided is not None:
            yield ("approval_refused" if self.refused else "approval_given"), {"step": self.decided[0]}


def hold_of(row: Row) -> Hold:
    """Return a stored hold as the word that the rules speak."""
    return Hold(
        code=row["code"],
        gate=Gate(row["gate"]),
        rule=row["rule"],
        message=Message(**row["message"]),
        who=tuple(row["who"]),
        release=tuple(Message(**option) for option in row["release_options"]),
        line_no=row["line_no"],
        needs_human=row["needs_human"],
        severity=row["severity"],
    )


def holds_after(before: Standing, body: DecisionBody, change: Change) -> Holds:
    """Say what becomes of each hold: released, ended because its condition did, kept, raised anew.

    A hold that ``needs_human`` ends by a person only (3.4), unless it said that the order could not be decided.
    """
    active = before.active_holds
    released = tuple(row for row in active if _is_released(row, change))
    if change.release is not None and not any(row["id"] == change.release for row in released):
        raise NotFound(f"There is no active hold {change.release}", f"没有有效的挂起 {change.release}")
    gone = {row["id"] for row in released}
    wanted = {_key(hold.rule, hold.code, hold.line_no) for hold in body.holds}
    told_again = {_key(row["rule"], row["code"], row["line_no"]) for row in active if row["id"] not in gone}
    ended = tuple(
        row["id"]
        for row in active
        if row["id"] not in gone
        and _key(row["rule"], row["code"], row["line_no"]) not in wanted
        and (not row["needs_human"] or row["code"] in UNDECIDED)
    )
    asked = body.holds if change.hold is None else (*body.holds, change.hold)
    raised = tuple(hold for hold in asked if _key(hold.rule, hold.code, hold.line_no) not in told_again)
    return Holds(released, ended, raised)


def _is_released(row: Row, change: Change) -> bool:
    return row["id"] == change.release or (change.confirm and row["code"] == STOCK_SHORT)


def _key(rule: str, code: str, line_no: int | None) -> tuple[str, str, int]:
    return rule, code, line_no or 0


def approvals_after(before: Standing, body: DecisionBody, change: Change) -> Approvals:
    """Say which steps are done, wait, come and go. Raises Refused when it is another step's turn (APP-01)."""
    known = {row["step"]: row for row in before.approvals if row["state"] != "superseded"}
    pending = [row for row in before.approvals if row["state"] == "pending"]
    if change.approve is not None and (not pending or pending[0]["step"] != change.approve[0]):
        turn = pending[0]["step"] if pending else "-"
        raise Refused(
            f"It is not the turn of step {change.approve[0]}: {turn} comes first",
            f"尚未轮到审批节点 {change.approve[0]}，当前节点为 {turn}",
            code="not_this_step",
        )
    wanted = {step.step for step in body.approval}
    stays = {row["step"] for row in pending if row["step"] in wanted}
    added = tuple((position, step) for position, step in enumerate(body.approval) if step.step not in known)
    done = {change.approve[0]} if change.approve is not None else set()
    ended = tuple(row["step"] for row in pending if row["step"] not in wanted and row["step"] not in done)
    return Approvals(change.approve, added, ended, pending=bool(stays - done or added))


def stock_deltas(coming: Next) -> dict[tuple[str, str], int]:
    """Return what must move so that the order holds what the new decision plans, no more and no less."""
    wanted = guards.summed(coming.taken or ())
    had = coming.before.reserved
    return {key: wanted.get(key, 0) - had.get(key, 0) for key in {*wanted, *had}}


def write(conn: Connection, coming: Next, facts: Row) -> None:
    """Write decision, holds, approvals, fulfilments, reservations, nodes and messages."""
    conn.execute(insert(decisions), {**coming.decision, **facts})
    _write_holds(conn, coming)
    _write_approvals(conn, coming)
    if coming.taken is not None:
        _write_fulfilments(conn, coming)
        _write_reservations(conn, coming)
    _write_nodes(conn, coming)
    _write_messages(conn, coming)


def _write_holds(conn: Connection, coming: Next) -> None:
    change, owner = coming.change, _owner(coming)
    for row in coming.holds.released:
        values = {
            "state": HoldState.RELEASED.value,
            "released_by": change.actor.id,
            "released_at": coming.now,
            "release_reason": change.reason,
            "released_decision_id": coming.decision["id"],
        }
        conn.execute(update(holds).where(holds.c.id == row["id"]).values(**values, version=holds.c.version + 1))
    if coming.holds.ended:
        ended = {"state": HoldState.SUPERSEDED.value, "released_decision_id": coming.decision["id"]}
        conn.execute(update(holds).where(holds.c.id.in_(coming.holds.ended)).values(**ended))
    raised = rows.hold_rows(coming.before.id, coming.holds.raised, coming.decision["id"], owner, coming.now)
    if raised:
        conn.execute(insert(holds), raised)


def _write_approvals(conn: Connection, coming: Next) -> None:
    of_order = approvals.c.order_id == coming.before.id
    change, asked = coming.change, coming.approvals
    if asked.decided is not None:
        step, given = asked.decided
        values = {
            "state": "approved" if given else "rejected",
            "actor": change.actor.id,
            "decided_at": coming.now,
            "reason": change.reason,
        }
        conn.execute(update(approvals).where(of_order, approvals.c.step == step).values(**values))
    if asked.ended:
        gone = {"state": "superseded", "decided_at": coming.now}
        conn.execute(update(approvals).where(of_order, approvals.c.step.in_(asked.ended)).values(**gone))
    for position, added in asked.added:
        conn.execute(delete(approvals).where(of_order, approvals.c.step == added.step))  # one that was superseded
        row = rows.approval_row(coming.before.id, (position, added), coming.decision["id"], _owner(coming), coming.now)
        conn.execute(insert(approvals), row)


def _write_fulfilments(conn: Connection, coming: Next) -> None:
    before, now = coming.before, coming.now
    heads, parts = rows.fulfilment_rows(before.id, coming.attempt, coming.state, _owner(coming), now)
    of_order = fulfilment_orders.c.order_id == before.id
    version = fulfilment_orders.c.version + 1
    standing_now = fulfilment_orders.c.state != OrderState.CANCELLED.value
    if coming.state is not OrderState.REJECTED and _same_plan(before, heads, parts):
        values = {"state": coming.state.value, "updated_at": now, "version": version}
        conn.execute(update(fulfilment_orders).where(of_order, standing_now).values(**values))
        return
    gone = {"state": OrderState.CANCELLED.value, "updated_at": now, "version": version}
    conn.execute(update(fulfilment_orders).where(of_order, standing_now).values(**gone))
    if heads and coming.state is not OrderState.REJECTED:
        conn.execute(insert(fulfilment_orders), heads)
        conn.execute(insert(fulfilment_lines), parts)


def _same_plan(before: Standing, heads: list[Row], parts: list[Row]) -> bool:
    def told(head: Row, lines: list[Row]) -> Row:
        plain = {name: head[name] for name in ("site", "carrier", "service")}
        return {**plain, "lines": sorted((line["line_no"], line["quantity"]) for line in lines)}

    new = [told(head, [part for part in parts if part["fulfilment_id"] == head["id"]]) for head in heads]
    return new == [told(head, head["lines"]) for head in before.fulfilments]


def _write_reservations(conn: Connection, coming: Next) -> None:
    deltas = stock_deltas(coming)
    order_id = coming.before.id
    conn.execute(delete(reservations).where(reservations.c.order_id == order_id))
    taken = rows.reservation_rows(order_id, coming.taken or (), coming.now)
    if taken:
        conn.execute(insert(reservations), taken)
    ledger = rows.ledger_rows(order_id, "reserve", deltas, coming.change.actor.id, coming.now)
    if ledger:
        conn.execute(insert(stock_ledger), ledger)


def _write_nodes(conn: Connection, coming: Next) -> None:
    if coming.state in (OrderState.ROUTING, OrderState.WAITING_STOCK):
        actor = coming.change.actor.id
        standing.stamp(conn, coming.before.id, "split", actor, coming.now, ended=True)
        standing.stamp(conn, coming.before.id, rows.ROUTED, actor, coming.now, ended=False)


def _write_messages(conn: Connection, coming: Next) -> None:
    before, body = coming.before, coming.attempt.decided.body
    active = coming.holds.standing(before)
    told = messages.Told(
        order_id=before.id,
        number=before.row["number"],
        state=coming.state,
        version=coming.version,
        outcome=body.outcome.value,
        holds=[hold.code for hold in active],
        flags=[flag.code for flag in body.flags],
    )
    out: list[Row] = []
    if coming.holds.released:
        out += messages.event_rows(told, "order.released", coming.now, destinations=(WEBHOOKS,))
    if coming.state is not before.state or coming.holds.raised:
        out += messages.decided_rows(told, body, coming.holds.raised or active, coming.now, active=active)
    if before.told_erp:
        out = [row for row in out if row["event"] != "order.accepted"]
    elif messages.free_to_go(coming.state, active) and not any(row["event"] == "order.accepted" for row in out):
        out += messages.event_rows(told, "order.accepted", coming.now, destinations=(ERP, WEBHOOKS))
    if out:
        conn.execute(insert(outbox), out)


def _owner(coming: Next) -> tuple[str, str]:
    return coming.before.row["owner_id"], coming.before.row["org_id"]

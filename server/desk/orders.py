"""Orders: commands of the transition table, what may come next and why not, what happened and why.

Place in the order's way: beside the pipeline. A command that changes what was decided decides again
(`server/desk/judge.py`); one that only moves the order on is one conditional statement (`server/commit/move.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from orders.context import ReleasedHold
from orders.errors import Forbidden, NotFound, Refused
from orders.hold import Gate, HoldState, closed_gates
from orders.state import OrderState
from orders.stock import STOCK_SHORT
from rules.states import states
from server.commit import Change, Move, cancel, move
from server.db import originals
from server.db.facts import standing
from server.db.order import approvals, decisions, holds, orders
from server.desk import labels
from server.desk.holds import required_reason
from server.desk.judge import judge_again
from server.desk.view import order_view, record_reveal

if TYPE_CHECKING:
    from orders.actor import Actor
    from orders.state import NextState
    from server.db.order.orders import StoredOrder
    from server.db.originals import Original
    from server.deps import Deps

Json = dict[str, Any]
NO_MOVEMENT = timedelta(hours=24)
SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class Label:
    """What printing and shipping bring along; ``signature``: the waybill asks the receiver to sign (RSK-03)."""

    waybill: str | None = None
    carrier: str | None = None
    signature: bool = False


@dataclass(frozen=True, slots=True)
class _Scene:
    """An order with what its next steps depend on."""

    stored: StoredOrder
    holds: list[Json]
    approvals: list[Json]
    fulfilments: list[Json]
    nodes: list[Json]
    requires: frozenset[str]

    @property
    def closed(self) -> tuple[Gate, ...]:
        """Gates that active blocking holds keep closed."""
        return closed_gates(tuple(Gate(hold["gate"]) for hold in self.holds if hold["severity"] == "blocking"))

    @property
    def pending(self) -> list[Json]:
        """Approval steps not done yet, the next one first."""
        return [step for step in self.approvals if step["state"] == "pending"]


def command(  # noqa: PLR0913 - one form, seven fields
    deps: Deps,
    actor: Actor,
    order_id: str,
    name: str,
    *,
    reason: str = "",
    version: int | None = None,
    label: Label = Label(),
) -> Json:
    """Give a command; return the order after it. Raises Refused with every reason, Conflict on a stale version."""
    scene = _scene(deps, actor, order_id)
    if name == "cancel" and scene.stored.state is OrderState.CANCELLED:
        return order_view(deps, actor, order_id)  # again changes nothing (INV-11)
    if version is not None and version != scene.stored.version:
        raise standing.stale(order_id)
    if name in _SPECIAL:
        _SPECIAL[name](deps, actor, scene, reason)
    elif name == "route" and scene.stored.state is OrderState.WAITING_STOCK:
        _require(deps, actor, scene, name, label, besides=("all_reserved",))
        judge_again(deps, order_id, scene.stored.order, _change("stock", actor, scene, reason))
    else:
        _move(deps, actor, scene, name, reason, label)
    return order_view(deps, actor, order_id)


def decide_again(deps: Deps, actor: Actor, order_id: str, reason: str) -> Json:
    """Decide over today's facts: after master data changed, or when the engine had failed."""
    scene = _scene(deps, actor, order_id)
    judge_again(deps, order_id, scene.stored.order, _change("redecide", actor, scene, required_reason(reason)))
    return order_view(deps, actor, order_id)


def next_states(deps: Deps, actor: Actor, order_id: str) -> list[Json]:
    """List every command of the order's state: allowed, or why not, in both languages."""
    scene = _scene(deps, actor, order_id)
    guards = _guards(deps, scene, Label())
    found = states().next_states(scene.stored.state, actor.roles, scene.closed, guards | {"has_waybill"})
    return [_option(option) for option in found]


def timeline(deps: Deps, actor: Actor, order_id: str) -> list[Json]:
    """Return what happened to the order, oldest first."""
    with deps.store.db.read() as conn:
        orders.require(conn, order_id, actor)
        return [{**row, "at": row["at"].isoformat()} for row in orders.timeline(conn, order_id)]


def explain(deps: Deps, actor: Actor, order_id: str) -> Json:
    """Put the latest decision into sentences: one for each rule that said something, in the order of the trace."""
    view = order_view(deps, actor, order_id)
    body = view["decision"]["body"]
    told = [*body["holds"], *body["flags"], *body["requires"], *body["notify"]]
    sentences = {item["rule"]: {"rule": item["rule"], **item["message"]} for item in reversed(told)}
    fired = dict.fromkeys(step["rule"] for step in body["trace"])
    return {
        "order_id": order_id,
        "outcome": body["outcome"],
        "sentences": [sentences[rule] for rule in fired if rule in sentences]
        + [sentences[rule] for rule in sentences if rule not in fired],
        "decision": view["decision"],
    }


def original(deps: Deps, actor: Actor, order_id: str) -> Original:
    """Return what the order came from, as it arrived: its people stand there whole, so that it is recorded as such.

    Raises NotFound, Forbidden (who sees masked data only).
    """
    with deps.store.db.read() as conn:
        stored = orders.get(conn, deps.store, order_id, actor)
        if stored.row["original_id"] is None:
            raise NotFound("the order has no original", "该订单没有原始单据")
    record_reveal(deps, actor, order_id, "original")
    with deps.store.db.read() as conn:
        return originals.fetch(conn, deps.store, stored.row["original_id"])


def change_original(deps: Deps, actor: Actor, order_id: str, original_id: str) -> Original:
    """Return what a channel sent as a change of the order, as it arrived; recorded as such.

    Raises NotFound, Forbidden (who sees masked data only).
    """
    told = [event["detail"].get("original_id") for event in timeline(deps, actor, order_id)]
    if original_id not in told:
        raise NotFound("the order has no such change", "该订单没有这份变更")
    record_reveal(deps, actor, order_id, "change")
    with deps.store.db.read() as conn:
        return originals.fetch(conn, deps.store, original_id)


def _scene(deps: Deps, actor: Actor, order_id: str) -> _Scene:
    with deps.store.db.read() as conn:
        stored = orders.get(conn, deps.store, order_id, actor)
        decision = decisions.to_json(decisions.get(conn, stored.row["decision_id"]))
        return _Scene(
            stored=stored,
            holds=holds.of_order(conn, order_id, HoldState.ACTIVE),
            approvals=approvals.of_order(conn, order_id),
            fulfilments=orders.fulfilments(conn, order_id),
            nodes=orders.nodes(conn, order_id),
            requires=frozenset(item["code"] for item in decision["body"]["requires"]),
        )


def _guards(deps: Deps, scene: _Scene, label: Label) -> set[str]:
    """Return the guards of `rules/states.yaml` that hold."""
    state = scene.stored.state
    shipped = next((node["started_at"] for node in scene.nodes if node["node"] == "ship"), None)
    signed = all(plan["service"] == SIGNATURE for plan in scene.fulfilments)
    holding = {
        "all_approved": not scene.pending,
        "approvals_open": bool(scene.pending),
        "all_reserved": state is not OrderState.WAITING_STOCK,
        "stock_short": state is OrderState.WAITING_STOCK,
        "signature_set": SIGNATURE not in scene.requires or label.signature or signed,
        "has_waybill": bool(label.waybill) or all(plan["waybill"] for plan in scene.fulfilments),
        "no_movement": shipped is not None and deps.clock() - shipped > NO_MOVEMENT,
        "movement_seen": state is OrderState.LOGISTICS_EXCEPTION,
    }
    return {name for name, holds_now in holding.items() if holds_now}


def _require(deps: Deps, actor: Actor, scene: _Scene, name: str, label: Label, *, besides: tuple[str, ...] = ()) -> Any:
    guards = _guards(deps, scene, label) | set(besides)
    return states().require(scene.stored.state, name, actor.roles, scene.closed, guards)


def _move(deps: Deps, actor: Actor, scene: _Scene, name: str, reason: str, label: Label) -> None:
    row = _require(deps, actor, scene, name, label)
    for carrier in {label.carrier or plan["carrier"] for plan in scene.fulfilments}:
        labels.check(deps, carrier, label.waybill)
    step = Move(
        command=name,
        source=row.source,
        target=row.target,
        actor=actor,
        version=scene.stored.version,
        reason=reason,
        gate=row.gate,
        carrier=label.carrier,
        waybill=label.waybill,
        service=SIGNATURE if label.signature else None,
    )
    move(deps.store, scene.stored.id, step, now=deps.clock())
    deps.wake()


def _change(cause: str, actor: Actor, scene: _Scene, reason: str, **more: Any) -> Change:
    return Change(cause=cause, actor=actor, version=scene.stored.version, reason=reason, **more)


def _approve(deps: Deps, actor: Actor, scene: _Scene, reason: str) -> None:
    step = _own_step(actor, scene)
    change = _change("approve", actor, scene, reason, approve=(step, True))
    judge_again(deps, scene.stored.id, scene.stored.order, change)


def _own_step(actor: Actor, scene: _Scene) -> str:
    _require_reviewing(scene)
    if not scene.pending:
        raise Refused("no approval step is open", "没有待办的审批节点", code="no_step_open")
    first = scene.pending[0]
    if not actor.has(first["role"]):
        raise Forbidden(
            f"the next step is {first['step']}: it needs the role {first['role']}",
            f"当前节点为 {first['step']}，需要角色 {first['role']}",
            code="not_your_step",
        )
    return str(first["step"])


def _require_reviewing(scene: _Scene) -> None:
    if scene.stored.state is not OrderState.PENDING_REVIEW:
        states().require(scene.stored.state, "approve", frozenset())  # says why not, in the table's words


def _reject(deps: Deps, actor: Actor, scene: _Scene, reason: str) -> None:
    reason = required_reason(reason)
    if scene.pending and actor.has(scene.pending[0]["role"]):
        change = _change("reject", actor, scene, reason, approve=(scene.pending[0]["step"], False))
        judge_again(deps, scene.stored.id, scene.stored.order, change)
    else:
        _move(deps, actor, scene, "reject", reason, Label())


def _confirm(deps: Deps, actor: Actor, scene: _Scene, reason: str) -> None:
    _require(deps, actor, _without_shortage(scene), "confirm", Label())
    accepted = tuple(
        ReleasedHold(rule=hold["rule"], code=hold["code"], line_no=hold["line_no"])
        for hold in scene.holds
        if hold["code"] == STOCK_SHORT
    )
    change = _change("confirm", actor, scene, reason, confirm=True)
    judge_again(deps, scene.stored.id, scene.stored.order, change, accepted)


def _without_shortage(scene: _Scene) -> _Scene:
    """Leave out the holds that confirming is the answer to."""
    return replace(scene, holds=[hold for hold in scene.holds if hold["code"] != STOCK_SHORT])


def _cancel(deps: Deps, actor: Actor, scene: _Scene, reason: str) -> None:
    reason = required_reason(reason)
    _require(deps, actor, scene, "cancel", Label())
    cancel(deps.store, scene.stored.id, actor=actor, reason=reason, version=scene.stored.version, now=deps.clock())
    deps.wake()


_SPECIAL = {"approve": _approve, "reject": _reject, "confirm": _confirm, "cancel": _cancel}


def _option(option: NextState) -> Json:
    return {
        "command": option.command,
        "target": option.target.value,
        "label": {"zh": option.label_zh, "en": option.label_en},
        "allowed": option.allowed,
        "why_not": {"zh": list(option.why_not_zh), "en": list(option.why_not_en)},
    }

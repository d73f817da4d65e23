"""Holds: released by the roles that the rule names, with a reason; the order is then decided again.

Place in the order's way: beside the pipeline. A release never edits a decision: a new one is appended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orders.actor import Role
from orders.context import ReleasedHold
from orders.errors import Forbidden, InvalidOrder, Problem, Refused
from orders.hold import HoldState
from server.commit import Change
from server.db.order import holds, orders
from server.desk.judge import judge_again
from server.desk.view import order_view

if TYPE_CHECKING:
    from orders.actor import Actor
    from server.deps import Deps

MAX_REASON_CHARS = 500


def release_hold(deps: Deps, actor: Actor, hold_id: str, reason: str) -> dict[str, Any]:
    """Release one hold and decide again; return the order. Raises Forbidden, Refused, InvalidOrder (no reason)."""
    reason = required_reason(reason)
    with deps.store.db.read() as conn:
        hold = holds.get(conn, hold_id, actor)
        stored = orders.get(conn, deps.store, hold["order_id"], actor)
    if hold["state"] != HoldState.ACTIVE:
        raise Refused("the hold is not active any more", "该挂起已不再有效", code="hold_not_active")
    if not actor.has(*(Role(role) for role in hold["who"])):
        raise Forbidden(
            f"only {', '.join(hold['who'])} may release {hold['code']}",
            f"只有 {'、'.join(hold['who'])} 可以放行 {hold['code']}",
            code="may_not_release",
        )
    change = Change(cause="release", actor=actor, version=stored.version, release=hold_id, reason=reason)
    released = ReleasedHold(rule=hold["rule"], code=hold["code"], line_no=hold["line_no"])
    judge_again(deps, stored.id, stored.order, change, (released,))
    return order_view(deps, actor, stored.id)


def required_reason(reason: str) -> str:
    """Return the reason without blanks around. Raises InvalidOrder when it is missing or too long."""
    reason = reason.strip()
    if reason and len(reason) <= MAX_REASON_CHARS:
        return reason
    problem = Problem(
        "/reason",
        "reason_missing",
        f"请写明原因（1–{MAX_REASON_CHARS} 字）",
        f"say why, in 1 to {MAX_REASON_CHARS} characters",
    )
    raise InvalidOrder("a reason is required", "必须写明原因", code="reason_missing", problems=(problem,))

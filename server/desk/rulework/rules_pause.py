"""The kill switch: one person pauses one rule in one step, for a day at most a week; it resumes by itself.

Place in the order's way: before decide. No second person is asked, because it must work at night; everybody in risk is
told, the audit trail keeps it, and what lasts longer is a change that two people make.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from orders.actor import SYSTEM
from orders.errors import Forbidden, InvalidOrder, NotFound, Problem
from rules.change.edit import rule_ids
from server.db import jobs
from server.db.rulework import bundles, rule_pauses
from server.desk.holds import required_reason
from server.desk.rulework.rules_draft import WORKERS
from server.desk.rulework.rules_lane import Why, go_canary, go_live, lane_of, retried, scene, unchanged
from server.desk.rulework.rules_notice import tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from orders.actor import Actor
    from server.deps import Deps

Json = dict[str, Any]
END_JOB = "end_pauses"
HOURS = 24
MOST_HOURS = 168


def pause(deps: Deps, actor: Actor, rule: str, reason: str, hours: int = HOURS) -> Json:
    """Switch a live rule off until it resumes by itself. Raises Refused when it is paused already, NotFound."""
    _require(actor)
    reason = required_reason(reason)
    if not 1 <= hours <= MOST_HOURS:
        said = (
            f"暂停 1 到 {MOST_HOURS} 小时；更久请发布一份停用它的变更",
            f"1 to {MOST_HOURS} hours; for longer publish a change",
        )
        problems = (Problem("/hours", "out_of_range", *said),)
        raise InvalidOrder(said[1], said[0], code="invalid_request", problems=problems)
    _require_rule(deps, rule)
    until = deps.clock() + timedelta(hours=hours)

    def write(conn: Connection) -> None:
        now = deps.clock()
        rule_pauses.begin(conn, rule, actor=actor.id, reason=reason, now=now, until=until)
        jobs.enqueue(conn, END_JOB, {}, now=now, due_at=until, dedupe=f"{END_JOB}:{until.isoformat()}")
        said = (f"规则 {rule} 已暂停：{reason}", f"Rule {rule} is paused: {reason}")
        tell(conn, f"pause:{rule}:{now.isoformat()}", "rule_paused", *said, now)

    _relaid(deps, actor, reason, {"paused": rule, "until": until.isoformat()}, {rule}, write)
    return {"rule": rule, "reason": reason, "until": until.isoformat(), "actor": actor.id}


def resume(deps: Deps, actor: Actor, rule: str, reason: str) -> None:
    """End the pause of a rule. Raises NotFound when it is not paused."""
    _require(actor)
    _resumed(deps, actor, [rule], required_reason(reason))


def end_over(deps: Deps) -> list[str]:
    """End the pauses whose time has come; return their rules."""
    with deps.store.db.read() as conn:
        found = rule_pauses.over(conn, deps.clock())
    if found:
        _resumed(deps, SYSTEM, found, "the pause's time is over")
    return found


def running(deps: Deps) -> list[Json]:
    """Return the pauses that hold now."""
    with deps.store.db.read() as conn:
        return rule_pauses.running(conn)


def _resumed(deps: Deps, actor: Actor, rules: list[str], reason: str) -> None:
    def write(conn: Connection) -> None:
        for rule in rules:
            if not rule_pauses.end(conn, rule, actor=actor.id, now=deps.clock()):
                raise NotFound(f"{rule} is not paused", f"规则 {rule} 没有暂停")

    _relaid(deps, actor, reason, {"resumed": rules}, set(rules), write)


def _relaid(
    deps: Deps, actor: Actor, reason: str, more: Json, flipped: set[str], write: Callable[[Connection], None]
) -> None:
    """Lay the lanes anew with some rules' pause flipped, and write why in the same transaction."""

    def work() -> None:
        with deps.store.db.read() as conn:
            before = scene(conn)
        after = tuple(sorted(set(before.paused) ^ flipped))
        live = lane_of(deps, before.clean_live, after)
        canary = None if before.clean_canary is None else lane_of(deps, before.clean_canary, after)
        with deps.store.db.write() as conn:
            unchanged(conn, before)
            write(conn)
            now = deps.clock()
            go_live(conn, live, Why(actor.id, reason, more), now)
            if canary is not None and canary.bundle.hash != live.bundle.hash:
                go_canary(conn, canary, before.standing.percent, actor.id, now)

    retried(deps, work)
    deps.reload_rules()


def _require(actor: Actor) -> None:
    if not actor.has(*WORKERS):
        raise Forbidden("only risk may pause a rule", "只有风控可以暂停规则")


def _require_rule(deps: Deps, rule: str) -> None:
    with deps.store.db.read() as conn:
        files = bundles.files(conn, bundles.live_source(conn))
    if not any(rule in rule_ids(name, text) for name, text in files.items()):
        raise NotFound(f"There is no live rule {rule}", f"没有生效的规则 {rule}")

"""The allowlist lane and snoozed rules: what a customer is not stopped for, until when, by whom and why.

Place in the order's way: before decide, which freezes what holds then; the trace of every order tells of it.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from orders.actor import Role
from orders.errors import Forbidden, InvalidOrder, NotFound, Problem, Refused
from rules.effects import HoldEffect
from rules.exempt import LANE
from rules.policy import STAGES
from server.db import audit
from server.db.rulework import exemptions
from server.desk.holds import required_reason

if TYPE_CHECKING:
    from orders.actor import Actor
    from rules.policy import Rule
    from server.deps import Deps

Json = dict[str, Any]
CHAIN = "exemptions"
ALLOWLIST = f"{LANE}fraud"
READERS = (Role.RISK, Role.FINANCE, Role.AUDITOR, Role.SALES_SUPERVISOR)
AUTHORS = (Role.RISK,)
OPEN_STAGES = ("fraud", "approve")
"""Only suspicions may be set aside: what makes an order wrong, unpayable or undeliverable may not."""
MOST_DAYS = 366


def scopes(deps: Deps) -> list[Rule]:
    """Return the live rules that may be snoozed for a customer."""
    rules = deps.engine.bundle.program.rules
    return [rule for rule in rules if STAGES[rule.stage] in OPEN_STAGES and any(_stops(part) for part in rule.effects)]


def _stops(effect: object) -> bool:
    return isinstance(effect, HoldEffect)


def add(deps: Deps, actor: Actor, customer: str, scope: str, until: str, reason: str) -> Json:
    """Exempt a customer from a rule (or, ``stage:fraud``, from all suspicions) until the end of a local day.

    Raises Forbidden, InvalidOrder (unknown rule, bad day, no reason), NotFound (customer), Conflict (one runs).
    """
    _require(actor, *AUTHORS)
    reason, now = required_reason(reason), deps.clock()
    _require_scope(deps, scope)
    if customer not in deps.catalogue().customers:
        raise NotFound(f"There is no customer {customer}", f"客户 {customer} 不存在")
    row = {"customer": customer, "scope": scope, "reason": reason, "created_by": actor.id}
    with deps.store.db.write() as conn:
        made = exemptions.add(conn, {**row, "until": _end_of(deps, until)}, now)
        detail = {"id": made, "customer": customer, "scope": scope, "until": until, "reason": reason}
        audit.record(conn, CHAIN, audit.Entry("exemption_added", actor.id, detail), now)
        return shown(exemptions.get(conn, made), now)


def _require_scope(deps: Deps, scope: str) -> None:
    if scope == ALLOWLIST:
        return
    known = [rule.id for rule in scopes(deps)]
    if scope not in known:
        said = (f"{scope} 不能豁免：只有欺诈与审批阶段会拦单的规则可以", f"{scope} cannot be set aside")
        problem = Problem("/scope", "unknown_scope", *said, candidates=(ALLOWLIST, *known))
        raise InvalidOrder(said[1], said[0], code="invalid_request", problems=(problem,))


def _end_of(deps: Deps, day: str) -> datetime:
    """Return the moment after a local day. Raises InvalidOrder when it is no day of the coming year."""
    zone = ZoneInfo(deps.settings.timezone)
    today = deps.clock().astimezone(zone).date()
    try:
        last = date.fromisoformat(day)
    except ValueError:
        last = today - timedelta(days=1)
    if not today <= last < today + timedelta(days=MOST_DAYS):
        said = (
            f"到期日应在今天起 {MOST_DAYS} 天内，写作 2026-12-31",
            "the end must be a day within a year: 2026-12-31",
        )
        problem = Problem("/until", "bad_day", *said)
        raise InvalidOrder(said[1], said[0], code="invalid_request", problems=(problem,))
    return datetime.combine(last + timedelta(days=1), time(), zone)


def end(deps: Deps, actor: Actor, exemption_id: str, reason: str) -> Json:
    """End an exemption now. Raises Forbidden, NotFound, Refused (over already), InvalidOrder (no reason)."""
    _require(actor, *AUTHORS)
    reason, now = required_reason(reason), deps.clock()
    with deps.store.db.write() as conn:
        row = exemptions.get(conn, exemption_id)
        if row["until"] <= now or not exemptions.end(conn, exemption_id, actor=actor.id, reason=reason, now=now):
            raise Refused("the exemption is over already", "该豁免已经结束", code="exemption_over")
        audit.record(conn, CHAIN, audit.Entry("exemption_ended", actor.id, {"id": exemption_id, "reason": reason}), now)
        return shown(exemptions.get(conn, exemption_id), now)


def listed(
    deps: Deps, actor: Actor, *, customer: str | None = None, limit: int = 50, after: str | None = None
) -> tuple[list[Json], str | None]:
    """Return exemptions, newest first, and where the next ones start."""
    _require(actor, *READERS)
    with deps.store.db.read() as conn:
        found = exemptions.list_page(conn, customer=customer, limit=limit, after=after)
    now = deps.clock()
    return [shown(row, now) for row in found.rows], found.next_cursor


def shown(row: Json, now: datetime) -> Json:
    """Return an exemption as shown; ``state`` is running, over or ended."""
    plain = ("id", "customer", "scope", "reason", "created_by", "ended_by", "end_reason")
    times = {name: row[name] and row[name].isoformat() for name in ("until", "created_at", "ended_at")}
    over = "ended" if row["ended_at"] is not None else "over" if row["until"] <= now else "running"
    return {**{name: row[name] for name in plain}, **times, "state": over}


def _require(actor: Actor, *roles: Role) -> None:
    if not actor.has(*roles):
        raise Forbidden("Your role may not do this with exemptions", "您的角色无权操作豁免")

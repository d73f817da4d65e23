"""The economics of the rules: what each one stopped in a period, how long orders waited, and whether it was right.

Place in the order's way: after everything; for the rules team (U14, RSK-08, RSK-12). Counts orders, not lines; what
nobody knows stays unknown.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from orders.actor import Role
from orders.errors import Forbidden, InvalidOrder, Problem
from orders.money import fen_text
from orders.state import OrderState
from orders.truth import Verdict
from rules.effects import HoldEffect
from server.db import audit
from server.db.order import holds
from server.db.rulework import economics
from server.desk.holds import required_reason
from server.sheet import guarded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orders.actor import Actor
    from server.db.page import Page
    from server.deps import Deps

Json = dict[str, Any]
READERS = (Role.RISK, Role.FINANCE, Role.PRODUCTION, Role.AUDITOR)
JUDGES = (Role.RISK,)
ENOUGH = 10
"""Known outcomes before a suggestion is made."""
RETIRE_BELOW, TIGHTEN_BELOW = 0.1, 0.5
"""Share of rightly stopped orders under which a rule costs more than it saves."""
MOST_DAYS = 366
DUPLICATE = "DUPLICATE_SUSPECT"
FATES = ("confirmed", "released", "open", "ended")
"""What became of an order that a rule stopped, the weightiest first."""


@dataclass(frozen=True, slots=True)
class Period:
    """Whole local days, both included."""

    since: date
    until: date

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the first moment and the moment after the last."""
        first = datetime.combine(self.since, time(), zone)
        return first, datetime.combine(self.until + timedelta(days=1), time(), zone)


@dataclass(slots=True)
class _Case:
    """One order as one rule stopped it."""

    fate: str
    fen: int
    currency: str
    waited_s: float


@dataclass(slots=True)
class _Account:
    """What one rule came to."""

    codes: set[str] = field(default_factory=set)
    cases: dict[str, _Case] = field(default_factory=dict)


def period_of(deps: Deps, since: str | None, until: str | None) -> Period:
    """Read a period of ISO days; the last thirty days where nothing is said. Raises InvalidOrder."""
    today = deps.clock().astimezone(ZoneInfo(deps.settings.timezone)).date()
    last = _day("until", until) or today
    first = _day("since", since) or last - timedelta(days=29)
    if not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
        raise _bad("since", f"期间应为 1 到 {MOST_DAYS} 天", f"the period must have 1 to {MOST_DAYS} days")
    return Period(first, last)


def _day(name: str, value: str | None) -> date | None:
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as wrong:
        raise _bad(name, "日期应写作 2026-11-22", "write a day as 2026-11-22") from wrong


def _bad(name: str, zh: str, en: str) -> InvalidOrder:
    return InvalidOrder(en, zh, code="invalid_request", problems=(Problem(f"?/{name}", "period", zh, en),))


def report(deps: Deps, actor: Actor, period: Period) -> Json:
    """Return per rule: hits, confirmed, released, hours waited, money caught and delayed, and what it suggests."""
    _require(actor, *READERS)
    zone, now = ZoneInfo(deps.settings.timezone), deps.clock()
    accounts: dict[str, _Account] = {}
    with deps.store.db.read() as conn:
        for row in economics.held(conn, *period.bounds(zone)):
            account = accounts.setdefault(row.rule, _Account())
            account.codes.add(row.code)
            _add(account, row, now)
    rules = [_line(rule, account) for rule, account in accounts.items()]
    rules.sort(key=lambda line: (-line["hits"], line["rule"]))
    return {
        "since": period.since.isoformat(),
        "until": period.until.isoformat(),
        "rules": rules,
        "totals": {name: sum(line[name] for line in rules) for name in ("hits", *FATES)},
        "silent": _silent(deps, accounts),
    }


def _silent(deps: Deps, accounts: Iterable[str]) -> list[str]:
    """Return the live rules that stop orders and did not in the period."""
    seen = set(accounts)
    stopping = [rule for rule in deps.engine.bundle.program.rules if any(_stops(effect) for effect in rule.effects)]
    return sorted(rule.id for rule in stopping if rule.id not in seen)


def _stops(effect: object) -> bool:
    return isinstance(effect, HoldEffect)


def _add(account: _Account, row: Any, now: datetime) -> None:
    """Count a hold under its order: of several holds of one rule the weightiest fate and the longest wait stand."""
    fate = fate_of(row)
    ended = row.released_at or (now if row.state == economics.ACTIVE else row.created_at)
    waited = (ended - row.created_at).total_seconds()
    before = account.cases.get(row.order_id)
    if before is None:
        account.cases[row.order_id] = _Case(fate, row.payable_fen, row.currency, waited)
        return
    before.waited_s = max(before.waited_s, waited)
    before.fate = min(before.fate, fate, key=FATES.index)


def fate_of(row: Any) -> str:
    """Say what became of a hold: a person's verdict first, then what happened."""
    if row.verdict == Verdict.RIGHT:
        return "confirmed"
    if row.verdict == Verdict.WRONG:
        return "released"
    if row.refused or (row.order_state == OrderState.REJECTED and row.outcome != "reject"):
        return "confirmed"
    return {economics.ACTIVE: "open", economics.RELEASED: "released"}.get(row.state, "ended")


def _line(rule: str, account: _Account) -> Json:
    cases = list(account.cases.values())
    fates = Counter(case.fate for case in cases)
    known = fates["confirmed"] + fates["released"]
    return {
        "rule": rule,
        "codes": sorted(account.codes),
        "hits": len(cases),
        **{fate: fates[fate] for fate in FATES},
        "unknown": fates["open"] + fates["ended"],
        "precision": round(fates["confirmed"] / known, 3) if known else None,
        "hours_waited": round(sum(case.waited_s for case in cases) / 3600, 1),
        "hours_each": round(sum(case.waited_s for case in cases) / 3600 / len(cases), 1),
        "money": _money(cases, FATES),
        "caught": _money(cases, ("confirmed",)),
        "delayed": _money(cases, ("released",)),
        "suggestion": suggestion(fates["confirmed"], known),
    }


def _money(cases: list[_Case], fates: tuple[str, ...]) -> dict[str, str]:
    sums: Counter[str] = Counter()
    for case in cases:
        if case.fate in fates:
            sums[case.currency] += case.fen
    return {currency: fen_text(fen) for currency, fen in sorted(sums.items())}


def suggestion(confirmed: int, known: int) -> str:
    """Suggest what to do with a rule: ``unknown`` (too little is known), ``retire``, ``tighten`` or ``keep``."""
    if known < ENOUGH:
        return "unknown"
    share = confirmed / known
    if share < RETIRE_BELOW:
        return "retire"
    return "tighten" if share < TIGHTEN_BELOW else "keep"


def monthly(deps: Deps, actor: Actor, code: str = DUPLICATE, months: int = 12) -> list[Json]:
    """Return month by month, this one first, what holds of one code stopped: orders, money, how many of them rightly.

    For duplicates it is the count and value of what did not go out twice (DUP-04). Months are local.
    """
    _require(actor, *READERS)
    zone, now = ZoneInfo(deps.settings.timezone), deps.clock()
    first = now.astimezone(zone).date().replace(day=1)
    names = [first]
    while len(names) < months:
        names.append((names[-1] - timedelta(days=1)).replace(day=1))
    accounts = {name.isoformat()[:7]: _Account() for name in names}
    since, until = Period(names[-1], now.astimezone(zone).date()).bounds(zone)
    with deps.store.db.read() as conn:
        for row in economics.held(conn, since, until, code):
            _add(accounts[row.created_at.astimezone(zone).date().isoformat()[:7]], row, now)
    return [{"month": month, **_month(list(account.cases.values()))} for month, account in accounts.items()]


def _month(cases: list[_Case]) -> Json:
    fates = Counter(case.fate for case in cases)
    return {
        "hits": len(cases),
        "confirmed": fates["confirmed"],
        "released": fates["released"],
        "unknown": fates["open"] + fates["ended"],
        "money": _money(cases, FATES),
        "caught": _money(cases, ("confirmed",)),
    }


CSV_HEAD = ("rule", "codes", "hits", *FATES, "unknown", "precision", "hours_waited", "money", "caught", "delayed",
            "suggestion")  # fmt: skip


def report_csv(found: Json) -> str:
    """Write a report as CSV; the byte order mark lets Excel read 中文."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_HEAD)
    for line in found["rules"]:
        writer.writerow([guarded(_cell(line[name])) for name in CSV_HEAD])
    return "\ufeff" + out.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return " + ".join(f"{amount} {currency}" for currency, amount in value.items())
    if isinstance(value, list):
        return " ".join(value)
    return "" if value is None else str(value)


def heat(deps: Deps, actor: Actor, period: Period) -> list[Json]:
    """Return the holds raised in the period as node × reason, with a count for each local hour; the busiest first."""
    _require(actor, *READERS)
    zone = ZoneInfo(deps.settings.timezone)
    cells: dict[tuple[str, str], list[int]] = {}
    with deps.store.db.read() as conn:
        for row in economics.raised(conn, *period.bounds(zone)):
            cells.setdefault((row.gate, row.code), [0] * 24)[row.created_at.astimezone(zone).hour] += 1
    rows = [{"gate": gate, "code": code, "hours": hours, "total": sum(hours)} for (gate, code), hours in cells.items()]
    return sorted(rows, key=lambda row: (-int(str(row["total"])), str(row["gate"]), str(row["code"])))


@dataclass(frozen=True, slots=True)
class Cell:
    """A place of the heat map; ``hour`` None: all hours."""

    gate: str
    code: str
    hour: int | None = None


def orders_of(
    deps: Deps, actor: Actor, period: Period, cell: Cell, *, limit: int = 50, after: str | None = None
) -> Page:
    """Return the holds behind a cell with their orders, oldest first."""
    _require(actor, *READERS)
    zone = ZoneInfo(deps.settings.timezone)
    wanted = economics.of_cell(cell.gate, cell.code, *period.bounds(zone))
    if cell.hour is not None:
        wanted = wanted.where(economics.at_hour(_hours(period, zone, cell.hour)))
    with deps.store.db.read() as conn:
        return economics.page_of(conn, actor, wanted, limit=limit, after=after)


def _hours(period: Period, zone: ZoneInfo, hour: int) -> list[tuple[datetime, datetime]]:
    """Return that local hour of every day of the period."""
    days = (period.until - period.since).days + 1
    begins = [datetime.combine(period.since + timedelta(days=day), time(hour), zone) for day in range(days)]
    return [(begin, begin + timedelta(hours=1)) for begin in begins]


def hits(deps: Deps, days: int = 14) -> dict[str, list[int]]:
    """Return for each rule the orders that it stopped on each of the last local days, oldest first."""
    zone = ZoneInfo(deps.settings.timezone)
    today = deps.clock().astimezone(zone).date()
    period = Period(today - timedelta(days=days - 1), today)
    seen: set[tuple[str, str, date]] = set()
    with deps.store.db.read() as conn:
        for row in economics.raised(conn, *period.bounds(zone)):
            seen.add((row.rule, row.order_id, row.created_at.astimezone(zone).date()))
    found: dict[str, list[int]] = {}
    for rule, _, day in seen:
        found.setdefault(rule, [0] * days)[(day - period.since).days] += 1
    return found


def give_verdict(deps: Deps, actor: Actor, hold_id: str, verdict: Verdict, reason: str) -> None:
    """Say of a hold that it was right or wrong to stop the order; audited. Raises Forbidden, NotFound, InvalidOrder."""
    _require(actor, *JUDGES)
    reason, now = required_reason(reason), deps.clock()
    with deps.store.db.write() as conn:
        hold = holds.get(conn, hold_id, actor)
        row = {"hold_id": hold_id, "verdict": verdict.value, "reason": reason, "actor": actor.id, "at": now}
        economics.set_verdict(conn, row)
        detail = {"hold_id": hold_id, "code": hold["code"], "rule": hold["rule"], "verdict": verdict.value}
        audit.record(conn, hold["order_id"], audit.Entry("hold_judged", actor.id, {**detail, "reason": reason}), now)


def _require(actor: Actor, *roles: Role) -> None:
    if not actor.has(*roles):
        raise Forbidden("Your role may not see this report", "您的角色无权查看此报表")

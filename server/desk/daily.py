"""The scheduled report: every morning the day before, on Mondays the week, on the first the month (NTF-04).

Place in the order's way: behind it. The report is an event like any other, ``report.daily``, ``report.weekly`` and
``report.monthly``: whoever is to have it is a destination that hears of it, such as an e-mail to the owners, with the
figures as a sheet. Knows no HTTP.
"""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from orders.money import fen_text
from orders.state import STATE_ZH, OrderState
from server.db import audit, jobs
from server.db.facts import daily
from server.db.outlets import outbox

if TYPE_CHECKING:
    from server.deps import Deps

Json = dict[str, Any]
JOB = "report"
AT = time(8, 0)
NAMES = {"daily": "日报", "weekly": "周报", "monthly": "月报"}


def arrange(deps: Deps) -> None:
    """See to it that the next morning's report is due; asking again changes nothing."""
    now, zone = deps.clock(), ZoneInfo(deps.settings.timezone)
    local = now.astimezone(zone)
    due = datetime.combine(local.date(), AT, zone)
    with deps.store.db.write() as conn:
        due_at = due if due > local else due + timedelta(days=1)
        jobs.enqueue(conn, JOB, {}, now=now, due_at=due_at, priority=1, dedupe=JOB)


def due_on(today: date) -> dict[str, tuple[date, date]]:
    """Return the reports of a morning: name → first day and the day after the last."""
    found = {"daily": (today - timedelta(days=1), today)}
    if today.weekday() == 0:
        found["weekly"] = (today - timedelta(days=7), today)
    if today.day == 1:
        found["monthly"] = ((today - timedelta(days=1)).replace(day=1), today)
    return found


def perform(deps: Deps) -> Json:
    """Make this morning's reports, each once, and send them to whoever hears of them. Arranges the next morning."""
    arrange(deps)
    now, zone = deps.clock(), ZoneInfo(deps.settings.timezone)
    told = []
    for name, (since, until) in due_on(now.astimezone(zone).date()).items():
        with deps.store.db.write() as conn:
            if daily.is_told(conn, f"report:{name}:{since}:{outbox.WEBHOOKS}"):
                continue
            begin, end = (datetime.combine(day, time(), zone) for day in (since, until))
            figures = daily.summary(conn, begin, end)
            last = until - timedelta(days=1)
            text = words(name, since, last, figures)
            payload: Json = {"event": f"report.{name}", "order_id": None, "number": None, "notify": [], "text": text}
            payload["sheet"] = {"name": f"sluice-{name}-{since}.csv", "text": sheet(figures)}
            event = outbox.Event(f"report.{name}", None, f"report:{name}:{since}", payload)
            outbox.add(conn, event, now, (outbox.WEBHOOKS,))
            detail = {"report": name, "since": since.isoformat(), "until": last.isoformat()}
            audit.record(conn, "reports", audit.Entry("report_made", "system", detail), now)
        told.append(name)
    deps.wake()
    return {"reports": told}


def words(name: str, since: date, last: date, figures: Json) -> str:
    """Return the report in words, the first line its subject."""
    span = since.isoformat() if since == last else f"{since} 至 {last}"
    count = sum(figures["states"].values())
    amounts = "，".join(f"{fen_text(fen)} {currency}" for currency, fen in figures["amounts"].items()) or "0.00"
    lines = [
        f"Sluice {NAMES[name]} {span}",
        "",
        f"订单 {count} 张，应付合计 {amounts}",
        f"已发货 {figures['shipped']} 张",
    ]
    lines += _listed("按渠道", figures["channels"])
    lines += _listed("按状态", {STATE_ZH[OrderState(state)]: n for state, n in figures["states"].items()})
    lines += _listed("挂起原因", figures["holds"])
    return "\n".join([*lines, "", f"推送失败待处理：{figures['dead']} 条"])


def _listed(head: str, counts: dict[str, int]) -> list[str]:
    return ["", f"{head}：", *(f"  {name}  {count}" for name, count in counts.items())] if counts else []


def sheet(figures: Json) -> str:
    """Return the figures as CSV: group, name, value."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["group", "name", "value"])
    for group in ("channels", "states", "holds"):
        rows.writerows([group, name, count] for name, count in figures[group].items())
    rows.writerows(["payable", currency, fen_text(fen)] for currency, fen in figures["amounts"].items())
    rows.writerows([["shipped", "", figures["shipped"]], ["dead letters", "", figures["dead"]]])
    return out.getvalue()

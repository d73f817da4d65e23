"""Every night a sample of decisions is decided again; one that comes out otherwise is an incident.

Place in the order's way: after everything (U3). A job with a due time arranges the next night's.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from orders.actor import SYSTEM, Role
from server.db import audit, jobs
from server.db.ids import new_id
from server.db.order import decisions
from server.db.outlets import notifications
from server.desk.rulework.replay import Replayed, replay_rows

if TYPE_CHECKING:
    from server.deps import Deps

Json = dict[str, Any]
log = logging.getLogger(__name__)
JOB = "replay_sample"
DIFFERS = "replay_differs"
AT = time(3, 0)
"""Local time of the night's sample."""
NEWEST, SPREAD = 100, 100
TOLD = (Role.RISK, Role.AUDITOR, Role.ADMIN)


def arrange(deps: Deps) -> None:
    """See to it that the next sample is due; asking again changes nothing."""
    now = deps.clock()
    with deps.store.db.write() as conn:
        jobs.enqueue(conn, JOB, {}, now=now, due_at=next_night(now, deps.settings.timezone), priority=1, dedupe=JOB)


def next_night(now: datetime, timezone: str) -> datetime:
    """Return the next 03:00 after ``now``, local time."""
    zone = ZoneInfo(timezone)
    local = now.astimezone(zone)
    tonight = datetime.combine(local.date(), AT, zone)
    return tonight if tonight > local else datetime.combine(local.date() + timedelta(days=1), AT, zone)


def perform(deps: Deps) -> dict[str, Any]:
    """Replay the newest decisions and some of all times; tell of those that differ. Arranges the next night first."""
    arrange(deps)
    replayed = replay_rows(deps, _sample(deps))
    different = [item.decision_id for item in replayed if not item.same]
    for item in replayed:
        if not item.same:
            _alarm(deps, item)
    return {"replayed": len(replayed), "different": different}


def last(deps: Deps) -> Json | None:
    """Return when the last sample ended, how many decisions it took, and which differed; None before the first."""
    with deps.store.db.read() as conn:
        job = jobs.last_done(conn, JOB)
    return None if job is None else {"at": job["finished_at"], **job["result"]}


def _detail(entry: Json) -> Json:
    found: Json = json.loads(entry["detail"])
    return found


def _sample(deps: Deps) -> list[dict[str, Any]]:
    with deps.store.db.read() as conn:
        newest = decisions.newest(conn, NEWEST)
        period = decisions.period(conn)
        if period is None:
            return []
        first, last = period
        chosen = Random(deps.clock().date().toordinal())
        moments = [first + (last - first) * chosen.random() for _ in range(SPREAD)]
        known = {row["id"] for row in newest}
        return newest + [row for row in decisions.spread(conn, moments) if row["id"] not in known]


def _alarm(deps: Deps, item: Replayed) -> None:
    log.critical(
        "Decision %s comes out otherwise: %s",
        item.decision_id,
        item.note or "another body",
        extra={"action": DIFFERS, "decision_id": item.decision_id},
    )
    now = deps.clock()
    with deps.store.db.write() as conn:
        order_id = decisions.get(conn, item.decision_id)["order_id"]
        detail = {"decision_id": item.decision_id, "why": item.note}
        if not any(entry["action"] == DIFFERS and detail == _detail(entry) for entry in audit.of(conn, order_id)):
            audit.record(conn, order_id, audit.Entry(DIFFERS, SYSTEM.id, detail), now)
        rows = [
            {
                "id": new_id("not", now),
                "recipient": role.value,
                "order_id": order_id,
                "event": "decision.replay_differs",
                "title_zh": f"判定 {item.decision_id} 重放结果不同，请立即核查",
                "title_en": f"Decision {item.decision_id} comes out otherwise when decided again: look into it now",
                "idempotency_key": f"replay:{item.decision_id}:{role.value}",
                "created_at": now,
            }
            for role in TOLD
        ]
        notifications.add(conn, rows)

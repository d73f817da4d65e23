"""U3: every night a sample is decided again; a decision that comes out otherwise alarms."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from bench.decision_orders import NOW
from bench.history import lay_in
from server.db import audit, jobs
from server.db.outlets import notifications
from server.db.tables import decisions
from server.desk.rulework import nightly
from server.jobs import HANDLERS
from server.tasks import perform_nightly

if TYPE_CHECKING:
    from server.db.store import Store
    from server.deps import Deps


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    return sqlite_store


@pytest.fixture
def past(deps: Deps, clock) -> Deps:
    clock.now = NOW + timedelta(hours=1)
    lay_in(deps.store, deps.engine.bundle, 12)
    return deps


def waiting(deps: Deps) -> list[datetime]:
    with deps.store.db.read() as conn:
        return [job["due_at"] for job in jobs.list_page(conn, "waiting") if job["kind"] == nightly.JOB]


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-11-21T18:59:59", "2026-11-21T19:00:00"),  # 02:59:59 in Shanghai
        ("2026-11-21T19:00:00", "2026-11-22T19:00:00"),
        ("2026-11-22T04:00:00", "2026-11-22T19:00:00"),
    ],
)
def test_U3_the_sample_is_due_at_three_local_time(now: str, due: str) -> None:
    found = nightly.next_night(datetime.fromisoformat(now).replace(tzinfo=UTC), "Asia/Shanghai")
    assert found == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_U3_a_night_is_arranged_once_and_each_arranges_the_next(past: Deps, clock) -> None:
    nightly.arrange(past)
    nightly.arrange(past)
    (first,) = waiting(past)
    clock.now = first
    assert HANDLERS[nightly.JOB] is perform_nightly
    with past.store.db.write() as conn:
        (job,) = jobs.due(conn, clock.now, 10)
        jobs.claim(conn, job, "me", now=clock.now, until=clock.now + timedelta(minutes=1))
    assert nightly.last(past) is None
    assert perform_nightly(past, {}) == {"replayed": 12, "different": []}
    assert waiting(past) == [first + timedelta(days=1)]
    with past.store.db.write() as conn:
        assert jobs.finish(conn, job, "me", {"replayed": 12, "different": []}, clock.now)
    assert nightly.last(past) == {"at": first, "replayed": 12, "different": []}


def test_U3_a_decision_that_comes_out_otherwise_alarms_once(past: Deps, caplog) -> None:
    with past.store.db.write() as conn:
        forged = conn.execute(select(decisions.c.id).order_by(decisions.c.id).limit(1)).scalar_one()
        conn.execute(update(decisions).where(decisions.c.id == forged).values(body="{}"))
    with caplog.at_level(logging.CRITICAL):
        assert nightly.perform(past)["different"] == [forged]
        nightly.perform(past)
    assert {record.action for record in caplog.records} == {"replay_differs"}
    with past.store.db.read() as conn:
        order_id = conn.execute(select(decisions.c.order_id).where(decisions.c.id == forged)).scalar_one()
        (entry,) = audit.of(conn, order_id)
        assert (entry["action"], json.loads(entry["detail"])["why"]) == (nightly.DIFFERS, "body changed")
        for role in ("risk", "auditor", "admin"):
            (told,) = notifications.list_of(conn, [role])
            assert forged in told["title_zh"]


def test_U3_the_sample_reaches_old_decisions(past: Deps, monkeypatch) -> None:
    monkeypatch.setattr(nightly, "NEWEST", 2)
    newest_two = {f"dec_{number:022d}" for number in (10, 11)}
    chosen = {row["id"] for row in nightly._sample(past)}
    assert newest_two < chosen


def test_U3_an_empty_house_has_nothing_to_replay(deps: Deps) -> None:
    assert nightly.perform(deps) == {"replayed": 0, "different": []}

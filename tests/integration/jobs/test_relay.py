"""The relay: what the broker loses is handed over again."""

from __future__ import annotations

import pytest

from server.db import jobs
from server.jobs import Terms, perform
from server.jobs.relay import Pace, Relay
from tests.integration.jobs.working import add, claimed, giving, raising, row

PACE = Pace(republish_s=30, window=3)


def passed_on(deps, pace=PACE):
    ids = []
    Relay(deps, lambda job_id, priority: ids.append((job_id, priority)), pace).pass_on()
    return ids


def test_INT_10_due_job_is_handed_over_once(deps):
    job_id = add(deps, priority=7)
    assert passed_on(deps) == [(job_id, 7)]
    assert passed_on(deps) == []


def test_INT_10_job_that_the_broker_lost_is_handed_over_again(deps, clock):
    job_id = add(deps)
    passed_on(deps)
    clock.turn(30)
    assert passed_on(deps) == []
    clock.turn(0.1)
    assert passed_on(deps) == [(job_id, 5)]


def test_INT_10_job_of_a_killed_worker_is_handed_over_as_soon_as_its_lease_is_over(deps, clock):
    job_id = add(deps)
    passed_on(deps)
    claimed(deps, job_id, "killed", seconds=15)
    clock.turn(15)
    assert passed_on(deps) == []
    clock.turn(0.1)
    assert passed_on(deps) == [(job_id, 5)]
    assert passed_on(deps) == []


def test_INT_10_failed_job_is_handed_over_when_its_next_attempt_is_due(deps, clock):
    job_id = add(deps)
    passed_on(deps)
    perform(deps, job_id, Terms(handlers={"work": raising(ZeroDivisionError())}))
    assert passed_on(deps) == []
    clock.turn(2)
    assert passed_on(deps) == [(job_id, 5)]


def test_INT_10_at_most_a_window_of_jobs_stands_with_the_broker_and_urgent_ones_go_first(deps):
    plain = [add(deps) for _ in range(3)]
    urgent = add(deps, priority=9)
    first = [job_id for job_id, _ in passed_on(deps)]
    assert first[0] == urgent
    assert len(first) == 3
    assert passed_on(deps) == []
    perform(deps, urgent, Terms(handlers={"work": giving(None)}))
    assert [job_id for job_id, _ in passed_on(deps)] == [job_id for job_id in plain if job_id not in first]


def test_INT_10_job_that_the_broker_refuses_is_not_marked_as_handed_over(deps):
    taken, refused = add(deps, priority=9), add(deps)

    def publish(job_id, priority):
        if job_id == refused:
            raise ConnectionError("broker is away")

    with pytest.raises(ConnectionError):
        Relay(deps, publish, PACE).pass_on()
    assert row(deps, taken)["published_at"] == deps.clock()
    assert row(deps, refused)["published_at"] is None


def test_INT_10_two_relays_hand_each_job_over_once(deps):
    ids = [add(deps) for _ in range(2)]
    with deps.store.db.write() as conn:
        now = deps.clock()
        assert len(jobs.take_unpublished(conn, now, now, window=1)) == 1
        assert jobs.take_unpublished(conn, now, now, window=0) == []  # a smaller window than what stands there
    assert {job_id for job_id, _ in passed_on(deps)} <= set(ids)

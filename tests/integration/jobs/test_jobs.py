"""Jobs on both databases: the row is the truth."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from orders.errors import InternalError, InvalidOrder, TransportError
from server.db import jobs, tables
from server.jobs import Runner, Terms, perform
from server.jobs.registry import HANDLERS, handler
from tests.integration.jobs.working import add, claimed, due, giving, raising, row, terms
from tests.waiting import PATIENCE_S, until


def test_job_is_done_with_its_result(deps):
    job_id = add(deps, args={"name": "订单"})
    assert perform(deps, job_id, terms(work=lambda _, args: {"seen": args["name"]}))
    stored = row(deps, job_id)
    assert (stored["state"], stored["result"], stored["attempt"]) == ("done", {"seen": "订单"}, 1)
    assert not perform(deps, job_id, terms(work=raising(AssertionError("a second time"))))


def test_job_of_a_transaction_that_rolls_back_never_was(deps):
    with deps.store.db.write() as conn:
        jobs.enqueue(conn, "work", {}, now=deps.clock())
        conn.rollback()
    assert due(deps) == []


def test_job_waits_for_its_time(deps, clock):
    job_id = add(deps, due_at=clock() + timedelta(seconds=60))
    clock.turn(59.9)
    assert due(deps) == []
    assert not perform(deps, job_id, terms(work=giving(None)))
    clock.turn(0.1)
    assert due(deps) == [job_id]
    assert perform(deps, job_id, terms(work=giving(None)))


def test_urgent_jobs_come_first_then_those_that_wait_longest(deps, clock):
    late, urgent = add(deps, due_at=clock() - timedelta(1)), add(deps, priority=9)
    old = add(deps, due_at=clock() - timedelta(2))
    assert due(deps) == [urgent, old, late]


def test_failed_job_waits_longer_each_time_and_ends_as_a_dead_letter_with_its_reason(deps, clock):
    job_id = add(deps, max_attempts=3)
    for wait in (10, 100):
        assert perform(deps, job_id, terms(work=raising(InternalError("no disk"))))
        assert row(deps, job_id)["state"] == "waiting"
        assert row(deps, job_id)["due_at"] == clock() + timedelta(seconds=wait)
        clock.turn(wait)
    assert perform(deps, job_id, terms(work=raising(InternalError("no disk"))))
    stored = row(deps, job_id)
    assert (stored["state"], stored["last_error"]) == ("dead", "InternalError: no disk")
    clock.turn(1_000_000)
    assert due(deps) == []


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (InvalidOrder("no lines"), "dead"),
        (TransportError("refused", permanent=True), "dead"),
        (TransportError("busy", permanent=False), "waiting"),
        (InternalError("ours"), "waiting"),
        (ZeroDivisionError("ours"), "waiting"),
    ],
)
def test_only_what_another_attempt_may_mend_is_tried_again(sqlite_deps, error, state):
    job_id = add(sqlite_deps)
    perform(sqlite_deps, job_id, terms(work=raising(error)))
    assert row(sqlite_deps, job_id)["state"] == state


def test_job_of_an_unknown_kind_is_a_dead_letter(sqlite_deps):
    job_id = add(sqlite_deps, kind="nobody_does_this")
    perform(sqlite_deps, job_id, terms())
    assert row(sqlite_deps, job_id)["last_error"] == "no handler for kind nobody_does_this"


def test_replayed_dead_letter_has_all_its_attempts_again(deps):
    job_id = add(deps, max_attempts=1)
    perform(deps, job_id, terms(work=raising(InternalError("once"))))
    with deps.store.db.write() as conn:
        assert jobs.replay(conn, job_id, deps.clock())
        assert not jobs.replay(conn, job_id, deps.clock())
    assert perform(deps, job_id, terms(work=giving("well")))
    assert row(deps, job_id)["result"] == "well"


def test_two_workers_that_claim_one_job_do_it_once(deps):
    job_id, done, together = add(deps), [], threading.Barrier(8)

    def work(deps, args):
        done.append(threading.get_ident())

    def compete(_):
        together.wait()
        return perform(deps, job_id, terms(work=work))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(compete, range(8))) == 1
    assert len(done) == 1


def test_job_of_a_dead_worker_is_taken_over_when_its_lease_has_run_out(deps, clock):
    job_id = add(deps)
    assert claimed(deps, job_id, "dies").attempt == 1
    clock.turn(15)
    assert claimed(deps, job_id, "other") is None
    clock.turn(0.1)
    assert due(deps) == [job_id]
    assert claimed(deps, job_id, "other").attempt == 2


def test_worker_that_lost_its_lease_cannot_end_the_job(deps, clock):
    job_id = add(deps)
    claimed(deps, job_id, "slow")
    clock.turn(16)
    claimed(deps, job_id, "other")
    with deps.store.db.write() as conn:
        assert not jobs.finish(conn, job_id, "slow", None, clock())
        assert not jobs.retry(conn, job_id, "slow", "x", clock())
        assert not jobs.bury(conn, job_id, "slow", "x", clock())
        assert not jobs.extend(conn, "slow", clock() + timedelta(1))
        assert jobs.finish(conn, job_id, "other", None, clock())


def test_what_an_owner_ends_is_the_job_named_and_only_while_it_runs(sqlite_deps, clock):
    one, other = add(sqlite_deps), add(sqlite_deps)
    for job_id in (one, other):
        claimed(sqlite_deps, job_id, "me")
    with sqlite_deps.store.db.write() as conn:
        assert jobs.finish(conn, one, "me", None, clock())
        assert not jobs.finish(conn, one, "me", "again", clock())
        assert not jobs.bury(conn, one, "me", "late", clock())
        assert not jobs.retry(conn, one, "me", "late", clock())
        assert jobs.extend(conn, "me", clock() + timedelta(hours=1))  # the other one, and no more
    assert (row(sqlite_deps, one)["state"], row(sqlite_deps, one)["lease_until"]) == ("done", None)
    with sqlite_deps.store.db.write() as conn:
        conn.execute(tables.jobs.update().where(tables.jobs.c.id == one).values(lease_until=clock()))
    assert row(sqlite_deps, other)["state"] == "running"
    clock.turn(60)
    assert due(sqlite_deps) == []  # one is done, whatever its lease says; the other's goes on


def test_job_that_kills_its_worker_every_time_is_given_up(deps, clock):
    job_id = add(deps, max_attempts=2)
    for _ in range(2):
        claimed(deps, job_id, "dies")
        clock.turn(16)
    perform(deps, job_id, terms(work=raising(AssertionError("must not run"))))
    assert row(deps, job_id)["last_error"] == "its worker died in every attempt"


def test_heartbeat_keeps_the_lease_of_a_long_job(sqlite_deps):
    job_id, seen = add(sqlite_deps), []

    def work(deps, args):
        first = row(deps, job_id)["lease_until"]
        deps.clock.turn(10)
        until(lambda: row(deps, job_id)["lease_until"] > first)
        seen.append(row(deps, job_id)["lease_until"] - first)

    perform(sqlite_deps, job_id, Terms(heartbeat_s=0.02, handlers={"work": work}))
    assert seen == [timedelta(seconds=10)]


def test_wish_for_a_job_that_waits_already_adds_none_but_may_move_it_up(deps, clock):
    first = add(deps, dedupe="order:1", due_at=clock() + timedelta(seconds=60))
    assert add(deps, dedupe="order:1", due_at=clock() + timedelta(seconds=90)) == first
    assert row(deps, first)["due_at"] == clock() + timedelta(seconds=60)
    assert add(deps, dedupe="order:1") == first
    assert due(deps) == [first]
    assert add(deps, dedupe="order:2") != first


def test_wish_that_comes_while_the_job_runs_is_not_lost(deps):
    first = add(deps, dedupe="order:1")
    later = []
    perform(deps, first, terms(work=lambda deps, _: later.append(add(deps, dedupe="order:1"))))
    assert row(deps, first)["state"] == "done"
    assert due(deps) == later
    assert later != [first]


def test_failed_job_stands_back_for_the_one_that_waits_under_its_name(deps):
    first = add(deps, dedupe="order:1")
    later = []

    def work(deps, args):
        later.append(add(deps, dedupe="order:1"))
        raise InternalError("no disk")

    perform(deps, first, terms(work=work))
    assert row(deps, first)["state"] == "superseded"
    assert due(deps) == later


def test_racing_wishes_make_one_job(deps):
    together = threading.Barrier(6)

    def wish(_):
        together.wait()
        return add(deps, dedupe="order:1")

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(wish, range(6)))) == 1


def test_process_that_starts_on_sqlite_frees_what_the_one_before_held(sqlite_deps):
    from server import jobs as package

    job_id = add(sqlite_deps)
    claimed(sqlite_deps, job_id, "killed", seconds=3600)
    sqlite_deps.clock.turn(1)
    runner = package.start(sqlite_deps)
    try:
        assert due(sqlite_deps) == [job_id] or row(sqlite_deps, job_id)["attempt"] == 2
    finally:
        runner.stop()


def test_runner_does_everything_once_on_its_threads(deps):
    count, lock, seen = 60, threading.Lock(), []
    for number in range(count):
        add(deps, args={"n": number})

    def work(deps, args):
        with lock:
            seen.append(args["n"])

    runners = [Runner(deps, terms(work=work), poll_s=0.02).start() for _ in range(2)]
    until(lambda: len(seen) >= count)
    for runner in runners:
        runner.stop()
    assert sorted(seen) == list(range(count))


def test_runner_finishes_what_is_under_way_before_it_stops(sqlite_deps):
    started, job_id = threading.Event(), add(sqlite_deps)

    def work(deps, args):
        started.set()
        threading.Event().wait(0.2)
        return "finished"

    runner = Runner(sqlite_deps, terms(work=work), poll_s=0.02).start()
    assert started.wait(PATIENCE_S)
    runner.stop()
    assert row(sqlite_deps, job_id)["result"] == "finished"


def test_old_ended_jobs_are_deleted_and_dead_letters_stay(deps, clock):
    done, dead = add(deps), add(deps, max_attempts=1)
    perform(deps, done, terms(work=giving(None)))
    perform(deps, dead, terms(work=raising(InternalError("x"))))
    clock.turn(100)
    with deps.store.db.write() as conn:
        assert jobs.purge(conn, clock() - timedelta(seconds=100)) == 0
        assert jobs.purge(conn, clock()) == 1
    assert row(deps, done) is None
    assert row(deps, dead)["state"] == "dead"
    with deps.store.db.read() as conn:
        assert jobs.counts(conn) == {("work", "dead"): 1}
        assert [item["id"] for item in jobs.list_page(conn, "dead")] == [dead]


def test_two_handlers_of_one_kind_are_refused():
    @handler("only_for_this_test")
    def first(deps, args):
        return None

    assert HANDLERS["only_for_this_test"] is first
    with pytest.raises(ValueError, match="two handlers"):
        handler("only_for_this_test")(giving(None))

"""Dispatch on both databases against a real ERP: at least once, in order per order, nothing lost."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from adapters.message import Receipt
from orders.decision import canonical_bytes
from orders.errors import TransportError
from server.backoff import Backoff
from server.db.outlets import outbox
from server.db.outlets.outbox import Event
from server.dispatch import Dispatcher, Plan, start
from tests.waiting import until

PLAN = Plan(backoff=Backoff((10.0, 100.0), jitter=0.0))


@pytest.fixture
def linked(deps, erp):
    """Deps whose ERP is the stub."""
    return deps.with_settings(erp_url=erp.url, erp_timeout_s=10.0)


def tell(deps, order_id, event="order.accepted", version=1, destinations=("erp",)):
    with deps.store.db.write() as conn:
        key = deps.store.vault.subject_key(conn, f"customer-{order_id}", deps.clock())
        deps.store.vault.keep(conn, key)
        sealed = deps.store.vault.seal(key, canonical_bytes({"number": f"PO-{order_id}", "note": "请送北门"}))
        payload = {"event": event, "order_id": order_id, "outcome": "pass"}
        happened = Event(event, order_id, f"{order_id}:{event}:{version}", payload, sealed, key.subject)
        outbox.add(conn, happened, deps.clock(), destinations)


def rows(deps, order_id):
    with deps.store.db.read() as conn:
        return outbox.of_order(conn, order_id)


def states(deps, order_id):
    return [row["state"] for row in rows(deps, order_id)]


def send(deps, destination="erp", plan=PLAN):
    return Dispatcher(deps, plan).round(destination)


def test_INT_10_order_reaches_the_erp_with_its_content_and_the_receipt_is_kept(linked, erp):
    tell(linked, "ord_1")
    assert send(linked) == 1
    [row] = rows(linked, "ord_1")
    assert (row["state"], row["attempts"], row["sent_at"]) == ("sent", 1, linked.clock())
    assert json.loads(row["receipt"]) == {"status": 201, "reference": "ERP-000001", "detail": ""}
    [received] = erp.received()
    assert received["key"] == "ord_1:order.accepted:1:erp"
    assert received["body"]["order"] == {"number": "PO-ord_1", "note": "请送北门"}
    assert received["body"]["outcome"] == "pass"
    assert send(linked) == 0


def test_INT_10_event_of_a_transaction_that_rolls_back_is_never_sent(linked, erp):
    with linked.store.db.write() as conn:
        outbox.add(conn, Event("order.accepted", "ord_1", "k", {}), linked.clock(), ("erp",))
        conn.rollback()
    assert send(linked) == 0
    assert erp.received() == []


def test_INT_10_same_event_cannot_be_written_twice(linked):
    tell(linked, "ord_1")
    with pytest.raises(Exception, match=r"(?i)unique"):
        tell(linked, "ord_1")
    assert len(rows(linked, "ord_1")) == 1


def test_INT_10_process_that_dies_before_sending_loses_nothing(linked, erp, clock):
    tell(linked, "ord_1")
    with linked.store.db.write() as conn:
        assert outbox.claim(conn, "erp", "dies", (clock(), clock() + timedelta(seconds=45)), limit=9)
    clock.turn(45)
    assert send(linked) == 0
    clock.turn(0.1)
    assert send(linked) == 1
    assert [row["calls"] for row in erp.received()] == [1]


def test_INT_10_process_that_dies_after_sending_makes_no_second_order(linked, erp, clock):
    tell(linked, "ord_1")
    erp.control(lose_answer=1)  # stored there, never marked here
    send(linked)
    assert states(linked, "ord_1") == ["waiting"]
    clock.turn(10)
    send(linked)
    assert states(linked, "ord_1") == ["sent"]
    assert [(row["order_id"], row["calls"]) for row in erp.received()] == [("ord_1", 2)]
    assert json.loads(rows(linked, "ord_1")[0]["receipt"])["detail"] == "duplicate"


def test_INT_10_worker_that_lost_its_lease_cannot_mark_the_message(linked, clock):
    tell(linked, "ord_1")
    with linked.store.db.write() as conn:
        [row] = outbox.claim(conn, "erp", "slow", (clock(), clock() + timedelta(seconds=1)), limit=1)
        clock.turn(2)
        assert outbox.claim(conn, "erp", "other", (clock(), clock() + timedelta(seconds=9)), limit=1)
        assert outbox.sent(conn, [(row, {})], "slow", clock()) == 0
        assert not outbox.put_back(conn, row, "slow", clock(), error="x")
        assert not outbox.bury(conn, row, "slow", "x")
        assert outbox.sent(conn, [(row, {})], "other", clock()) == 1


@pytest.mark.parametrize("mood", [{"fail": 1, "status": 500}, {"fail": 1, "status": 503}, {"delay_s": 1.0}])
def test_INT_10_erp_in_trouble_gets_the_message_later(linked, erp, clock, mood):
    tell(linked, "ord_1")
    erp.control(**mood)
    send(linked.with_settings(erp_timeout_s=0.3) if "delay_s" in mood else linked)
    [row] = rows(linked, "ord_1")
    assert (row["state"], row["attempts"]) == ("waiting", 1)
    assert row["due_at"] == clock() + timedelta(seconds=10)
    assert row["last_error"].startswith(("http_50", "timeout"))
    if "delay_s" in mood:
        until(erp.received)  # it stored the order although we stopped waiting
        erp.control()
    assert send(linked) == 0
    clock.turn(10)
    assert send(linked) == 1
    assert states(linked, "ord_1") == ["sent"]
    assert len(erp.received()) == 1


def test_INT_10_refused_message_is_a_dead_letter_that_can_be_replayed(linked, erp):
    tell(linked, "ord_1")
    erp.control(fail=1, status=400)
    send(linked)
    [row] = rows(linked, "ord_1")
    assert row["state"] == "dead"
    assert row["last_error"].startswith("http_400")
    assert send(linked) == 0
    with linked.store.db.write() as conn:
        assert outbox.replay(conn, row["id"], linked.clock())
    assert send(linked) == 1
    assert [item["key"] for item in erp.received()] == ["ord_1:order.accepted:1:erp"]


def test_INT_10_message_that_fails_too_often_is_a_dead_letter(linked, erp, clock):
    tell(linked, "ord_1")
    erp.control(fail=99)
    for attempt in range(1, 13):
        assert send(linked) == 1
        assert states(linked, "ord_1") == ["dead" if attempt == 12 else "waiting"]
        clock.turn(100)
    assert send(linked) == 0


def test_INT_10_dead_letters_of_a_destination_are_replayed_together(linked, erp):
    for number in range(3):
        tell(linked, f"ord_{number}")
    erp.control(fail=3, status=422)
    send(linked)
    with linked.store.db.write() as conn:
        assert outbox.replay_dead(conn, "erp", linked.clock()) == 3
    send(linked)
    assert {row["order_id"] for row in erp.received()} == {"ord_0", "ord_1", "ord_2"}


def test_INT_10_later_message_of_an_order_waits_while_the_earlier_one_is_retried(linked, erp, clock):
    tell(linked, "ord_1", "order.accepted")
    tell(linked, "ord_1", "order.changed", 2)
    erp.control(fail=1)
    worker = Dispatcher(linked, PLAN)
    worker.round("erp")
    tell(linked, "ord_2")
    while worker.round("erp"):
        pass
    assert [row["order_id"] for row in erp.received()] == ["ord_2"]
    clock.turn(10)
    while worker.round("erp"):
        pass
    mine = [row["event"] for row in erp.received() if row["order_id"] == "ord_1"]
    assert mine == ["order.accepted", "order.changed"]


def test_INT_10_message_being_sent_is_not_overtaken_by_a_later_one(linked, clock):
    tell(linked, "ord_1", "order.accepted")
    tell(linked, "ord_1", "order.changed", 2)
    with linked.store.db.write() as conn:
        lease = (clock(), clock() + timedelta(seconds=9))
        [first] = outbox.claim(conn, "erp", "one", lease, limit=9)
        assert outbox.claim(conn, "erp", "two", lease, limit=9) == []
        outbox.sent(conn, [(first, {})], "one", clock())
        [second] = outbox.claim(conn, "erp", "two", lease, limit=9)
    assert (first.event, second.event) == ("order.accepted", "order.changed")


def test_INT_10_later_message_waits_behind_a_dead_letter_until_that_is_withdrawn(linked, erp):
    tell(linked, "ord_1", "order.accepted")
    tell(linked, "ord_1", "order.changed", 2)
    erp.control(fail=1, status=400)
    send(linked)
    assert send(linked) == 0
    assert states(linked, "ord_1") == ["dead", "waiting"]
    with linked.store.db.write() as conn:
        assert outbox.withdraw(conn, rows(linked, "ord_1")[0]["id"])
    assert send(linked) == 1
    assert [row["event"] for row in erp.received()] == ["order.changed"]


def test_INT_10_without_an_erp_address_messages_wait(deps, erp):
    tell(deps, "ord_1")
    assert send(deps) == 0
    assert states(deps, "ord_1") == ["waiting"]
    assert send(deps.with_settings(erp_url=erp.url)) == 1


def test_INT_10_forgotten_person_is_not_sent(linked, erp):
    tell(linked, "ord_1")
    with linked.store.db.write() as conn:
        linked.store.vault.erase(conn, "customer-ord_1", linked.clock())
    send(linked)
    assert states(linked, "ord_1") == ["dead"]
    assert erp.received() == []


def test_INT_10_two_workers_send_every_message_once(linked, erp):
    for number in range(60):
        tell(linked, f"ord_{number:02}")

    def work(_):
        worker, sent = Dispatcher(linked, Plan(batch=4)), 0
        while count := worker.round("erp"):
            sent += count
        return sent

    with ThreadPoolExecutor(3) as pool:
        counts = list(pool.map(work, range(3)))
    assert sum(counts) == 60
    assert {row["calls"] for row in erp.received()} == {1}
    assert len(erp.received()) == 60


def test_INT_10_destination_that_is_down_uses_up_no_attempts_and_all_goes_when_it_is_back(linked, erp, clock):
    for number in range(6):
        tell(linked, f"ord_{number}")
    erp.control(fail=999)
    worker = Dispatcher(linked, PLAN)
    worker.round("erp")
    for _ in range(50):  # asked with one message at a time
        clock.turn(61)
        assert worker.round("erp") <= 1
    assert all(rows(linked, f"ord_{number}")[0]["attempts"] <= 2 for number in range(6))
    erp.control()
    clock.turn(61)
    while worker.round("erp"):
        pass
    assert [states(linked, f"ord_{number}") for number in range(6)] == [["sent"]] * 6


def test_INT_10_three_failures_in_a_row_leave_the_destination_alone(linked, erp, clock):
    for number in range(40):
        tell(linked, f"ord_{number:02}")
    erp.control(fail=999)
    worker = Dispatcher(linked, PLAN)
    worker.round("erp")
    tried = sum(rows(linked, f"ord_{number:02}")[0]["attempts"] for number in range(40))
    assert 3 <= tried <= 6  # four go at a time
    assert worker.round("erp") == 0


def test_INT_10_message_is_given_up_after_three_days_of_silence(linked, erp, clock):
    tell(linked, "ord_1")
    erp.control(fail=999)
    worker = Dispatcher(linked, PLAN)
    for _ in range(3):
        worker.round("erp")
        clock.turn(100)
    clock.turn(3 * 86_400 - 300)
    worker.round("erp")
    assert states(linked, "ord_1") == ["waiting"]
    clock.turn(61)
    worker.round("erp")
    assert states(linked, "ord_1") == ["dead"]


def test_INT_10_fault_of_an_outlet_is_a_failure_of_its_message(linked):
    def broken(message, target, secrets):
        raise ZeroDivisionError

    tell(linked, "ord_1")
    Dispatcher(linked, PLAN, {"erp.generic": broken}).round("erp")
    [row] = rows(linked, "ord_1")
    assert (row["state"], row["last_error"]) == ("waiting", "transport: ZeroDivisionError: ")


def test_INT_10_destination_that_asks_for_rest_is_left_alone_so_long(sqlite_deps, clock):
    deps, asked = sqlite_deps.with_settings(erp_url="http://erp"), []

    def busy(message, target, secrets):
        asked.append(message.order_id)
        raise TransportError("busy", permanent=False, retry_after_s=90)

    tell(deps, "ord_1")
    dispatcher = Dispatcher(deps, PLAN, {"erp.generic": busy})
    for wait_s, count in ((0, 1), (89, 1), (1, 2)):
        clock.turn(wait_s)
        dispatcher.round("erp")
        assert len(asked) == count


def test_INT_10_one_that_is_down_is_asked_on_threads_apart(sqlite_deps, clock):
    linked = sqlite_deps.with_settings(erp_url="http://127.0.0.1:9")
    asked = []

    def dead(message, target, secrets):
        asked.append(threading.current_thread().name.partition("_")[0])
        raise TransportError("dead", permanent=False)

    for number in range(4):
        tell(linked, f"ord_{number}")
    worker = Dispatcher(linked, PLAN, {"erp.generic": dead})
    worker.round("erp")
    asked.clear()
    clock.turn(100)
    worker._look()
    worker._probes.shutdown(wait=True)
    worker._pool.shutdown(wait=True)
    assert asked == ["probe"]


def test_INT_10_dispatcher_sends_what_was_committed_before_and_while_it_runs(linked, erp):
    tell(linked, "ord_1")
    running = start(linked)
    try:
        tell(linked, "ord_2")
        for waker in linked.wakers:
            waker()
        until(lambda: len(erp.received()) == 2)
    finally:
        running.stop()
    assert {row["order_id"] for row in erp.received()} == {"ord_1", "ord_2"}
    assert states(linked, "ord_1") == states(linked, "ord_2") == ["sent"]


def test_INT_10_what_a_killed_process_was_sending_on_sqlite_is_sent_by_the_next_at_once(sqlite_deps, erp, clock):
    deps = sqlite_deps.with_settings(erp_url=erp.url)
    tell(deps, "ord_1")
    with deps.store.db.write() as conn:
        assert outbox.claim(conn, "erp", "killed", (clock(), clock() + timedelta(days=1)), limit=9)
    running = start(deps)
    try:
        until(erp.received)
    finally:
        running.stop()
    assert states(deps, "ord_1") == ["sent"]


def test_INT_10_message_is_not_begun_when_its_lease_may_end_before_the_answer(linked, clock):
    sent = []

    def slow(message, target, secrets):
        sent.append(message.order_id)
        clock.turn(31)  # 45 s of lease, less 15 s for one call
        return Receipt()

    for number in range(9):
        tell(linked, f"ord_{number}")
    Dispatcher(linked, PLAN, {"erp.generic": slow}).round("erp")
    begun = set(sent)
    assert 1 <= len(begun) < 9
    for number in range(9):
        [row] = rows(linked, f"ord_{number}")
        state, attempts = ("sent", 1) if f"ord_{number}" in begun else ("waiting", 0)
        assert (row["state"], row["attempts"]) == (state, attempts)


def test_INT_10_lag_and_counts_tell_what_waits(linked, clock):
    tell(linked, "ord_1")
    since = clock()
    clock.turn(60)
    tell(linked, "ord_2")
    with linked.store.db.read() as conn:
        assert outbox.counts(conn) == {("erp", "waiting"): 2}
        assert outbox.oldest_waiting(conn) == {"erp": since}
        assert [row["order_id"] for row in outbox.list_page(conn, state="waiting", destination="erp")] == [
            "ord_2",
            "ord_1",
        ]

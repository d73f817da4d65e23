"""Group commit: writes of several threads share a transaction, and neither their failures nor their success."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from orders.errors import Refused
from server.commit import Committed, RaceLost, commit
from server.db import kept
from server.db.database import Database
from server.db.group import GroupWriter
from server.db.store import open_store
from tests.conftest import DATA_KEY
from tests.integration.db.world import (
    NOW,
    arrival_of,
    attempt_of,
    buyer,
    found_company,
    make_order,
    one,
    place,
    rows,
)

PUT = text("INSERT INTO settings (name, value, actor, updated_at) VALUES (:name, 'null', 'test', '')")


class Writer:
    """Writes names, all in one transaction; the first transaction waits for ``go_on``. BAD cannot be written."""

    def __init__(self, db):
        self.db, self.groups, self.begun, self.go_on = db, [], threading.Event(), threading.Event()
        self.group = GroupWriter(self.write)

    def write(self, items):
        self.groups.append(list(items))
        self.begun.set()
        assert self.go_on.wait(30)
        with self.db.write() as conn:
            for item in items:
                conn.execute(PUT, {"name": item})
                if item == "bad":
                    raise Refused(item, item)

    def behind_a_first_one(self, *items):
        """Let one write begin, queue the items behind it, then let it end; return what became of each."""
        with ThreadPoolExecutor(len(items) + 1) as pool:
            leader = pool.submit(self.group.run, "first")
            assert self.begun.wait(30)
            others = [pool.submit(self.group.run, item) for item in items]
            while len(self.group._queue) < len(items):
                threading.Event().wait(0.005)
            self.go_on.set()
            leader.result()
        return others


def names(store):
    return {row["name"] for row in rows(store, "SELECT name FROM settings")} - {"catalogue_version"}


def test_INV_04_writes_that_queue_share_one_transaction(sqlite_store):
    writer = Writer(sqlite_store.db)
    for other in writer.behind_a_first_one("a", "b", "c"):
        other.result()
    assert names(sqlite_store) == {"first", "a", "b", "c"}
    assert [len(group) for group in writer.groups] == [1, 3]


def test_INV_04_a_write_that_fails_takes_no_other_along(sqlite_store):
    ok, bad, fine = Writer(sqlite_store.db).behind_a_first_one("a", "bad", "c")
    ok.result()
    fine.result()
    with pytest.raises(Refused, match="bad"):
        bad.result()
    assert names(sqlite_store) == {"first", "a", "c"}


def test_INV_04_a_write_that_fails_alone_leaves_nothing(sqlite_store):
    writer = Writer(sqlite_store.db)
    writer.go_on.set()
    with pytest.raises(Refused):
        writer.group.run("bad")
    writer.group.run("b")
    assert names(sqlite_store) == {"b"}


def test_INV_04_nobody_hears_of_success_when_the_transaction_does_not_reach_the_disk(sqlite_store):
    writer, full = Writer(sqlite_store.db), [False, True, True, True]

    def end(_conn):
        if full.pop(0):
            raise OSError("the disk is full")

    event.listen(sqlite_store.db.writer, "commit", end)
    for other in writer.behind_a_first_one("a", "b"):
        with pytest.raises(OSError, match="full"):
            other.result()
    assert names(sqlite_store) == {"first"}
    full.append(False)
    writer.group.run("after")
    assert names(sqlite_store) == {"first", "after"}


def test_INV_04_a_lost_connection_is_told_to_everybody_and_nothing_is_written_twice():
    tries = []
    begun, go_on = threading.Event(), threading.Event()

    def write(items):
        begun.set()
        assert go_on.wait(30)
        if len(items) > 1:
            tries.append(list(items))
            raise OperationalError("COMMIT", None, Exception("gone"), connection_invalidated=True)

    group = GroupWriter(write)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(group.run, "first")
        assert begun.wait(30)
        others = [pool.submit(group.run, name) for name in "ab"]
        while len(group._queue) < 2:
            threading.Event().wait(0.005)
        go_on.set()
    first.result()
    for other in others:
        with pytest.raises(OperationalError):
            other.result()
    assert len(tries) == 1


def test_INV_04_threads_that_race_in_groups_each_get_their_own_answer(sqlite_store):
    writer = Writer(sqlite_store.db)
    writer.go_on.set()
    with ThreadPoolExecutor(8) as pool:
        done = [pool.submit(writer.group.run, "bad" if n % 10 == 9 else f"n{n}") for n in range(100)]
    assert [isinstance(one.exception(), Refused) for one in done] == [n % 10 == 9 for n in range(100)]
    assert names(sqlite_store) == {f"n{n}" for n in range(100) if n % 10 != 9}


def in_one_group(store, *orders):
    """Decide the orders, then commit them so that all stand in one transaction; return the outcomes."""
    attempts = [attempt_of(store, order) for order in orders]
    group, begun, go_on = store.db._group, threading.Event(), threading.Event()
    write, sizes = group._write, []

    def waiting(shares):
        begun.set()
        assert go_on.wait(30)
        sizes.append(len(shares))
        write(shares)

    group._write = waiting
    with ThreadPoolExecutor(len(orders) + 1) as pool:
        first = pool.submit(place, store, make_order("FIRST", ("A-5", "1"), buyer=buyer("13700000000")))
        assert begun.wait(30)
        told = []
        for order, attempt in zip(orders, attempts, strict=True):
            told.append(pool.submit(commit, store, arrival_of(order), attempt, now=NOW))
            while len(group._queue) < len(told):
                threading.Event().wait(0.005)
        go_on.set()
    group._write = write
    assert isinstance(first.result(), Committed)
    assert sizes[:2] == [1, len(orders)]
    return [one.result() for one in told], sizes[2:]


def company(store, **stock):
    found_company(store, stock={(sku.replace("_", "-"), "GZ"): there for sku, there in {**stock, "A_5": "9"}.items()})


def test_INV_04_orders_of_one_group_are_each_whole(store):
    company(store, A_1="10", A_2="10")
    orders = [make_order(f"G-{n}", ("A-2", "1"), ("A-1", "2"), buyer=buyer(f"1390000000{n}")) for n in range(4)]
    told, alone = in_one_group(store, *orders)
    assert all(isinstance(one, Committed) for one in told)
    assert alone == []
    for outcome in told:
        of = {"id": outcome.order_id}
        assert one(store, "SELECT count(*) FROM order_lines WHERE order_id = :id", **of) == 2
        assert one(store, "SELECT sum(quantity) FROM reservations WHERE order_id = :id", **of) == 3_000_000
        assert one(store, "SELECT count(*) FROM decisions WHERE order_id = :id", **of) == 1
        assert one(store, "SELECT count(*) FROM outbox WHERE order_id = :id", **of) > 0
    reserved = {row["sku"]: row["reserved"] for row in rows(store, "SELECT sku, reserved FROM stock_items")}
    assert (reserved["A-1"], reserved["A-2"]) == (8_000_000, 4_000_000)


@pytest.mark.parametrize(("there", "won"), [("9", 3), ("8", 2)])
def test_INV_05_a_group_that_wants_more_than_there_is_gives_to_those_that_fit(store, there, won):
    company(store, A_1=there)
    told, alone = in_one_group(
        store, *[make_order(f"G-{n}", ("A-1", "3"), buyer=buyer(f"1390000000{n}")) for n in range(3)]
    )
    assert [isinstance(one, Committed) for one in told] == [n < won for n in range(3)]
    assert told[won:] == [RaceLost("stock")] * (3 - won)
    assert alone == ([] if won == 3 else [1, 1, 1])
    assert one(store, "SELECT reserved FROM stock_items WHERE sku = 'A-1'") == won * 3_000_000


def test_RSK_01_two_orders_of_one_person_in_one_group_do_not_both_count_as_the_first(store):
    company(store, A_1="10", A_2="10")
    same = buyer("13900000001")
    told, alone = in_one_group(
        store, make_order("G-1", ("A-1", "1"), buyer=same), make_order("G-2", ("A-2", "1"), buyer=same)
    )
    assert isinstance(told[0], Committed)
    assert told[1] in (RaceLost("counter"), RaceLost("subject_keys"))
    assert alone == [1, 1]


def test_DUP_03_two_orders_alike_in_one_group_are_not_both_new(store):
    company(store, A_1="10")
    told, _ = in_one_group(store, make_order("G-1", ("A-1", "1")), make_order("G-2", ("A-1", "1")))
    assert isinstance(told[0], Committed)
    assert isinstance(told[1], RaceLost)


def test_a_thread_keeps_its_reading_connection(store):
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(store.db.look).result()
        assert store.db.look() is store.db.look()
        assert other is not store.db.look()
        assert pool.submit(store.db.look).result() is other


def test_the_connection_of_a_thread_that_ended_goes_back(sqlite_store):
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(sqlite_store.db.look).result()
    sqlite_store.db.look()
    assert ended.closed


def test_a_kept_connection_whose_server_end_died_connects_anew(postgresql_url, monkeypatch):
    db = Database(postgresql_url)

    def backend():
        cursor = db.look().connection.cursor()
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]

    first = backend()
    with db.write() as conn:
        conn.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": first})
    monkeypatch.setattr(kept, "IDLE_S", -1.0)
    assert backend() != first
    db.close()


def test_a_commit_whose_connection_died_says_so_and_the_next_one_is_stored(postgresql_url, tmp_path):
    db = Database(postgresql_url)
    store = open_store(db, [DATA_KEY], data_dir=tmp_path, now=NOW)
    company(store, A_1="10")
    assert isinstance(place(store, make_order("K-1", ("A-1", "1"), buyer=buyer("13900000001"))), Committed)
    with db.read() as conn:
        (kept_one,) = [row.pid for row in conn.execute(text("SELECT pid FROM pg_stat_activity WHERE query = 'COMMIT'"))]
    with db.write() as conn:
        conn.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": kept_one})
    order = make_order("K-2", ("A-1", "1"), buyer=buyer("13900000002"))
    with pytest.raises(OperationalError) as lost:
        place(store, order)
    assert lost.value.connection_invalidated
    assert isinstance(place(store, order), Committed)
    assert one(store, "SELECT count(*) FROM orders") == 2
    db.close()

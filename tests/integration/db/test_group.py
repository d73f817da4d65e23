"""Group commit: writes of several threads share a transaction, and neither their failures nor their success."""

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from sqlalchemy import event, text

from orders.errors import Refused
from server.db import kept
from server.db.database import Database
from tests.integration.db.racing import until_told
from tests.integration.db.world import buyer, found_company, make_order, one, rows

PUT = text("INSERT INTO settings (name, value, actor, updated_at) VALUES (:name, 'null', 'test', '')")


def put(name):
    return lambda conn: conn.execute(PUT, {"name": name}).rowcount


def refused(name):
    def work(conn):
        conn.execute(PUT, {"name": name})
        raise Refused(name, name)

    return work


def names(store):
    return {row["name"] for row in rows(store, "SELECT name FROM settings")} - {"catalogue_version"}


@pytest.fixture
def commits(sqlite_store):
    """How many transactions were committed so far."""
    counted = count()
    event.listen(sqlite_store.db.writer, "commit", lambda _conn: next(counted))
    return lambda: next(counted)


def grouped(db, *works):
    """Let one write begin, queue the others behind it, then let it end; return what became of each of the others."""
    begun, go_on = threading.Event(), threading.Event()

    def first(conn):
        begun.set()
        assert go_on.wait(30)
        return put("first")(conn)

    with ThreadPoolExecutor(len(works) + 1) as pool:
        leader = pool.submit(db.together, first)
        assert begun.wait(30)
        others = [pool.submit(db.together, work) for work in works]
        while len(db._group._queue) < len(works):
            threading.Event().wait(0.005)
        go_on.set()
        assert leader.result() == 1
    return others


def test_INV_04_writes_that_queue_share_one_transaction(sqlite_store, commits):
    others = grouped(sqlite_store.db, put("a"), put("b"), put("c"))
    assert [other.result() for other in others] == [1, 1, 1]
    assert names(sqlite_store) == {"first", "a", "b", "c"}
    assert commits() == 2


def test_INV_04_a_write_that_fails_takes_no_other_along(sqlite_store):
    ok, bad, fine = grouped(sqlite_store.db, put("a"), refused("b"), put("c"))
    assert (ok.result(), fine.result()) == (1, 1)
    with pytest.raises(Refused, match="b"):
        bad.result()
    assert names(sqlite_store) == {"first", "a", "c"}


def test_INV_04_a_write_that_fails_alone_leaves_nothing(sqlite_store):
    with pytest.raises(Refused):
        sqlite_store.db.together(refused("a"))
    assert sqlite_store.db.together(put("b")) == 1
    assert names(sqlite_store) == {"b"}


def test_INV_04_nobody_hears_of_success_when_the_transaction_does_not_reach_the_disk(sqlite_store):
    fail = threading.Event()

    def full(_conn):
        if fail.is_set():
            raise OSError("the disk is full")

    event.listen(sqlite_store.db.writer, "commit", full)

    def failing(conn):
        fail.set()
        return put("b")(conn)

    others = grouped(sqlite_store.db, put("a"), failing)
    for other in others:
        with pytest.raises(OSError, match="full"):
            other.result()
    fail.clear()
    assert names(sqlite_store) == {"first"}
    assert sqlite_store.db.together(put("after")) == 1


def test_INV_04_threads_that_race_in_groups_each_get_their_own_answer(sqlite_store):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: sqlite_store.db.together(lambda conn: put(f"n{n}")(conn) * n), range(200)))
    assert found == list(range(200))
    assert names(sqlite_store) == {f"n{n}" for n in range(200)}


def test_INV_04_threads_that_race_for_the_last_units_win_exactly_those(sqlite_store):
    found_company(sqlite_store, stock={("A-1", "GZ"): "10"})
    orders = [make_order(f"T-{n}", ("A-1", "1"), buyer=buyer(f"139000000{n:02}")) for n in range(24)]
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda order: until_told(sqlite_store, order), orders))
    assert (told.count("won"), told.count("short")) == (10, 14)
    assert one(sqlite_store, "SELECT reserved FROM stock_items WHERE sku = 'A-1'") == 10_000_000


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

"""Races of real processes on both databases: exactly the right ones win, and the books agree afterwards."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from contextlib import ExitStack, suppress
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

import pytest

from server.db import audit
from tests.integration.db import racing
from tests.integration.db.world import found_company, make_order, one, place, rows
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from server.db.store import Store

PROCESSES = 4
ALL = {(f"A-{n}", site): "1000" for n in range(1, 6) for site in ("GZ", "CD")}


FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.integration.db.racing"])


def racers(stack: ExitStack, store: Store, task: str, count: int) -> list[tuple[BaseProcess, Connection]]:
    started = []
    url = store.db.url.render_as_string(hide_password=False)
    for worker in range(count):
        mine, theirs = FORKS.Pipe()
        process = FORKS.Process(target=racing.main, args=(url, str(store.data_dir), task, worker, theirs))
        process.start()
        theirs.close()
        stack.callback(process.join)
        stack.callback(process.kill)
        stack.callback(mine.close)
        started.append((process, mine))
    for _, pipe in started:
        assert pipe.recv() == "ready"
    for _, pipe in started:
        pipe.send("go")
    return started


def race(store: Store, task: str, count: int = PROCESSES) -> Counter[str]:
    with ExitStack() as stack:
        told: Counter[str] = Counter()
        for _, pipe in racers(stack, store, task, count):
            told.update(pipe.recv())
        return told


def books_agree(store: Store) -> None:
    """Reserved == active reservations == ledger, nothing promised twice; credit == open orders."""
    for row in rows(store, "SELECT sku, site, on_hand, inbound, reserved FROM stock_items"):
        same = {"sku": row["sku"], "site": row["site"]}
        held = (
            "SELECT coalesce(sum(quantity), 0) FROM reservations WHERE sku = :sku AND site = :site AND state = 'active'"
        )
        told = "SELECT coalesce(sum(reserved_delta), 0) FROM stock_ledger WHERE sku = :sku AND site = :site"
        assert row["reserved"] == one(store, held, **same) == one(store, told, **same)
        assert 0 <= row["reserved"] <= row["on_hand"] + row["inbound"]
    open_orders = "SELECT coalesce(sum(credit_fen), 0) FROM orders WHERE credit_account_id IS NOT NULL"
    assert one(store, "SELECT sum(open_fen) FROM credit_accounts") == one(store, open_orders)
    with store.db.read() as conn:
        assert audit.verify_all(conn) == []


@pytest.mark.parametrize("units", [1, 7, 40])
def test_INV_05_exactly_as_many_buyers_win_as_there_are_units(store, units) -> None:
    found_company(store, stock={("A-1", "GZ"): str(units)})
    told = race(store, "last_units")
    assert told["won"] == units
    assert told["lost"] == 0
    assert told["short"] == PROCESSES * 10 - units
    books_agree(store)


def test_INV_05_units_of_two_sites_are_one_pool(store) -> None:
    found_company(store, stock={("A-1", "GZ"): "9", ("A-1", "CD"): "4"})
    assert race(store, "last_units")["won"] == 13
    books_agree(store)


def test_the_last_credit_is_given_once(store) -> None:
    found_company(store, stock=ALL, limit="170.00")
    told = race(store, "last_credit")
    assert told["won"] == 17
    assert one(store, "SELECT open_fen FROM credit_accounts") == 17_000
    books_agree(store)


def test_one_number_is_one_order(store) -> None:
    found_company(store)
    told = race(store, "one_number")
    assert told["Committed"] == 1
    assert told["AlreadyThere"] == PROCESSES // 2 - 1
    assert told["ConflictThere"] == PROCESSES // 2
    assert one(store, "SELECT count(*) FROM orders") == 1


def test_INV_05_five_skus_in_any_order_with_cancels_neither_deadlock_nor_oversell(store) -> None:
    found_company(store, stock={(f"A-{n}", "GZ"): "40" for n in range(1, 6)})
    told = race(store, "mixed")
    assert told["lost"] == 0
    assert told["won"] + told["cancelled"] + told["short"] == PROCESSES * 8
    assert told["cancelled"] > 0
    books_agree(store)


def test_INV_11_everybody_cancels_and_it_happens_once(store) -> None:
    found_company(store)
    place(store, make_order("PO-1", ("A-1", "5")))
    told = race(store, "cancel_once")
    assert told["cancelled"] == 1
    assert told["already"] == PROCESSES - 1
    assert one(store, "SELECT count(*) FROM outbox WHERE event = 'order.cancelled' AND destination = 'erp'") == 1
    books_agree(store)


def test_INV_04_kill_9_in_the_middle_leaves_nothing_half_and_nothing_acknowledged_is_lost(store) -> None:
    found_company(store, stock=ALL)
    acknowledged: list[str] = []
    with ExitStack() as stack:
        started = racers(stack, store, "flood", 3)
        while len(acknowledged) < 30:
            acknowledged += [pipe.recv() for pipe in wait([pipe for _, pipe in started], PATIENCE_S)]
        for process, _ in started:
            process.kill()
        for process, pipe in started:
            process.join()
            with suppress(EOFError):  # the end of what it said before it died
                while True:
                    acknowledged.append(pipe.recv())
    stored = {row["number"] for row in rows(store, "SELECT number FROM orders")}
    assert set(acknowledged) <= stored
    assert len(stored) - len(acknowledged) <= 3
    whole = "SELECT count(*) FROM orders o WHERE (SELECT count(*) FROM order_lines l WHERE l.order_id = o.id) = 2 AND (" \
        "SELECT count(*) FROM decisions d WHERE d.order_id = o.id) = 1 AND (SELECT count(*) FROM reservations r WHERE r.order_id = o.id) = 2"  # fmt: skip # noqa: E501
    assert one(store, whole) == len(stored)
    books_agree(store)

"""What a process does in the race tests: waits for the gun, tries, says what it won.

Processes come from a fork server that has everything imported: real processes, started in milliseconds.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

from orders.actor import SYSTEM
from orders.errors import Conflict, Refused
from server.commit import Committed, RaceLost, cancel, commit
from server.db.database import Database
from server.db.store import open_store
from tests.conftest import DATA_KEY
from tests.integration.db.world import NOW, arrival_of, attempt_of, buyer, make_order, place, pooled

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from orders.order import Order
    from server.db.store import Store

TRIES = 60


def until_told(store: Store, order: Order) -> str:
    """Place one order, deciding again while races are lost, until there is nothing left to decide about."""
    for _ in range(TRIES):
        attempt = pooled(store, order)
        if attempt is None:
            return "short"
        done = commit(store, arrival_of(order), attempt, now=NOW)
        if not isinstance(done, RaceLost):
            return "won" if isinstance(done, Committed) else type(done).__name__
    return "lost"


def last_units(store: Store, worker: int) -> list[str]:
    """Ten buyers want one unit each."""
    orders = [make_order(f"P{worker}-{n}", ("A-1", "1"), buyer=buyer(f"1390000{worker:02}{n:02}")) for n in range(10)]
    return [until_told(store, order) for order in orders]


def last_credit(store: Store, worker: int) -> list[str]:
    """Ten orders of 10.00 of one customer, whose account has room for some of them."""
    told = []
    for n in range(10):
        order = make_order(f"C{worker}-{n}", (f"A-{1 + n % 5}", "1"))
        told.append(_within_credit(store, order))
    return told


def _within_credit(store: Store, order: Order) -> str:
    for _ in range(TRIES):
        attempt = attempt_of(store, order)
        if attempt.context.credit.available_fen < order.totals.payable:
            return "no credit"
        if isinstance(commit(store, arrival_of(order), attempt, now=NOW), Committed):
            return "won"
    return "lost"


def one_number(store: Store, worker: int) -> list[str]:
    """Everybody sends the same order; every second one with other content."""
    order = make_order("SAME", ("A-1", "1" if worker % 2 else "2"))
    for _ in range(TRIES):
        done = place(store, order)
        if not isinstance(done, RaceLost):
            return [type(done).__name__]
    return ["lost"]


def mixed(store: Store, worker: int) -> list[str]:
    """Orders of five SKUs in random order, every third one cancelled again."""
    chance = random.Random(worker)
    told = []
    for n in range(8):
        skus = [f"A-{sku}" for sku in range(1, 6)]
        chance.shuffle(skus)
        order = make_order(f"M{worker}-{n}", *[(sku, str(chance.randint(1, 3))) for sku in skus],
                           buyer=buyer(f"1370000{worker:02}{n:02}"))  # fmt: skip
        told.append(_place_and_maybe_cancel(store, order, undo=n % 3 == 0))
    return told


def _place_and_maybe_cancel(store: Store, order: Order, *, undo: bool) -> str:
    for _ in range(TRIES):
        attempt = pooled(store, order)
        if attempt is None:
            return "short"
        done = commit(store, arrival_of(order), attempt, now=NOW)
        if isinstance(done, Committed):
            if undo:
                cancel(store, done.order_id, actor=SYSTEM, reason="测试", version=None, now=NOW)
                cancel(store, done.order_id, actor=SYSTEM, reason="测试", version=None, now=NOW)
            return "cancelled" if undo else "won"
    return "lost"


def cancel_once(store: Store, worker: int) -> list[str]:
    """Everybody cancels the same order."""
    with store.db.read() as conn:
        order_id = conn.exec_driver_sql("SELECT id FROM orders").scalar()
    try:
        done = cancel(store, str(order_id), actor=SYSTEM, reason="测试", version=None, now=NOW)
    except (Conflict, Refused) as refused:
        return [refused.code]
    return ["already" if done.already else "cancelled"]


def flood(store: Store, worker: int, say: Connection) -> list[str]:
    """Place orders until killed; say each acknowledged number at once."""
    n = 0
    while True:
        order = make_order(f"K{worker}-{n}", ("A-1", "1"), ("A-2", "1"), buyer=buyer(f"136000{worker:02}{n:03}"))
        if isinstance(place(store, order), Committed):
            say.send(order.number)
        n += 1


TASKS = {task.__name__: task for task in (last_units, last_credit, one_number, mixed, cancel_once)}


def main(url: str, data_dir: str, task: str, worker: int, say: Connection) -> None:
    """Wait for the gun, run, report."""
    store = open_store(Database(url), [DATA_KEY], data_dir=Path(data_dir), now=NOW)
    say.send("ready")
    say.recv()
    say.send(flood(store, worker, say) if task == "flood" else TASKS[task](store, worker))
    store.db.close()

"""Each guard of the commit, one by one: the world changes between decision and commit, and the commit notices."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from orders.actor import SYSTEM
from orders.decision import DecisionBody, Outcome, race_lost_body
from orders.errors import InternalError
from orders.hold import Gate
from orders.order import Payment, PaymentStatus
from orders.stock import STOCK_SHORT
from server.commit import Committed, RaceLost, commit
from server.db import guards, master
from server.db.database import Database
from server.db.store import open_store
from tests.conftest import DATA_KEY
from tests.integration.db.world import (
    NOW,
    arrival_of,
    attempt_of,
    buyer,
    context_of,
    found_company,
    held,
    later,
    make_order,
    one,
    passing,
    place,
    rows,
)


def late(store, order, attempt):
    return commit(store, arrival_of(order), attempt, now=NOW)


def untouched(store, number):
    told = one(store, "SELECT count(*) FROM outbox WHERE payload LIKE '%' || :n || '%'", n=number)
    return told == 0 == one(store, "SELECT count(*) FROM orders WHERE number = :n", n=number)


def test_INV_05_stock_taken_meanwhile_loses_the_race_and_stores_nothing(store) -> None:
    found_company(store, stock={("A-1", "GZ"): "10"})
    order = make_order("PO-1", ("A-1", "10"), buyer=buyer("13900000001"))
    attempt = attempt_of(store, order)
    place(store, make_order("PO-2", ("A-1", "1"), buyer=buyer("13900000002")))
    assert late(store, order, attempt) == RaceLost("stock")
    assert untouched(store, "PO-1")
    assert one(store, "SELECT reserved FROM stock_items") == 1_000_000


def test_INV_05_the_last_units_exactly_are_given(store) -> None:
    found_company(store, stock={("A-1", "GZ"): "10"})
    order = make_order("PO-1", ("A-1", "9"), buyer=buyer("13900000001"))
    attempt = attempt_of(store, order)
    place(store, make_order("PO-2", ("A-1", "1"), buyer=buyer("13900000002")))
    assert isinstance(late(store, order, attempt), Committed)
    assert one(store, "SELECT reserved FROM stock_items") == 10_000_000


def test_INV_05_one_of_two_skus_short_takes_neither(store) -> None:
    found_company(store, stock={("A-1", "GZ"): "10", ("A-2", "GZ"): "10"})
    order = make_order("PO-1", ("A-1", "5"), ("A-2", "10"), buyer=buyer("13900000001"))
    attempt = attempt_of(store, order)
    place(store, make_order("PO-2", ("A-2", "1"), buyer=buyer("13900000002")))
    assert late(store, order, attempt) == RaceLost("stock")
    assert one(store, "SELECT reserved FROM stock_items WHERE sku = 'A-1'") == 0


def test_two_lines_of_one_sku_are_reserved_together(store) -> None:
    found_company(store, stock={("A-1", "GZ"): "10"})
    order = make_order("PO-1", ("A-1", "4"), ("A-1", "5"))
    assert isinstance(place(store, order), Committed)
    assert one(store, "SELECT reserved FROM stock_items") == 9_000_000
    assert one(store, "SELECT count(*) FROM reservations") == 2


def test_INV_02_reserving_counts_in_transit_by_its_coefficient(store) -> None:
    found_company(store, stock={})
    item = {"sku": "A-1", "site": "GZ", "on_hand": "100", "in_transit": "20", "coefficient": "0.8"}
    with store.db.write() as conn:
        master.upsert(conn, store, "stock", item, actor=SYSTEM, now=NOW)
    first = make_order("PO-1", ("A-1", "30"), buyer=buyer("13900000001"))
    place(store, first)
    assert context_of(store, first).stock[0].available == 86_000_000
    assert isinstance(place(store, make_order("PO-2", ("A-1", "86"), buyer=buyer("13900000002"))), Committed)
    assert one(store, "SELECT on_hand - reserved + inbound FROM stock_items") == 0


def test_the_database_itself_refuses_to_promise_more_than_there_is(store) -> None:
    found_company(store, stock={("A-1", "GZ"): "10"})
    for reserved in (10_000_001, -1):
        with pytest.raises(IntegrityError), store.db.write() as conn:
            conn.execute(text("UPDATE stock_items SET reserved = :reserved"), {"reserved": reserved})


def test_CRD_01_credit_taken_meanwhile_loses_the_race(store) -> None:
    found_company(store, limit="30.00")
    order = make_order("PO-1", ("A-1", "2"))
    attempt = attempt_of(store, order)
    place(store, make_order("PO-2", ("A-2", "1.01"), issued_at=later(3600)), stockless(make_order("PO-2")))
    assert isinstance(late(store, order, recount(store, order, attempt)), RaceLost)
    assert untouched(store, "PO-1")
    assert one(store, "SELECT open_fen FROM credit_accounts") == 1010


def stockless(order):
    """Passing without a plan: nothing to reserve."""
    return DecisionBody(outcome=Outcome.PASS)


def test_CRD_01_credit_that_is_just_enough_is_taken(store) -> None:
    found_company(store, limit="30.00")
    order = make_order("PO-1", ("A-1", "2"))
    attempt = attempt_of(store, order)
    place(store, make_order("PO-2", ("A-2", "1"), issued_at=later(3600)), stockless(make_order("PO-2")))
    assert isinstance(late(store, order, recount(store, order, attempt)), Committed)
    assert one(store, "SELECT open_fen FROM credit_accounts") == 3000


def recount(store, order, attempt):
    """The attempt with a fresh history, so that only the guard in question can stop it."""
    fresh = context_of(store, order)
    return replace(attempt, context=replace(attempt.context, history=fresh.history))


def test_CRD_01_an_order_that_the_decision_saw_over_its_limit_is_kept_and_counted(store) -> None:
    found_company(store, limit="5.00")
    order = make_order("PO-1", ("A-1", "2"))
    done = place(store, order, held(order, "CREDIT_LIMIT", Gate.SHIP))
    assert isinstance(done, Committed)
    assert done.state == "routing"
    assert one(store, "SELECT open_fen FROM credit_accounts") == 2000


def test_a_paid_a_rejected_a_short_and_an_undecided_order_take_no_credit(store) -> None:
    found_company(store)
    paid = make_order("PO-1", payment=Payment(PaymentStatus.PAID, NOW))
    place(store, paid)
    rejected = make_order("PO-2", issued_at=later(3600))
    place(store, rejected, DecisionBody(outcome=Outcome.REJECT))
    short = make_order("PO-3", issued_at=later(7200))
    place(store, short, held(short, STOCK_SHORT, Gate.SUBMIT))
    place(store, make_order("PO-4", issued_at=later(10800)), race_lost_body())
    assert one(store, "SELECT open_fen FROM credit_accounts") == 0
    assert one(store, "SELECT count(*) FROM orders WHERE credit_account_id IS NULL") == 4


def test_CRD_01_an_order_of_a_customer_without_an_account_is_taken_all_the_same(sqlite_store) -> None:
    found_company(sqlite_store)
    cash = {"code": "C-2", "name": "现结公司", "contacts": [{"name": "李总", "phone": "13600136000"}]}
    with sqlite_store.db.write() as conn:
        master.upsert(conn, sqlite_store, "customers", cash, actor=SYSTEM, now=NOW)
    order = make_order(buyer=buyer("13600136000"))
    assert context_of(sqlite_store, order).customer.code == "C-2"
    assert isinstance(place(sqlite_store, order), Committed)
    assert one(sqlite_store, "SELECT credit_account_id FROM orders") is None


def test_RSK_01_an_order_counted_meanwhile_loses_the_race(store) -> None:
    found_company(store)
    order = make_order("PO-1", ("A-1", "1"), buyer=buyer("13900000001", id_card="320501199001011234"))
    attempt = attempt_of(store, order)
    twin = make_order("PO-2", ("A-2", "1"), buyer=buyer("13900000002", id_card="320501199001011234"))
    place(store, twin, stockless(twin))
    assert isinstance(late(store, order, attempt), RaceLost)
    assert isinstance(late(store, order, recount(store, order, attempt)), Committed)
    assert one(store, "SELECT orders FROM day_counters") == 2


def test_RSK_01_far_above_any_threshold_the_counter_stops_nobody(store) -> None:
    found_company(store)
    order = make_order("PO-1", ("A-1", "1"), buyer=buyer("13900000001"))
    attempt = attempt_of(store, order)
    seen = replace(attempt.context.history, same_id_orders_today=guards.EXACT_COUNTS + 1)
    crowd = replace(attempt, context=replace(attempt.context, history=seen))
    place(store, make_order("PO-2", ("A-2", "1"), buyer=buyer("13900000001")), stockless(order))
    assert isinstance(late(store, order, crowd), Committed)
    assert one(store, "SELECT orders FROM day_counters") == 2


def test_DUP_01_a_twin_that_arrived_meanwhile_loses_the_race(store) -> None:
    found_company(store)
    order = make_order("PO-1", buyer=buyer("13900000001", id_card="320501199001011234"))
    attempt = attempt_of(store, order)
    twin = make_order("PO-2", buyer=buyer("13900000001", id_card="320501199001019999"), issued_at=later(300))
    place(store, twin)
    assert isinstance(late(store, order, attempt), RaceLost)
    again = attempt_of(store, order)
    assert [candidate.seconds_apart for candidate in again.context.history.duplicates] == [300]
    assert isinstance(late(store, order, again), Committed)


def test_DUP_01_an_order_301_seconds_away_is_no_twin(store) -> None:
    found_company(store)
    order = make_order("PO-1", buyer=buyer("13900000001", id_card="320501199001011234"))
    attempt = attempt_of(store, order)
    far = make_order("PO-2", buyer=buyer("13900000001", id_card="320501199001019999"), issued_at=later(301))
    place(store, far)
    assert context_of(store, order).history.duplicates == ()
    assert isinstance(late(store, order, attempt), Committed)


def test_DUP_03_the_same_content_by_another_channel_arriving_meanwhile_loses_the_race(store) -> None:
    found_company(store)
    order = make_order("PO-1", buyer=buyer(None, id_card="320501199001011234"), ship_to=make_order().ship_to)
    attempt = attempt_of(store, order)
    place(store, replace(order, channel="photo", issued_at=later(86_400)))
    assert isinstance(late(store, order, attempt), RaceLost)
    [candidate] = context_of(store, order).history.duplicates
    assert candidate.same_content
    assert candidate.channel == "photo"


def test_a_race_lost_order_is_kept_without_any_guard(store) -> None:
    found_company(store, stock={("A-1", "GZ"): "1"})
    order = make_order("PO-1")
    attempt = attempt_of(store, order)
    place(store, make_order("PO-2"))
    undecided = replace(attempt, decided=replace(attempt.decided, body=race_lost_body()))
    done = late(store, order, undecided)
    assert isinstance(done, Committed)
    assert done.state == "pending_review"
    assert rows(store, "SELECT degraded FROM orders WHERE number = 'PO-1'") == [{"degraded": "RACE_LOST"}]


def test_a_plan_for_a_site_without_stock_takes_from_the_pool(store) -> None:
    found_company(store, stock={("A-1", "GZ"): "3", ("A-1", "CD"): "10"})
    order = make_order("PO-1", ("A-1", "8"))
    place(store, order, passing(order, site="GZ"))
    taken = {row["site"]: row["quantity"] for row in rows(store, "SELECT site, quantity FROM reservations")}
    assert taken == {"GZ": 3_000_000, "CD": 5_000_000}


def test_two_twins_at_the_same_instant_do_not_miss_each_other(postgresql_url, tmp_path) -> None:
    """The first twin is caught before its last statement; the second must wait for it, then see it."""
    store = open_store(Database(postgresql_url), [DATA_KEY], data_dir=tmp_path, now=NOW)
    found_company(store)
    twins = [make_order(f"PO-{n}", buyer=buyer("13900000001", id_card=f"32050119900101{n:04}")) for n in (1, 2)]
    attempts = [attempt_of(store, order) for order in twins]
    with ThreadPoolExecutor(2) as pool:
        with store.db.write() as conn:
            conn.execute(text("SELECT * FROM stock_items FOR UPDATE"))
            first = pool.submit(late, store, twins[0], attempts[0])
            time.sleep(0.5)
            second = pool.submit(late, store, twins[1], attempts[1])
            time.sleep(0.5)
        told = {type(done.result()).__name__ for done in (first, second)}
    store.db.close()
    assert told == {"Committed", "RaceLost"}


def test_a_row_that_no_race_explains_is_our_fault_and_not_tried_again(store) -> None:
    found_company(store)
    order = make_order("PO-1", ("A-1", "1"), ("A-2", "1"))
    broken = replace(order, lines=(order.lines[0], replace(order.lines[1], line_no=1)))
    with pytest.raises(InternalError):
        place(store, broken, DecisionBody(outcome=Outcome.PASS))
    assert one(store, "SELECT count(*) FROM orders") == 0


def test_two_first_orders_of_one_stranger_share_one_key(store) -> None:
    """Both made a key for the same new person: the slower one tries again and finds the faster one's."""
    found_company(store)
    order = make_order("PO-1", ("A-1", "1"), buyer=buyer("13900000001"))
    other = make_order("PO-2", ("A-2", "1"), buyer=buyer("13900000001"))
    assert isinstance(place(store, order, DecisionBody(outcome=Outcome.PASS)), Committed)
    assert isinstance(place(store, other, DecisionBody(outcome=Outcome.PASS)), Committed)
    assert one(store, "SELECT count(*) FROM subject_keys WHERE subject LIKE 'person:%'") == 1

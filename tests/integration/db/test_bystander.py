"""What is done to one order touches no row of another, and nothing of its own that was settled before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orders.actor import SYSTEM, Actor, Role
from orders.decision import ApprovalStep, Outcome, race_lost_body
from orders.hold import Gate
from orders.party import Address, Contact, Party, ShipTo
from orders.state import OrderState
from server.commit import Change, Move, append_decision, cancel, move
from server.db import audit
from server.db.outlets import outbox
from tests.integration.db.world import (
    NOW,
    attempt_of,
    buyer,
    found_company,
    later,
    make_hold,
    make_order,
    one,
    passing,
    place,
    rows,
)

RISK = Actor("usr_risk", "风控", "user", frozenset({Role.RISK}), "org_main")
STEPS = (ApprovalStep("production", "production", "app-01"), ApprovalStep("finance", "finance", "app-01"))
OF_ORDERS = ("holds", "approvals", "fulfilment_orders", "reservations", "order_nodes", "decisions", "audit")


def waiting(order, **changes):
    """A body with everything that can wait: two holds, two steps, goods reserved."""
    holds = (make_hold("LARGE_ORDER", Gate.APPROVE), make_hold("NO_LABEL", Gate.LABEL, severity="warning"))
    return replace(passing(order, approval=STEPS), outcome=Outcome.HOLD, holds=holds, **changes)


def everything_of(store, order_id):
    told = {"orders": rows(store, "SELECT * FROM orders WHERE id = :id", id=order_id)}
    for table in OF_ORDERS:
        key = "chain" if table == "audit" else "order_id"
        told[table] = rows(store, f"SELECT * FROM {table} WHERE {key} = :id", id=order_id)  # noqa: S608 - our names
    day = "SELECT d.* FROM day_counters d JOIN orders o ON o.id_hash = d.hash WHERE o.id = :id"
    with store.db.read() as conn:
        assert audit.verify_all(conn) == []
    return {**told, "day": rows(store, day, id=order_id)}


@pytest.fixture
def two(sqlite_store):
    """An order that things are done to, and one of somebody else that stands in the same tables."""
    found_company(sqlite_store)
    acted, other = make_order("PO-1", ("A-1", "4")), make_order("PO-2", ("A-1", "6"), buyer=buyer("13700137000"))
    first = place(sqlite_store, acted, waiting(acted)).order_id
    return sqlite_store, acted, first, place(sqlite_store, other, waiting(other)).order_id


def redecided(store, order, order_id, body, version=1, **change):
    attempt = attempt_of(store, order, body, own=order_id)
    told = Change("redecide", RISK, version=version, **change)
    return append_decision(store, order_id, attempt, told, now=later(60 * version))


def hold_of(store, order_id, code):
    return one(store, "SELECT id FROM holds WHERE order_id = :id AND code = :code", id=order_id, code=code)


def test_a_cancelled_order_takes_nothing_of_another_along(two):
    store, _order, order_id, other = two
    before = everything_of(store, other)
    cancel(store, order_id, actor=SYSTEM, reason="x", version=1, now=later(60))
    assert everything_of(store, other) == before
    assert one(store, "SELECT sum(reserved) FROM stock_items") == 6_000_000


def test_an_order_decided_again_changes_no_other(two):
    store, order, order_id, other = two
    before = everything_of(store, other)
    approving = {"approve": ("production", True)}
    redecided(store, order, order_id, waiting(order), release=hold_of(store, order_id, "LARGE_ORDER"))
    redecided(store, order, order_id, waiting(order), 2, **approving)
    redecided(store, order, order_id, replace(passing(order, site="CD"), approval=STEPS), 3)  # other site, no holds
    redecided(store, order, order_id, passing(order, site="CD"), 4)  # no steps either
    assert everything_of(store, other) == before
    assert one(store, "SELECT state FROM orders WHERE id = :id", id=order_id) == OrderState.ROUTING


def test_APP_01_a_step_that_goes_and_comes_back_is_its_own_orders_alone(two):
    store, order, order_id, other = two
    theirs = make_order("PO-2", ("A-1", "6"), buyer=buyer("13700137000"))
    fewer = {"approval": STEPS[1:]}
    redecided(store, theirs, other, replace(waiting(theirs), **fewer))
    redecided(store, order, order_id, replace(waiting(order), **fewer))

    def steps(of):
        told = rows(store, "SELECT step, state FROM approvals WHERE order_id = :id", id=of)
        return sorted((row["step"], row["state"]) for row in told)

    assert steps(order_id) == steps(other) == [("finance", "pending"), ("production", "superseded")]
    redecided(store, order, order_id, waiting(order), 2)
    assert steps(order_id) == [("finance", "pending"), ("production", "pending")]
    assert steps(other) == [("finance", "pending"), ("production", "superseded")]


def test_a_step_and_a_rejection_change_no_other(two):
    store, order, order_id, other = two
    theirs = make_order("PO-2", ("A-1", "6"), buyer=buyer("13700137000"))
    idle = place(store, make_order("PO-3", ("A-1", "1"), buyer=buyer("13600136000"))).order_id
    before, standing = everything_of(store, other), everything_of(store, idle)
    redecided(store, order, order_id, passing(order), release=hold_of(store, order_id, "LARGE_ORDER"))
    for version, (source, target) in enumerate((("routing", "printed"), ("printed", "shipped")), start=2):
        step = Move(target, OrderState(source), OrderState(target), SYSTEM, version=version)
        move(store, order_id, step, now=later(60 * version))
    assert everything_of(store, other) == before
    assert everything_of(store, idle) == standing  # its nodes run still, whoever's ended
    redecided(store, theirs, other, waiting(theirs), approve=("production", False))
    numbers = rows(store, "SELECT seq FROM decisions WHERE order_id = :id ORDER BY seq", id=other)
    assert [row["seq"] for row in numbers] == [1, 2]
    assert one(store, "SELECT state FROM orders WHERE id = :id", id=order_id) == OrderState.SHIPPED


def test_a_rejection_by_a_step_gives_everything_of_its_order_back_and_nothing_of_another(two):
    store, order, order_id, other = two
    redecided(store, order, order_id, replace(waiting(order), approval=()))
    before = everything_of(store, other)
    refuse = Move("reject", OrderState.PENDING_REVIEW, OrderState.REJECTED, RISK, version=2)
    move(store, order_id, refuse, now=later(120))
    assert everything_of(store, other) == before
    assert one(store, "SELECT sum(reserved) FROM stock_items") == 6_000_000
    assert one(store, "SELECT count(*) FROM holds WHERE order_id = :id AND state = 'active'", id=order_id) == 0


def test_a_cancel_leaves_what_people_settled_as_they_settled_it(two):
    store, order, order_id, _other = two
    less = replace(waiting(order), holds=waiting(order).holds[1:])
    redecided(store, order, order_id, less, release=hold_of(store, order_id, "LARGE_ORDER"))
    redecided(store, order, order_id, less, 2, approve=("production", True))
    cancel(store, order_id, actor=SYSTEM, reason="x", version=3, now=later(300))
    told = "SELECT code AS name, state FROM holds WHERE order_id = :id UNION ALL SELECT step, state FROM approvals"
    states = {row["name"]: row["state"] for row in rows(store, f"{told} WHERE order_id = :id", id=order_id)}
    assert states == {
        "LARGE_ORDER": "released",
        "NO_LABEL": "superseded",
        "production": "approved",
        "finance": "superseded",
    }


def test_an_order_that_holds_nothing_is_cancelled_too(sqlite_store):
    found_company(sqlite_store)
    order = make_order()
    first = place(sqlite_store, order, race_lost_body())
    cancel(sqlite_store, first.order_id, actor=SYSTEM, reason="x", version=1, now=NOW)
    assert one(sqlite_store, "SELECT state FROM orders") == OrderState.CANCELLED
    assert one(sqlite_store, "SELECT count(*) FROM stock_ledger WHERE order_id IS NOT NULL") == 0


def test_an_order_that_names_nobody_is_counted_for_nobody(sqlite_store):
    found_company(sqlite_store)
    nobody = Party(name="散客")
    order = make_order(
        buyer=nobody, ship_to=ShipTo(Contact(name="散客"), Address(text="江苏省苏州市虎丘区星湖街328号"))
    )
    assert place(sqlite_store, order).state is OrderState.ROUTING
    assert rows(sqlite_store, "SELECT * FROM day_counters") == []


def test_a_message_that_ends_leaves_every_other_as_it_was_and_ends_once(sqlite_store):
    found_company(sqlite_store)
    for number, phone in (("PO-1", "13800138000"), ("PO-2", "13700137000")):
        place(sqlite_store, make_order(number, buyer=buyer(phone)))
    times = (NOW, later(90))

    def others():
        return rows(sqlite_store, "SELECT * FROM outbox WHERE seq <> :seq ORDER BY seq", seq=mine.seq)

    with sqlite_store.db.write() as conn:
        mine, _other = outbox.claim(conn, "erp", "me", times, limit=10)
    before = others()

    def again(conn):
        assert outbox.replay(conn, mine.id, NOW)
        assert [row.seq for row in outbox.claim(conn, "erp", "me", times, limit=10)] == [mine.seq]

    def ended_once(conn):
        assert outbox.sent(conn, [(mine, {})], "me", NOW) == 0
        assert not outbox.put_back(conn, mine, "me", NOW, error=None)
        assert not outbox.bury(conn, mine, "me", "late")

    with sqlite_store.db.write() as conn:
        assert outbox.sent(conn, [(mine, {"number": "E-1"})], "me", NOW) == 1
        ended_once(conn)
        assert not outbox.withdraw(conn, mine.id)
        again(conn)
        assert not outbox.replay(conn, mine.id, NOW)
        assert outbox.put_back(conn, mine, "me", later(60), error="later")
        ended_once(conn)
        assert outbox.claim(conn, "erp", "me", times, limit=10) == []
        assert outbox.hurry(conn, "webhooks", later(30)) == 0
        assert outbox.hurry(conn, "erp", later(30)) == 1
        outbox.claim(conn, "erp", "me", (later(30), later(90)), limit=1)
        assert outbox.bury(conn, mine, "me", "no")
        ended_once(conn)
        assert outbox.replay_dead(conn, "webhooks", NOW) == 0
        assert outbox.withdraw(conn, mine.id)
        again(conn)
        outbox.note(conn, mine.id, "noted")
    assert others() == before

"""Steps and cancels: one transaction each, with exactly one log row and one event; holds stop them inside it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orders.actor import SYSTEM
from orders.decision import TraceStep
from orders.errors import Conflict, Refused
from orders.hold import Gate
from orders.state import OrderState
from server.commit import Cancelled, Move, cancel, move
from server.db import audit
from server.db.facts import standing
from server.db.order import orders
from tests.integration.db.world import NOW, found_company, held, later, make_hold, make_order, one, passing, place, rows

STEPS = [("routing", "printed"), ("printed", "shipped"), ("shipped", "delivered"), ("delivered", "completed")]


def step(source: str, target: str, version: int, **more) -> Move:
    return Move(target, OrderState(source), OrderState(target), SYSTEM, version=version, **more)


def walk(store, order_id, *steps):
    for version, (source, target) in enumerate(steps, start=1):
        move(store, order_id, step(source, target, version), now=later(60 * version))


def test_STM_02_six_nodes_have_start_end_and_actor(store) -> None:
    found_company(store)
    done = place(store, make_order())
    walk(store, done.order_id, *STEPS)
    with store.db.read() as conn:
        nodes = {row["node"]: row for row in orders.nodes(conn, done.order_id)}
    assert list(nodes) == ["receive", "split", "route", "print", "ship", "return"]
    assert all(row["ended_at"] is not None and row["actor"] for row in nodes.values())
    assert nodes["print"]["started_at"] == later(60)
    assert nodes["print"]["ended_at"] == later(120)


def test_STM_03_a_step_gives_one_log_row_and_one_event_an_outlet(store) -> None:
    found_company(store)
    done = place(store, make_order())
    before = one(store, "SELECT count(*) FROM audit"), one(store, "SELECT count(*) FROM outbox")
    walk(store, done.order_id, STEPS[0])
    assert one(store, "SELECT count(*) FROM audit") == before[0] + 1
    told = rows(store, "SELECT destination FROM outbox WHERE event = 'order.printed' ORDER BY destination")
    assert [row["destination"] for row in told] == ["notify", "webhooks"]
    assert one(store, "SELECT count(*) FROM outbox") == before[1] + 2


def test_a_step_from_another_state_or_version_is_refused_and_changes_nothing(store) -> None:
    found_company(store)
    done = place(store, make_order())
    with pytest.raises(Refused):
        move(store, done.order_id, step("printed", "shipped", 1), now=NOW)
    with pytest.raises(Conflict) as stale:
        move(store, done.order_id, step("routing", "printed", 7), now=NOW)
    assert stale.value.code == "stale_version"
    assert one(store, "SELECT version FROM orders") == 1


@pytest.mark.parametrize(("gate", "stopped"), [(Gate.ALLOCATE, True), (Gate.LABEL, True), (Gate.SHIP, False)])
def test_a_hold_at_the_gate_or_before_it_stops_the_step(store, gate, stopped) -> None:
    found_company(store)
    order = make_order()
    done = place(store, order, held(order, "X", gate))
    if stopped:
        with pytest.raises(Refused) as refused:
            move(store, done.order_id, step("routing", "printed", 1, gate=Gate.LABEL), now=NOW)
        assert refused.value.code == "held"
        assert one(store, "SELECT state FROM orders") == "routing"
        return
    move(store, done.order_id, step("routing", "printed", 1, gate=Gate.LABEL), now=NOW)
    assert one(store, "SELECT state FROM orders") == "printed"


def test_a_warning_stops_no_step(sqlite_store) -> None:
    found_company(sqlite_store)
    order = make_order()
    done = place(sqlite_store, order, replace(passing(order), holds=(make_hold("X", Gate.LABEL, severity="warning"),)))
    move(sqlite_store, done.order_id, step("routing", "printed", 1, gate=Gate.LABEL), now=NOW)
    assert one(sqlite_store, "SELECT state FROM orders") == "printed"


def test_an_order_changed_since_it_was_read_is_not_changed(sqlite_store) -> None:
    found_company(sqlite_store)
    done = place(sqlite_store, make_order())
    with sqlite_store.db.read() as conn:
        before = standing.read(conn, done.order_id)
    walk(sqlite_store, done.order_id, STEPS[0])
    with pytest.raises(Conflict), sqlite_store.db.write() as conn:
        standing.raise_version(conn, before, {"state": "cancelled"})
    assert one(sqlite_store, "SELECT state FROM orders") == "printed"


def test_shipping_takes_the_goods_off_the_shelf_once(store) -> None:
    found_company(store, stock={("A-1", "GZ"): "10"})
    done = place(store, make_order("PO-1", ("A-1", "4")))
    walk(store, done.order_id, *STEPS[:2])
    [item] = rows(store, "SELECT on_hand, reserved FROM stock_items")
    assert item == {"on_hand": 6_000_000, "reserved": 0}
    assert one(store, "SELECT sum(on_hand_delta) FROM stock_ledger WHERE kind = 'ship'") == -4_000_000


def test_goods_that_have_not_arrived_cannot_be_shipped(store) -> None:
    from server.db import master

    found_company(store, stock={})
    item = {"sku": "A-1", "site": "GZ", "on_hand": "1", "in_transit": "10", "coefficient": "1"}
    with store.db.write() as conn:
        master.upsert(conn, store, "stock", item, actor=SYSTEM, now=NOW)
    done = place(store, make_order("PO-1", ("A-1", "4")))
    walk(store, done.order_id, STEPS[0])
    with pytest.raises(Refused) as refused:
        move(store, done.order_id, step("printed", "shipped", 2), now=NOW)
    assert refused.value.code == "stock_not_arrived"
    assert one(store, "SELECT state FROM orders") == "printed"


def test_INV_11_cancel_gives_stock_and_credit_back_tells_the_erp_once_and_again_changes_nothing(store) -> None:
    found_company(store)
    done = place(store, make_order("PO-1", ("A-1", "4")))
    first = cancel(store, done.order_id, actor=SYSTEM, reason="客户取消", version=1, now=NOW)
    again = cancel(store, done.order_id, actor=SYSTEM, reason="客户取消", version=1, now=NOW)
    assert first == Cancelled(done.order_id, 2)
    assert again == Cancelled(done.order_id, 2, already=True)
    assert one(store, "SELECT sum(reserved) FROM stock_items") == 0
    assert one(store, "SELECT open_fen FROM credit_accounts") == 0
    assert one(store, "SELECT sum(reserved_delta) FROM stock_ledger") == 0
    assert one(store, "SELECT count(*) FROM outbox WHERE event = 'order.cancelled' AND destination = 'erp'") == 1
    with store.db.read() as conn:
        assert audit.verify(conn, done.order_id) is None


def test_an_order_that_the_erp_never_got_is_not_taken_back_there(store) -> None:
    found_company(store)
    order = make_order()
    done = place(store, order, held(order, "X", Gate.APPROVE))
    cancel(store, done.order_id, actor=SYSTEM, reason="x", version=None, now=NOW)
    assert one(store, "SELECT count(*) FROM outbox WHERE destination = 'erp'") == 0
    assert rows(store, "SELECT state FROM holds") == [{"state": "superseded"}]


def test_a_cancel_of_another_version_is_refused_and_one_that_was_done_is_in_the_trail(sqlite_store) -> None:
    found_company(sqlite_store)
    done = place(sqlite_store, make_order())
    with pytest.raises(Conflict) as stale:
        cancel(sqlite_store, done.order_id, actor=SYSTEM, reason="x", version=7, now=NOW)
    assert stale.value.code == "stale_version"
    cancel(sqlite_store, done.order_id, actor=SYSTEM, reason="x", version=1, now=NOW)
    assert one(sqlite_store, "SELECT count(*) FROM audit WHERE action = 'order_cancelled'") == 1
    with sqlite_store.db.read() as conn:
        assert audit.verify(conn, done.order_id) is None


def test_a_shipped_order_is_not_cancelled(store) -> None:
    found_company(store)
    done = place(store, make_order())
    walk(store, done.order_id, *STEPS[:2])
    with pytest.raises(Refused):
        cancel(store, done.order_id, actor=SYSTEM, reason="x", version=None, now=NOW)


def test_completing_takes_the_order_off_the_customers_open_orders(store) -> None:
    found_company(store)
    done = place(store, make_order())
    walk(store, done.order_id, *STEPS)
    assert one(store, "SELECT open_fen FROM credit_accounts") == 0


@pytest.mark.parametrize(("rule", "called"), [("RSK-03", ["webhooks"]), ("RSK-02", [])])
def test_INT_16_a_state_and_a_rule_call_the_outlet_of_the_table(sqlite_store, rule, called) -> None:
    store = sqlite_store
    found_company(store)
    order = make_order()
    body = passing(order, trace=(TraceStep(rule, "1", {}, {}),))
    done = place(store, order, body)
    walk(store, done.order_id, *STEPS[:2])
    told = rows(store, "SELECT destination FROM outbox WHERE event = 'order.signature_due'")
    assert [row["destination"] for row in told] == called

"""An order decided again: holds, approvals, stock and credit follow; nothing that was decided is edited."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orders.actor import SYSTEM, Actor, Role
from orders.decision import ApprovalStep, DecisionBody, Outcome, race_lost_body
from orders.errors import Conflict, NotFound, Refused
from orders.hold import Gate
from orders.state import OrderState
from orders.stock import STOCK_SHORT
from server.commit import Change, Committed, RaceLost, append_decision
from server.db.order import approvals, decisions, holds, orders
from tests.integration.db.world import (
    NOW,
    attempt_of,
    attempt_with,
    buyer,
    context_of,
    found_company,
    held,
    later,
    make_hold,
    make_order,
    one,
    passing,
    place,
    rows,
)

RISK = Actor("usr_risk", "风控", "user", frozenset({Role.RISK}), "org_main")
STEPS = (
    ApprovalStep("sales_supervisor", "sales_supervisor", "app-01"),
    ApprovalStep("production", "production", "app-01"),
    ApprovalStep("finance", "finance", "app-01"),
)


def again(store, order_id, order, body=None, change=None, **changes):
    change = change or Change("redecide", RISK, version=1)
    attempt = attempt_of(store, order, body, own=order_id)
    return append_decision(store, order_id, attempt, replace(change, **changes), now=later(60))


def hold_id(store, order_id):
    return one(store, "SELECT id FROM holds WHERE order_id = :id AND state = 'active'", id=order_id)


def test_release_appends_a_decision_and_frees_the_order(store) -> None:
    found_company(store)
    order = make_order()
    first = place(store, order, held(order, "PICKUP_POINT_HIGH_VALUE", Gate.APPROVE))
    assert first.state is OrderState.PENDING_REVIEW
    done = again(store, first.order_id, order, release=hold_id(store, first.order_id), cause="release", reason="已核实")
    assert isinstance(done, Committed)
    assert done.state is OrderState.ROUTING
    assert done.version == 2
    with store.db.read() as conn:
        assert [row["seq"] for row in decisions.of_order(conn, first.order_id)] == [1, 2]
        [hold] = holds.of_order(conn, first.order_id)
        actions = [entry["action"] for entry in orders.timeline(conn, first.order_id)]
    assert (hold["state"], hold["released_by"], hold["release_reason"]) == ("released", "usr_risk", "已核实")
    assert actions == ["order_received", "order_decided", "hold_released", "order_decided"]
    assert one(store, "SELECT count(*) FROM outbox WHERE event = 'order.accepted' AND destination = 'erp'") == 1


def test_a_stale_version_is_refused_and_changes_nothing(store) -> None:
    found_company(store)
    order = make_order()
    first = place(store, order, held(order, "LARGE_ORDER", Gate.APPROVE))
    again(store, first.order_id, order, held(order, "LARGE_ORDER", Gate.APPROVE))
    with pytest.raises(Conflict) as refused:
        again(store, first.order_id, order)
    assert refused.value.code == "stale_version"
    assert one(store, "SELECT count(*) FROM decisions") == 2


def test_release_of_an_unknown_hold_is_refused(store) -> None:
    found_company(store)
    order = make_order()
    first = place(store, order, held(order, "LARGE_ORDER", Gate.APPROVE))
    with pytest.raises(NotFound):
        again(store, first.order_id, order, release="hld_none")


def test_a_hold_whose_condition_ended_is_superseded(store) -> None:
    found_company(store)
    order = make_order()
    first = place(store, order, held(order, "INCORRECT_ADDRESS", Gate.ALLOCATE))
    done = again(store, first.order_id, order)
    assert [hold["state"] for hold in done.holds] == ["superseded"]


def test_a_hold_that_needs_a_human_stays_until_one_releases_it(store) -> None:
    found_company(store)
    order = make_order()
    body = replace(passing(order), outcome=Outcome.HOLD, holds=(make_hold("PICKUP", Gate.APPROVE, needs_human=True),))
    first = place(store, order, body)
    done = again(store, first.order_id, order)
    assert [hold["state"] for hold in done.holds] == ["active"]
    assert done.state is OrderState.PENDING_REVIEW


def test_a_lost_race_is_kept_held_takes_nothing_and_ends_with_the_next_decision(store) -> None:
    found_company(store)
    order = make_order()
    first = place(store, order, race_lost_body())
    assert first.state is OrderState.PENDING_REVIEW
    assert one(store, "SELECT sum(reserved) FROM stock_items") == 0
    assert one(store, "SELECT open_fen FROM credit_accounts") == 0
    done = again(store, first.order_id, order)
    assert done.state is OrderState.ROUTING
    assert one(store, "SELECT sum(reserved) FROM stock_items") == 1_000_000
    assert one(store, "SELECT open_fen FROM credit_accounts") == 1000


def test_the_same_hold_raised_again_keeps_its_row(store) -> None:
    found_company(store)
    order = make_order()
    body = held(order, "LARGE_ORDER", Gate.APPROVE)
    first = place(store, order, body)
    done = again(store, first.order_id, order, body)
    assert [hold["id"] for hold in done.holds] == [first.holds[0]["id"]]


def test_VAL_02_confirming_a_short_order_reserves_what_there_is_and_waits_for_the_rest(store) -> None:
    found_company(store, stock={("A-1", "GZ"): "3"})
    order = make_order("PO-1", ("A-1", "5"))
    first = place(store, order, held(order, STOCK_SHORT, Gate.SUBMIT))
    assert first.state is OrderState.TO_CONFIRM
    assert one(store, "SELECT reserved FROM stock_items") == 0
    done = again(store, first.order_id, order, confirm=True, cause="confirm")
    assert done.state is OrderState.WAITING_STOCK
    assert one(store, "SELECT reserved FROM stock_items") == 3_000_000
    assert [hold["state"] for hold in done.holds] == ["released"]


def test_VAL_02_a_confirmed_order_that_risk_has_not_seen_waits_for_risk_not_for_goods(sqlite_store) -> None:
    found_company(sqlite_store, stock={("A-1", "GZ"): "3"})
    order = make_order("PO-1", ("A-1", "5"))
    review = make_hold("LARGE_ORDER", Gate.APPROVE)
    body = replace(passing(order), outcome=Outcome.HOLD, holds=(make_hold(STOCK_SHORT, Gate.SUBMIT), review))
    first = place(sqlite_store, order, body)
    done = again(sqlite_store, first.order_id, order, replace(body, holds=(review,)), confirm=True, cause="confirm")
    assert done.state is OrderState.PENDING_REVIEW


def test_CRD_01_an_order_stays_with_the_account_that_it_was_charged_to(sqlite_store) -> None:
    found_company(sqlite_store)
    order = make_order()
    first = place(sqlite_store, order)
    seen = context_of(sqlite_store, order, first.order_id)
    account = one(sqlite_store, "SELECT credit_account_id FROM orders")
    others = (replace(seen.customer, id="cus_other"), None)
    for version, customer in enumerate(others, start=1):
        attempt = attempt_with(order, replace(seen, customer=customer))
        change = Change("redecide", RISK, version=version)
        assert isinstance(append_decision(sqlite_store, first.order_id, attempt, change, now=NOW), Committed)
    assert one(sqlite_store, "SELECT credit_account_id FROM orders") == account
    assert one(sqlite_store, "SELECT open_fen FROM credit_accounts") == 1000


@pytest.mark.parametrize("known", [False, True])
def test_CRD_01_an_order_that_nobody_is_charged_for_is_decided_again_without_an_account(sqlite_store, known) -> None:
    found_company(sqlite_store)
    order = make_order(buyer=buyer("13700137000"))
    first = place(sqlite_store, order)
    seen = context_of(sqlite_store, order, first.order_id)
    customer = context_of(sqlite_store, make_order()).customer if known else None
    attempt = attempt_with(order, replace(seen, customer=customer))  # its account is none: the view says so
    done = append_decision(sqlite_store, first.order_id, attempt, Change("redecide", RISK, version=1), now=NOW)
    assert isinstance(done, Committed)
    assert one(sqlite_store, "SELECT credit_account_id FROM orders") is None


def test_APP_01_three_steps_are_done_in_their_order_and_then_the_order_goes_on(store) -> None:
    found_company(store)
    order = make_order()
    body = passing(order, approval=STEPS)
    first = place(store, order, body)
    assert first.state is OrderState.PENDING_REVIEW
    with pytest.raises(Refused) as refused:
        again(store, first.order_id, order, body, approve=("finance", True))
    assert refused.value.code == "not_this_step"
    states = []
    for version, step in enumerate(("sales_supervisor", "production", "finance"), start=1):
        done = again(store, first.order_id, order, body, approve=(step, True), version=version, cause="approve")
        states.append(done.state)
    assert states == [OrderState.PENDING_REVIEW, OrderState.PENDING_REVIEW, OrderState.ROUTING]


def test_APP_01_each_role_sees_only_its_own_step_when_it_is_its_turn(store) -> None:
    found_company(store)
    order = make_order()
    first = place(store, order, passing(order, approval=STEPS))
    production = Actor("usr_p", "生产", "user", frozenset({Role.PRODUCTION}), "org_main")
    finance = Actor("usr_f", "财务", "user", frozenset({Role.FINANCE}), "org_main")
    supervisor = Actor("usr_s", "主管", "user", frozenset({Role.SALES_SUPERVISOR}), "org_main")

    def steps(actor):
        with store.db.read() as conn:
            return [row["step"] for row in approvals.queue(conn, actor).rows]

    assert (steps(supervisor), steps(production), steps(finance)) == (["sales_supervisor"], [], [])
    again(store, first.order_id, order, passing(order, approval=STEPS), approve=("sales_supervisor", True))
    assert (steps(supervisor), steps(production), steps(finance)) == ([], ["production"], [])


def test_APP_05_a_refused_step_rejects_the_order_and_gives_everything_back(store) -> None:
    found_company(store)
    order = make_order("PO-1", ("A-1", "7"))
    first = place(store, order, passing(order, approval=STEPS))
    assert one(store, "SELECT sum(reserved) FROM stock_items") == 7_000_000
    done = again(store, first.order_id, order, passing(order, approval=STEPS), approve=("sales_supervisor", False))
    assert done.state is OrderState.REJECTED
    assert one(store, "SELECT sum(reserved) FROM stock_items") == 0
    assert one(store, "SELECT open_fen FROM credit_accounts") == 0
    assert one(store, "SELECT count(*) FROM outbox WHERE event = 'order.rejected'") == 2


def test_a_closed_order_is_not_decided_again(store) -> None:
    found_company(store)
    order = make_order()
    first = place(store, order, DecisionBody(outcome=Outcome.REJECT))
    assert first.state is OrderState.REJECTED
    with pytest.raises(Refused):
        again(store, first.order_id, order)


def test_a_new_site_moves_the_reservation_and_the_fulfilment(store) -> None:
    found_company(store)
    order = make_order("PO-1", ("A-1", "9"))
    first = place(store, order)
    done = again(store, first.order_id, order, passing(order, site="CD"))
    held_now = {row["site"]: row["reserved"] for row in rows(store, "SELECT site, reserved FROM stock_items")}
    assert held_now == {"GZ": 0, "CD": 9_000_000}
    assert [head["site"] for head in done.fulfilments] == ["CD"]
    assert one(store, "SELECT sum(reserved_delta) FROM stock_ledger") == 9_000_000
    assert one(store, "SELECT count(*) FROM fulfilment_orders WHERE state = 'cancelled'") == 1


def test_stock_that_went_meanwhile_loses_the_race_and_changes_nothing(store) -> None:
    found_company(store, stock={("A-1", "GZ"): "10", ("A-1", "CD"): "10"})
    order = make_order("PO-1", ("A-1", "8"))
    first = place(store, order)
    context = context_of(store, order, own=first.order_id)
    other = make_order("PO-2", ("A-1", "5"))
    place(store, other, passing(other, site="CD"))
    attempt = attempt_with(order, context, passing(order, site="CD"))
    lost = append_decision(store, first.order_id, attempt, Change("redecide", SYSTEM, version=1), now=NOW)
    assert isinstance(lost, RaceLost)
    assert one(store, "SELECT version FROM orders WHERE number = 'PO-1'") == 1
    assert one(store, "SELECT reserved FROM stock_items WHERE site = 'GZ'") == 8_000_000


def test_the_order_itself_does_not_count_against_its_stock_and_credit(store) -> None:
    found_company(store, stock={("A-1", "GZ"): "10"}, limit="100.00")
    order = make_order("PO-1", ("A-1", "10"))
    first = place(store, order)
    context = context_of(store, order, own=first.order_id)
    assert context.stock[0].available == 10_000_000
    assert context.credit.exposure_fen == 0
    assert isinstance(again(store, first.order_id, order), Committed)
    assert one(store, "SELECT reserved FROM stock_items") == 10_000_000
    assert one(store, "SELECT open_fen FROM credit_accounts") == 10_000


def test_CRD_01_credit_that_went_meanwhile_loses_the_race_of_a_confirmation(store) -> None:
    found_company(store, limit="30.00")
    order = make_order("PO-1", ("A-1", "2"))
    first = place(store, order, held(order, STOCK_SHORT, Gate.SUBMIT))
    attempt = attempt_of(store, order, own=first.order_id)
    place(store, make_order("PO-2", ("A-2", "1.5"), issued_at=later(3600)), DecisionBody(outcome=Outcome.PASS))
    change = Change("confirm", RISK, version=1, confirm=True)
    assert isinstance(append_decision(store, first.order_id, attempt, change, now=NOW), RaceLost)
    assert one(store, "SELECT open_fen FROM credit_accounts") == 1500
    assert one(store, "SELECT state FROM orders WHERE number = 'PO-1'") == "to_confirm"

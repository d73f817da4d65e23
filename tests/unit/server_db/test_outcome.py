"""What a decision does to an order's state and credit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orders.decision import ApprovalStep, DecisionBody, Outcome, engine_failed_body
from orders.hold import Gate
from orders.state import OrderState
from orders.stock import STOCK_SHORT
from server.commit.outcome import credit_of, state_of
from server.db.outlets.messages import free_to_go
from tests.integration.db.world import make_hold, make_order, passing

ORDER = make_order()
AT = {gate: make_hold("X", gate) for gate in Gate}


@pytest.mark.parametrize(
    ("gate", "state"),
    [
        (Gate.SUBMIT, "pending_review"),
        (Gate.APPROVE, "pending_review"),
        (Gate.ALLOCATE, "routing"),
        (Gate.SHIP, "routing"),
    ],
)
def test_a_hold_stops_the_order_at_its_gate(gate, state) -> None:
    assert state_of(passing(ORDER), (AT[gate],), approvals_pending=False) == state


def test_a_warning_stops_nothing() -> None:
    warning = make_hold("X", Gate.SUBMIT, severity="warning")
    assert state_of(passing(ORDER), (warning,), approvals_pending=False) is OrderState.ROUTING


def test_VAL_02_short_stock_waits_for_confirmation_before_anything_else() -> None:
    holds = (make_hold(STOCK_SHORT, Gate.SUBMIT), AT[Gate.APPROVE])
    assert state_of(passing(ORDER), holds, approvals_pending=True) is OrderState.TO_CONFIRM


def test_APP_01_pending_approvals_keep_the_order_in_review() -> None:
    assert state_of(passing(ORDER), (), approvals_pending=True) is OrderState.PENDING_REVIEW


def test_a_reject_wins_over_every_hold() -> None:
    body = DecisionBody(outcome=Outcome.REJECT)
    assert state_of(body, (make_hold(STOCK_SHORT, Gate.SUBMIT),), approvals_pending=True) is OrderState.REJECTED


def test_credit_is_the_payable_of_an_open_order() -> None:
    assert credit_of(ORDER, passing(ORDER)) == ORDER.totals.payable
    assert credit_of(ORDER, replace(passing(ORDER), degraded=("credit_unavailable",))) == ORDER.totals.payable
    assert credit_of(ORDER, engine_failed_body("超时", "time-out")) == 0
    assert credit_of(ORDER, replace(passing(ORDER), outcome=Outcome.REJECT)) == 0
    assert credit_of(ORDER, replace(passing(ORDER), approval=(ApprovalStep("a", "finance", "r"),))) > 0


@pytest.mark.parametrize(
    ("gate", "free"),
    [(Gate.ALLOCATE, False), (Gate.RELEASE_TO_WAREHOUSE, False), (Gate.LABEL, True), (Gate.SHIP, True)],
)
def test_the_erp_hears_of_an_order_that_nothing_blocks_before_the_warehouse(gate, free) -> None:
    assert free_to_go(OrderState.ROUTING, (AT[gate],)) is free
    assert free_to_go(OrderState.PENDING_REVIEW, ()) is False

"""The verdict of a run with kills: it finds what it is there to find."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.kills.verdict import Stored, compare

STORED = Stored(
    orders=[("ord_1", "PO-KILL-1"), ("ord_2", "PO-KILL-2")],
    decided={"ord_1", "ord_2"},
    accepted={"ord_1"},
    reservations={("A-1001", "GZ"): 2},
    reserved={("A-1001", "GZ"): 2},
)
ACKNOWLEDGED = {"PO-KILL-1": "ord_1", "PO-KILL-2": "ord_2"}


def entered(order_id, number, calls=1, key=None):
    body = {"order": {"number": number}}
    return {"event": "order.accepted", "key": key or order_id, "order_id": order_id, "calls": calls, "body": body}


RECEIVED = [entered("ord_1", "PO-KILL-1", calls=2)]


def test_run_without_fault_counts_what_happened():
    verdict = compare(STORED, RECEIVED, ACKNOWLEDGED, 0)
    assert verdict.faults == {}
    assert (verdict.acknowledged, verdict.accepted, verdict.held, verdict.repeated) == (2, 1, 1, 1)


@pytest.mark.parametrize(
    ("fault", "stored", "received", "acknowledged", "unsent"),
    [
        ("lost", STORED, RECEIVED, {**ACKNOWLEDGED, "PO-KILL-3": "ord_3"}, 0),
        ("wrong_id", STORED, RECEIVED, {**ACKNOWLEDGED, "PO-KILL-2": "ord_9"}, 0),
        ("doubled", replace(STORED, orders=[*STORED.orders, ("ord_2", "PO-KILL-1")]), RECEIVED, {}, 0),
        ("undecided", replace(STORED, decided={"ord_1"}), RECEIVED, ACKNOWLEDGED, 0),
        ("unsent", STORED, RECEIVED, ACKNOWLEDGED, 1),
        ("missing_at_erp", STORED, [], ACKNOWLEDGED, 0),
        ("doubled_at_erp", STORED, [*RECEIVED, entered("ord_1", "PO-OTHER", key="x")], ACKNOWLEDGED, 0),
        ("unknown_at_erp", STORED, [*RECEIVED, entered("ord_9", "PO-OTHER")], ACKNOWLEDGED, 0),
        ("stock_differs", replace(STORED, reserved={("A-1001", "GZ"): 3}), RECEIVED, ACKNOWLEDGED, 0),
    ],
)
def test_fault_is_found(fault, stored, received, acknowledged, unsent):
    assert compare(stored, received, acknowledged, unsent).faults == {fault: 1}


def test_two_orders_of_one_number_at_the_erp_are_found():
    received = [*RECEIVED, entered("ord_2", "PO-KILL-1")]
    stored = replace(STORED, accepted={"ord_1", "ord_2"})
    assert compare(stored, received, ACKNOWLEDGED, 0).faults == {"doubled_at_erp": 1}

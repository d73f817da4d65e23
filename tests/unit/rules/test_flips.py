"""U2: what counts as a flip between two decisions of one order, and what does not."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from rules.change.flips import KINDS, flip, is_held

MESSAGE = {"zh": "甲", "en": "a"}
BODY: dict[str, Any] = {
    "outcome": "hold",
    "workflow": "stock",
    "holds": [
        {"code": "C", "rule": "r", "line_no": None, "gate": "approve", "severity": "blocking", "message": MESSAGE}
    ],
    "flags": [{"code": "F", "rule": "r", "line_no": 1, "message": MESSAGE}],
    "requires": [{"code": "signature", "rule": "r", "line_no": None, "message": MESSAGE}],
    "approval": [{"step": "finance", "role": "finance", "rule": "r"}, {"step": "sales", "role": "sales", "rule": "r"}],
    "priority": 0,
    "notify": [{"to": "operations", "rule": "r", "message": MESSAGE}],
    "fulfilments": [
        {"site": "广州", "carrier": "SF", "service": None, "lines": [{"line_no": 1, "quantity": "3"}], "why": []}
    ],
    "trace": [{"rule": "r", "version": "1", "because": {"order.payable": "5.00"}, "derived": {}}],
    "degraded": [],
}


def changed(**parts: Any) -> dict[str, Any]:
    return {**copy.deepcopy(BODY), **parts}


def test_U2_equal_decisions_do_not_flip() -> None:
    assert flip(BODY, changed()) is None


def test_U2_a_new_version_or_wording_is_no_flip() -> None:
    other = changed(trace=[{"rule": "r", "version": "2", "because": {}, "derived": {}}])
    other["holds"][0]["message"] = {"zh": "乙", "en": "b"}
    other["fulfilments"][0]["why"] = [MESSAGE]
    assert flip(BODY, other) is None


PLAN = BODY["fulfilments"][0]
HOLD = BODY["holds"][0]


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("outcome", {"outcome": "reject"}),
        ("hold", {"holds": []}),
        ("hold", {"holds": [{**HOLD, "gate": "ship"}]}),
        ("hold", {"holds": [{**HOLD, "line_no": 2}]}),
        ("hold", {"holds": [{**HOLD, "severity": "warning"}]}),
        ("route", {"fulfilments": [{**PLAN, "lines": [{"line_no": 1, "quantity": "2"}]}]}),
        ("carrier", {"fulfilments": [{**PLAN, "carrier": "YTO"}]}),
        ("carrier", {"fulfilments": [{**PLAN, "service": "signature"}]}),
        ("approval", {"approval": BODY["approval"][::-1]}),
        ("require", {"requires": []}),
        ("flag", {"flags": []}),
        ("notify", {"notify": []}),
        ("priority", {"priority": 1}),
        ("workflow", {"workflow": "custom"}),
    ],
)
def test_U2_each_part_that_differs_is_named(kind: str, parts: dict[str, Any]) -> None:
    found = flip(BODY, changed(**parts))
    assert found is not None
    assert found.kinds == (kind,)
    assert found.old[kind] != found.new[kind]
    assert set(found.old) == set(found.new) == {"outcome", kind}


def test_U2_another_site_flips_route_and_carrier() -> None:
    found = flip(BODY, changed(fulfilments=[{**PLAN, "site": "成都"}]))
    assert found is not None
    assert found.kinds == ("route", "carrier")


def test_U2_the_order_of_holds_in_a_body_is_no_flip() -> None:
    two = [HOLD, {**HOLD, "code": "D"}]
    assert flip(changed(holds=two), changed(holds=two[::-1])) is None


def test_U2_kinds_come_weightiest_first() -> None:
    found = flip(BODY, changed(outcome="pass", holds=[], flags=[], priority=3))
    assert found is not None
    assert found.kinds == ("outcome", "hold", "flag", "priority")
    assert list(found.kinds) == sorted(found.kinds, key=KINDS.index)


@pytest.mark.parametrize(("outcome", "held"), [("pass", False), ("flag", False), ("hold", True), ("reject", True)])
def test_U2_held_means_that_somebody_must_look(outcome: str, held: bool) -> None:
    assert is_held(outcome) is held

"""STM-01 … STM-03: the transition table, its checks, and the reasons why a command is not allowed."""

from itertools import pairwise

import pytest

from orders.actor import Role
from orders.errors import Refused, RuleAuthorError
from orders.hold import GATES, Gate, closed_gates
from orders.state import STATE_ZH, OrderState
from rules.states import STATES_FILE, allowed, load_states, next_states, states

SPINE = [
    (OrderState.PENDING_REVIEW, "approve", OrderState.SPLIT, Role.SALES_SUPERVISOR, ["all_approved"]),
    (OrderState.SPLIT, "route", OrderState.ROUTING, Role.PRODUCTION, []),
    (OrderState.ROUTING, "print", OrderState.PRINTED, Role.PRODUCTION, ["all_reserved", "signature_set"]),
    (OrderState.PRINTED, "ship", OrderState.SHIPPED, Role.PRODUCTION, ["has_waybill"]),
    (OrderState.SHIPPED, "report_exception", OrderState.LOGISTICS_EXCEPTION, Role.SALES, ["no_movement"]),
    (OrderState.LOGISTICS_EXCEPTION, "resume", OrderState.SHIPPED, Role.SALES, ["movement_seen"]),
    (OrderState.SHIPPED, "deliver", OrderState.DELIVERED, Role.SALES, []),
    (OrderState.DELIVERED, "complete", OrderState.COMPLETED, Role.FINANCE, []),
]


def test_STM_01_the_seven_states_have_their_labels():
    labels = {"待审核", "已拆单", "分仓中", "已打单", "已发货", "物流异常", "已完成"}
    assert labels <= set(STATE_ZH.values())
    assert {row.source for row in states().transitions} | {row.target for row in states().transitions} == set(
        OrderState
    )


@pytest.mark.parametrize(("state", "command", "target", "role", "guards"), SPINE)
def test_STM_01_each_step_is_allowed_to_its_role_under_its_guards(state, command, target, role, guards):
    row = states().require(state, command, {role}, (), guards)
    assert row.target is target
    for missing in guards:
        assert not allowed(state, command, {role}, (), [guard for guard in guards if guard != missing])


@pytest.mark.parametrize("state", list(OrderState))
def test_STM_01_every_other_command_is_refused(state):
    commands = {row.command for row in states().transitions}
    own = {option.command for option in next_states(state, {Role.ADMIN})}
    for command in commands - own:
        with pytest.raises(Refused) as caught:
            states().require(state, command, {Role.ADMIN}, (), list(states().guards))
        assert caught.value.code == "not_allowed_in_state"


def test_STM_01_wrong_role_is_refused_with_the_roles_that_may():
    option = next(o for o in next_states(OrderState.PENDING_REVIEW, {Role.AUDITOR}) if o.command == "reject")
    assert not option.allowed
    assert "销售主管" in option.why_not_zh[0]
    assert "sales_supervisor" in option.why_not_en[0]


@pytest.mark.parametrize("gate", GATES)
def test_STM_01_a_hold_stops_every_command_at_its_gate_or_a_later_one(gate):
    closed = closed_gates((gate,))
    for row in states().transitions:
        may = allowed(row.source, row.command, {Role.ADMIN}, closed, row.guards)
        assert may is (row.gate is None or GATES.index(row.gate) < GATES.index(gate))


def test_STM_02_the_nodes_follow_each_other():
    steps = [(row.source, row.target) for row in states().transitions]
    for one, other in pairwise(SPINE[:4]):
        assert (one[0], other[0]) in steps


def test_STM_03_every_transition_has_the_same_four_effects():
    assert states().effects == ("audit", "event", "board", "notify")


def test_no_way_from_review_to_shipping_avoids_the_gates():
    gates = {row.gate for row in states().transitions if row.command in ("approve", "route", "print", "ship")}
    assert gates == {Gate.APPROVE, Gate.ALLOCATE, Gate.LABEL, Gate.SHIP}


BROKEN = [
    ("command: ship, roles: [production]", "command: ship, roles: [prodution]", "production"),
    ("to: shipped, command: ship", "to: shiped, command: ship", "shipped"),
    ("guards: [has_waybill]", "guards: [has_waybil]", "has_waybill"),
    ("gate: ship,", "gate: shipp,", "ship"),
]


@pytest.mark.parametrize(("right", "wrong", "hint"), BROKEN)
def test_STM_06_a_typo_is_refused_with_line_and_nearest_name(right, wrong, hint):
    text = STATES_FILE.read_text("utf-8")
    assert right in text
    with pytest.raises(RuleAuthorError) as caught:
        load_states(text.replace(right, wrong, 1))
    assert caught.value.line > 1
    assert caught.value.suggestion == hint


@pytest.mark.parametrize(
    ("command", "fault"),
    [("complete", "cannot be reached"), ("approve", "cannot be reached"), ("deliver", "dead end|cannot be reached")],
)
def test_STM_06_dead_ends_and_orphans_are_refused(command, fault):
    text = STATES_FILE.read_text("utf-8")
    kept, skip = [], False
    for row in text.split("\n"):
        if row.startswith("  - {"):
            skip = f"command: {command}," in row
        if not (skip and (row.startswith("  - {") or row.startswith("     "))):
            kept.append(row)
    with pytest.raises(RuleAuthorError, match=fault):
        load_states("\n".join(kept))


def test_STM_06_an_unused_guard_and_a_double_command_are_refused():
    text = STATES_FILE.read_text("utf-8")
    with pytest.raises(RuleAuthorError, match="no transition uses"):
        load_states(text.replace("guards:\n", "guards:\n  never: {zh: 无, en: never}\n", 1))
    double = "  - {from: split, to: routing, command: route, roles: [sales], label: {zh: 重, en: twice}}\n"
    with pytest.raises(RuleAuthorError, match="written twice"):
        load_states(text + double)

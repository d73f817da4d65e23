"""Holds are released, steps approved, orders confirmed, moved on and cancelled: by the right people, for good."""

import pytest
from sqlalchemy import select

from orders.actor import Role
from orders.errors import Conflict, Forbidden, InvalidOrder, NotFound, Refused
from orders.money import MICRO
from server.commit import Committed
from server.db import audit
from server.db.tables import outbox, stock_items
from server.desk import holds as hold_desk
from server.desk import orders as desk
from server.desk.orders import Label
from server.desk.view import order_view
from tests.integration.desk.conftest import actor, order, send

SALES, SUPERVISOR, PRODUCTION = actor(Role.SALES), actor(Role.SALES_SUPERVISOR), actor(Role.PRODUCTION)
FINANCE, RISK, AUDITOR = actor(Role.FINANCE), actor(Role.RISK), actor(Role.AUDITOR)
STRANGER = actor(Role.SALES, "stranger")
PICKUP = "江苏省苏州市虎丘区星湖街328号菜鸟驿站"


def held(deps, number="H-1"):
    outcome = send(deps, order(number, ("A-1001", "60"), address=PICKUP))
    assert isinstance(outcome, Committed)
    assert [hold["code"] for hold in outcome.holds] == ["PICKUP_POINT_HIGH_VALUE"]
    return outcome


def reserved(deps, sku="A-1001"):
    with deps.store.db.read() as conn:
        return sum(conn.execute(select(stock_items.c.reserved).where(stock_items.c.sku == sku)).scalars()) // MICRO


def events(deps, order_id, destination="erp"):
    with deps.store.db.read() as conn:
        query = select(outbox.c.event).where(outbox.c.order_id == order_id, outbox.c.destination == destination)
        return list(conn.execute(query.order_by(outbox.c.seq)).scalars())


def test_a_hold_is_released_by_its_role_with_a_reason_and_the_order_is_decided_again(deps):
    outcome = held(deps)
    assert (outcome.state, events(deps, outcome.order_id)) == ("pending_review", [])
    view = hold_desk.release_hold(deps, RISK, outcome.holds[0]["id"], "电话核实过收件人")
    assert view["state"] == "routing"
    hold = view["holds"][0]
    assert (hold["state"], hold["released_by"], hold["release_reason"]) == ("released", RISK.id, "电话核实过收件人")
    assert view["decision"]["id"] != outcome.decision.id
    assert view["decision"]["body"]["holds"] == []
    assert any("RSK-02" in step["rule"] for step in view["decision"]["body"]["trace"]), (
        "what was released stays visible"
    )
    assert events(deps, outcome.order_id) == ["order.accepted"]


@pytest.mark.parametrize("role", [SALES, SUPERVISOR, PRODUCTION, FINANCE])
def test_a_role_that_the_hold_does_not_name_may_not_release_it(deps, role):
    outcome = held(deps)
    with pytest.raises(Forbidden, match="risk"):
        hold_desk.release_hold(deps, role, outcome.holds[0]["id"], "请放行")
    assert order_view(deps, RISK, outcome.order_id)["state"] == "pending_review"


@pytest.mark.parametrize("reason", ["", "  ", "因" * 501])
def test_a_release_without_a_reason_is_refused_by_name(deps, reason):
    outcome = held(deps)
    with pytest.raises(InvalidOrder) as refused:
        hold_desk.release_hold(deps, RISK, outcome.holds[0]["id"], reason)
    assert refused.value.problems[0].pointer == "/reason"


def test_a_hold_is_released_once(deps):
    outcome = held(deps)
    hold_desk.release_hold(deps, RISK, outcome.holds[0]["id"], "已核实")
    with pytest.raises(Refused, match="not active"):
        hold_desk.release_hold(deps, RISK, outcome.holds[0]["id"], "再放一次")


def test_a_released_hold_does_not_come_back_when_the_order_is_decided_again(deps):
    outcome = held(deps)
    hold_desk.release_hold(deps, RISK, outcome.holds[0]["id"], "已核实")
    view = desk.decide_again(deps, RISK, outcome.order_id, "主数据更新")
    assert (view["state"], view["decision"]["body"]["holds"]) == ("routing", [])


def test_a_stranger_sees_neither_the_order_nor_its_hold(deps):
    outcome = held(deps)
    with pytest.raises(NotFound):
        order_view(deps, STRANGER, outcome.order_id)
    with pytest.raises(NotFound):
        hold_desk.release_hold(deps, STRANGER, outcome.holds[0]["id"], "我要看")


def test_APP_01_three_steps_run_in_their_order_and_each_role_decides_only_its_own(deps):
    outcome = send(deps, order("C-1", ("A-1010", "2")))
    steps = [(step["step"], step["role"]) for step in outcome.approvals]
    assert [role for _, role in steps] == ["sales_supervisor", "production", "finance"]
    assert outcome.state == "pending_review"
    for early in (PRODUCTION, FINANCE):
        with pytest.raises(Forbidden, match="sales_supervisor"):
            desk.command(deps, early, outcome.order_id, "approve")
    for person, state in ((SUPERVISOR, "pending_review"), (PRODUCTION, "pending_review"), (FINANCE, "routing")):
        view = desk.command(deps, person, outcome.order_id, "approve")
        assert view["state"] == state
    assert [step["actor"] for step in view["approvals"]] == [SUPERVISOR.id, PRODUCTION.id, FINANCE.id]
    with pytest.raises(Refused):
        desk.command(deps, FINANCE, outcome.order_id, "approve")


def test_APP_01_a_rejected_order_gives_its_stock_back_and_is_closed(deps):
    outcome = send(deps, order("C-2", ("A-1010", "2"), ("A-1001", "5")))
    assert reserved(deps) == 5
    with pytest.raises(InvalidOrder):
        desk.command(deps, SUPERVISOR, outcome.order_id, "reject")
    view = desk.command(deps, SUPERVISOR, outcome.order_id, "reject", reason="图纸不全")
    assert (view["state"], reserved(deps)) == ("rejected", 0)
    with pytest.raises(Refused):
        desk.command(deps, SUPERVISOR, outcome.order_id, "approve")


def test_VAL_02_an_order_over_stock_waits_for_confirmation_and_reserves_nothing_till_then(deps):
    outcome = send(deps, order("S-1", ("A-1007", "211")))
    assert (outcome.state, [hold["code"] for hold in outcome.holds][:1]) == ("to_confirm", ["STOCK_SHORT"])
    assert reserved(deps, "A-1007") == 0
    view = desk.command(deps, SALES, outcome.order_id, "confirm", reason="客户同意分批")
    assert view["state"] != "to_confirm"
    assert reserved(deps, "A-1007") <= 210


def test_STM_01_a_command_that_the_state_does_not_know_is_refused(deps):
    outcome = send(deps, order("N-1", ("A-1001", "10")))
    assert outcome.state == "routing"
    for command in ("ship", "complete", "deliver", "approve", "after_sale"):
        with pytest.raises(Refused):
            desk.command(deps, actor(Role.ADMIN), outcome.order_id, command, reason="x", label=Label("SF1", "SF", True))
    assert order_view(deps, SALES, outcome.order_id)["state"] == "routing"


def test_ONB_01_an_order_goes_from_print_to_completed_and_its_stock_leaves(deps):
    outcome = send(deps, order("N-2", ("A-1001", "10")))
    assert desk.command(deps, PRODUCTION, outcome.order_id, "print")["state"] == "printed"
    with pytest.raises(Refused, match="waybill"):
        desk.command(deps, PRODUCTION, outcome.order_id, "ship")
    view = desk.command(deps, PRODUCTION, outcome.order_id, "ship", label=Label(waybill="ZT7712345678", carrier="ZTO"))
    assert (view["state"], view["fulfilments"][0]["waybill"], reserved(deps)) == ("shipped", "ZT7712345678", 0)
    assert desk.command(deps, PRODUCTION, outcome.order_id, "deliver")["state"] == "delivered"
    assert desk.command(deps, SALES, outcome.order_id, "complete")["state"] == "completed"
    nodes = [entry["action"] for entry in desk.timeline(deps, SALES, outcome.order_id)]
    assert nodes.count("order_moved") == 4
    with deps.store.db.read() as conn:
        assert audit.verify(conn, outcome.order_id) is None


def test_RSK_03_a_high_value_parcel_is_not_labelled_without_a_signature(deps):
    outcome = send(deps, order("N-3", ("A-1007", "1")))
    assert "signature" in [
        item["code"] for item in order_view(deps, SALES, outcome.order_id)["decision"]["body"]["requires"]
    ]
    with pytest.raises(Refused, match="signature"):
        desk.command(deps, PRODUCTION, outcome.order_id, "print")
    view = desk.command(deps, PRODUCTION, outcome.order_id, "print", label=Label(signature=True))
    assert (view["state"], view["fulfilments"][0]["service"]) == ("printed", "signature")


def test_CRD_01_a_credit_hold_lets_the_order_be_printed_and_stops_it_at_shipping(deps):
    outcome = send(deps, order("N-4", ("A-1001", "100"), buyer="武汉楚天机械有限公司", phone="13500135004"))
    assert "CREDIT_LIMIT" in [hold["code"] for hold in outcome.holds]
    desk.command(deps, PRODUCTION, outcome.order_id, "print")
    with pytest.raises(Refused, match="hold"):
        desk.command(deps, PRODUCTION, outcome.order_id, "ship", label=Label(waybill="ZT1"))


def test_INV_11_cancelling_gives_everything_back_once_and_again_changes_nothing(deps):
    outcome = send(deps, order("N-5", ("A-1001", "10")))
    assert reserved(deps) == 10
    for _ in range(2):
        view = desk.command(deps, SALES, outcome.order_id, "cancel", reason="客户取消")
        assert (view["state"], reserved(deps)) == ("cancelled", 0)
    assert events(deps, outcome.order_id) == ["order.accepted", "order.cancelled"]


def test_a_command_on_a_stale_version_is_refused(deps):
    outcome = send(deps, order("N-6", ("A-1001", "10")))
    desk.command(deps, PRODUCTION, outcome.order_id, "print", version=outcome.version)
    with pytest.raises(Conflict, match="changed meanwhile"):
        desk.command(deps, SUPERVISOR, outcome.order_id, "cancel", reason="x", version=outcome.version)


def test_next_states_say_what_is_allowed_and_why_the_rest_is_not(deps):
    outcome = held(deps)
    options = {option["command"]: option for option in desk.next_states(deps, SALES, outcome.order_id)}
    assert options["cancel"]["allowed"]
    assert not options["approve"]["allowed"]
    assert options["approve"]["why_not"]["zh"]
    assert options["approve"]["why_not"]["en"]


def test_personal_data_is_masked_unless_a_reason_is_given_and_recorded(deps):
    outcome = held(deps)
    assert order_view(deps, SALES, outcome.order_id)["order"]["buyer"]["contact"]["phone"] == "138****8000"
    shown = order_view(deps, SALES, outcome.order_id, reveal="回拨客户")
    assert shown["order"]["buyer"]["contact"]["phone"] == "13800138000"
    told = [
        entry for entry in desk.timeline(deps, SALES, outcome.order_id) if entry["action"] == "personal_data_revealed"
    ]
    assert [(entry["actor"], entry["detail"]) for entry in told] == [(SALES.id, {"reason": "回拨客户"})]
    with pytest.raises(Forbidden):
        order_view(deps, AUDITOR, outcome.order_id, reveal="好奇")


def test_the_explanation_says_which_rule_held_the_order_and_with_which_value(deps):
    outcome = held(deps)
    told = {item["rule"]: item for item in desk.explain(deps, SALES, outcome.order_id)["sentences"]}
    assert "750" in told["RSK-02"]["zh"]
    assert "750" in told["RSK-02"]["en"]

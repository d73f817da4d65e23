"""The allowlist lane and snoozed rules: what is lifted, until when, and that it is always told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from orders.actor import Role
from orders.decision import body_to_json
from orders.errors import Conflict, Forbidden, InvalidOrder, NotFound, Refused
from server.db import audit
from server.db.facts import configuration
from server.desk.rulework import exemptions
from server.desk.rulework.replay import replay_order
from tests.integration.desk.conftest import actor, order, send

if TYPE_CHECKING:
    from server.deps import Deps


@pytest.fixture
def store(sqlite_store):
    return sqlite_store


RISK = actor(Role.RISK)
CUSTOMER = "C-1001"
TODAY, TOMORROW = "2026-11-22", "2026-11-23"
PICKUP = "江苏省苏州市虎丘区星湖街328号菜鸟驿站"


@pytest.fixture
def customer(deps: Deps) -> str:
    """The code of the customer that `order` is sent for."""
    known = deps.catalogue().customers
    return next(code for code, entry in known.items() if entry.name == "苏州恒力机电有限公司")


def body_of(deps: Deps, number: str, **more: Any) -> dict[str, Any]:
    """Decide 750.00 元 to a pickup point, which RSK-02 holds."""
    outcome = send(deps, order(number, ("A-1001", "60"), address=PICKUP, **more))
    return body_to_json(outcome.decision.body)


def stopped_by(body: dict[str, Any]) -> set[str]:
    return {hold["rule"] for hold in body["holds"]}


def test_a_snoozed_rule_holds_this_customer_no_more_and_says_so(deps: Deps, customer: str) -> None:
    before = body_of(deps, "X-1")
    assert "RSK-02" in stopped_by(before)
    made = exemptions.add(deps, RISK, customer, "RSK-02", TOMORROW, "老客户自提")
    after = body_of(deps, "X-2", phone="13800138001")
    assert "RSK-02" not in stopped_by(after)
    (step,) = [step for step in after["trace"] if step["rule"] == "RSK-02"]
    told = {"codes": ["PICKUP_POINT_HIGH_VALUE"], "id": made["id"], "scope": "RSK-02", "until": TOMORROW}
    assert step["derived"]["exempt"] == told
    (flag,) = [flag for flag in after["flags"] if flag["code"] == "EXEMPTED"]
    assert (flag["rule"], after["outcome"]) == ("RSK-02", "flag")
    assert TOMORROW in flag["message"]["zh"]
    assert "驿站" in flag["message"]["zh"]
    assert "snoozed" in flag["message"]["en"]


def test_the_allowlist_lane_lifts_every_suspicion_but_no_credit_or_stock_hold(deps: Deps, customer: str) -> None:
    exemptions.add(deps, RISK, customer, exemptions.ALLOWLIST, TOMORROW, "年度框架客户")
    outcome = send(deps, order("X-1", ("A-1001", "900000"), address=PICKUP))
    body = body_to_json(outcome.decision.body)
    stages = {rule.id: rule.stage for rule in deps.engine.bundle.program.rules}
    fraud = 1
    assert stopped_by(body)
    assert all(stages[rule] != fraud for rule in stopped_by(body))
    lifted = {flag["rule"] for flag in body["flags"] if flag["code"] == "EXEMPTED"}
    assert {"RSK-02", "RSK-05"} <= lifted
    assert body["outcome"] == "hold"


def test_another_customer_is_held_as_ever(deps: Deps, customer: str) -> None:
    exemptions.add(deps, RISK, customer, "RSK-02", TOMORROW, "老客户")
    other = send(deps, order("X-1", ("A-1001", "60"), address=PICKUP, buyer="无人认识的公司", phone="13700001111"))
    assert "RSK-02" in stopped_by(body_to_json(other.decision.body))


def test_an_exemption_ends_with_its_last_local_day(deps: Deps, customer: str, clock) -> None:
    """It is 10:15 in Shanghai; today ends at 16:00 UTC."""
    exemptions.add(deps, RISK, customer, "RSK-02", TODAY, "老客户")
    clock.forward(hours=13, minutes=44, seconds=59)
    assert "RSK-02" not in stopped_by(body_of(deps, "X-1"))
    clock.forward(seconds=1)
    assert "RSK-02" in stopped_by(body_of(deps, "X-2", phone="13800138001"))


def test_an_exemption_that_a_person_ended_is_over_at_once(deps: Deps, customer: str) -> None:
    made = exemptions.add(deps, RISK, customer, "RSK-02", TOMORROW, "老客户")
    ended = exemptions.end(deps, RISK, made["id"], "异常增多")
    assert (ended["state"], ended["end_reason"]) == ("ended", "异常增多")
    assert "RSK-02" in stopped_by(body_of(deps, "X-1"))
    with pytest.raises(Refused):
        exemptions.end(deps, RISK, made["id"], "again")


def test_U3_a_decision_under_an_exemption_replays_after_its_end(deps: Deps, customer: str) -> None:
    made = exemptions.add(deps, RISK, customer, "RSK-02", TOMORROW, "老客户")
    outcome = send(deps, order("X-1", ("A-1001", "60"), address=PICKUP))
    exemptions.end(deps, RISK, made["id"], "over")
    assert [item.same for item in replay_order(deps, outcome.order_id)] == [True]


def test_RSK_09_in_peak_mode_an_allowlisted_vip_still_goes_to_a_person(deps: Deps, customer: str, clock) -> None:
    exemptions.add(deps, RISK, customer, exemptions.ALLOWLIST, TOMORROW, "年度框架客户")
    with deps.store.db.write() as conn:
        configuration.put(conn, "peak_mode", True, actor="usr_admin", now=clock())
    body = body_of(deps, "X-1", phone="13800138001")
    high = send(deps, order("X-2", ("A-1001", "801"), address=PICKUP))  # 10,012.50 元: high-ticket
    high_body = body_to_json(high.decision.body)
    assert "RSK-02" not in stopped_by(body) | stopped_by(high_body)
    assert "PEK-04" in {step["rule"] for step in high_body["trace"]}
    assert high_body["outcome"] != "reject"


@pytest.mark.parametrize(
    ("scope", "until", "reason"),
    [
        ("NO-SUCH", TOMORROW, "x"),
        ("CRD-01.limit", TOMORROW, "x"),  # what cannot be paid is not set aside
        ("stage:credit", TOMORROW, "x"),
        ("RSK-03", TOMORROW, "x"),  # it stops nothing
        ("RSK-02", "2026-11-21", "x"),
        ("RSK-02", "2027-11-23", "x"),
        ("RSK-02", "tomorrow", "x"),
        ("RSK-02", TOMORROW, " "),
    ],
)
def test_what_cannot_be_exempt_is_refused(deps: Deps, customer: str, scope: str, until: str, reason: str) -> None:
    with pytest.raises(InvalidOrder):
        exemptions.add(deps, RISK, customer, scope, until, reason)


def test_only_risk_exempts_known_customers_once_and_it_is_in_the_trail(deps: Deps, customer: str, clock) -> None:
    with pytest.raises(Forbidden):
        exemptions.add(deps, actor(Role.SALES_SUPERVISOR), customer, "RSK-02", TOMORROW, "x")
    with pytest.raises(Forbidden):
        exemptions.listed(deps, actor(Role.SALES))
    with pytest.raises(NotFound):
        exemptions.add(deps, RISK, "C-NOBODY", "RSK-02", TOMORROW, "x")
    made = exemptions.add(deps, RISK, customer, "RSK-02", "2027-11-22", "老客户")
    with pytest.raises(Conflict):
        exemptions.add(deps, RISK, customer, "RSK-02", TOMORROW, "x")
    with pytest.raises(Forbidden):
        exemptions.end(deps, actor(Role.AUDITOR), made["id"], "x")
    with deps.store.db.read() as conn:
        assert [entry["action"] for entry in audit.of(conn, exemptions.CHAIN)] == ["exemption_added"]
        assert audit.verify(conn, exemptions.CHAIN) is None
    clock.now += timedelta(days=400)
    again = exemptions.add(deps, RISK, customer, "RSK-02", "2027-12-31", "再次")
    rows, _ = exemptions.listed(deps, actor(Role.AUDITOR), customer=customer)
    assert [(row["id"], row["state"]) for row in rows] == [(again["id"], "running"), (made["id"], "ended")]

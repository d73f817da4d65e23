"""U14, RSK-08: what each rule came to, on a past whose truth is known. RSK-12: node × reason × hour, and its orders."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select, update

from bench.decision_orders import NOW
from bench.history import lay_in, order_id
from orders.actor import Role
from orders.errors import Forbidden, InvalidOrder, NotFound
from orders.state import OrderState
from orders.truth import Truth, Verdict, truth_of
from server.db import audit
from server.db.tables import approvals, holds, orders
from server.desk.rulework import economics
from server.desk.rulework.economics import Cell, Period, suggestion
from tests.integration.desk.conftest import actor

if TYPE_CHECKING:
    from server.deps import Deps

RISK = actor(Role.RISK)
DAY = Period(date(2026, 11, 22), date(2026, 11, 22))


@pytest.fixture
def store(sqlite_store):
    return sqlite_store


@pytest.fixture
def past(deps: Deps, clock) -> Deps:
    """Twelve orders of 22 November (11:00 in Shanghai), each worth 100.00 元; the time now is 12 hours later."""
    lay_in(deps.store, deps.engine.bundle, 12)
    with deps.store.db.write() as conn:
        conn.execute(update(orders).values(payable_fen=10_000, outcome="hold", state="pending_review"))
    clock.now = NOW + timedelta(hours=12)
    return deps


def hold(deps: Deps, number: int, state: str = "active", **changes: Any) -> str:
    row = {
        "id": f"hld_{number}_{changes.get('rule', 'RSK-02')}_{changes.get('line_no', 0)}",
        "order_id": order_id(number),
        "code": "PICKUP_POINT_HIGH_VALUE",
        "gate": "approve",
        "rule": "RSK-02",
        "severity": "blocking",
        "who": ["risk"],
        "message": {"zh": "甲", "en": "a"},
        "release_options": [],
        "state": state,
        "decision_id": "",
        "created_at": NOW,
        "released_at": NOW + timedelta(hours=3) if state == "released" else None,
        "owner_id": "system",
        "org_id": "org_main",
        **changes,
    }
    with deps.store.db.write() as conn:
        conn.execute(insert(holds), row)
    return row["id"]


def line_of(deps: Deps, rule: str = "RSK-02", period: Period = DAY) -> dict[str, Any]:
    (line,) = [line for line in economics.report(deps, RISK, period)["rules"] if line["rule"] == rule]
    return line


def test_U14_RSK_08_each_outcome_is_counted_with_its_money_and_hours(past: Deps) -> None:
    economics.give_verdict(past, RISK, hold(past, 0), Verdict.RIGHT, "确为刷单")
    hold(past, 1, "released")
    economics.give_verdict(past, RISK, hold(past, 2), Verdict.WRONG, "老客户")
    hold(past, 3)
    hold(past, 4, "superseded")
    hold(past, 5)
    with past.store.db.write() as conn:
        conn.execute(update(orders).where(orders.c.id == order_id(5)).values(state="rejected"))
    line = line_of(past)
    told = {name: line[name] for name in ("hits", "confirmed", "released", "open", "ended", "unknown")}
    assert told == {"hits": 6, "confirmed": 2, "released": 2, "open": 1, "ended": 1, "unknown": 2}
    assert line["money"] == {"CNY": "600.00"}
    assert line["caught"] == {"CNY": "200.00"}
    assert line["delayed"] == {"CNY": "200.00"}
    assert line["precision"] == 0.5
    assert line["hours_waited"] == 12 + 3 + 12 + 12 + 0 + 12
    assert line["codes"] == ["PICKUP_POINT_HIGH_VALUE"]
    assert line["suggestion"] == "unknown", "four known outcomes are too few"


def test_U14_a_rule_that_the_rules_themselves_reject_for_is_unknown_not_confirmed(past: Deps) -> None:
    hold(past, 0)
    with past.store.db.write() as conn:
        conn.execute(update(orders).where(orders.c.id == order_id(0)).values(state="rejected", outcome="reject"))
    assert (line_of(past)["confirmed"], line_of(past)["unknown"]) == (0, 1)


def test_U14_a_refused_approval_confirms(past: Deps) -> None:
    hold(past, 0)
    row = {
        "order_id": order_id(0),
        "step": "finance",
        "position": 0,
        "role": "finance",
        "rule": "r",
        "state": "rejected",
        "decision_id": "",
        "created_at": NOW,
        "owner_id": "system",
        "org_id": "org_main",
    }
    with past.store.db.write() as conn:
        conn.execute(insert(approvals), row)
    assert line_of(past)["confirmed"] == 1


def test_U14_two_lines_of_one_order_are_one_hit_with_the_weightiest_fate(past: Deps) -> None:
    hold(past, 0, "released", line_no=1)
    right = hold(past, 0, "superseded", line_no=2)
    economics.give_verdict(past, RISK, right, Verdict.RIGHT, "x")
    line = line_of(past)
    assert (line["hits"], line["confirmed"], line["released"], line["caught"]) == (1, 1, 0, {"CNY": "100.00"})


@pytest.mark.parametrize(
    ("confirmed", "known", "told"),
    [
        (0, 9, "unknown"),
        (0, 10, "retire"),
        (1, 11, "retire"),
        (1, 10, "tighten"),
        (49, 100, "tighten"),
        (5, 10, "keep"),
        (10, 10, "keep"),
    ],
)
def test_U14_suggestions_at_their_boundaries(confirmed: int, known: int, told: str) -> None:
    assert suggestion(confirmed, known) == told


def test_RSK_08_a_period_has_its_first_and_its_last_moment(past: Deps) -> None:
    """22 November in Shanghai is from 16:00 UTC of the 21st to 15:59:59 of the 22nd."""
    first = NOW.replace(day=21, hour=16, minute=0)
    hold(past, 0, created_at=first)
    hold(past, 1, created_at=first - timedelta(microseconds=1))
    hold(past, 2, created_at=first + timedelta(days=1) - timedelta(microseconds=1))
    hold(past, 3, created_at=first + timedelta(days=1))
    assert line_of(past)["hits"] == 2


def test_RSK_08_silent_rules_are_named(past: Deps) -> None:
    hold(past, 0)
    silent = economics.report(past, RISK, DAY)["silent"]
    assert "RSK-01" in silent
    assert "RSK-02" not in silent
    assert "RSK-03" not in silent, "it stops no order, so its silence says nothing"


def test_RSK_08_the_report_downloads(past: Deps) -> None:
    hold(past, 0, "released")
    text = economics.report_csv(economics.report(past, RISK, DAY)).removeprefix("\ufeff")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["rule"], row["hits"], row["delayed"]) == ("RSK-02", "1", "100.00 CNY")


def test_RSK_08_periods_that_make_no_sense_are_refused(past: Deps) -> None:
    today = past.clock().date()
    assert economics.period_of(past, None, None).until >= today
    assert economics.period_of(past, "2026-11-01", "2026-11-30") == Period(date(2026, 11, 1), date(2026, 11, 30))
    for since, until in (("2026-11-23", "2026-11-22"), ("2025-11-21", "2026-11-22"), ("2026-13-01", None)):
        with pytest.raises(InvalidOrder):
            economics.period_of(past, since, until)
    assert economics.period_of(past, "2025-11-22", "2026-11-22").since == date(2025, 11, 22)


def test_RSK_12_cells_are_node_by_reason_by_local_hour(past: Deps) -> None:
    hold(past, 0)  # 03:00 UTC is 11:00 in Shanghai
    hold(past, 1, created_at=NOW + timedelta(minutes=59, seconds=59))
    hold(past, 2, created_at=NOW + timedelta(hours=1))
    hold(past, 3, code="CREDIT_LIMIT", gate="ship", rule="CRD-01.limit")
    first, second = economics.heat(past, RISK, DAY)
    assert (first["gate"], first["code"], first["total"]) == ("approve", "PICKUP_POINT_HIGH_VALUE", 3)
    assert {hour: count for hour, count in enumerate(first["hours"]) if count} == {11: 2, 12: 1}
    assert (second["gate"], second["code"], second["hours"][11]) == ("ship", "CREDIT_LIMIT", 1)


def test_RSK_12_a_cell_opens_its_orders(past: Deps) -> None:
    cell = Cell("approve", "PICKUP_POINT_HIGH_VALUE", 11)
    for number in range(3):
        hold(past, number)
    hold(past, 3, created_at=NOW + timedelta(hours=1))
    found = economics.orders_of(past, RISK, DAY, cell, limit=2)
    rest = economics.orders_of(past, RISK, DAY, cell, limit=2, after=found.next_cursor)
    assert [row["order_id"] for row in (*found.rows, *rest.rows)] == [order_id(number) for number in range(3)]
    assert found.rows[0]["number"] == "PO-0"
    whole = economics.orders_of(past, RISK, DAY, Cell(cell.gate, cell.code))
    assert len(whole.rows) == 4


def test_U14_hits_by_day_for_each_rule_oldest_first(past: Deps) -> None:
    hold(past, 0, line_no=1)
    hold(past, 0, line_no=2)
    hold(past, 1, created_at=NOW - timedelta(days=1))
    assert economics.hits(past, days=3) == {"RSK-02": [0, 1, 1]}


def test_U14_a_verdict_needs_the_risk_role_a_reason_and_a_hold_and_is_in_the_trail(past: Deps) -> None:
    name = hold(past, 0)
    with pytest.raises(Forbidden):
        economics.give_verdict(past, actor(Role.FINANCE), name, Verdict.RIGHT, "x")
    with pytest.raises(InvalidOrder):
        economics.give_verdict(past, RISK, name, Verdict.RIGHT, " ")
    with pytest.raises(NotFound):
        economics.give_verdict(past, RISK, "hld_none", Verdict.RIGHT, "x")
    economics.give_verdict(past, RISK, name, Verdict.RIGHT, "x")
    economics.give_verdict(past, RISK, name, Verdict.WRONG, "看错了")
    assert (line_of(past)["confirmed"], line_of(past)["released"]) == (0, 1)
    with past.store.db.read() as conn:
        actions = [entry["action"] for entry in audit.of(conn, order_id(0))]
        assert conn.execute(select(holds.c.state)).scalar() == "active", "a word changes no hold"
    assert actions == ["hold_judged", "hold_judged"]


def test_RSK_08_only_who_sees_all_orders_sees_the_reports(past: Deps) -> None:
    for role in (Role.SALES, Role.SALES_SUPERVISOR):
        for call in (economics.report, economics.heat):
            with pytest.raises(Forbidden):
                call(past, actor(role), DAY)
        with pytest.raises(Forbidden):
            economics.orders_of(past, actor(role), DAY, Cell("a", "b"))


@pytest.mark.parametrize(
    ("state", "verdicts", "released", "refused", "truth"),
    [
        ("pending_review", {"right"}, False, False, Truth.BAD),
        ("delivered", {"right", "wrong"}, True, False, Truth.BAD),
        ("rejected", {"wrong"}, False, True, Truth.GOOD),
        ("rejected", set(), False, True, Truth.BAD),
        ("routing", set(), True, False, Truth.GOOD),
        ("cancelled", set(), True, False, Truth.UNKNOWN),
        ("rejected", set(), True, False, Truth.UNKNOWN),
        ("delivered", set(), False, False, Truth.GOOD),
        ("completed", set(), False, False, Truth.GOOD),
        ("shipped", set(), False, False, Truth.UNKNOWN),
    ],
)
def test_U2_U14_truth_is_a_word_first_then_what_happened(
    state: str, verdicts: set[str], released: bool, refused: bool, truth: Truth
) -> None:
    assert truth_of(OrderState(state), verdicts, released=released, refused=refused) is truth


def test_DUP_04_duplicates_are_counted_by_local_month_with_the_money_they_saved(past: Deps) -> None:
    def twin(number: int, at: datetime, state: str = "active") -> str:
        return hold(past, number, state, rule="DUP-01", code="DUPLICATE_SUSPECT", created_at=at)

    this, last = economics.monthly(past, RISK, months=2)
    assert (this["month"], last["month"], this["hits"], this["money"]) == ("2026-11", "2026-10", 0, {})
    first = datetime(2026, 10, 31, 16, tzinfo=UTC)  # midnight in 上海: November begins
    economics.give_verdict(past, RISK, twin(0, first), Verdict.RIGHT, "重复")
    twin(1, first - timedelta(seconds=1), "released")
    twin(2, NOW)
    hold(past, 3)
    twin(4, datetime(2026, 9, 30, 15, 59, 59, tzinfo=UTC))
    this, last = economics.monthly(past, RISK, months=2)
    assert (this["hits"], this["confirmed"], this["unknown"], this["released"]) == (2, 1, 1, 0)
    assert (this["money"], this["caught"]) == ({"CNY": "200.00"}, {"CNY": "100.00"})
    assert (last["hits"], last["released"], last["caught"]) == (1, 1, {})
    with pytest.raises(Forbidden):
        economics.monthly(past, actor(Role.SALES))

"""Money, quantities, times and names as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from orders.draft import DocumentState, DraftState
from orders.hold import Gate, HoldState
from orders.state import OrderState
from web import wording


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("12500.00", "¥12,500.00"),
        (1250000, "¥12,500.00"),
        (-5, "-¥0.05"),
        ("-3.50", "-¥3.50"),
        (None, "—"),
        (0, "¥0.00"),
    ],
)
def test_money_has_its_sign_and_separators(value: object, shown: str) -> None:
    assert wording.money(value) == shown  # type: ignore[arg-type]


def test_a_currency_without_a_sign_is_named() -> None:
    assert wording.money("1.00", "SGD") == "SGD 1.00"


@pytest.mark.parametrize(
    ("value", "shown"), [("1000", "1,000"), (1_500_000, "1.5"), (1_000_000_000, "1,000"), ("0.5", "0.5"), ("", "—")]
)
def test_quantities_lose_their_trailing_zeros(value: object, shown: str) -> None:
    assert wording.quantity(value) == shown  # type: ignore[arg-type]


def test_times_are_shown_in_the_company_zone() -> None:
    at = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)
    assert wording.local_time(at, "Asia/Shanghai") == "2026-11-22 00:30"
    assert wording.local_time("2026-11-21T16:30:00Z", "Asia/Shanghai") == "2026-11-22 00:30"
    assert wording.local_time(None, "Asia/Shanghai") == "—"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "刚刚"), (59, "刚刚"), (60, "1 分钟前"), (3600, "1 小时前"), (86400 * 2, "2 天前")]
)
def test_how_long_ago(seconds: int, shown: str) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert wording.ago(now - timedelta(seconds=seconds), now) == shown


def test_every_state_gate_and_outcome_has_a_name() -> None:
    assert all(state in wording.STATE_ZH for state in OrderState)
    assert all(gate in wording.GATE_ZH for gate in Gate)
    assert all(state in wording.HOLD_STATE_ZH for state in HoldState)
    assert all(state in wording.DOCUMENT_ZH for state in DocumentState)
    assert all(state in wording.DRAFT_ZH for state in DraftState)


def test_an_unknown_code_reads_as_itself() -> None:
    assert wording.code_name("NEW_CODE") == "NEW_CODE"
    assert wording.code_name("CREDIT_LIMIT") == "超信用额度"


@pytest.mark.parametrize(("source", "channel", "shown"), [("erp", "api", "ERP · 接口"), ("erp", "erp", "ERP")])
def test_where_an_order_came_from_is_not_said_twice(source: str, channel: str, shown: str) -> None:
    assert wording.came_by(source, channel) == shown

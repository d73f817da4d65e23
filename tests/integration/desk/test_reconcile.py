"""FIN-01: orders, shipments, receivables and payments compared; each kind of difference, and none where all agree."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select

from orders.actor import SYSTEM
from orders.errors import SenderError
from server.config import Settings
from server.db import tables as t
from server.db.outlets import outbox
from server.desk.outlets import reconcile as desk
from server.desk.rulework.economics import Period
from tests.contract.test_tables_match_migrations import _order_row

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.db.store import Store

KEPT = {"receivables": True, "payments": True, "shipments": True}
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
NOW = datetime(2026, 11, 22, 2, 15, tzinfo=UTC)
AGREES = {
    "id": "ord_1", "number": "PO-1", "state": "shipped", "currency": "CNY", "payable_fen": 10_000,
    "payment_status": "paid", "receivable_fen": 10_000, "receivable_currency": "CNY", "paid_fen": 10_000,
    "paid_currency": "CNY", "paid_currency_2": "CNY", "unsent": None,
}  # fmt: skip


@dataclass(frozen=True)
class Deps:
    store: Store
    settings: Settings = field(default_factory=Settings)
    clock: Callable[[], datetime] = lambda: NOW
    wakers: list[Any] = field(default_factory=list)


@pytest.fixture
def deps(sqlite_store: Store) -> Deps:
    return Deps(sqlite_store)


def codes(**changed: Any) -> list[str]:
    return [item.code for item in desk.judge({**AGREES, **changed}, KEPT)]


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, []),
        ({"receivable_fen": None}, ["receivable_missing"]),
        ({"receivable_fen": None, "state": "printed"}, []),
        ({"receivable_fen": None, "payable_fen": 0, "paid_fen": 0}, []),
        ({"receivable_fen": 9_999}, ["receivable_amount"]),
        ({"receivable_fen": 10_001}, ["receivable_amount"]),
        ({"receivable_currency": "USD"}, ["receivable_amount"]),
        ({"unsent": 1}, ["receivable_unsent"]),
        ({"state": "cancelled", "paid_fen": None}, ["receivable_wrong"]),
        ({"state": "cancelled", "receivable_fen": None}, ["payment_wrong"]),
        ({"paid_fen": None}, ["payment_missing"]),
        ({"paid_fen": None, "payment_status": "unpaid"}, []),
        ({"paid_fen": 9_999}, ["payment_short"]),
        ({"paid_fen": 9_999, "payment_status": "partial"}, []),
        ({"paid_fen": 10_001}, ["payment_over"]),
        ({"paid_fen": 10_001, "payment_status": "unpaid"}, ["payment_over"]),
        ({"paid_currency_2": "USD"}, ["payment_currency"]),
        ({"paid_fen": 9_999, "receivable_fen": 9_999}, ["receivable_amount", "payment_short"]),
    ],
)
def test_FIN_01_every_difference_has_its_name(changed: dict[str, Any], found: list[str]) -> None:
    assert codes(**changed) == found


def test_FIN_01_books_that_nobody_keeps_here_are_not_missing() -> None:
    row = {**AGREES, "receivable_fen": None, "paid_fen": None}
    assert list(desk.judge(row, {"receivables": False, "payments": False, "shipments": False})) == []


def an_order(deps: Deps, order_id: str, *, receivable: bool = True, at: datetime = NOW, **told: Any) -> None:
    row = {**_order_row(at), "id": order_id, "natural_key": order_id, "number": f"PO-{order_id}", "state": "shipped"}
    with deps.store.db.write() as conn:
        conn.execute(insert(t.orders), {**row, "payable_fen": 10_000, "payment_status": "paid", **told})
        if receivable:
            own = {"id": f"rcv_{order_id}", "order_id": order_id, "event": "order.shipped", "created_at": at}
            conn.execute(insert(t.receivables), {**own, "currency": "CNY", "amount_fen": 10_000})


def paid(deps: Deps, text: str, source: str = "bank") -> tuple[int, list[str]]:
    return desk.take_payments(deps, SYSTEM, source, ("流水号,订单号,金额,付款时间\n" + text).encode())


def test_FIN_01_reference_month_differs_by_at_most_three_in_ten_thousand_and_each_difference_is_listed(deps) -> None:
    for number in range(40):
        an_order(deps, f"ord_{number:02}")
    paid(deps, "".join(f"R{number},PO-ord_{number:02},100.00,2026-11-22 10:00\n" for number in range(40)))
    found = desk.run(deps, NOVEMBER)
    assert (found.compared, found.matched, found.differences) == (40, 40, [])
    assert found.rate <= 0.0003
    an_order(deps, "ord_bad", receivable=False)
    paid(deps, "R90,PO-ord_bad,100.00,2026-11-22\nR91,PO-nobody,5.00,2026-11-22\n")
    found = desk.run(deps, NOVEMBER)
    assert [(item.code, item.number) for item in found.differences] == [
        ("receivable_missing", "PO-ord_bad"),
        ("payment_unknown", "PO-nobody"),
    ]
    assert (found.compared, found.differing) == (41, 1)
    lines = desk.to_csv(found).splitlines()
    assert lines[0].startswith("\ufeffnumber,")
    assert lines[1].startswith("PO-ord_bad,ord_bad,receivable_missing,100.00,,CNY,")


def test_FIN_01_receivable_agrees_once_its_message_is_sent(deps) -> None:
    an_order(deps, "ord_1", payment_status="unpaid")
    with deps.store.db.write() as conn:
        outbox.add(conn, outbox.Event("receivable.due", "ord_1", "ord_1:receivable", {}), NOW, ("to:erp-1",))
    assert [item.code for item in desk.run(deps, NOVEMBER).differences] == ["receivable_unsent"]
    with deps.store.db.write() as conn:
        outbox.mark_local(conn, outbox.take_local(conn, "to:erp-1", NOW, 1), NOW)
    assert desk.run(deps, NOVEMBER).differences == []


def test_FIN_01_period_is_whole_local_days(deps) -> None:
    an_order(deps, "ord_in", at=datetime(2026, 10, 31, 16, 0, tzinfo=UTC))  # 1 November, 00:00 in Shanghai
    an_order(deps, "ord_out", at=datetime(2026, 10, 31, 15, 59, tzinfo=UTC))
    assert desk.run(deps, NOVEMBER).compared == 1


def test_FIN_01_a_payment_is_taken_once_and_never_changed(deps) -> None:
    an_order(deps, "ord_1")
    assert paid(deps, "R1,PO-ord_1,100.00,2026-11-22\n") == (1, [])
    assert paid(deps, "R1,PO-ord_1,100.00,2026-11-22\n") == (0, [])
    assert paid(deps, "R1,PO-ord_1,90.00,2026-11-22\n") == (0, ["R1"])
    assert paid(deps, "R1,PO-ord_1,100.00,2026-11-22\n", "other") == (1, [])
    assert [item.code for item in desk.run(deps, NOVEMBER).differences] == ["payment_over"]


def test_FIN_01_payment_that_came_before_its_order_is_tied_to_it_later(deps) -> None:
    paid(deps, "R1,PO-ord_1,100.00,2026-11-22\n")
    an_order(deps, "ord_1")
    assert desk.run(deps, NOVEMBER).differences == []
    an_order(deps, "ord_2", number="PO-twin")
    an_order(deps, "ord_3", number="PO-twin")
    paid(deps, "R2,PO-twin,100.00,2026-11-22\n")
    assert [item.code for item in desk.run(deps, NOVEMBER).differences][-1] == "payment_unknown"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("R1,PO-1,abc,2026-11-22\n", "C2"),
        ("R1,PO-1,1.005,2026-11-22\n", "C2"),
        ("R1,PO-1,1.00,yesterday\n", "D2"),
        (",PO-1,1.00,2026-11-22\n", "A2"),
    ],
)
def test_FIN_01_wrong_cell_is_named_and_no_row_is_taken(deps, text: str, cell: str) -> None:
    with pytest.raises(SenderError) as refused:
        paid(deps, "R0,PO-0,1.00,2026-11-22\n" + text)
    assert [item.pointer for item in refused.value.problems] == [cell.replace("2", "3")]
    with deps.store.db.read() as conn:
        assert conn.execute(select(t.payments)).all() == []


def test_FIN_01_shipped_quantities_are_compared_where_the_warehouse_told_them(deps) -> None:
    an_order(deps, "ord_1")
    told = {"source": "wms", "reference": "S1", "order_id": "ord_1", "site": "gz", "hash": "", "created_at": NOW}
    with deps.store.db.write() as conn:
        line = {"order_id": "ord_1", "line_no": 1, "sku": "A-1001", "quantity": 5_000_000, "type": "stock"}
        conn.execute(insert(t.order_lines), line)
        lines = [{"sku": "A-1001", "quantity": "4", "micro": 4_000_000, "lot": "L1"}]
        conn.execute(insert(t.shipments), {**told, "id": "shp_1", "lines": lines, "shipped_at": NOW})
    found = desk.run(deps, NOVEMBER).differences
    assert [(item.code, item.expected, item.got) for item in found] == [
        ("shipped_quantity", "A-1001 × 5", "A-1001 × 4")
    ]


def test_FIN_01_every_month_is_compared_by_itself_and_finance_is_told(deps) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    assert desk.next_month(NOW, zone) == datetime(2026, 12, 1, 4, 0, tzinfo=zone)
    assert desk.next_month(datetime(2026, 12, 31, 23, 0, tzinfo=zone), zone) == datetime(2027, 1, 1, 4, 0, tzinfo=zone)
    assert desk.last_month(date(2026, 12, 1)) == NOVEMBER
    an_order(deps, "ord_1", receivable=False)
    later = Deps(deps.store, clock=lambda: datetime(2026, 12, 1, 4, 0, tzinfo=zone))
    assert desk.perform(later)["month"] == "2026-11"
    with deps.store.db.read() as conn:
        [told] = conn.execute(select(t.notifications)).mappings()
        [job] = conn.execute(select(t.jobs).where(t.jobs.c.kind == desk.JOB)).mappings()
    assert told["recipient"] == "finance"
    assert told["title_zh"].startswith("2026-11 对账：1 张订单")
    assert job["due_at"] == datetime(2027, 1, 1, 4, 0, tzinfo=zone)

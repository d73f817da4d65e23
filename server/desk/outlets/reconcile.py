"""Reconciliation: orders, shipments, receivables and payments side by side; what is missing or differs (FIN-01).

Place in the order's way: after it. Judging is pure (`judge`); a job does it for every month that ended, tells finance.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from orders.actor import Role
from orders.errors import Problem, SenderError
from orders.money import fen_text, parse_fen, quantity_text
from orders.order import PaymentStatus
from orders.state import OrderState
from server.db import audit, jobs
from server.db.ids import new_id
from server.db.outlets import notifications, payments, reconcile
from server.desk.rulework.economics import Period
from server.sheet import guarded, read_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orders.actor import Actor
    from server.deps import Deps

Json = dict[str, Any]
JOB = "reconcile_month"
AT = time(4, 0)
"""Local time of the first day of a month at which the month before is compared."""

SHIPPED = frozenset({
    OrderState.SHIPPED, OrderState.LOGISTICS_EXCEPTION, OrderState.DELIVERED, OrderState.COMPLETED,
    OrderState.AFTER_SALE,
})  # fmt: skip
DEAD = frozenset({OrderState.CANCELLED, OrderState.REJECTED})
COLUMNS = ("reference", "number", "currency", "amount", "paid_at")
CSV_HEAD = ("number", "order_id", "code", "expected", "got", "currency", "meaning_zh", "meaning_en")
CODES = {
    "receivable_missing": ("已发货，没有应收单", "shipped, but there is no receivable"),
    "receivable_unsent": ("应收单还没有进 ERP", "the receivable has not arrived in the ERP"),
    "receivable_amount": ("应收金额与订单不同", "the receivable differs from the order"),
    "receivable_wrong": ("有应收单，但订单已取消或驳回", "a receivable of an order that was cancelled or refused"),
    "payment_missing": ("订单写已付款，没有收款记录", "the order says paid, but there is no payment"),
    "payment_short": ("订单写已付款，收款不足", "the order says paid, but too little came in"),
    "payment_over": ("收款多于订单金额", "more was paid than the order costs"),
    "payment_wrong": ("有收款，但订单已取消或驳回", "a payment for an order that was cancelled or refused"),
    "payment_currency": ("收款币种与订单不同", "paid in another currency"),
    "payment_unknown": ("收款找不到唯一的订单", "the payment belongs to no single order"),
    "shipped_quantity": ("仓库发货数量与订单不同", "the warehouse shipped another quantity"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: of an order, or of a payment without one. ``expected`` and ``got`` are for people."""

    order_id: str | None
    number: str | None
    code: str
    expected: str
    got: str
    currency: str


@dataclass(slots=True)
class Found:
    """What a period's comparison gave. ``kept``: which books are kept here at all."""

    period: Period
    kept: Mapping[str, bool]
    compared: int = 0
    differing: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def matched(self) -> int:
        """Return how many orders agree in every book."""
        return self.compared - self.differing

    @property
    def rate(self) -> float:
        """Return the share of orders that differ, 0 to 1."""
        return self.differing / self.compared if self.compared else 0.0


def judge(row: Json, kept: Mapping[str, bool]) -> Iterator[Difference]:
    """Compare one order with its receivable and its payments. Pure."""
    state = OrderState(row["state"])
    if kept["receivables"]:
        yield from _receivable(row, state)
    if kept["payments"]:
        yield from _payment(row, state)


def _receivable(row: Json, state: OrderState) -> Iterator[Difference]:
    amount, payable = row["receivable_fen"], row["payable_fen"]
    if amount is None:
        if state in SHIPPED and payable > 0:
            yield _of(row, "receivable_missing", fen_text(payable), "")
    elif state in DEAD:
        yield _of(row, "receivable_wrong", "", fen_text(amount))
    elif (amount, row["receivable_currency"]) != (payable, row["currency"]):
        yield _of(row, "receivable_amount", fen_text(payable), fen_text(amount))
    elif row["unsent"]:
        yield _of(row, "receivable_unsent", fen_text(payable), "")


def _payment(row: Json, state: OrderState) -> Iterator[Difference]:
    paid, payable = row["paid_fen"], row["payable_fen"]
    told = row["payment_status"] == PaymentStatus.PAID.value
    if paid is None:
        if told and payable > 0 and state not in DEAD:
            yield _of(row, "payment_missing", fen_text(payable), "")
        return
    paid = int(paid)
    if (row["paid_currency"], row["paid_currency_2"]) != (row["currency"], row["currency"]):
        yield _of(row, "payment_currency", row["currency"], f"{row['paid_currency']} {row['paid_currency_2']}")
    elif state in DEAD and paid > 0:
        yield _of(row, "payment_wrong", "0.00", fen_text(paid))
    elif paid > payable:
        yield _of(row, "payment_over", fen_text(payable), fen_text(paid))
    elif told and paid < payable:
        yield _of(row, "payment_short", fen_text(payable), fen_text(paid))


def _of(row: Json, code: str, expected: str, got: str) -> Difference:
    return Difference(row["id"], row["number"], code, expected, got, row["currency"])


def run(deps: Deps, period: Period) -> Found:
    """Compare the books of a period of local days: orders created in it, payments made in it."""
    first, last = period.bounds(ZoneInfo(deps.settings.timezone))
    with deps.store.db.write() as conn:
        payments.tie(conn)
    with deps.store.db.read() as conn:
        found = Found(period, reconcile.kept(conn))
        ordered, shipped = reconcile.quantities(conn, first, last)
        for row in reconcile.compared(conn, first, last):
            wrong = [*judge(row, found.kept), *_shipped(row, ordered.get(row["id"]), shipped.get(row["id"]))]
            found.compared += 1
            found.differing += bool(wrong)
            found.differences += wrong
        for row in reconcile.loose_payments(conn, first, last):
            told = (row["number"], "payment_unknown", "", fen_text(row["amount_fen"]), row["currency"])
            found.differences.append(Difference(None, *told))
    return found


def _shipped(row: Json, ordered: Json | None, shipped: Json | None) -> Iterator[Difference]:
    """Compare quantities of an order that warehouses reported on and that is not on its way any more."""
    if shipped is None or OrderState(row["state"]) not in SHIPPED:
        return
    for sku in sorted({*(ordered or {}), *shipped}):
        wanted, got = (ordered or {}).get(sku, 0), shipped.get(sku, 0)
        if wanted != got:
            texts = f"{sku} × {quantity_text(wanted)}", f"{sku} × {quantity_text(got)}"
            yield _of(row, "shipped_quantity", *texts)


def to_csv(found: Found) -> str:
    """Write the differences as CSV; the byte order mark lets Excel read 中文."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_HEAD)
    for item in found.differences:
        told = (item.number or "", item.order_id or "", item.code, item.expected, item.got, item.currency)
        writer.writerow([guarded(cell) for cell in (*told, *CODES[item.code])])
    return "\ufeff" + out.getvalue()


def take_payments(deps: Deps, actor: Actor, source: str, data: bytes) -> tuple[int, list[str]]:
    """Keep the payments of a sheet (reference, number, currency, amount, paid_at); all rows or none.

    Return how many were new and the references that came before with other content. Raises SenderError naming cells.
    """
    rows, problems, zone = list[Json](), list[Problem](), ZoneInfo(deps.settings.timezone)
    for row in read_sheet(data, COLUMNS):
        told, wrong = _payment_of(row.item, zone)
        rows.append(told)
        problems += [_wrong(f"{row.columns.get(name, '')}{row.number}", name) for name in wrong]
    if problems:
        first = problems[0]
        raise SenderError(first.message_en, first.message_zh, code="invalid_sheet", problems=tuple(problems))
    now = deps.clock()
    with deps.store.db.write() as conn:
        fresh, differing = payments.take(conn, source, rows, actor_id=actor.id, now=now)
        detail = {"source": source, "rows": len(rows), "new": fresh}
        audit.record(conn, "payments", audit.Entry("payments_taken", actor.id, detail), now)
    return fresh, differing


def _payment_of(item: Json, zone: ZoneInfo) -> tuple[Json, list[str]]:
    told: Json = {"currency": str(item.get("currency") or "CNY").upper()}
    wrong = [name for name in ("reference", "number") if not item.get(name)]
    told |= {name: str(item.get(name, ""))[:100] for name in ("reference", "number")}
    try:
        told["amount_fen"] = int(parse_fen(str(item.get("amount", "")).replace(",", "")))
    except ValueError:
        wrong.append("amount")
    try:
        at = datetime.fromisoformat(str(item.get("paid_at", "")).replace("/", "-"))
        told["paid_at"] = at if at.tzinfo else at.replace(tzinfo=zone)
    except ValueError:
        wrong.append("paid_at")
    return told, wrong


def _wrong(cell: str, name: str) -> Problem:
    return Problem(cell, "unfit", f"{cell}：{name} 不合格式", f"{cell}: {name} does not fit")


def last_month(today: date) -> Period:
    """Return the month before the one of ``today``."""
    end = today.replace(day=1) - timedelta(days=1)
    return Period(end.replace(day=1), end)


def next_month(now: datetime, zone: ZoneInfo) -> datetime:
    """Return the next first day of a month at 04:00, local time."""
    local = now.astimezone(zone)
    here = datetime.combine(local.date().replace(day=1), AT, zone)
    if here > local:
        return here
    return datetime.combine((local.date().replace(day=28) + timedelta(days=4)).replace(day=1), AT, zone)


def arrange(deps: Deps) -> None:
    """See to it that the next month's comparison is due; asking again changes nothing."""
    now = deps.clock()
    due_at = next_month(now, ZoneInfo(deps.settings.timezone))
    with deps.store.db.write() as conn:
        jobs.enqueue(conn, JOB, {}, now=now, due_at=due_at, priority=1, dedupe=JOB)


def perform(deps: Deps) -> Json:
    """Compare the month that ended and tell finance how it came out. Arranges the next one first."""
    arrange(deps)
    now = deps.clock()
    found = run(deps, last_month(now.astimezone(ZoneInfo(deps.settings.timezone)).date()))
    month = found.period.since.strftime("%Y-%m")
    counts = {"compared": found.compared, "differing": found.differing, "rate": f"{found.rate:.4%}"}
    with deps.store.db.write() as conn:
        notifications.add(conn, [_told(role, month, found, now) for role in (Role.FINANCE,)])
        audit.record(conn, "payments", audit.Entry("month_reconciled", "system", {"month": month, **counts}), now)
    return {"month": month, **counts}


def _told(role: Role, month: str, found: Found, now: datetime) -> Json:
    zh = f"{month} 对账：{found.compared} 张订单，{found.differing} 张有差异（{found.rate:.2%}）"
    en = f"Books of {month}: {found.compared} orders, {found.differing} differ ({found.rate:.2%})"
    return {
        "id": new_id("not", now),
        "recipient": role.value,
        "order_id": None,
        "event": "books.reconciled",
        "title_zh": zh,
        "title_en": en,
        "idempotency_key": f"reconcile:{month}:{now.isoformat()}",
        "created_at": now,
    }

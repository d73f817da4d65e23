"""Reports on the rules: what each stopped and was it right; the heat map of exceptions; a person's word on a hold."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from orders.money import fen_text
from orders.truth import Verdict
from server.api.call import here
from server.api.call.answer import ok
from server.api.call.body import Body, Query, read_json
from server.api.call.described import answers
from server.api.call.door import open_to
from server.api.call.idempotency import idempotent
from server.api.call.page import PageQuery, page
from server.api.call.path import HoldPath
from server.api.call.shapes import MAYBE, TEXT, TIME, WHOLE, arr, obj, one_of, page_of
from server.desk.rulework import economics as desk

api = APIBlueprint("reports", __name__)
MONEY = {"type": "object", "additionalProperties": {"type": "string"}}
NUMBER = {"type": "number"}
LINE = obj(
    rule=TEXT,
    codes=arr(TEXT),
    hits=WHOLE,
    confirmed=WHOLE,
    released=WHOLE,
    open=WHOLE,
    ended=WHOLE,
    unknown=WHOLE,
    precision={"type": ["number", "null"]},
    hours_waited=NUMBER,
    hours_each=NUMBER,
    money=MONEY,
    caught=MONEY,
    delayed=MONEY,
    suggestion=one_of("unknown", "retire", "tighten", "keep"),
)
TOTALS = obj(hits=WHOLE, confirmed=WHOLE, released=WHOLE, open=WHOLE, ended=WHOLE)
MONTH = obj(month=TEXT, hits=WHOLE, confirmed=WHOLE, released=WHOLE, unknown=WHOLE, money=MONEY, caught=MONEY)
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


class PeriodQuery(Query):
    """Whole local days, both included; the last thirty where nothing is said."""

    since: str | None = Field(None, pattern=_DAY, description="起始日（含） / first day")
    until: str | None = Field(None, pattern=_DAY, description="截止日（含） / last day")


class MonthlyQuery(Query):
    """Which reason, how many months back."""

    code: str = Field(desk.DUPLICATE, max_length=64, description="原因，默认疑似重复 / reason; likely duplicates")
    months: int = Field(12, ge=1, le=36, description="月数，含本月 / months, this one included")


class CellQuery(PageQuery):
    """A cell of the heat map."""

    since: str | None = Field(None, pattern=_DAY, description="起始日（含） / first day")
    until: str | None = Field(None, pattern=_DAY, description="截止日（含） / last day")
    gate: str = Field(max_length=64, description="关卡 / node")
    code: str = Field(max_length=64, description="原因 / reason")
    hour: int | None = Field(None, ge=0, le=23, description="当地小时 / local hour")


class Word(Body):
    """Whether it was right to stop the order."""

    verdict: Verdict = Field(strict=False, description="right 拦对，wrong 错拦")
    reason: str = Field(min_length=1, max_length=500, pattern=r"\S")


def _period(query: Any) -> desk.Period:
    return desk.period_of(here.deps(), query.since, query.until)


@api.get("/v1/reports/rules")
@open_to(*desk.READERS)
@answers({200: obj(since=TEXT, until=TEXT, rules=arr(LINE), totals=TOTALS, silent=arr(TEXT))})
def rule_report(query: PeriodQuery) -> Response:
    """Say of every rule what it stopped in a period: hits, confirmed, released, hours waited, money, a suggestion."""
    return ok(desk.report(here.deps(), here.actor(), _period(query)))


@api.get("/v1/reports/rules.csv")
@open_to(*desk.READERS)
@answers({200: {"type": "string"}}, answer_type="text/csv")
def rule_report_csv(query: PeriodQuery) -> Response:
    """Give the report of the rules as CSV."""
    found = desk.report(here.deps(), here.actor(), _period(query))
    headers = {"Content-Disposition": f'attachment; filename="rules-{found["since"]}-{found["until"]}.csv"'}
    return Response(desk.report_csv(found), content_type="text/csv; charset=utf-8", headers=headers)


@api.get("/v1/reports/monthly")
@open_to(*desk.READERS)
@answers({200: obj(code=TEXT, data=arr(MONTH))})
def monthly_report(query: MonthlyQuery) -> Response:
    """Count month by month what one reason stopped, how much money that was, and what was rightly stopped."""
    rows = desk.monthly(here.deps(), here.actor(), query.code, query.months)
    return ok({"code": query.code, "data": rows})


@api.get("/v1/reports/heatmap")
@open_to(*desk.READERS)
@answers({200: obj(since=TEXT, until=TEXT, rows=arr(obj(gate=TEXT, code=TEXT, hours=arr(WHOLE), total=WHOLE)))})
def heat_map(query: PeriodQuery) -> Response:
    """Count the holds of a period by node, reason and local hour."""
    period = _period(query)
    rows = desk.heat(here.deps(), here.actor(), period)
    return ok({"since": period.since.isoformat(), "until": period.until.isoformat(), "rows": rows})


@api.get("/v1/reports/heatmap/orders")
@open_to(*desk.READERS)
@answers({200: page_of(obj(hold_id=TEXT, order_id=TEXT, number=MAYBE, state=TEXT, payable=TEXT, at=TIME))})
def heat_map_orders(query: CellQuery) -> Response:
    """List the orders behind a cell of the heat map."""
    cell = desk.Cell(query.gate, query.code, query.hour)
    wanted = (here.deps(), here.actor(), _period(query), cell)
    found = desk.orders_of(*wanted, limit=query.limit, after=query.after)
    return page([_row(row) for row in found.rows], found.next_cursor)


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "hold_id": row["id"],
        "order_id": row["order_id"],
        "number": row["number"],
        "state": row["state"],
        "payable": fen_text(row["payable_fen"]),
        "at": row["created_at"].isoformat(),
    }


@api.post("/v1/holds/<hold_id>/verdict")
@open_to(*desk.JUDGES)
@answers({204: None}, body=Word, idempotent=True)
@idempotent
def give_verdict(path: HoldPath) -> Response:
    """Say that a hold was right or wrong, with a reason: what backtests and reports count as the truth."""
    word = read_json(Word)
    desk.give_verdict(here.deps(), here.actor(), path.hold_id, word.verdict, word.reason)
    return Response(status=204)

"""Backtests: what a change of the rules would have done to every stored order; a job with progress, cancel and CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from orders.errors import Problem, SenderError
from rules.change.flips import KINDS
from server.api.call import here
from server.api.call.answer import ok
from server.api.call.body import Body, Query, read_json
from server.api.call.described import answers
from server.api.call.door import MB, open_to
from server.api.call.idempotency import idempotent
from server.api.call.page import PageQuery, page
from server.api.call.shapes import ANYTHING, MAYBE, MAYBE_TIME, MESSAGE, TEXT, TIME, WHOLE, arr, obj, one_of, page_of
from server.api.rulework.rulebook import FileName, FileText
from server.db.rulework import rule_changes
from server.desk.rulework import backtest as desk

if TYPE_CHECKING:
    from collections.abc import Mapping

api = APIBlueprint("backtests", __name__)
ParamValue = Annotated[str, Field(max_length=1000)] | Annotated[list[str], Field(max_length=1000)]
Kind = Literal["outcome", "hold", "route", "carrier", "approval", "require", "flag", "notify", "priority", "workflow"]
BACKTEST = obj(
    id=TEXT,
    name=TEXT,
    state=one_of("waiting", "running", "done", "cancelled", "failed"),
    bundle=TEXT,
    baseline=TEXT,
    draft_id=MAYBE,
    total=WHOLE,
    done=WHOLE,
    error=MAYBE,
    created_by=TEXT,
    created_at=TIME,
    started_at=MAYBE_TIME,
    finished_at=MAYBE_TIME,
    counts=ANYTHING,
    notes=arr(MESSAGE),
)
FLIP = obj(
    order_id=TEXT,
    number=MAYBE,
    kinds=arr(one_of(*KINDS)),
    truth=one_of("bad", "good", "unknown"),
    currency=TEXT,
    payable=TEXT,
    old=ANYTHING,
    new=ANYTHING,
)


class Asked(Body):
    """What to test, beside what is live: changed files, other values of parameters, or a draft."""

    files: dict[FileName, FileText] | None = Field(None, min_length=1, max_length=200)
    params: dict[FileName, ParamValue] | None = Field(
        None, min_length=1, max_length=200, description="参数的新值，写法同规则文件 / new values, as in a rule file"
    )
    draft: str | None = Field(None, min_length=1, max_length=64, description="草稿编号 / id of a draft")
    name: str = Field("", max_length=200, description="名称 / what to call it")


class BacktestPath(BaseModel):
    """One backtest."""

    backtest_id: str = Field(max_length=64)


class BacktestsQuery(PageQuery):
    """Which backtests."""

    draft: str | None = Field(None, max_length=64, description="草稿编号 / id of a draft")


class FlipsQuery(PageQuery):
    """Which flips."""

    kind: Kind | None = Field(None, description="翻转类别 / what flips")


class CsvQuery(Query):
    """Which flips."""

    kind: Kind | None = Field(None, description="翻转类别 / what flips")


@api.post("/v1/rules/backtest")
@open_to(*desk.AUTHORS, max_bytes=8 * MB)
@answers({202: BACKTEST}, body=Asked, idempotent=True, problems=(404, 409))
@idempotent
def start_backtest() -> Response:
    """Begin to judge all stored orders by changed rules; `Location` says where its progress is."""
    asked = read_json(Asked)
    made = desk.start(here.deps(), here.actor(), _files(asked), name=asked.name, draft_id=asked.draft)
    return ok(desk.state(here.deps(), here.actor(), made), 202, {"Location": f"/v1/rules/backtests/{made}"})


def _files(asked: Asked) -> Mapping[str, str]:
    live = here.deps().engine.bundle.files
    match asked.files, asked.params, asked.draft:
        case dict() as files, None, None:
            return {**live, **files}
        case None, dict() as params, None:
            return desk.with_params(live, params)
        case None, None, str() as draft:
            with here.deps().store.db.read() as conn:
                return rule_changes.files_of(conn, draft)
        case _:
            said = ("files、params、draft 三选一", "send one of files, params and draft")
            problem = Problem("/files", "one_of", *said)
            raise SenderError(said[1], said[0], code="invalid_request", problems=(problem,))


@api.get("/v1/rules/backtests")
@open_to(*desk.READERS)
@answers({200: page_of(BACKTEST)})
def list_backtests(query: BacktestsQuery) -> Response:
    """List backtests, newest first."""
    found = desk.listed(here.deps(), here.actor(), limit=query.limit, after=query.after, draft_id=query.draft)
    return page(*found)


@api.get("/v1/rules/backtests/<backtest_id>")
@open_to(*desk.READERS)
@answers({200: BACKTEST})
def show_backtest(path: BacktestPath) -> Response:
    """Show how far a backtest is, and its counts so far."""
    return ok(desk.state(here.deps(), here.actor(), path.backtest_id))


@api.post("/v1/rules/backtests/<backtest_id>/cancel")
@open_to(*desk.AUTHORS)
@answers({200: BACKTEST}, idempotent=True)
@idempotent
def cancel_backtest(path: BacktestPath) -> Response:
    """Stop a backtest; what was found so far stays."""
    return ok(desk.cancel(here.deps(), here.actor(), path.backtest_id))


@api.get("/v1/rules/backtests/<backtest_id>/flips")
@open_to(*desk.READERS)
@answers({200: page_of(FLIP)})
def list_flips(path: BacktestPath, query: FlipsQuery) -> Response:
    """List the orders that flip, with both sides of what differs."""
    wanted = desk.Wanted(query.kind, query.limit, query.after)
    return page(*desk.flips(here.deps(), here.actor(), path.backtest_id, wanted))


@api.get("/v1/rules/backtests/<backtest_id>/flips.csv")
@open_to(*desk.READERS)
@answers({200: {"type": "string"}}, answer_type="text/csv")
def download_flips(path: BacktestPath, query: CsvQuery) -> Response:
    """Give all flips as CSV."""
    deps, actor = here.deps(), here.actor()
    desk.state(deps, actor, path.backtest_id)
    rows = desk.csv_rows(deps, actor, path.backtest_id, kind=query.kind)
    named_as = f'attachment; filename="{path.backtest_id}.csv"'
    return Response(rows, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": named_as})

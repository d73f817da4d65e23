"""Reports: the economics of the rules, and the heat map of exceptions whose cells open their orders.

Place in the order's way: after everything; for those who tune the rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, g, redirect, render_template, request, url_for

from orders.errors import SluiceError
from orders.truth import Verdict
from server.desk.rulework import economics as desk
from server.desk.rulework import nightly
from web.access import Screen, changes, opens
from web.blueprint import screens, the_actor, the_deps
from web.i18n import say, translate
from web.page import here, notify
from web.reports import shown_heat, titles
from web.security import safe_back

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

PAGE_SIZE = 40


def _period() -> desk.Period:
    """Return the period of the query; one that makes no sense is said and the last thirty days shown."""
    try:
        return desk.period_of(the_deps(), request.args.get("since"), request.args.get("until"))
    except SluiceError as error:
        notify(say({"zh": error.message_zh, "en": error.message_en}), bad=True)
        return desk.period_of(the_deps(), None, None)


@screens.get("/reports/rules")
@opens(Screen.REPORTS)
def rule_report() -> str:
    """Show what each rule stopped in a period, and whether it was right."""
    deps, period = the_deps(), _period()
    found = desk.report(deps, the_actor(), period)
    months = [row for row in desk.monthly(deps, the_actor()) if row["hits"]]
    names = titles(deps.engine.bundle)
    told = {"report": found, "months": months, "replayed": nightly.last(deps)}
    return render_template("rule_report.html", period=period, titles=names, **told)


@screens.get("/reports/rules.csv")
@opens(Screen.REPORTS)
def rule_report_csv() -> Response:
    """Send the report as CSV."""
    found = desk.report(the_deps(), the_actor(), _period())
    answer = Response(desk.report_csv(found), mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename=f"rules-{found['since']}-{found['until']}.csv")
    return answer


@screens.get("/reports/heat")
@opens(Screen.REPORTS)
def heat() -> str:
    """Show node × reason × hour; a cell opens its orders below."""
    g.section = Screen.REPORTS
    deps, actor, period = the_deps(), the_actor(), _period()
    rows = shown_heat(desk.heat(deps, actor, period))
    cell = _cell()
    found = (
        desk.orders_of(deps, actor, period, cell, limit=PAGE_SIZE, after=request.args.get("after")) if cell else None
    )
    return render_template(
        "heat.html",
        rows=rows,
        period=period,
        cell=cell,
        orders=found.rows if found else (),
        next_url=here(after=found.next_cursor) if found and found.next_cursor else None,
    )


def _cell() -> desk.Cell | None:
    gate, code, hour = (request.args.get(name, "") for name in ("gate", "code", "hour"))
    if not gate or not code:
        return None
    return desk.Cell(gate, code, int(hour) if hour.isdigit() and int(hour) < 24 else None)


@screens.post("/holds/<hold_id>/verdict")
@changes(Screen.REPORTS)
def verdict(hold_id: str) -> AnyResponse:
    """Note that a hold was right or wrong."""
    form = request.form
    try:
        desk.give_verdict(the_deps(), the_actor(), hold_id, Verdict(form.get("verdict", "")), form.get("reason", ""))
    except (SluiceError, ValueError) as error:
        told = say({"zh": error.message_zh, "en": error.message_en}) if isinstance(error, SluiceError) else ""
        notify(told or translate("请选择拦对或错拦。"), bad=True)
    else:
        notify(translate("已记下，回测与报表会按此计算。"))
    return redirect(safe_back(form.get("back") or url_for("screens.heat")))

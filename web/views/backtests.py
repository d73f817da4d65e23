"""Backtests: what a change of the rules would have done to every stored order.

Place in the order's way: beside decide, before a change is published. The work is a job; the page asks how far it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, g, redirect, render_template, request, url_for

from orders.errors import SluiceError
from rules.change.flips import KINDS
from server.db import rule_changes
from server.desk import backtest as desk
from web.access import Screen, changes, may_write, opens
from web.backtests import params_of, shown, shown_flip
from web.blueprint import screens, the_actor, the_deps
from web.i18n import say, translate
from web.page import here, notify, wants_fragment

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

PAGE_SIZE = 30


@screens.get("/backtests")
@opens(Screen.BACKTESTS)
def backtests() -> str:
    """List backtests, and offer to try another value of a parameter."""
    deps, actor = the_deps(), the_actor()
    rows, cursor = desk.listed(deps, actor, limit=PAGE_SIZE, after=request.args.get("after"))
    return render_template(
        "backtests.html",
        backtests=[shown(row) for row in rows],
        params=params_of(deps.engine.bundle.files),
        may_start=may_write(actor, Screen.BACKTESTS),
        next_url=here(after=cursor) if cursor else None,
        first_url=here(after=None) if request.args.get("after") else None,
    )


@screens.post("/backtests")
@changes(Screen.BACKTESTS)
def start_backtest() -> AnyResponse:
    """Begin a backtest of a draft, or of another value of one parameter."""
    deps, form = the_deps(), request.form
    draft = form.get("draft", "").strip() or None
    try:
        files = _draft_files(draft) if draft else _changed(form.get("param", ""), form.get("value", "").strip())
        made = desk.start(deps, the_actor(), files, name=form.get("name", ""), draft_id=draft)
    except SluiceError as error:
        notify(say({"zh": error.message_zh, "en": error.message_en}), bad=True)
        return redirect(url_for("screens.rule_change", change_id=draft) if draft else url_for("screens.backtests"))
    if draft:
        return redirect(url_for("screens.rule_change", change_id=draft, _anchor="past"))
    return redirect(url_for("screens.backtest", backtest_id=made))


def _draft_files(draft: str) -> dict[str, str]:
    with the_deps().store.db.read() as conn:
        return rule_changes.files_of(conn, draft)


def _changed(param: str, value: str) -> dict[str, str]:
    """Return the live files with one parameter changed; a list is typed with commas between."""
    files = the_deps().engine.bundle.files
    known = next((item for item in params_of(files) if item.name == param), None)
    parts = [part.strip() for part in value.replace("，", ",").replace("、", ",").split(",")]
    return desk.with_params(files, {param: parts if known is not None and known.is_list else value})


@screens.get("/backtests/<backtest_id>")
@opens(Screen.BACKTESTS)
def backtest(backtest_id: str) -> str:
    """Show one backtest; htmx asks for its body alone while it runs."""
    g.section = Screen.BACKTESTS
    deps, actor = the_deps(), the_actor()
    found = shown(desk.state(deps, actor, backtest_id))
    kind = request.args.get("kind") if request.args.get("kind") in KINDS else None
    rows, cursor = desk.flips(deps, actor, backtest_id, desk.Wanted(kind, PAGE_SIZE, request.args.get("after")))
    return render_template(
        "parts/backtest_body.html" if wants_fragment() else "backtest.html",
        test=found,
        flips=[shown_flip(row) for row in rows],
        kind=kind,
        may_cancel=may_write(actor, Screen.BACKTESTS) and found.is_open,
        next_url=here(after=cursor) if cursor else None,
        first_url=here(after=None) if request.args.get("after") else None,
    )


@screens.post("/backtests/<backtest_id>/cancel")
@changes(Screen.BACKTESTS)
def cancel_backtest(backtest_id: str) -> AnyResponse:
    """Stop a backtest; what was found so far stays."""
    desk.cancel(the_deps(), the_actor(), backtest_id)
    notify(translate("已停止，找到的结果保留。"))
    return redirect(url_for("screens.backtest", backtest_id=backtest_id))


@screens.get("/backtests/<backtest_id>/flips.csv")
@opens(Screen.BACKTESTS)
def backtest_csv(backtest_id: str) -> Response:
    """Send all flips as CSV."""
    deps, actor = the_deps(), the_actor()
    desk.state(deps, actor, backtest_id)
    kind = request.args.get("kind") if request.args.get("kind") in KINDS else None
    answer = Response(desk.csv_rows(deps, actor, backtest_id, kind=kind), mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{backtest_id}.csv")
    return answer

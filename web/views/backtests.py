"""Backtests: what a change of the rules would have done to every stored order.

Place in the order's way: beside decide, before a change is published. The work is a job; the page asks how far it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from flask import Response, g, redirect, render_template, request, stream_with_context, url_for

from orders.errors import SluiceError
from rules.change.flips import KINDS
from server.db.rulework import rule_changes
from server.db.rulework.backtests import CANCELLED, FAILED
from server.desk.rulework import backtest as desk
from server.desk.rulework import rules_draft
from server.desk.rulework.rules_draft import with_edits
from web import rule_forms
from web.access import Screen, changes, may_write, opens
from web.backtests import csv_of, shown, shown_flip
from web.blueprint import screens, the_actor, the_deps
from web.i18n import say, translate
from web.page import here, notify, wants_fragment

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

PAGE_SIZE = 30


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into the form and cannot be tried: the parameter's field, its value, why."""

    field: str = ""
    value: str = ""
    wrong: str = ""


@screens.get("/backtests")
@opens(Screen.BACKTESTS)
def backtests() -> str:
    """List backtests, and offer to try another value of a parameter."""
    return _list(Typed(request.args.get("param", "")))


def _list(typed: Typed) -> str:
    g.section = Screen.BACKTESTS
    deps, actor = the_deps(), the_actor()
    rows, cursor = desk.listed(deps, actor, limit=PAGE_SIZE, after=request.args.get("after"))
    return render_template(
        "backtests.html",
        backtests=[shown(row) for row in rows],
        sheets=[sheet for sheet in rule_forms.sheets(deps.engine.bundle.files) if sheet.params],
        typed=typed,
        may_start=may_write(actor, Screen.BACKTESTS),
        next_url=here(after=cursor) if cursor else None,
        first_url=here(after=None) if request.args.get("after") else None,
    )


@screens.post("/backtests")
@changes(Screen.BACKTESTS)
def start_backtest() -> AnyResponse | tuple[str, int]:
    """Begin a backtest of a draft, of another value of one parameter (a wrong one stays in its field), or once more."""
    form = request.form
    if again := form.get("again", "").strip():
        return _again(again)
    draft = form.get("draft", "").strip()
    return _of_draft(draft) if draft else _of_param(form.get("param", ""), form.get("value", "").strip())


def _again(backtest_id: str) -> AnyResponse:
    try:
        made = desk.again(the_deps(), the_actor(), backtest_id)
    except SluiceError as error:
        if error.code == "not_found":
            raise
        notify(say({"zh": error.message_zh, "en": error.message_en}), bad=True)
        made = backtest_id
    return redirect(url_for("screens.backtest", backtest_id=made))


def _of_draft(draft: str) -> AnyResponse:
    with the_deps().store.db.read() as conn:
        files = rule_changes.files_of(conn, draft)
    try:
        desk.start(the_deps(), the_actor(), files, name=request.form.get("name", ""), draft_id=draft)
    except SluiceError as error:
        notify(say({"zh": error.message_zh, "en": error.message_en}), bad=True)
    return redirect(url_for("screens.rule_change", change_id=draft, _anchor="past"))


def _of_param(field: str, value: str) -> AnyResponse | tuple[str, int]:
    files = the_deps().engine.bundle.files
    edits = rule_forms.one_changed(field, value, files)
    if edits is None:
        return _list(Typed(field, value, translate("与现在的值相同，没有什么可回测。"))), 422
    name = request.form.get("name", "").strip() or rule_forms.title_of(edits, files)
    try:
        made = desk.start(the_deps(), the_actor(), with_edits(files, edits), name=name)
    except SluiceError as error:
        wrong = rule_forms.wrong_params(edits, files, partial(rules_draft.sound, the_deps(), files))
        said = next(iter(wrong.values()), say({"zh": error.message_zh, "en": error.message_en}))
        return _list(Typed(field, value, said)), 422
    return redirect(url_for("screens.backtest", backtest_id=made))


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
        may_repeat=may_write(actor, Screen.BACKTESTS) and found.row["state"] in (CANCELLED, FAILED),
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
    """Send all flips as a sheet in the reader's language."""
    deps, actor = the_deps(), the_actor()
    desk.state(deps, actor, backtest_id)
    kind = request.args.get("kind") if request.args.get("kind") in KINDS else None
    lines = csv_of(desk.every_flip(deps, actor, backtest_id, kind=kind))
    answer = Response(stream_with_context(lines), content_type="text/csv; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{backtest_id}.csv")
    return answer

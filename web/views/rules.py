"""Rules: what is live, its parameters as a form, the kill switch of one rule, the history with its way back.

Place in the order's way: beside decide. Whatever changes goes through `server.desk.rules_*`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from flask import g, redirect, render_template, request, url_for

from orders.errors import RuleAuthorError, SluiceError
from server.db.rulework import bundles, rule_changes, rule_hits, rule_pauses
from server.db.rulework.rule_changes import OPEN
from server.desk.rulework import backtest, rules_draft, rules_pause, rules_publish, rules_view
from web import rule_forms, rulework
from web.access import Screen, changes, may_write, opens
from web.blueprint import screens, the_actor, the_deps
from web.i18n import say, translate
from web.page import notify
from web.rulebook import shown_files

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse


def clean_files() -> dict[str, str]:
    """Return the live files as their authors wrote them, without pauses."""
    with the_deps().store.db.read() as conn:
        return bundles.files(conn, bundles.live_source(conn))


def told(error: SluiceError) -> str:
    """Say what is wrong: the first finding with its nearest candidates, in the reader's language."""
    if not error.problems:
        return say({"zh": error.message_zh, "en": error.message_en})
    first = error.problems[0]
    said = say({"zh": first.message_zh, "en": first.message_en})
    near = "、".join(first.candidates[:3])
    return translate("{said}；最接近的是 {near}", said=said, near=near) if near else said


def tell(error: SluiceError) -> None:
    """Show what is wrong on the next page."""
    notify(told(error), bad=True)


@screens.get("/rules")
@opens(Screen.RULES)
def rules() -> str:
    """List the live rules with their conditions, parameters, examples and hits."""
    deps, actor = the_deps(), the_actor()
    with deps.store.db.read() as conn:
        hits = rule_hits.hits(conn, deps.clock())
        pauses = {pause["rule"]: pause for pause in rule_pauses.running(conn)}
        standing = bundles.standing(conn)
    open_changes = rules_view.changes_view(deps, OPEN)
    waiting = [row for row in open_changes if row["state"] == "proposed" and row["author"]["id"] != actor.id]
    return render_template(
        "rules.html",
        files=shown_files(clean_files()),
        bundle=deps.engine.bundle.hash,
        hits=hits,
        line=rulework.sparkline,
        pauses=pauses,
        canary=next((row for row in open_changes if row["state"] == "canary"), None) if standing.canary else None,
        open_changes=open_changes,
        waiting=waiting,
        may_write=may_write(actor, Screen.RULES),
    )


@screens.get("/rules/params")
@opens(Screen.RULES)
def rule_params() -> str:
    """Show every parameter, list and table as a form."""
    return _params_page()


def _params_page(form: rule_forms.Form | None = None, wrong: dict[str, str] | None = None) -> str:
    g.section = Screen.RULES
    may = may_write(the_actor(), Screen.RULES)
    sheets = rule_forms.sheets(clean_files(), form)
    return render_template("rule_params.html", sheets=sheets, wrong=wrong or {}, may_write=may)


@screens.post("/rules/params")
@changes(Screen.RULES)
def change_params() -> tuple[str, int] | AnyResponse:
    """Make a change of what was typed, test it, and show it; what is typed wrongly stays in the form."""
    files, form = clean_files(), request.form
    edits = rule_forms.changed(form, files, follow="follow" in form)
    if edits is None:
        notify(translate("没有改动任何参数。"), bad=True)
        return redirect(url_for("screens.rule_params"))
    sound = partial(rules_draft.sound, the_deps(), files)
    try:
        sound(rules_draft.with_edits(files, edits))  # before a change is begun, so that none stays behind
        made = rules_draft.begin(the_deps(), the_actor(), rule_forms.title_of(edits, files), edits)
    except RuleAuthorError as error:
        wrong = rule_forms.wrong_params(edits, files, sound)
        notify(next(iter(wrong.values()), told(error)), bad=True)
        return _params_page(form, wrong), 422
    except SluiceError as error:
        tell(error)
        return _params_page(form), 422
    return _tested(made["id"])


def _tested(change_id: str) -> AnyResponse:
    try:
        test_and_try(change_id)
    except SluiceError as error:
        tell(error)
    return redirect(url_for("screens.rule_change", change_id=change_id))


def test_and_try(change_id: str) -> None:
    """Test a change; a sound one is tried on the past at once, so that its page shows what would flip."""
    deps, actor = the_deps(), the_actor()
    tested = rules_draft.test(deps, actor, change_id)
    if tested["report"]["passed"]:
        with deps.store.db.read() as conn:
            files = rule_changes.files_of(conn, change_id)
        backtest.start(deps, actor, files, name=tested["title"][:100], draft_id=change_id)


@screens.post("/rules/pause/<rule>")
@changes(Screen.RULES)
def pause_rule(rule: str) -> AnyResponse:
    """Switch one rule off at once."""
    form: Any = request.form
    try:
        hours = int(form.get("hours", rules_pause.HOURS))
        rules_pause.pause(the_deps(), the_actor(), rule, form.get("reason", ""), hours)
    except SluiceError as error:
        if error.code == "not_found":
            raise
        tell(error)
    else:
        notify(translate("规则 {rule} 已暂停，{n} 小时后自动恢复。", rule=rule, n=hours))
    return redirect(url_for("screens.rules", _anchor=rule))


@screens.post("/rules/resume/<rule>")
@changes(Screen.RULES)
def resume_rule(rule: str) -> AnyResponse:
    """Switch a paused rule on again."""
    reason = request.form.get("reason", "").strip() or translate("恢复规则")
    rules_pause.resume(the_deps(), the_actor(), rule, reason)
    notify(translate("规则 {rule} 已恢复。", rule=rule))
    return redirect(url_for("screens.rules", _anchor=rule))


@screens.get("/rules/history")
@opens(Screen.RULES)
def rule_history() -> str:
    """List every time that other rules decided, with the way back."""
    g.section = Screen.RULES
    deps = the_deps()
    with deps.store.db.read() as conn:
        live = bundles.live_source(conn)
    return render_template(
        "rule_history.html",
        entries=rules_view.history(deps),
        live=live,
        happened=rulework.happened,
        may_write=may_write(the_actor(), Screen.RULES),
    )


@screens.post("/rules/rollback/<bundle>")
@changes(Screen.RULES)
def roll_back(bundle: str) -> AnyResponse:
    """Return to older rules, or ask the second person to."""
    try:
        made = rules_publish.rollback(the_deps(), the_actor(), bundle, request.form.get("reason", ""))
    except SluiceError as error:
        if error.code == "not_found":
            raise
        tell(error)
        return redirect(url_for("screens.rule_history"))
    if made["state"] == "live":
        notify(translate("已回退，立即生效。"))
    else:
        notify(translate("已提交回退，等另一人复核。"))
    return redirect(url_for("screens.rule_change", change_id=made["id"]))

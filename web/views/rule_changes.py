"""Changes of the rules: the page of one from draft to live, the editor, the second person's word, a try on an order.

Place in the order's way: beside decide, before a change is published.
"""

from __future__ import annotations

import difflib
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask import g, jsonify, redirect, render_template, request, url_for

from orders.errors import NotFound, RuleAuthorError, SluiceError
from rules.change import edit
from server.db.rulework import bundles, rule_changes
from server.db.rulework.rule_changes import EDITABLE, OPEN, ChangeState
from server.desk import own_fields
from server.desk.rulework import backtest, rules_draft, rules_publish, rules_shadow, rules_try, rules_view
from server.desk.rulework.rules_draft import Edits
from server.desk.rulework.rules_publish import Plan, Waiver
from web import rulework
from web.access import Screen, changes, may_write, opens
from web.atoms import Labels
from web.backtests import shown, shown_flip
from web.beside import beside
from web.blueprint import screens, the_actor, the_deps
from web.i18n import say, translate
from web.page import notify
from web.sentence import Spoken, spoken
from web.views.rules import clean_files, tell, test_and_try
from web.wording import local_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Response
    from werkzeug.wrappers import Response as AnyResponse

FULL = 100
SAMPLE = '当 收货地址 含 "驿站" 或 "代收点" 且 订单金额 > 500 元，则 挂起（人工审核）'


@screens.get("/rules/changes")
@opens(Screen.RULES)
def rule_changes_list() -> str:
    """List the changes under way, or all."""
    g.section = Screen.RULES
    scope = "all" if request.args.get("state") == "all" else "open"
    rows = rules_view.changes_view(the_deps(), tuple(ChangeState) if scope == "all" else OPEN)
    may = may_write(the_actor(), Screen.RULES)
    return render_template("rule_changes.html", rows=rows, scope=scope, may_write=may, **_words())


@screens.post("/rules/changes")
@changes(Screen.RULES)
def begin_rule_change() -> AnyResponse:
    """Begin an empty change and open its editor, at a rule where one was asked for."""
    form, files = request.form, clean_files()
    name, rule = form.get("file", ""), form.get("rule", "")
    found = edit.rule_value(name, files[name], rule) if name in files else None
    title = translate("改规则 {rule}", rule=rule) if found else translate("规则修改")
    made = rules_draft.begin(the_deps(), the_actor(), title)
    place: dict[str, Any] = {"file": name, "line": found.place.line, "rule": rule} if found else {}
    return redirect(url_for("screens.edit_rules", change_id=made["id"], **place))


@screens.get("/rules/changes/<change_id>")
@opens(Screen.RULES)
def rule_change(change_id: str) -> str:
    """Show one change: what differs in words, what the tests found, and the next step."""
    return page(change_id)


def page(change_id: str, **more: Any) -> str:
    """Render a change; ``more`` is what was tried on it, or typed."""
    g.section = Screen.RULES
    deps, actor = the_deps(), the_actor()
    change = rules_view.change_view(deps, change_id)
    with deps.store.db.read() as conn:
        before = bundles.files(conn, change["base"])
        standing = bundles.standing(conn)
    after = rule_changes.whole(before, change["files"])
    mine, may = change["author"]["id"] == actor.id, may_write(actor, Screen.RULES)
    return render_template(
        "rule_change.html",
        change=change,
        said=rulework.said(change["differences"], before, after),
        report=change["report"],
        trail=rules_view.trail(deps, change_id),
        shadow=rules_shadow.found(deps, change_id),
        mine=mine,
        recent=rules_try.recent(deps, actor),
        editable=mine and may and change["state"] in EDITABLE,
        approver=may and not mine and change["state"] == "proposed",
        canary=bool(standing.canary) and change["state"] == "canary",
        may_write=may,
        diff=_diff(before, after),
        worded=Labels(deps.engine.bundle).label,
        **past_of(change),
        **_words(),
        **{"tried": None, "typed": "", "untried": "", **more},
    )


PAST_SHOWN = 8


def past_of(change: dict[str, Any]) -> dict[str, Any]:
    """Return what the newest backtest of a change found, for those who may see every order."""
    deps, actor = the_deps(), the_actor()
    may = may_write(actor, Screen.BACKTESTS)
    if not actor.has(*backtest.READERS):
        return {"past": None, "flips": [], "may_backtest": False}
    rows, _ = backtest.listed(deps, actor, limit=1, draft_id=change["id"])
    flips = backtest.flips(deps, actor, rows[0]["id"], backtest.Wanted(limit=PAST_SHOWN))[0] if rows else []
    return {"past": shown(rows[0]) if rows else None, "flips": list(map(shown_flip, flips)), "may_backtest": may}


@screens.get("/rules/changes/<change_id>/past")
@opens(Screen.RULES)
def rule_change_past(change_id: str) -> str:
    """Show how far the change's backtest is, and what it found so far; htmx asks while it runs."""
    change = rules_view.change_view(the_deps(), change_id)
    return render_template("parts/change_past.html", change=change, said=change["differences"], **past_of(change))


@screens.get("/rules/changes/<change_id>/shadow")
@opens(Screen.RULES)
def rule_change_shadow(change_id: str) -> str:
    """Show what the change's shadow found so far; htmx asks while it runs."""
    change, shadow = rules_view.change_view(the_deps(), change_id), rules_shadow.found(the_deps(), change_id)
    return render_template(
        "parts/change_shadow.html", change=change, shadow=shadow, report=change["report"],
        may_write=may_write(the_actor(), Screen.RULES),
    )  # fmt: skip


def _words() -> dict[str, Any]:
    return {"state_name": rulework.state_name, "chips": rulework.CHIPS, "done": rulework.done, "steps": rulework.STEPS,
            "reached": rulework.DONE}  # fmt: skip


def _diff(before: dict[str, str], after: dict[str, str]) -> list[tuple[str, list[str]]]:
    """Return each changed file's lines as a unified diff."""
    found = []
    for name in sorted({*before, *after}):
        old, new = before.get(name, "").splitlines(), after.get(name, "").splitlines()
        lines = list(difflib.unified_diff(old, new, lineterm="", n=2))[2:]
        if lines:
            found.append((name, lines))
    return found


@screens.get("/rules/changes/<change_id>/edit")
@opens(Screen.RULES)
def edit_rules(change_id: str) -> str:
    """Open a file of the change in the editor."""
    return editor(change_id)


def editor(change_id: str, typed: Spoken | None = None, unheard: str = "") -> str:
    """Render the editor; with a sentence that was typed, and why it was not heard."""
    g.section = Screen.RULES
    deps, actor = the_deps(), the_actor()
    change = rules_view.change_view(deps, change_id)
    with deps.store.db.read() as conn:
        files = rule_changes.files_of(conn, change_id)
    name = request.values.get("file") or next(iter(change["files"]), next(iter(files)))
    if name not in files:
        raise NotFound(f"There is no rule file {name}", f"没有规则文件 {name}")
    editable = change["author"]["id"] == actor.id and change["state"] in EDITABLE and may_write(actor, Screen.RULES)
    return render_template(
        "rule_edit.html", change=change, name=name, text=files[name], files=files, editable=editable,
        line=request.args.get("line", type=int) or 1, sample=SAMPLE, unheard=unheard,
        **_spoken(name, files, typed), **_words(),
    )  # fmt: skip


def _spoken(name: str, files: dict[str, str], typed: Spoken | None) -> dict[str, Any]:
    """Return the file's rules as sentences, and the one that was asked for or typed."""
    found, asked = spoken(name, files), request.args.get("rule", "")
    return {"spoken": found, "said": typed or next((item for item in found if item.rule == asked), None)}


@screens.post("/rules/changes/<change_id>/edit")
@changes(Screen.RULES)
def save_rules(change_id: str) -> AnyResponse:
    """Store the edited file, test the change, and show it; a broken file stays in the editor with its place."""
    deps, actor, form = the_deps(), the_actor(), request.form
    name, text = form["file"], form["text"].replace("\r\n", "\n")
    title = form.get("title", "").strip() or None
    version = form.get("version", type=int)
    try:
        rules_draft.change(deps, actor, change_id, Edits(files={name: text}, title=title), version=version)
        rules_draft.test(deps, actor, change_id)
    except RuleAuthorError as error:
        tell(error)
        line = error.line if error.file == name else 1
        return redirect(url_for("screens.edit_rules", change_id=change_id, file=error.file or name, line=line))
    except SluiceError as error:
        if error.code == "not_found":
            raise
        tell(error)
        return redirect(url_for("screens.edit_rules", change_id=change_id, file=name))
    return redirect(url_for("screens.rule_change", change_id=change_id))


@screens.post("/rules/changes/<change_id>/check")
@changes(Screen.RULES)
def check_rules(change_id: str) -> Response:
    """Compile what is typed, beside the other files, and answer with the place of the first fault; stores nothing."""
    body = request.get_json(silent=True) or {}
    with the_deps().store.db.read() as conn:
        files = rule_changes.files_of(conn, change_id)
    try:
        bundle = rules_draft.sound(the_deps(), clean_files(), _typed(files, body))
    except RuleAuthorError as error:
        text = say({"zh": error.message_zh, "en": error.message_en})
        return jsonify(ok=False, file=error.file, line=error.line, column=error.column, text=text)
    return jsonify(ok=True, text=translate("没有错误，{n} 条规则", n=len(bundle.book.rules)))


@screens.post("/rules/changes/<change_id>/proof")
@changes(Screen.RULES)
def prove_rules(change_id: str) -> Response:
    """Judge the examples and mutants of the file that is being typed, for the panel beside it; stores nothing."""
    body = request.get_json(silent=True) or {}
    name = str(body.get("file", ""))
    with the_deps().store.db.read() as conn:
        files = rule_changes.files_of(conn, change_id)
    report = rules_draft.proof_beside(the_deps(), the_actor(), _typed(files, body), name)
    return jsonify(busy=True) if report is None else jsonify(beside(report, Labels(the_deps().engine.bundle).label))


def _typed(files: dict[str, str], body: dict[str, Any]) -> dict[str, str]:
    """Return all files as they are being typed, with the words of own fields that they use."""
    mine = {str(body.get("file", "")): str(body.get("text", ""))}
    return {**files, **mine, **own_fields.carried(the_deps().catalogue().fields, files, mine)}


def _step(change_id: str, step: Callable[[], Any], done: str | Callable[[Any], str]) -> AnyResponse:
    """Do one step of a change and show it, with what stood in the way."""
    try:
        made = step()
    except SluiceError as error:
        if error.code in ("not_found", "forbidden"):
            raise
        tell(error)
    else:
        notify(done if isinstance(done, str) else done(made))
    return redirect(url_for("screens.rule_change", change_id=change_id))


@screens.post("/rules/changes/<change_id>/test")
@changes(Screen.RULES)
def test_rule_change(change_id: str) -> AnyResponse:
    """Judge examples, mutants and speed."""
    return _step(
        change_id, lambda: rules_draft.test(the_deps(), the_actor(), change_id), translate("测试完成，结果在下面。")
    )


@screens.post("/rules/changes/<change_id>/examples")
@changes(Screen.RULES)
def accept_examples(change_id: str) -> AnyResponse:
    """Put proposed examples into the files, and test again."""
    mutants, repaired = request.form.getlist("mutant") or None, request.form.getlist("repair") or None

    def step() -> None:
        rules_draft.accept_examples(the_deps(), the_actor(), change_id, mutants, repaired)
        test_and_try(change_id)

    return _step(change_id, step, translate("例子已加入，并重新测试。"))


@screens.post("/rules/changes/<change_id>/refresh")
@changes(Screen.RULES)
def refresh_rule_change(change_id: str) -> AnyResponse:
    """Put the change on top of what is live now, and test again."""

    def step() -> None:
        rules_draft.refresh(the_deps(), the_actor(), change_id)
        rules_draft.test(the_deps(), the_actor(), change_id)

    return _step(change_id, step, translate("已更新到最新规则，并重新测试。"))


@screens.post("/rules/changes/<change_id>/propose")
@changes(Screen.RULES)
def propose_rule_change(change_id: str) -> AnyResponse:
    """Send the change to the second person."""
    form = request.form
    reasons = {key.removeprefix("waive:"): text for key, text in form.items() if key.startswith("waive:")}
    waivers = [Waiver(mutant, text) for mutant, text in reasons.items() if text.strip()]
    at = form.get("at", "").strip()
    zone = ZoneInfo(the_deps().settings.timezone)
    when = datetime.fromisoformat(at).replace(tzinfo=zone) if at else None
    plan = Plan(int(form.get("percent") or FULL), when)
    reason = form.get("reason", "")
    return _step(
        change_id,
        lambda: rules_publish.propose(the_deps(), the_actor(), change_id, reason, plan, waivers),
        translate("已提交，等另一人复核。"),
    )


@screens.post("/rules/changes/<change_id>/approve")
@changes(Screen.RULES)
def approve_rule_change(change_id: str) -> AnyResponse:
    """Approve as the second person."""
    form = request.form
    waived = form.getlist("waive")
    return _step(
        change_id,
        lambda: rules_publish.approve(the_deps(), the_actor(), change_id, form.get("reason", ""), waived),
        _approved,
    )


def _approved(change: dict[str, Any]) -> str:
    """Say what an approval did."""
    plan = Plan.of(change["plan"])
    if change["state"] == ChangeState.SCHEDULED and plan.at is not None:
        return translate("已批准，{when} 生效。", when=local_time(plan.at, the_deps().settings.timezone))
    if change["state"] == ChangeState.CANARY:
        return translate("已批准，{n}% 的订单已按它判定。", n=plan.percent)
    return translate("已批准，新订单立即按它判定。")


@screens.post("/rules/changes/<change_id>/reject")
@changes(Screen.RULES)
def reject_rule_change(change_id: str) -> AnyResponse:
    """Send the change back with the reason."""
    reason = request.form.get("reason", "")
    step = lambda: rules_publish.reject(the_deps(), the_actor(), change_id, reason)  # noqa: E731
    return _step(change_id, step, translate("已退回给作者。"))


@screens.post("/rules/changes/<change_id>/recall")
@changes(Screen.RULES)
def recall_rule_change(change_id: str) -> AnyResponse:
    """Take a proposal back to work on it again."""
    step = lambda: rules_draft.recall(the_deps(), the_actor(), change_id)  # noqa: E731
    return _step(change_id, step, translate("已取回，可以继续修改。"))


@screens.post("/rules/changes/<change_id>/withdraw")
@changes(Screen.RULES)
def withdraw_rule_change(change_id: str) -> AnyResponse:
    """Take a change back for good."""
    step = lambda: rules_draft.withdraw(the_deps(), the_actor(), change_id)  # noqa: E731
    return _step(change_id, step, translate("变更已撤回。"))


@screens.post("/rules/changes/<change_id>/end-canary")
@changes(Screen.RULES)
def end_rule_canary(change_id: str) -> AnyResponse:
    """Let the live rules decide every order again."""
    reason = request.form.get("reason", "").strip() or translate("结束灰度")
    step = lambda: rules_publish.end_canary(the_deps(), the_actor(), change_id, reason)  # noqa: E731
    return _step(change_id, step, translate("灰度已结束，全部订单回到线上规则。"))


@screens.post("/rules/changes/<change_id>/shadow")
@changes(Screen.RULES)
def shadow_rule_change(change_id: str) -> AnyResponse:
    """Begin or end the shadow."""
    if request.form.get("on") == "1":
        begin = lambda: rules_shadow.begin(the_deps(), the_actor(), change_id)  # noqa: E731
        return _step(change_id, begin, translate("影子运行已开始：只比较，不影响订单。"))
    end = lambda: rules_shadow.end(the_deps(), the_actor(), change_id)  # noqa: E731
    return _step(change_id, end, translate("影子运行已结束。"))


@screens.get("/rules/words")
@opens(Screen.RULES)
def rule_words() -> Response:
    """Give the editor its words: the vocabulary with labels and types, the keys of a file."""
    return jsonify(words=rulework.completions())

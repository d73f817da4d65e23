"""Trying a change before anybody depends on it: on one order, and a rule as a sentence.

Place in the order's way: beside decide, before a change is published. What cannot be tried stays on the page, with why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, request, url_for

from orders.errors import NotFound, RuleAuthorError, SluiceError
from rules.change import edit
from server.db.rulework import rule_changes
from server.desk.rulework import rules_draft, rules_try
from server.desk.rulework.rules_draft import Edits
from web.access import Screen, changes
from web.blueprint import screens, the_actor, the_deps
from web.i18n import translate
from web.page import notify
from web.sentence import Spoken, written
from web.views.rule_changes import editor, page
from web.views.rules import told

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse


@screens.post("/rules/changes/<change_id>/try")
@changes(Screen.RULES)
def try_rule_change(change_id: str) -> str | tuple[str, int]:
    """Show what the live rules and the change decide about one order."""
    typed = request.form.get("order", "").strip()
    with the_deps().store.db.read() as conn:
        rule_changes.get(conn, change_id)
    try:
        tried = rules_try.try_order(the_deps(), the_actor(), change_id, typed)
    except SluiceError as error:
        return page(change_id, typed=typed, untried=told(error)), 422
    return page(change_id, tried=tried, typed=typed)


@screens.post("/rules/changes/<change_id>/sentence")
@changes(Screen.RULES)
def say_rule(change_id: str) -> AnyResponse | tuple[str, int]:
    """Write a rule as a sentence says it, and show it in the editor."""
    deps, form = the_deps(), request.form
    name, typed = form["file"], Spoken(form["rule"].strip(), form["sentence"])
    with deps.store.db.read() as conn:
        files, found = rule_changes.files_of(conn, change_id), rule_changes.get(conn, change_id)
    if name not in files:
        raise NotFound(f"There is no rule file {name}", f"没有规则文件 {name}")
    try:
        text = written(name, files, typed.rule, typed.sentence)
        title = translate("改规则 {rule}", rule=typed.rule) if found["title"] == translate("规则修改") else None
        rules_draft.change(deps, the_actor(), change_id, Edits(files={name: text}, title=title))
        rules_draft.check(deps, the_actor(), change_id)
    except RuleAuthorError as error:
        return editor(change_id, typed, told(error)), 422
    except SluiceError as error:
        if error.code == "not_found":
            raise
        return editor(change_id, typed, told(error)), 422
    notify(translate("句子已写进规则文件。"))
    rule = edit.rule_value(name, text, typed.rule)
    line = rule.place.line if rule else 1
    return redirect(url_for("screens.edit_rules", change_id=change_id, file=name, line=line))

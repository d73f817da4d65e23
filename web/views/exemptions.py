"""The allowlist and snoozed rules: who is not stopped for what, until when and why.

Place in the order's way: before decide; the trace of every order that was let through tells of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flask import g, redirect, render_template, request, url_for

from orders.errors import SluiceError
from server.desk.rulework import exemptions as desk
from web.access import Screen, changes, may_write, opens
from web.blueprint import screens, the_actor, the_deps
from web.i18n import say, translate
from web.page import here, notify
from web.wording import local_time

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

PAGE_SIZE = 40


@screens.get("/exemptions")
@opens(Screen.EXEMPTIONS)
def exemptions() -> str:
    """List exemptions, and offer to add one."""
    return _page({})


def _page(typed: dict[str, str]) -> str:
    """Render the list, with what was typed for a new one."""
    deps, actor = the_deps(), the_actor()
    rows, cursor = desk.listed(deps, actor, limit=PAGE_SIZE, after=request.args.get("after"))
    known = deps.catalogue().customers
    return render_template(
        "exemptions.html",
        exemptions=[{**row, "last_day": _last_day(row["until"], deps.settings.timezone)} for row in rows],
        names={code: entry.name for code, entry in known.items()},
        customers=sorted((code, entry.name) for code, entry in known.items())[:500],
        scopes=[(rule.id, say(rule.title)) for rule in desk.scopes(deps)],
        titles={rule.id: say(rule.title) for rule in deps.engine.bundle.book.rules},
        lane=desk.ALLOWLIST,
        typed=typed,
        may_write=may_write(actor, Screen.EXEMPTIONS),
        next_url=here(after=cursor) if cursor else None,
        first_url=here(after=None) if request.args.get("after") else None,
    )


def _last_day(until: str, zone: str) -> str:
    """Return the last day that an exemption covers: it ends with it, at midnight."""
    return local_time(datetime.fromisoformat(until) - timedelta(seconds=1), zone, "%Y-%m-%d")


@screens.post("/exemptions")
@changes(Screen.EXEMPTIONS)
def add_exemption() -> AnyResponse | tuple[str, int]:
    """Exempt a customer until the end of a day; what is refused stays in the form."""
    told = {name: request.form.get(name, "").strip() for name in ("customer", "scope", "until", "reason")}
    try:
        desk.add(the_deps(), the_actor(), *told.values())
    except SluiceError as error:
        if error.code == "forbidden":
            raise
        notify(say({"zh": error.message_zh, "en": error.message_en}), bad=True)
        g.section = Screen.EXEMPTIONS
        return _page(told), 422
    notify(translate("已加入，从下一张订单起生效，轨迹里始终可见。"))
    return redirect(url_for("screens.exemptions"))


@screens.post("/exemptions/<exemption_id>/end")
@changes(Screen.EXEMPTIONS)
def end_exemption(exemption_id: str) -> AnyResponse:
    """End an exemption now."""
    try:
        desk.end(the_deps(), the_actor(), exemption_id, request.form.get("reason", ""))
    except SluiceError as error:
        notify(say({"zh": error.message_zh, "en": error.message_en}), bad=True)
    else:
        notify(translate("已结束，从下一张订单起照常判定。"))
    return redirect(url_for("screens.exemptions"))

"""Destinations: where messages go, how each fares, in words; set up, switched, tried and replayed by administrators.

Place in the order's way: after dispatch; `server/desk/outlets/destinations.py` does the work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g, redirect, render_template, request, url_for

from adapters.registry import KINDS
from orders.errors import Refused, SenderError
from server.db.outlets import destinations
from server.desk import labels
from server.desk.outlets import destinations as desk
from web.access import Screen, changes, may_write, opens
from web.blueprint import screens, the_actor, the_deps
from web.i18n import translate
from web.page import notify

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse


@screens.get("/destinations")
@opens(Screen.DELIVERIES)
def destination_list() -> str:
    """List the destinations with how they fare, and the kinds that can be added."""
    g.section = Screen.DELIVERIES
    deps = the_deps()
    with deps.store.db.read() as conn:
        rows = {destinations.name_of(row["code"]): row for row in destinations.listed(conn)}
    return render_template(
        "destinations.html",
        health=desk.health(deps),
        rows=rows,
        names=desk.names(deps),
        kinds=KINDS,
        waybills=labels.rates(deps),
        may=may_write(the_actor(), Screen.DELIVERIES),
    )


@screens.get("/destinations/<code>")
@opens(Screen.DELIVERIES)
def destination_page(code: str) -> str:
    """Show one destination without its secrets, or the empty form of a kind."""
    kind = KINDS.get(request.args.get("kind", ""))
    if code == "new" and kind is not None:
        fresh = {"code": "", "name": "", "kind": kind.name, "shown_url": "", "settings": {}, "state": "enabled"}
        told = {**fresh, "conditions": [{"event": event, "rule": destinations.ANY} for event in kind.events]}
        return _page(told)
    with the_deps().store.db.read() as conn:
        return _page(destinations.get(conn, code))


def _page(row: dict[str, Any], error: SenderError | None = None) -> str:
    g.section = Screen.DELIVERIES
    rules = {destinations.ANY: ""}
    lines = [f"{item['event']} {rules.get(item['rule'], item['rule'])}".strip() for item in row["conditions"]]
    return render_template(
        "destination.html",
        row=row,
        kind=KINDS[row["kind"]],
        conditions="\n".join(lines),
        problems=(error.problems or (error,)) if error else (),
        may=may_write(the_actor(), Screen.DELIVERIES),
    )


@screens.post("/destinations/<code>")
@changes(Screen.DELIVERIES)
def save_destination(code: str) -> AnyResponse | tuple[str, int]:
    """Make or change a destination; what is wrong stands beside the form."""
    form = request.form.to_dict()
    own = form.get("code", "").strip() if code == "new" else code
    deps, actor = the_deps(), the_actor()
    try:
        if code == "new":
            _require_new(own)
        desk.save(deps, actor, own, form)
    except SenderError as error:
        if form.get("kind") not in KINDS:
            raise
        told = [line.partition(" ") for line in form.get("conditions", "").splitlines()]
        conditions = [{"event": event, "rule": rule.strip() or destinations.ANY} for event, _, rule in told]
        row = {"name": "", "shown_url": "", **form, "settings": form, "conditions": conditions, "state": "enabled"}
        return _page({**row, "code": "" if code == "new" else code}, error), 422
    notify(translate("已保存。"))
    return redirect(url_for("screens.destination_list"))


def _require_new(code: str) -> None:
    with the_deps().store.db.read() as conn:
        if destinations.kind_of(conn, code) is not None:
            raise Refused(f"There is a destination {code} already", f"去向 {code} 已经有了")


@screens.post("/destinations/<code>/switch")
@changes(Screen.DELIVERIES)
def switch_destination(code: str) -> AnyResponse:
    """Switch a destination on or off."""
    on = request.form.get("on") == "1"
    desk.switch(the_deps(), the_actor(), code, on=on, reason=request.form.get("reason", ""))
    notify(translate("已启用。") if on else translate("已停用，消息会等着。"))
    return redirect(url_for("screens.destination_list"))


@screens.post("/destinations/<code>/test")
@changes(Screen.DELIVERIES)
def test_destination(code: str) -> AnyResponse:
    """Send a message to see whether it arrives."""
    desk.send_test(the_deps(), code)
    notify(translate("已发出测试消息，请到推送页看结果。"))
    return redirect(url_for("screens.deliveries"))


@screens.post("/destinations/<code>/replay")
@changes(Screen.DELIVERIES)
def replay_destination(code: str) -> AnyResponse:
    """Send every dead letter of a destination again; ``code`` is its name in the outbox."""
    count = desk.replay_dead(the_deps(), the_actor(), code)
    notify(translate("已重新排队 {n} 条。", n=count))
    return redirect(url_for("screens.destination_list"))

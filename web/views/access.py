"""API access: the keys of systems that call us, the log of what they called, and a failed call sent again.

Place in the order's way: before it; `server/desk/access.py` and `server/desk/doors/call_log.py` do the work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g, redirect, render_template, request, url_for

from orders.actor import ROLE_ZH, STAFF
from orders.errors import SluiceError
from server.api.requests import replay
from server.call_log import flush
from server.db import people
from server.db.doors.calls import Wanted
from server.desk import access as desk
from server.desk import dealers
from server.desk.doors import call_log
from web.access import Screen, changes, may_write, opens
from web.blueprint import screens, the_actor, the_deps
from web.i18n import say, translate
from web.page import here, notify

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

PAGE_SIZE = 40


@screens.get("/access")
@opens(Screen.ACCESS)
def access() -> str:
    """List the keys, and offer to make one."""
    return _keys()


def _keys(secret: str = "", name: str = "") -> str:
    with the_deps().store.db.read() as conn:
        rows = people.list_keys(conn)
    return render_template(
        "access.html",
        keys=rows,
        dealers=dealers.listed(the_deps()),
        customers=sorted((code, entry.name) for code, entry in the_deps().catalogue().customers.items())[:500],
        roles={role: ROLE_ZH[role] for role in STAFF},
        secret=secret,
        name=name,
        may=may_write(the_actor(), Screen.ACCESS),
    )


@screens.post("/access")
@changes(Screen.ACCESS)
def add_api_key() -> str | AnyResponse:
    """Make a key and show it this once."""
    form = request.form
    name, account = form.get("name", "").strip()[:60], form.get("account", "").strip()[:100]
    dealer = form.get("dealer", "")
    roles = ("dealer",) if dealer else tuple(form.getlist("roles"))
    wanted = desk.NewKey(name, roles, account, form.get("mode", "live"), dealer)
    try:
        _, secret = desk.add_key(the_deps(), the_actor(), wanted)
    except SluiceError as error:
        notify(say({"zh": error.message_zh, "en": error.message_en}), bad=True)
        return redirect(url_for("screens.access"))
    return _keys(secret, name)


@screens.post("/access/dealers")
@changes(Screen.ACCESS)
def add_dealer() -> AnyResponse:
    """Make a customer a dealer, and a person of it who may sign in."""
    deps, actor, form = the_deps(), the_actor(), request.form
    customer = form.get("customer", "").strip()
    user = {name: form.get(name, "").strip()[:200] for name in ("login", "name", "password")}
    try:
        dealers.put(deps, actor, customer)
        dealers.add_person(deps, actor, customer, user)
    except SluiceError as error:
        notify(say({"zh": error.message_zh, "en": error.message_en}), bad=True)
    else:
        notify(translate("经销商账号已建好：只能看到和录入自己的订单。"))
    return redirect(url_for("screens.access"))


@screens.post("/access/<key_id>/revoke")
@changes(Screen.ACCESS)
def revoke_api_key(key_id: str) -> AnyResponse:
    """Revoke a key."""
    desk.revoke(the_deps(), the_actor(), key_id)
    notify(translate("密钥已吊销，两秒内失效。"))
    return redirect(url_for("screens.access"))


@screens.get("/requests")
@opens(Screen.ACCESS)
def requests() -> str:
    """List what the keys called, the newest first."""
    g.section = Screen.ACCESS
    deps, asked = the_deps(), request.args
    flush(deps)
    status = asked.get("status", "")
    wanted = Wanted(
        key_id=asked.get("key") or None,
        failed=asked.get("failed") == "1",
        path=asked.get("path", "").strip() or None,
        status=int(status) if status.isascii() and status.isdigit() and len(status) == 3 else None,
        request_id=asked.get("request_id", "").strip() or None,
    )
    rows, cursor = call_log.listed(deps, the_actor(), wanted, limit=PAGE_SIZE, after=asked.get("after"))
    with deps.store.db.read() as conn:
        names = {row["id"]: row["name"] for row in people.list_keys(conn)}
    return render_template(
        "requests.html",
        rows=rows,
        names=names,
        asked=asked,
        days=deps.settings.request_log_days,
        next_url=here(after=cursor) if cursor else None,
        first_url=here(after=None) if asked.get("after") else None,
    )


@screens.get("/requests/<call_id>")
@opens(Screen.ACCESS)
def request_page(call_id: str) -> str:
    """Show one call, its problem and its body, masked."""
    return _entry(call_id)


@screens.post("/requests/<call_id>/reveal")
@changes(Screen.ACCESS)
def reveal_request(call_id: str) -> str | AnyResponse:
    """Show the body whole, for a reason that is recorded, so that it can be mended."""
    reason = request.form.get("reason", "").strip()[:200]
    if not reason:
        notify(translate("请写明原因。"), bad=True)
        return redirect(url_for("screens.request_page", call_id=call_id))
    return _entry(call_id, reason)


def _entry(call_id: str, reveal: str | None = None) -> str:
    g.section = Screen.ACCESS
    deps = the_deps()
    flush(deps)
    found = call_log.entry(deps, the_actor(), call_id, reveal=reveal)
    with deps.store.db.read() as conn:
        names = {row["id"]: row["name"] for row in people.list_keys(conn)}
    return render_template(
        "request.html", call=found.row, found=found, names=names, may=may_write(the_actor(), Screen.ACCESS)
    )


@screens.post("/requests/<call_id>/replay")
@changes(Screen.ACCESS)
def replay_call(call_id: str) -> AnyResponse:
    """Send a failed call again as the key that sent it, mended where its body was changed."""
    mended = request.form.get("body", "").strip()
    try:
        done = replay(the_actor(), call_id, mended.encode()[:300_000] or None)
    except SluiceError as error:
        notify(say({"zh": error.message_zh, "en": error.message_en}), bad=True)
        return redirect(url_for("screens.request_page", call_id=call_id))
    good = done["status"] < 400
    notify(translate("已重发，答复 {status}。", status=done["status"]), bad=not good)
    made = done["answer"].get("id", "") if good else ""
    if made.startswith("ord_"):
        return redirect(url_for("screens.order", order_id=made))
    return redirect(url_for("screens.request_page", call_id=call_id))

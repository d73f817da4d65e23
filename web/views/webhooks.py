"""Webhook endpoints on the screen: who hears of which events, keys shown once, rotated, tried and switched.

Place in the order's way: after dispatch; `server/desk/outlets/subscribers.py` does the work.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from flask import g, redirect, render_template, request, url_for

from orders.errors import SenderError
from server.db.outlets import webhooks
from server.desk.outlets import destinations, subscribers
from web.access import Screen, changes, may_write, opens
from web.blueprint import screens, the_actor, the_deps
from web.i18n import say, translate
from web.page import notify

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

MOST = 200


@screens.get("/webhooks")
@opens(Screen.DELIVERIES)
def webhook_list() -> str:
    """List the endpoints with how they fare, and offer to add one."""
    return _page()


def _page(secret: str = "", shown: str = "", **tried: str) -> str:
    g.section = Screen.DELIVERIES
    deps = the_deps()
    with deps.store.db.read() as conn:
        rows = webhooks.list_page(conn, limit=MOST)
    health = {item.name.removeprefix(webhooks.PREFIX): asdict(item) for item in destinations.health(deps)}
    may = may_write(the_actor(), Screen.DELIVERIES)
    return render_template(
        "webhooks.html", endpoints=rows, health=health, may=may, secret=secret, shown=shown, tried=tried
    )


@screens.post("/webhooks")
@changes(Screen.DELIVERIES)
def add_webhook() -> str | tuple[str, int]:
    """Add an endpoint and show its key this once."""
    url, events = (request.form.get(name, "").strip() for name in ("url", "events"))
    try:
        made, secret = subscribers.add(
            the_deps(), the_actor(), url[: subscribers.LONGEST_URL], subscribers.read_events(events)
        )
    except SenderError as error:
        return _page(url=url, events=events, error=say({"zh": error.message_zh, "en": error.message_en})), 422
    return _page(secret, made["url"])


@screens.post("/webhooks/<endpoint_id>/rotate")
@changes(Screen.DELIVERIES)
def rotate_webhook(endpoint_id: str) -> str:
    """Give an endpoint a new key and show it this once."""
    secret = subscribers.rotate(the_deps(), the_actor(), endpoint_id)
    with the_deps().store.db.read() as conn:
        found = webhooks.get(conn, endpoint_id) or {}
    return _page(secret, found["url"])


@screens.post("/webhooks/<endpoint_id>/switch")
@changes(Screen.DELIVERIES)
def switch_webhook(endpoint_id: str) -> AnyResponse:
    """Switch an endpoint on or off."""
    on = request.form.get("on") == "1"
    subscribers.switch(the_deps(), the_actor(), endpoint_id, "enabled" if on else "disabled", None)
    notify(translate("已启用。") if on else translate("已停用，消息会等着。"))
    return redirect(url_for("screens.webhook_list"))


@screens.post("/webhooks/<endpoint_id>/test")
@changes(Screen.DELIVERIES)
def try_webhook(endpoint_id: str) -> AnyResponse:
    """Send an endpoint a message to see whether it arrives."""
    subscribers.send_test(the_deps(), endpoint_id)
    notify(translate("已发出测试消息，请到推送页看结果。"))
    return redirect(url_for("screens.webhook_list"))

"""Pulling on the channel's screen: set up with its keys, paused, resumed, pulled at once.

Place in the order's way: before it; `server/desk/doors/pull_view.py` does the work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, request, url_for

from adapters.channels.registry import PULLED
from orders.errors import SluiceError
from server.db.doors import channels, pulls
from server.desk.doors import pull_view
from web.access import Screen, changes
from web.blueprint import screens, the_deps
from web.i18n import say, translate
from web.page import notify

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

SECRETS = ("app_key", "app_secret", "access_token", "refresh_token")


def pull_of(row: dict[str, Any]) -> dict[str, Any] | None:
    """Return what the screen shows of a channel's pulling; None for a platform that is not pulled."""
    platform = PULLED.get(row["platform"])
    if platform is None:
        return None
    deps = the_deps()
    with deps.store.db.read() as conn:
        known = pulls.get(conn, row["code"])
        filled = channels.secrets_of(conn, deps.store, row["code"])
    renews = platform.refresh is not None and "access_token" in platform.needs
    wanted = [name for name in SECRETS if name in platform.needs or (name == "refresh_token" and renews)]
    return {
        "health": pull_view.health(deps, row["code"]) if known else None,
        "secrets": {name: bool(filled.get(name)) for name in wanted},
        "home": platform.home,
        "listed": platform.listing is not None,
    }


@screens.post("/channels/<code>/pull")
@changes(Screen.CHANNELS)
def save_pull(code: str) -> AnyResponse:
    """Set the pulling up or change it; a secret left empty stays as it is."""
    deps, form = the_deps(), request.form
    fresh = {name: form.get(name, "").strip()[:500] for name in SECRETS if form.get(name, "").strip()}
    every = form.get("every_s", "10")
    told = {"url": form.get("url", "").strip(), "every_s": min(max(int(every), 5), 3600) if every.isdigit() else 10}
    try:
        if fresh:
            with deps.store.db.write() as conn:
                channels.get(conn, code)
                kept = channels.secrets_of(conn, deps.store, code)
                channels.set_secrets(conn, deps.store, code, {**kept, **fresh}, deps.clock())
        pull_view.set_up(deps, code, told)
        notify(translate("已保存，马上开始拉取。"))
    except SluiceError as error:
        notify(say({"zh": error.message_zh, "en": error.message_en}), bad=True)
    return redirect(url_for("screens.channel_page", code=code))


@screens.post("/channels/<code>/pull/<command>")
@changes(Screen.CHANNELS)
def command_pull(code: str, command: str) -> AnyResponse:
    """Pause, resume, or pull at once."""
    deps = the_deps()
    try:
        if command == "now":
            pull_view.hurry(deps, code)
        else:
            with deps.store.db.write() as conn:
                pulls.set_state(conn, code, "paused" if command == "pause" else "on", deps.clock())
        said = {"now": translate("马上拉取一次。"), "pause": translate("已暂停拉取，断点保留。")}
        notify(said.get(command) or translate("已恢复拉取，从断点补齐。"))
    except SluiceError as error:
        notify(say({"zh": error.message_zh, "en": error.message_en}), bad=True)
    return redirect(url_for("screens.channel_page", code=code))

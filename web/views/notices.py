"""Notices: what this person and their roles were told, what nobody has read yet, and how they want to be told.

Place in the order's way: after dispatch, which writes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g, redirect, render_template, request, url_for

from server.db.outlets import notifications, preferences
from server.db.outlets.preferences import Preference
from web.access import Screen, opens
from web.blueprint import screens, the_actor, the_deps
from web.i18n import translate
from web.page import here, notify, wants_fragment

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from orders.actor import Actor

PAGE_SIZE = 40
MENTION_CHARS = 64


def recipients_of(actor: Actor) -> list[str]:
    """Return to whom notices are addressed that this person sees: the person and every role held."""
    return [actor.id, *sorted(role.value for role in actor.roles)]


@screens.get("/notices")
@opens(Screen.NOTICES)
def notices() -> str:
    """List notices, newest first."""
    g.section = Screen.NOTICES
    actor, unread = the_actor(), request.args.get("unread") == "1"
    with the_deps().store.db.read() as conn:
        mine = recipients_of(actor)
        rows = notifications.list_of(conn, mine, unread=unread, limit=PAGE_SIZE + 1, after=request.args.get("after"))
        count = preferences.unread(conn, mine)
        chosen = preferences.of(conn, [actor.id]).get(actor.id, Preference())
    more = here(after=rows[PAGE_SIZE - 1]["id"]) if len(rows) > PAGE_SIZE else None
    return render_template(
        "parts/notice_rows.html" if wants_fragment() else "notices.html",
        notices=rows[:PAGE_SIZE],
        unread=unread,
        count=count,
        chosen=chosen,
        next_url=more,
        first_url=here(after=None) if request.args.get("after") else None,
    )


@screens.post("/notices/read")
@opens(Screen.NOTICES)
def read_notices() -> AnyResponse:
    """Mark one notice, or all of them, as read."""
    deps, mine = the_deps(), recipients_of(the_actor())
    one = request.form.get("id", "")
    with deps.store.db.write() as conn:
        if one:
            notifications.mark_read(conn, one, mine, deps.clock())
        else:
            count = preferences.read_all(conn, mine, deps.clock())
            notify(translate("{n} 条已标为已读。", n=count))
    return redirect(url_for("screens.notices", unread=request.args.get("unread")))


@screens.post("/notices/preferences")
@opens(Screen.NOTICES)
def keep_preferences() -> AnyResponse:
    """Keep how this person wants to be told."""
    deps, form = the_deps(), request.form
    mention = form.get("mention", "").strip()[:MENTION_CHARS]
    wanted = Preference(form.get("in_app") == "1", form.get("wecom") == "1", mention)
    with deps.store.db.write() as conn:
        preferences.keep(conn, the_actor().id, wanted, deps.clock())
    notify(translate("已保存。"))
    return redirect(url_for("screens.notices"))

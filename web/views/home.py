"""Home: what waits for this person, by role.

Place in the order's way: where a working day begins.
"""

from __future__ import annotations

from flask import render_template

from server.db.order import orders as order_store
from server.db.order.orders import Filter
from server.db.papers import drafts as draft_store
from web.access import Screen, may_read, may_write, opens
from web.blueprint import screens, the_actor, the_deps
from web.counts import waiting_counts
from web.views.approvals import queue_of as approvals_of
from web.views.holds import Wanted
from web.views.holds import queue_of as holds_of

SHOWN = 6


@screens.get("/")
@opens(Screen.HOME)
def home() -> str:
    """Show the to-do of the person's roles and the latest orders."""
    deps, actor = the_deps(), the_actor()
    with deps.store.db.read() as conn:
        latest = order_store.list_page(conn, actor, Filter(), limit=SHOWN).rows
        may_draft = may_write(actor, Screen.DRAFTS)
        drafts = draft_store.list_page(conn, actor, draft_store.EDITABLE, limit=SHOWN).rows if may_draft else ()
    return render_template(
        "home.html",
        latest=latest,
        drafts=drafts,
        holds=holds_of(actor, Wanted(mine=True), limit=SHOWN)[0][:SHOWN] if may_read(actor, Screen.HOLDS) else (),
        approvals=approvals_of(actor, limit=SHOWN)[0] if may_read(actor, Screen.APPROVALS) else (),
        counts=waiting_counts(),
        screen=Screen,
        may_upload=may_write(actor, Screen.UPLOAD),
        may_decide=may_write(actor, Screen.APPROVALS),
    )

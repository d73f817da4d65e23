"""Approvals: each role sees its own step of the orders that wait for it (APP-01, APP-02).

Place in the order's way: between decide and allocate. The decision names the steps; the desk takes the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import render_template, request

from server.db.order import approvals as store
from web.access import Screen, may_write, opens
from web.blueprint import screens, the_actor, the_deps
from web.page import here, wants_fragment

if TYPE_CHECKING:
    from orders.actor import Actor

PAGE_SIZE = 30


def queue_of(actor: Actor, *, limit: int, after: str | None = None) -> tuple[list[dict[str, Any]], str | None]:
    """Return the steps that wait for the actor's roles, urgent and oldest first."""
    with the_deps().store.db.read() as conn:
        page = store.queue(conn, actor, limit=limit, after=after)
    urgent_first = sorted(page.rows, key=lambda row: -int(row["priority"]))  # stable: then as the queue has them
    return urgent_first, page.next_cursor


@screens.get("/approvals")
@opens(Screen.APPROVALS)
def approvals() -> str:
    """List what waits for this person's step."""
    actor = the_actor()
    rows, after = queue_of(actor, limit=PAGE_SIZE, after=request.args.get("after"))
    return render_template(
        "parts/approval_rows.html" if wants_fragment() else "approvals.html",
        approvals=rows,
        may_decide=may_write(actor, Screen.APPROVALS),
        next_url=here(after=after) if after else None,
        first_url=here(after=None) if request.args.get("after") else None,
    )

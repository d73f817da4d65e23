"""Deliveries: what is pushed to ERP, webhooks and people; dead letters are replayed by an administrator.

Place in the order's way: after dispatch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, render_template, request

from orders.errors import Refused
from server.db import audit, outbox
from web.access import Screen, changes, may_write, opens
from web.blueprint import screens, the_actor, the_deps
from web.i18n import translate
from web.page import here, wants_fragment, with_toast

if TYPE_CHECKING:
    from typing import Any

PAGE_SIZE = 40
STATES = ("waiting", "sending", "sent", "dead", "withdrawn")


@screens.get("/deliveries")
@opens(Screen.DELIVERIES)
def deliveries() -> str:
    """List messages, newest first."""
    state = request.args.get("state") or None
    after = request.args.get("after", "")
    with the_deps().store.db.read() as conn:
        rows = outbox.list_page(
            conn,
            state=state if state in STATES else None,
            limit=PAGE_SIZE + 1,
            after=int(after) if after.isdigit() else None,
        )
        counts = outbox.counts(conn)
    shown = rows[:PAGE_SIZE]
    more = here(after=str(shown[-1]["seq"])) if len(rows) > PAGE_SIZE else None
    return render_template(
        "parts/delivery_rows.html" if wants_fragment() else "deliveries.html",
        deliveries=shown,
        state=state,
        states=STATES,
        dead=sum(count for (_, kind), count in counts.items() if kind == "dead"),
        may_replay=may_write(the_actor(), Screen.DELIVERIES),
        next_url=more,
        first_url=here(after=None) if after else None,
    )


def _row(row_id: str) -> str:
    with the_deps().store.db.read() as conn:
        row: dict[str, Any] | None = outbox.get(conn, row_id)
    return render_template("parts/delivery_row.html", item=row, may_replay=may_write(the_actor(), Screen.DELIVERIES))


@screens.post("/deliveries/<row_id>/replay")
@changes(Screen.DELIVERIES)
def replay(row_id: str) -> Response:
    """Send a message again, under its old idempotency key."""
    deps, actor = the_deps(), the_actor()
    now = deps.clock()
    with deps.store.db.write() as conn:
        if not outbox.replay(conn, row_id, now):
            raise Refused("This message cannot be sent again now.", "这条推送现在不能重发，请刷新看看。")
        order_id = (outbox.get(conn, row_id) or {}).get("order_id")
        audit.record(conn, order_id or "outbox", audit.Entry("message_replayed", actor.id, {"message": row_id}), now)
    deps.wake()
    return with_toast(_row(row_id), translate("已重新排队推送。"))


@screens.post("/deliveries/<row_id>/withdraw")
@changes(Screen.DELIVERIES)
def withdraw_delivery(row_id: str) -> Response:
    """Give a dead letter up, so that later messages of its order may go."""
    deps, actor = the_deps(), the_actor()
    now = deps.clock()
    with deps.store.db.write() as conn:
        if not outbox.withdraw(conn, row_id):
            raise Refused("Only a failed message can be given up.", "只有失败的推送可以放弃。")
        order_id = (outbox.get(conn, row_id) or {}).get("order_id")
        audit.record(conn, order_id or "outbox", audit.Entry("message_withdrawn", actor.id, {"message": row_id}), now)
    return with_toast(_row(row_id), translate("已放弃这条推送。"))

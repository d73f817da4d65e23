"""Deliveries: what is pushed to ERP, webhooks and people; dead letters are replayed by an administrator.

Place in the order's way: after dispatch.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import Response, g, redirect, render_template, request, url_for

from orders.errors import Refused, SenderError
from server.db import audit
from server.db.outlets import outbox
from server.desk.outlets import dead_letters as desk
from server.desk.outlets import destinations
from web.access import Screen, changes, may_write, opens
from web.blueprint import screens, the_actor, the_deps
from web.i18n import say, translate
from web.page import here, notify, wants_fragment, with_toast

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

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
        names=destinations.names(the_deps()),
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
    told = {"names": destinations.names(the_deps()), "may_replay": may_write(the_actor(), Screen.DELIVERIES)}
    return render_template("parts/delivery_row.html", item=row, **told)


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


@screens.get("/deliveries/<row_id>")
@changes(Screen.DELIVERIES)
def delivery_page(row_id: str) -> str:
    """Show a dead letter's content, to be mended."""
    row, body = desk.shown(the_deps(), the_actor(), row_id)
    return _edit_page(row, json.dumps(body, ensure_ascii=False, indent=2))


@screens.post("/deliveries/<row_id>")
@changes(Screen.DELIVERIES)
def edit_delivery(row_id: str) -> AnyResponse | str | tuple[str, int]:
    """Show what would change; send it again once that was confirmed."""
    deps, actor = the_deps(), the_actor()
    text, reason, step = (request.form.get(name, "").strip() for name in ("body", "reason", "step"))
    try:
        if step == "send":
            changed = desk.mend(deps, actor, row_id, text, reason)
            notify(translate("已改 {n} 处并重新推送。", n=len(changed)))
            return redirect(url_for("screens.deliveries"))
        found = desk.differences(deps, row_id, text) if step == "check" else []
        unchanged = translate("没有改动，直接重发即可。") if step == "check" and not found else ""
        return _edit_page(desk.shown(deps, actor, row_id)[0], text, reason, found, unchanged)
    except SenderError as error:
        if error.code != "unfit":
            raise
        said = say({"zh": error.message_zh, "en": error.message_en})
        return _edit_page(desk.shown(deps, actor, row_id)[0], text, reason, error=said), 422


def _edit_page(
    row: dict[str, Any], text: str, reason: str = "", changed: list[desk.Difference] | None = None, error: str = ""
) -> str:
    g.section = Screen.DELIVERIES
    told = {"row": row, "text": text, "reason": reason, "changes": changed, "error": error}
    return render_template("delivery_edit.html", names=destinations.names(the_deps()), **told)

"""The outbox seen from outside: what waits, what was given up, and sending it again."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Literal

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from orders.actor import Role
from orders.errors import NotFound, Refused
from server.api.call import here
from server.api.call.answer import ok
from server.api.call.body import Body, Query, read_json
from server.api.call.described import answers
from server.api.call.door import open_to
from server.api.call.idempotency import idempotent
from server.api.call.page import PageQuery, page
from server.api.call.path import MessagePath
from server.api.call.shapes import ANYTHING, MAYBE, MAYBE_TIME, TEXT, TIME, WHOLE, arr, obj, page_of
from server.db.outlets import outbox
from server.desk.outlets import dead_letters

api = APIBlueprint("messages", __name__)

_FIELDS = (
    "id", "order_id", "event", "destination", "state", "attempts", "max_attempts", "due_at", "last_error", "created_at",
    "sent_at",
)  # fmt: skip
MESSAGE = obj(
    id=TEXT,
    order_id=MAYBE,
    event=TEXT,
    destination=TEXT,
    state=TEXT,
    attempts=WHOLE,
    max_attempts=WHOLE,
    due_at=TIME,
    last_error=MAYBE,
    created_at=TIME,
    sent_at=MAYBE_TIME,
)


class MessagesQuery(PageQuery):
    """Which messages; ``dead`` are the dead letters."""

    after: str | None = Field(None, max_length=18, pattern="^[0-9]+$")
    state: Literal["waiting", "sending", "sent", "dead", "withdrawn"] | None = None
    destination: str | None = Field(None, max_length=100)
    order_id: str | None = Field(None, max_length=64, description="只看一个订单的 / of one order, oldest first")


@api.get("/v1/outbox")
@open_to(Role.PRODUCTION, Role.FINANCE, Role.AUDITOR)
@answers({200: page_of(MESSAGE)})
def list_messages(query: MessagesQuery) -> Response:
    """List messages, newest first; `?state=dead` gives the dead letters."""
    if query.order_id is not None:
        with here.deps().store.db.read() as conn:
            return page([_shown(row) for row in outbox.of_order(conn, query.order_id)], None)
    after = int(query.after) if query.after else None
    with here.deps().store.db.read() as conn:
        rows = outbox.list_page(
            conn, state=query.state, destination=query.destination, limit=query.limit + 1, after=after
        )
    more = len(rows) > query.limit
    return page([_shown(row) for row in rows[: query.limit]], str(rows[query.limit - 1]["seq"]) if more else None)


@api.post("/v1/outbox/<message_id>/replay")
@open_to(Role.PRODUCTION)
@answers({200: MESSAGE}, idempotent=True)
@idempotent
def replay_message(path: MessagePath) -> Response:
    """Send a dead or sent message again under its old idempotency key."""
    deps = here.deps()
    with deps.store.db.write() as conn:
        done = outbox.replay(conn, path.message_id, here.now())
        row = outbox.get(conn, path.message_id)
    if row is None:
        raise NotFound(f"There is no message {path.message_id}", f"没有消息 {path.message_id}")
    if not done:
        raise Refused("The message is still on its way", "消息仍在发送中，无需重发", code="message_under_way")
    deps.wake()
    return ok(_shown(row))


class Mended(Body):
    """The whole content, and why it is changed."""

    body: dict[str, Any]
    reason: str = Field(min_length=1, max_length=200, pattern=r"\S")


CHANGED = obj(data=arr(obj(pointer=TEXT, before=ANYTHING, after=ANYTHING)))


@api.get("/v1/outbox/<message_id>/content")
@open_to()
@answers({200: ANYTHING}, problems=(409,))
def show_content(path: MessagePath) -> Response:
    """Show what a dead letter would say if it were sent again; that its people were seen is recorded."""
    return ok(dead_letters.shown(here.deps(), here.actor(), path.message_id)[1])


class MendQuery(Query):
    """A second look before it is done."""

    check: bool = Field(False, description="只看改动，不发送 / only tell what would change")


@api.put("/v1/outbox/<message_id>/content")
@open_to()
@answers({200: CHANGED}, body=Mended)
def mend_message(path: MessagePath, query: MendQuery) -> Response:
    """Replace the content of a dead letter and send it again under its old idempotency key; list what changed."""
    told = read_json(Mended)
    deps, text = here.deps(), json.dumps(told.body, ensure_ascii=False)
    if query.check:
        found = dead_letters.differences(deps, path.message_id, text)
    else:
        found = dead_letters.mend(deps, here.actor(), path.message_id, text, told.reason)
    return ok({"data": [asdict(item) for item in found]})


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _FIELDS}

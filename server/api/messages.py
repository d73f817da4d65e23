"""The outbox seen from outside: what waits, what was given up, and sending it again."""

from __future__ import annotations

from typing import Any, Literal

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from orders.actor import Role
from orders.errors import NotFound, Refused
from server.api import here
from server.api.answer import ok
from server.api.described import answers
from server.api.door import open_to
from server.api.idempotency import idempotent
from server.api.page import PageQuery, page
from server.api.path import MessagePath
from server.api.shapes import MAYBE, MAYBE_TIME, TEXT, TIME, WHOLE, obj, page_of
from server.db import outbox

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


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _FIELDS}

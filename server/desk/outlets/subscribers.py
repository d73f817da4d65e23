"""Webhook endpoints as people and programs handle them: added, switched, given new keys, tried.

Place in the order's way: beside it; `server/db/outlets/webhooks.py` keeps them, dispatch sends. A key is shown once,
to whoever made it; the trail tells who did, never the key. Knows no HTTP.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from adapters.webhook import guard
from orders.errors import NotFound, Problem, Refused, SenderError, TransportError
from server.db import audit
from server.db.ids import new_id
from server.db.outlets import outbox, webhooks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orders.actor import Actor
    from server.deps import Deps

Json = dict[str, Any]
TEST_EVENT = "webhook.test"
MOST_EVENTS = 50
LONGEST_URL = 500
EVENT = re.compile(r"\*|[a-z][a-z_]{0,39}\.(?:\*|[a-z][a-z_]{0,59})", re.ASCII)


def add(deps: Deps, actor: Actor, url: str, events: Sequence[str]) -> tuple[Json, str]:
    """Add an endpoint; return it and its key. Raises SenderError for an address that is never called."""
    try:
        guard.check(url, allow_private=deps.settings.webhook_allow_private)
    except TransportError as error:
        raise _unfit("/url", error.code, error.message_zh, error.message_en) from error
    now = deps.clock()
    with deps.store.db.write() as conn:
        endpoint_id, secret = webhooks.add(conn, deps.store, url, events, actor=actor, now=now)
        detail = {"endpoint": endpoint_id, "events": list(events)}
        audit.record(conn, "outlets", audit.Entry("endpoint_added", actor.id, detail), now)
        return webhooks.get(conn, endpoint_id) or {}, secret


def read_events(text: str) -> list[str]:
    """Read patterns from what a person typed, between commas, spaces or lines. Raises SenderError naming the wrong."""
    found = list(dict.fromkeys(re.split(r"[\s,，、;；]+", text.strip()))) if text.strip() else ["*"]
    wrong = [name for name in found if not EVENT.fullmatch(name)]
    if wrong or len(found) > MOST_EVENTS:
        said = "、".join(wrong[:5]) or str(len(found))
        raise _unfit("/events", "unfit", f"看不懂的事件：{said}", f"Not an event: {said}")
    return found


def rotate(deps: Deps, actor: Actor, endpoint_id: str) -> str:
    """Give an endpoint a new key and return it; the one before it signs, too, until the next time. Raises NotFound."""
    now = deps.clock()
    with deps.store.db.write() as conn:
        secret = webhooks.rotate(conn, deps.store, endpoint_id, now)
        if secret is None:
            raise unknown(endpoint_id)
        entry = audit.Entry("endpoint_key_rotated", actor.id, {"endpoint": endpoint_id})
        audit.record(conn, "outlets", entry, now)
    return secret


def switch(deps: Deps, actor: Actor, endpoint_id: str, state: str, reason: str | None) -> Json:
    """Enable or disable an endpoint; what it has not heard waits. Raises NotFound."""
    now = deps.clock()
    with deps.store.db.write() as conn:
        if not webhooks.set_state(conn, endpoint_id, state, reason=reason, now=now):
            raise unknown(endpoint_id)
        detail = {"endpoint": endpoint_id, "state": state}
        audit.record(conn, "outlets", audit.Entry("endpoint_switched", actor.id, detail), now)
        found = webhooks.get(conn, endpoint_id) or {}
    deps.wake()
    return found


def send_test(deps: Deps, endpoint_id: str) -> str:
    """Send an endpoint one message, signed like any other, of no order; return its key. Raises NotFound, Refused."""
    now = deps.clock()
    with deps.store.db.write() as conn:
        found = webhooks.get(conn, endpoint_id)
        if found is None:
            raise unknown(endpoint_id)
        if found["state"] != "enabled":
            raise Refused("The endpoint is switched off", "该回调地址已停用", code="endpoint_disabled")
        key = new_id("test", now)
        payload = {"event": TEST_EVENT, "order_id": None, "number": None, "at": now.isoformat()}
        outbox.add(conn, outbox.Event(TEST_EVENT, None, key, payload), now, (webhooks.PREFIX + endpoint_id,))
    deps.wake()
    return key


def unknown(endpoint_id: str) -> NotFound:
    """Return what is said of an endpoint that there is not."""
    return NotFound(f"There is no webhook endpoint {endpoint_id}", f"没有回调地址 {endpoint_id}")


def _unfit(pointer: str, code: str, zh: str, en: str) -> SenderError:
    return SenderError(en, zh, code="invalid_request", problems=(Problem(pointer, code, zh, en),))

"""The log of API requests: what each key called, what came of it, and the body of what was refused.

Place in the order's way: beside it; written together once a second, so that no call waits for its entry. Bodies and
problems lie sealed under a key of the log and go with their entries when the log is pruned.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, or_, select, update

from orders.errors import NotFound
from server.db.ids import new_id
from server.db.page import take
from server.db.tables import api_keys, calls

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from server.db.page import Page
    from server.db.store import Store

Json = dict[str, Any]
SUBJECT = "system:calls"
_SHOWN = [column for column in calls.c if column.name not in ("sealed", "subject")]


@dataclass(frozen=True, slots=True)
class Call:
    """One answered request. ``at`` is aware UTC, ``ms`` how long it took; ``body`` only of what was refused."""

    request_id: str
    key_id: str
    at: datetime
    method: str
    path: str
    query: str
    status: int
    ms: int
    size: int
    content_type: str = ""
    code: str | None = None
    failed: int = 0
    problem: Json | None = None
    body: bytes | None = None
    idempotency_key: str | None = None
    order_id: str | None = None
    replay_of: str | None = None
    replayed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: of one key (None: all), refused ones alone, a path's beginning, a status, a request id."""

    key_id: str | None = None
    failed: bool = False
    path: str | None = None
    status: int | None = None
    request_id: str | None = None


def keep(conn: Connection, store: Store, found: Sequence[Call], now: datetime) -> None:
    """Write entries down, and when each key was used last."""
    own = None
    if any(_hidden(call) for call in found):
        own = store.vault.system_key(conn, SUBJECT, now)
    ids = sorted(new_id("req", call.at) for call in found)  # entries of one moment keep the order they came in
    ordered = sorted(found, key=lambda call: call.at)
    conn.execute(insert(calls), [_row(store, own, call, id_) for call, id_ in zip(ordered, ids, strict=True)])
    used: dict[str, datetime] = {}
    for call in found:
        used[call.key_id] = max(call.at, used.get(call.key_id, call.at))
    for key_id, at in used.items():
        conn.execute(update(api_keys).where(api_keys.c.id == key_id).values(last_used_at=at))


def _hidden(call: Call) -> bool:
    return call.problem is not None or call.body is not None


def _row(store: Store, own: Any, call: Call, id_: str) -> Json:
    names = [column.name for column in _SHOWN if column.name not in ("id", "has_body")]
    row: Json = {"id": id_, **{name: getattr(call, name) for name in names}}
    hidden = None
    if _hidden(call):
        body = None if call.body is None else base64.b64encode(call.body).decode()
        hidden = store.vault.seal(own, json.dumps({"problem": call.problem, "body": body}).encode())
    return {**row, "has_body": call.body is not None, "sealed": hidden, "subject": SUBJECT if hidden else None}


def list_page(conn: Connection, wanted: Wanted, *, limit: int = 50, after: str | None = None) -> Page:
    """List entries, newest first, without problems and bodies."""
    query = select(*_SHOWN)
    if wanted.key_id is not None:
        query = query.where(calls.c.key_id == wanted.key_id)
    if wanted.failed:
        query = query.where(or_(calls.c.status >= 400, calls.c.failed > 0))
    if wanted.path is not None:
        query = query.where(calls.c.path.startswith(wanted.path, autoescape=True))
    if wanted.status is not None:
        query = query.where(calls.c.status == wanted.status)
    if wanted.request_id is not None:
        query = query.where(calls.c.request_id == wanted.request_id)
    return take(conn, query, (calls.c.at, calls.c.id), limit, after, newest=True)


def get(
    conn: Connection, store: Store, call_id: str, key_id: str | None = None
) -> tuple[Json, Json | None, bytes | None]:
    """Return an entry, its problem and its body; of ``key_id`` alone where one is named. Raises NotFound."""
    query = select(calls).where(calls.c.id == call_id)
    if key_id is not None:
        query = query.where(calls.c.key_id == key_id)
    row = conn.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no request {call_id}", f"没有请求记录 {call_id}")
    shown: Json = {column.name: row[column.name] for column in _SHOWN}
    if row["sealed"] is None:
        return shown, None, None
    hidden = json.loads(store.vault.unseal(conn, row["sealed"]))
    return shown, hidden["problem"], None if hidden["body"] is None else base64.b64decode(hidden["body"])


def replays_of(conn: Connection, call_ids: Sequence[str]) -> dict[str, int]:
    """Return the status of the last replay of each of these requests."""
    query = select(calls.c.replay_of, calls.c.status).where(calls.c.replay_of.in_(call_ids)).order_by(calls.c.at)
    return {str(row.replay_of): row.status for row in conn.execute(query)}


def forget_before(conn: Connection, before: datetime) -> int:
    """Delete entries older than that; return how many."""
    return conn.execute(delete(calls).where(calls.c.at < before)).rowcount

"""Repeated calls: the same key gives the same answer, byte for byte, for at least a day.

Place in the order's way: looked at before anything else at the API's door. The row is written by the commit itself,
so a key answers exactly when its order exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from orders.errors import Conflict
from server.db.tables import idempotency

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from server.db.store import Store

KEPT = timedelta(days=7)
OWN = "system:answers"


@dataclass(frozen=True, slots=True)
class Replay:
    """What the first call was answered. ``status`` is None when it left no answer: show the resource instead."""

    status: int | None
    body: bytes
    resource_id: str | None


@dataclass(frozen=True, slots=True)
class Call:
    """A key within its scope (the API key's id), and the fingerprint of what it came with."""

    scope: str
    key: str
    fingerprint: str


def lookup(conn: Connection, store: Store, call: Call) -> Replay | None:
    """Return the first answer to this key, if any. Raises Conflict when it came with other content."""
    query = select(idempotency).where(idempotency.c.scope == call.scope, idempotency.c.idempotency_key == call.key)
    row = conn.execute(query).first()
    if row is None:
        return None
    if row.fingerprint != call.fingerprint:
        raise Conflict(
            "This Idempotency-Key was used with other content",
            "该 Idempotency-Key 已用于其他内容",
            code="idempotency_mismatch",
            existing_id=row.resource_id,
        )
    body = b"" if row.response is None else store.vault.unseal(conn, row.response)
    return Replay(row.status, body, row.resource_id)


def remember(conn: Connection, store: Store, call: Call, replay: Replay, now: datetime) -> None:
    """Keep an answer that no order's commit keeps (a batch, a command). Raises IntegrityError if another was faster."""
    key = store.vault.subject_key(conn, OWN, now)
    store.vault.keep(conn, key)
    row = {
        "scope": call.scope,
        "idempotency_key": call.key,
        "fingerprint": call.fingerprint,
        "status": replay.status,
        "response": store.vault.seal(key, replay.body),
        "subject": OWN,
        "resource_id": replay.resource_id,
        "created_at": now,
    }
    conn.execute(insert(idempotency), row)


def forget_old(conn: Connection, now: datetime) -> int:
    """Delete answers older than a week; return how many."""
    return conn.execute(delete(idempotency).where(idempotency.c.created_at < now - KEPT)).rowcount

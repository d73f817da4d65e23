"""Repeated calls: the same key gives the same answer, byte for byte, for at least a day.

Place in the order's way: looked at before anything else at the API's door. An order's commit writes its key itself,
so that the key answers exactly when the order exists; other commands claim theirs first and finish it afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from server.db.tables import idempotency

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from server.db.store import Store

KEPT = timedelta(days=7)
LEASE = timedelta(minutes=2)
"""A command that never finished frees its key after this long."""
OWN = "system:answers"


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's key within its ``scope`` (the API key's id), and the fingerprint of what it was sent with."""

    scope: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Replay:
    """What the first call was answered."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class InFlight:
    """The first call is being worked on."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The key came with other content before."""


Found = Replay | InFlight | Mismatch


def lookup(conn: Connection, store: Store, key: IdempotencyKey, now: datetime) -> Found | None:
    """Return what is known of this key; None when it is free."""
    row = conn.execute(select(idempotency).where(_is(key))).first()
    if row is None or _ran_out(row, now):
        return None
    if row.fingerprint != key.fingerprint:
        return Mismatch()
    if row.status is None:
        return InFlight()
    return Replay(row.status, b"" if row.response is None else store.vault.unseal(conn, row.response))


def claim(conn: Connection, store: Store, key: IdempotencyKey, now: datetime) -> Found | None:
    """Take a free key for a command; None when it is the caller's now."""
    found = lookup(conn, store, key, now)
    if found is not None:
        return found
    conn.execute(delete(idempotency).where(_is(key), _finished_or_late(now)))
    row = {
        "scope": key.scope,
        "idempotency_key": key.key,
        "fingerprint": key.fingerprint,
        "created_at": now,
        "lease_until": now + LEASE,
    }
    try:
        with conn.begin_nested():
            conn.execute(insert(idempotency), row)
    except IntegrityError:  # a twin was faster
        return lookup(conn, store, key, now) or InFlight()
    return None


def finish(conn: Connection, store: Store, key: IdempotencyKey, replay: Replay, claimed: datetime) -> None:
    """Keep the answer of a key that is still the caller's own: claimed then, and not taken over since."""
    own = store.vault.system_key(conn, OWN, claimed)
    values = {
        "status": replay.status,
        "response": store.vault.seal(own, replay.body),
        "subject": OWN,
        "lease_until": None,
    }
    conn.execute(update(idempotency).where(_held(key, claimed)).values(**values))


def abandon(conn: Connection, key: IdempotencyKey, claimed: datetime) -> None:
    """Free a key whose command was refused, unless another call took it over when its lease had run out."""
    conn.execute(delete(idempotency).where(_held(key, claimed)))


def forget_old(conn: Connection, now: datetime) -> int:
    """Delete answers older than a week; return how many."""
    return conn.execute(delete(idempotency).where(idempotency.c.created_at < now - KEPT)).rowcount


def _is(key: IdempotencyKey) -> ColumnElement[bool]:
    return and_(idempotency.c.scope == key.scope, idempotency.c.idempotency_key == key.key)


def _held(key: IdempotencyKey, claimed: datetime) -> ColumnElement[bool]:
    return and_(_is(key), idempotency.c.status.is_(None), idempotency.c.created_at == claimed)


def _finished_or_late(now: datetime) -> ColumnElement[bool]:
    return or_(
        idempotency.c.created_at < now - KEPT, and_(idempotency.c.status.is_(None), idempotency.c.lease_until < now)
    )


def _ran_out(row: Any, now: datetime) -> bool:
    if row.created_at < now - KEPT:
        return True
    return row.status is None and row.lease_until is not None and row.lease_until < now

"""Webhook endpoints: who wants to hear of which events, and the keys that sign what they hear.

Place in the order's way: dispatch asks who subscribed; the API and the screens keep the list. Keys lie sealed.
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from server.db.ids import new_id
from server.db.tables import webhook_endpoints as endpoints

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from orders.actor import Actor
    from server.db.store import Store

SUBJECT = "system:webhooks"
PREFIX = "webhook:"
_SHOWN = [endpoints.c[name] for name in ("id", "url", "events", "state", "disabled_reason", "created_at", "updated_at")]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An enabled endpoint with its keys in the clear, active one first."""

    id: str
    url: str
    secrets: tuple[str, ...]


def new_secret() -> str:
    """Return a fresh signing key. Source: Standard Webhooks 1.0, ``whsec_`` + base64 of 24–64 bytes."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def add(
    conn: Connection, store: Store, url: str, events: Sequence[str], *, actor: Actor, now: datetime
) -> tuple[str, str]:
    """Add an endpoint and return its id and its key, which is shown this once. ``events`` may hold ``order.*``."""
    endpoint_id, secret = new_id("whk", now), new_secret()
    row = {
        "id": endpoint_id,
        "url": url,
        "secrets": _seal(conn, store, (secret,), now),
        "events": json.dumps(list(events)),
        "state": "enabled",
        "created_at": now,
        "owner_id": actor.id,
        "org_id": actor.org_id,
    }
    conn.execute(insert(endpoints), row)
    return endpoint_id, secret


def _seal(conn: Connection, store: Store, keys: Sequence[str], now: datetime) -> bytes:
    return store.vault.seal(store.vault.system_key(conn, SUBJECT, now), json.dumps(list(keys)).encode())


def _unseal(conn: Connection, store: Store, sealed: bytes) -> tuple[str, ...]:
    return tuple(json.loads(store.vault.unseal(conn, sealed)))


def rotate(conn: Connection, store: Store, endpoint_id: str, now: datetime) -> str | None:
    """Give the endpoint a new key and return it; the one before it signs too until the next rotation."""
    sealed = conn.execute(select(endpoints.c.secrets).where(endpoints.c.id == endpoint_id)).scalar()
    if sealed is None:
        return None
    fresh = new_secret()
    keys = (fresh, *_unseal(conn, store, sealed)[:1])
    changed = {"secrets": _seal(conn, store, keys, now), "updated_at": now}
    conn.execute(update(endpoints).where(endpoints.c.id == endpoint_id).values(changed))
    return fresh


def enabled(conn: Connection, store: Store, endpoint_id: str) -> Endpoint | None:
    """Return an endpoint to send to; None if there is none or it is disabled."""
    query = select(endpoints.c.id, endpoints.c.url, endpoints.c.secrets).where(
        endpoints.c.id == endpoint_id, endpoints.c.state == "enabled"
    )
    row = conn.execute(query).one_or_none()
    return None if row is None else Endpoint(row.id, row.url, _unseal(conn, store, row.secrets))


def subscribed(conn: Connection) -> list[tuple[str, tuple[str, ...]]]:
    """Return (id, event patterns) of every enabled endpoint."""
    query = select(endpoints.c.id, endpoints.c.events).where(endpoints.c.state == "enabled").order_by(endpoints.c.id)
    return [(row.id, tuple(json.loads(row.events))) for row in conn.execute(query)]


def wants(patterns: Sequence[str], event: str) -> bool:
    """Say whether one of the patterns (``*``, ``order.*``, ``order.held``) names the event."""
    return any(fnmatchcase(event, pattern) for pattern in patterns)


def set_state(conn: Connection, endpoint_id: str, state: str, *, reason: str | None, now: datetime) -> bool:
    """Enable or disable an endpoint; its unsent messages wait meanwhile."""
    changed = {"state": state, "disabled_reason": reason, "updated_at": now}
    return conn.execute(update(endpoints).where(endpoints.c.id == endpoint_id).values(changed)).rowcount == 1


def get(conn: Connection, endpoint_id: str) -> dict[str, Any] | None:
    """Return an endpoint without its keys."""
    row = conn.execute(select(*_SHOWN).where(endpoints.c.id == endpoint_id)).mappings().one_or_none()
    return None if row is None else {**row, "events": json.loads(row["events"])}


def list_page(conn: Connection, *, limit: int = 50, after: str | None = None) -> list[dict[str, Any]]:
    """Return endpoints without their keys, oldest first; ``after`` is the id that the page before ended with."""
    query = select(*_SHOWN).order_by(endpoints.c.id).limit(limit)
    if after is not None:
        query = query.where(endpoints.c.id > after)
    return [{**row, "events": json.loads(row["events"])} for row in conn.execute(query).mappings()]

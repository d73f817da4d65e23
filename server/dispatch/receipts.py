"""The receipt that a push carries: which message, which payload, which decision stood behind it.

Place in the order's way: dispatch, when a message that holds a whole order is put together.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from server.db import signing
from server.db.order import decisions
from server.receipt import FIELD, decision_part, sign

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from server.db.outlets.outbox import Row
    from server.db.store import Store

Json = dict[str, Any]


def signed(conn: Connection, store: Store, row: Row, payload: Json) -> Json:
    """Return the payload with its receipt. Deterministic: every attempt gives the same bytes."""
    signer = signing.signer_at(conn, store, row.created_at)
    if signer is None:
        return payload  # no process of ours has started to dispatch
    message = {
        "id": row.id,
        "event": row.event,
        "order_id": row.order_id,
        "number": payload.get("number"),
        "destination": row.destination,
        "idempotency_key": row.idempotency_key,
        "at": row.created_at.isoformat(),
    }
    return {**payload, FIELD: sign(signer, message, payload, _decision(conn, row))}


def _decision(conn: Connection, row: Row) -> Json | None:
    found = None if row.order_id is None else decisions.standing_at(conn, row.order_id, row.created_at)
    if found is None:
        return None
    rules = dict.fromkeys(entry["rule"] for entry in json.loads(found["body"])["trace"])
    return decision_part(found, list(rules))

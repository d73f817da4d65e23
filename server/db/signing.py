"""Keys that sign decision receipts: made at the first need, sealed at rest, retired but never forgotten.

Place in the order's way: dispatch asks which key signs; the API hands out the public halves. A receipt is signed by the
key that was active when its message was written, so that every attempt sends the same bytes.
"""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from server.db.tables import signing_keys as keys
from server.receipt import Signer

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from server.db.store import Store

SUBJECT = "system:receipts"
_SHOWN = ("id", "public", "state", "created_at", "retired_at")


def ensure(store: Store, now: datetime) -> None:
    """Make the first key where there is none; of two processes that try, one does."""
    with store.db.read() as conn:
        if conn.execute(select(keys.c.id).limit(1)).first() is not None:
            return
    try:
        with store.db.write() as conn:
            _make(conn, store, now)
    except IntegrityError:
        return  # another process was first


def rotate(store: Store, now: datetime) -> str:
    """Retire the active key and make another; return its id. What the old one signed stays verifiable."""
    with store.db.write() as conn:
        conn.execute(update(keys).where(keys.c.state == "active").values(state="retired", retired_at=now))
        return _make(conn, store, now)


def _make(conn: Connection, store: Store, now: datetime) -> str:
    key = Ed25519PrivateKey.generate()
    subject_key = store.vault.system_key(conn, SUBJECT, now)
    row = {
        "id": f"rk_{secrets.token_hex(8)}",
        "public": base64.b64encode(key.public_key().public_bytes_raw()).decode(),
        "sealed": store.vault.seal(subject_key, key.private_bytes_raw()),
        "state": "active",
        "created_at": now,
    }
    conn.execute(insert(keys), row)
    return str(row["id"])


def signer_at(conn: Connection, store: Store, moment: datetime) -> Signer | None:
    """Return the key that was active at a moment, the oldest for a moment before it; None before `ensure`."""
    query = select(keys.c.id, keys.c.sealed)
    row = (
        conn.execute(query.where(keys.c.created_at <= moment).order_by(keys.c.created_at.desc()).limit(1)).first()
        or conn.execute(query.order_by(keys.c.created_at).limit(1)).first()
    )
    if row is None:
        return None
    return Signer(row.id, Ed25519PrivateKey.from_private_bytes(store.vault.unseal(conn, row.sealed)))


def listed(conn: Connection) -> list[dict[str, Any]]:
    """Return the public halves, newest first."""
    rows = conn.execute(select(*(keys.c[name] for name in _SHOWN)).order_by(keys.c.created_at.desc()))
    return [dict(zip(_SHOWN, row, strict=True)) for row in rows]

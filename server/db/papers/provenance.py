"""Where the values of an order came from, as stored: its draft, the document behind it, every correction of a person.

Place in the order's way: looks back from the order to what arrived (U6). Only reads.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from orders.draft import draft_from_json
from server.db.tables import corrections, documents, drafts, originals, users

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from orders.draft import DraftOrder
    from server.db.store import Store


@dataclass(frozen=True, slots=True)
class Origin:
    """What an order was read from. ``edits`` by path, oldest first: at, actor, name, read, was, is."""

    draft_id: str
    document: dict[str, Any]
    draft: DraftOrder
    edits: dict[str, list[dict[str, Any]]]


def origin(conn: Connection, store: Store, order_id: str) -> Origin | None:
    """Return the draft and document behind an order; None for one that came as data. Raises Erased."""
    named = (originals.c.filename, originals.c.sha256, originals.c.content_type)
    about = (documents.c.door, documents.c.sender, documents.c.kind, documents.c.received_at)
    query = (
        select(drafts.c.id, drafts.c.document_id, drafts.c.sealed, *named, *about)
        .join(documents, documents.c.id == drafts.c.document_id)
        .join(originals, originals.c.id == documents.c.original_id)
        .where(drafts.c.order_id == order_id)
    )
    row = conn.execute(query).mappings().first()
    if row is None:
        return None
    shown = ("document_id", "filename", "sha256", "content_type", "door", "sender", "kind")
    document = {name: row[name] for name in shown} | {"received_at": row["received_at"].isoformat()}
    draft = draft_from_json(json.loads(store.vault.unseal(conn, row["sealed"])))
    return Origin(row["id"], document, draft, _edits(conn, store, row["id"]))


def _edits(conn: Connection, store: Store, draft_id: str) -> dict[str, list[dict[str, Any]]]:
    query = (
        select(corrections, users.c.name)
        .outerjoin(users, users.c.id == corrections.c.actor)
        .where(corrections.c.draft_id == draft_id)
        .order_by(corrections.c.at, corrections.c.id)
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for row in conn.execute(query).mappings():
        value = json.loads(store.vault.unseal(conn, row["sealed"]))
        told = {"at": row["at"].isoformat(), "actor": row["actor"], "name": row["name"] or row["actor"]}
        found.setdefault(row["path"], []).append({**told, **{key: value[key] for key in ("read", "was", "is")}})
    return found

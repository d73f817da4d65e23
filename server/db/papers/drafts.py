"""Drafts: sealed, versioned, with every correction a person made.

Place in the order's way: between read and normalize.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from orders.decision import canonical_bytes
from orders.draft import DraftOrder, DraftState, draft_from_json, draft_to_json
from orders.edit import unconfirmed
from orders.errors import Conflict, NotFound
from server.db.ids import new_id
from server.db.page import take
from server.db.tables import corrections, documents, drafts, originals
from server.db.visible import visible

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping

    from orders.actor import Actor
    from server.db.page import Page
    from server.db.store import Store

EDITABLE = (DraftState.OPEN, DraftState.NEEDS_INPUT)


@dataclass(frozen=True, slots=True)
class Draft:
    """A stored draft with what its document says of where it came from."""

    id: str
    document_id: str
    original_id: str
    door: str
    channel: str
    account: str
    position: int
    state: DraftState
    version: int
    order_id: str | None
    kind: str | None
    draft: DraftOrder
    owner_id: str
    org_id: str
    updated_at: datetime
    last_actor: str


def add(
    conn: Connection, store: Store, document: dict[str, Any], position: int, draft: DraftOrder, *, now: datetime
) -> str:
    """Store a draft read from ``document`` (its row); it belongs to whoever the document belongs to."""
    draft_id = new_id("dra", now)
    subject = f"document:{document['id']}"
    row = {
        "id": draft_id,
        "document_id": document["id"],
        "position": position,
        "state": _state(draft),
        "subject": subject,
        "sealed": _sealed(conn, store, subject, draft_to_json(draft), now),
        "to_confirm": len(unconfirmed(draft)),
        "last_actor": document["owner_id"],
        "created_at": now,
        "updated_at": now,
        "owner_id": document["owner_id"],
        "org_id": document["org_id"],
    }
    conn.execute(insert(drafts), row)
    return draft_id


def _state(draft: DraftOrder) -> str:
    lines = draft.order.get("lines") or []
    whole = bool(lines) and all(line.get("quantity") and _product(line) for line in lines)
    return (DraftState.OPEN if whole and draft.order.get("currency") else DraftState.NEEDS_INPUT).value


def _product(line: dict[str, Any]) -> Any:
    return line.get("sku") or line.get("buyer_sku") or line.get("gtin")


def _sealed(conn: Connection, store: Store, subject: str, value: Any, now: datetime) -> bytes:
    key = store.vault.subject_key(conn, subject, now)
    store.vault.keep(conn, key)
    return store.vault.seal(key, canonical_bytes(value))


def _joined() -> Any:
    origin = (documents.c.original_id, documents.c.door, documents.c.channel, documents.c.account, documents.c.kind)
    return select(drafts, *origin, originals.c.filename).select_from(
        drafts.join(documents, documents.c.id == drafts.c.document_id).join(
            originals, originals.c.id == documents.c.original_id
        )
    )


def get(conn: Connection, store: Store, draft_id: str, actor: Actor) -> Draft:
    """Return a draft. Raises NotFound, also when the actor may not see it."""
    row = conn.execute(visible(_joined().where(drafts.c.id == draft_id), drafts, actor)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"there is no draft {draft_id}", f"没有草稿 {draft_id}")
    return _draft(conn, store, row)


def _draft(conn: Connection, store: Store, row: RowMapping) -> Draft:
    return Draft(
        id=row["id"],
        document_id=row["document_id"],
        original_id=row["original_id"],
        door=row["door"],
        channel=row["channel"],
        account=row["account"],
        position=row["position"],
        state=DraftState(row["state"]),
        version=row["version"],
        order_id=row["order_id"],
        kind=row["kind"],
        draft=draft_from_json(json.loads(store.vault.unseal(conn, row["sealed"]))),
        owner_id=row["owner_id"],
        org_id=row["org_id"],
        updated_at=row["updated_at"],
        last_actor=row["last_actor"],
    )


def replace(conn: Connection, store: Store, old: Draft, new: DraftOrder, *, actor: Actor, now: datetime) -> None:
    """Store a changed draft and its corrections. Raises Conflict when somebody changed it since ``old`` was read."""
    subject = f"document:{old.document_id}"
    values = {
        "sealed": _sealed(conn, store, subject, draft_to_json(new), now),
        "state": _state(new),
        "to_confirm": len(unconfirmed(new)),
        "version": old.version + 1,
        "last_actor": actor.id,
        "updated_at": now,
    }
    _change(conn, old, values)
    for item in _corrected(old.draft, new):
        row = {"id": new_id("cor", now), "draft_id": old.id, "path": item["path"], "actor": actor.id, "at": now}
        conn.execute(insert(corrections), {**row, "sealed": _sealed(conn, store, subject, item, now)})


def _corrected(old: DraftOrder, new: DraftOrder) -> list[dict[str, Any]]:
    was = {item.path: item for item in old.fields}
    return [
        {
            "path": item.path,
            "read": item.raw,
            "was": was[item.path].value if item.path in was else None,
            "is": item.value,
        }
        for item in new.fields
        if item.path not in was or was[item.path].value != item.value
    ]


def set_state(conn: Connection, old: Draft, state: DraftState, *, actor: Actor, now: datetime) -> None:
    """Withdraw a draft or bring it back. Raises Conflict when it was changed meanwhile."""
    changed = {"state": state.value, "version": old.version + 1, "last_actor": actor.id, "updated_at": now}
    _change(conn, old, changed)


def bring_back(conn: Connection, old: Draft, *, actor: Actor, now: datetime) -> None:
    """Undo a withdrawal. Raises Conflict when it was changed meanwhile."""
    changed = {"state": _state(old.draft), "version": old.version + 1, "last_actor": actor.id, "updated_at": now}
    _change(conn, old, changed)


def _change(conn: Connection, old: Draft, values: dict[str, Any]) -> None:
    mine = (drafts.c.id == old.id, drafts.c.version == old.version, drafts.c.state == old.state.value)
    if conn.execute(update(drafts).where(*mine).values(values)).rowcount != 1:
        raise stale(old)


def stale(old: Draft) -> Conflict:
    """Return the refusal of a change that was made on an older version."""
    return Conflict(
        "somebody changed the draft meanwhile: load it again",
        "草稿刚被他人修改，请重新加载",
        code="stale_version",
        existing_id=old.id,
    )


def submitted(conn: Connection, draft_id: str, order_id: str, *, actor_id: str, now: datetime) -> bool:
    """Mark a draft as the order that came of it; False when it was submitted or withdrawn already."""
    still = [state.value for state in EDITABLE]
    values = {
        "state": DraftState.SUBMITTED.value,
        "order_id": order_id,
        "last_actor": actor_id,
        "updated_at": now,
        "version": drafts.c.version + 1,
    }
    done = conn.execute(update(drafts).where(drafts.c.id == draft_id, drafts.c.state.in_(still)).values(values))
    return done.rowcount == 1


def list_page(
    conn: Connection, actor: Actor, states: tuple[DraftState, ...], *, limit: int = 50, after: str | None = None
) -> Page:
    """List drafts without their sealed part, newest first."""
    columns = [column for column in drafts.c if column.name not in ("sealed", "subject")]
    query = (
        select(*columns, documents.c.door, documents.c.sender, originals.c.filename)
        .join(documents, documents.c.id == drafts.c.document_id)
        .join(originals, originals.c.id == documents.c.original_id)
        .where(drafts.c.state.in_([state.value for state in states]))
    )
    return take(conn, visible(query, drafts, actor), (drafts.c.created_at, drafts.c.id), limit, after, newest=True)

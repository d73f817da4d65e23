"""Documents: an original that is being read, was read, or was refused with a reason.

Place in the order's way: received and read, at the doors where nobody waits. One mail is one document, by Message-ID.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from orders.draft import DocumentState
from orders.errors import NotFound
from server.db.database import insert_for
from server.db.ids import new_id
from server.db.page import take
from server.db.statement import Statement
from server.db.tables import documents, drafts, originals
from server.db.visible import visible

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from orders.actor import Actor
    from server.db.page import Page

DONE = 100
_OF_MESSAGE = Statement("SELECT id FROM documents WHERE message_id = :message_id")


@dataclass(frozen=True, slots=True)
class Source:
    """By which door a document came: ``account`` scopes natural keys; the rest is a mail's; an empty
    ``return_path`` wants no answer.
    """

    door: str
    channel: str
    account: str = ""
    message_id: str | None = None
    sender: str | None = None
    return_path: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a document was refused, for people."""

    code: str
    zh: str
    en: str


def add(conn: Connection, original_id: str, source: Source, *, actor: Actor, now: datetime) -> str | None:
    """Add a document; return its id, or None when the mail with this Message-ID is here already."""
    row = row_of(original_id, source, actor, now)
    statement = insert_for(conn)(documents).values(row).on_conflict_do_nothing(index_elements=["message_id"])
    added = conn.execute(statement.returning(documents.c.id)).scalar()
    return str(row["id"]) if added else None


def row_of(original_id: str, source: Source, actor: Actor, now: datetime) -> dict[str, Any]:
    """Return the row of a document that just arrived."""
    return {
        "id": new_id("doc", now),
        "original_id": original_id,
        "state": DocumentState.RECEIVED.value,
        "door": source.door,
        "channel": source.channel,
        "account": source.account,
        "message_id": source.message_id,
        "sender": source.sender,
        "return_path": source.return_path,
        "received_at": now,
        "updated_at": now,
        "owner_id": actor.id,
        "org_id": actor.org_id,
    }


def of_message(conn: Connection, message_id: str) -> str | None:
    """Return the id of the document that a mail became."""
    found = _OF_MESSAGE.first(conn, {"message_id": message_id})
    return None if found is None else str(found.id)


def start_reading(conn: Connection, document_id: str, now: datetime) -> bool:
    """Mark it as being read; False when there is nothing left to read (ready, refused, withdrawn)."""
    wanted = (DocumentState.RECEIVED.value, DocumentState.READING.value)
    done = conn.execute(
        update(documents)
        .where(documents.c.id == document_id, documents.c.state.in_(wanted))
        .values(state=DocumentState.READING.value, progress=1, updated_at=now)
    )
    return done.rowcount == 1


def set_progress(conn: Connection, document_id: str, percent: int, now: datetime) -> None:
    """Tell how far the reading is; says nothing of a document that is no longer being read."""
    conn.execute(
        update(documents)
        .where(documents.c.id == document_id, documents.c.state == DocumentState.READING.value)
        .values(progress=percent, updated_at=now)
    )


def finish(conn: Connection, document_id: str, found: dict[str, Any], now: datetime) -> bool:
    """Mark it ready with ``kind``, ``pages``, ``quality``; False when it was withdrawn or finished meanwhile."""
    return _end(conn, document_id, {"state": DocumentState.READY.value, **found}, now)


def refuse(conn: Connection, document_id: str, reason: Reason, now: datetime) -> bool:
    """Mark it refused, with the reason; the original is kept."""
    told = {"reason_code": reason.code, "reason_zh": reason.zh, "reason_en": reason.en}
    return _end(conn, document_id, {"state": DocumentState.REFUSED.value, **told}, now)


def _end(conn: Connection, document_id: str, values: dict[str, Any], now: datetime) -> bool:
    done = conn.execute(
        update(documents)
        .where(documents.c.id == document_id, documents.c.state == DocumentState.READING.value)
        .values(progress=DONE, updated_at=now, version=documents.c.version + 1, **values)
    )
    return done.rowcount == 1


def reopen(conn: Connection, document_id: str, code: str, now: datetime) -> bool:
    """Put a document that was refused for ``code`` back among those to be read; False when it was not."""
    done = conn.execute(
        update(documents)
        .where(
            documents.c.id == document_id,
            documents.c.state == DocumentState.REFUSED.value,
            documents.c.reason_code == code,
        )
        .values(
            state=DocumentState.RECEIVED.value,
            progress=0,
            reason_code=None,
            reason_zh=None,
            reason_en=None,
            updated_at=now,
            version=documents.c.version + 1,
        )
    )
    return done.rowcount == 1


def withdraw(conn: Connection, document_id: str, now: datetime) -> bool:
    """Take it out of the work, unless it is out already."""
    done = conn.execute(
        update(documents)
        .where(documents.c.id == document_id, documents.c.state != DocumentState.WITHDRAWN.value)
        .values(state=DocumentState.WITHDRAWN.value, updated_at=now, version=documents.c.version + 1)
    )
    return done.rowcount == 1


def mails_since(conn: Connection, sender: str, since: datetime) -> int:
    """Return how many mails of a sender came since then."""
    mine = (documents.c.sender == sender, documents.c.received_at >= since)
    return int(conn.execute(select(func.count()).select_from(documents).where(*mine)).scalar_one())


def _with_original() -> Any:
    named = (originals.c.filename, originals.c.content_type, originals.c.size, originals.c.sha256)
    return select(documents, *named).join(originals, originals.c.id == documents.c.original_id)


def get(conn: Connection, document_id: str, actor: Actor) -> dict[str, Any]:
    """Return the row with its original's name, type, size and hash. Raises NotFound, also when not visible."""
    query = visible(_with_original().where(documents.c.id == document_id), documents, actor)
    row = conn.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound(f"there is no document {document_id}", f"没有单据 {document_id}")
    return dict(row)


def list_page(
    conn: Connection, actor: Actor, wanted: dict[str, str], *, limit: int = 50, after: str | None = None
) -> Page:
    """List documents, newest first; ``wanted`` may name ``state``, ``door`` and ``message_id``."""
    query = visible(_with_original(), documents, actor)
    for name, value in wanted.items():
        query = query.where(documents.c[name] == value)
    return take(conn, query, (documents.c.received_at, documents.c.id), limit, after, newest=True)


def drafts_of(conn: Connection, document_ids: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the drafts of each document as ``id``, ``state``, ``position``, ``order_id``, ``to_confirm``."""
    query = select(drafts).where(drafts.c.document_id.in_(document_ids)).order_by(drafts.c.position)
    found: dict[str, list[dict[str, Any]]] = {document_id: [] for document_id in document_ids}
    for row in conn.execute(query).mappings():
        names = ("id", "state", "position", "order_id", "to_confirm")
        found[row["document_id"]].append({name: row[name] for name in names})
    return found

"""The inbox: what platforms sent, one row a call, until a worker makes original, document and job of it.

Place in the order's way: received, at the door where a platform wants nothing but a receipt. The row's own insert asks
whether the channel is still the one that the call was checked against, and whether the delivery is known: one statement
a call. A row goes in the transaction that writes what it becomes, so that neither is there without the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orders.decision import sha256_hex
from server.db.statement import Statement, as_time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection


SUBJECT = "system:inbox"
"""Under whose key the rows lie: they are gone before anybody asks to be forgotten; an original has a key of its own."""
MAX_ERROR_CHARS = 500
_KEEP = Statement("""
    INSERT INTO inbox (id, channel, account, message_id, content_type, sealed, received_at, owner_id, org_id)
    SELECT :id, c.code, c.account, :message_id, :content_type, :sealed, :received_at, c.owner_id, c.org_id
    FROM channels c WHERE c.code = :channel AND c.state = 'enabled' AND c.platform = :platform AND c.secrets = :secrets
    AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.message_id = :message_id)
    ON CONFLICT (id) DO NOTHING""")
_KNOWN = Statement("""
    SELECT id FROM documents WHERE message_id = :message_id UNION ALL SELECT id FROM inbox WHERE id = :id LIMIT 1""")
_ROWS = "SELECT seq, id, channel, account, message_id, content_type, sealed, received_at, attempts, owner_id, org_id "
_DUE = "FROM inbox WHERE due_at IS NULL OR due_at <= :now"
_ANY = Statement(f"SELECT seq {_DUE} LIMIT 1")
_TAKE = Statement(
    f"{_ROWS} {_DUE} ORDER BY seq LIMIT :limit", f"{_ROWS} {_DUE} ORDER BY seq LIMIT :limit FOR UPDATE SKIP LOCKED"
)
_ONE = Statement(f"{_ROWS} FROM inbox WHERE id = :id", f"{_ROWS} FROM inbox WHERE id = :id FOR UPDATE")
_REMOVE = Statement("DELETE FROM inbox WHERE seq IN LIST :seqs")
_PUT_OFF = Statement("""
    UPDATE inbox SET attempts = attempts + 1, due_at = :due_at, last_error = :error WHERE seq = :seq""")
_STANDING = Statement("SELECT message_id FROM documents WHERE message_id IN LIST :message_ids")
_COUNT = Statement("SELECT count(*) AS found FROM inbox")


@dataclass(slots=True)
class Posted:
    """One call to be kept. ``kept`` says afterwards whether this very call was; it is false for one that is known."""

    params: dict[str, Any]
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """One row that waits, its body sealed. ``received_at`` is aware UTC."""

    seq: int
    id: str
    channel: str
    account: str
    message_id: str
    content_type: str
    sealed: bytes
    received_at: datetime
    attempts: int
    owner_id: str
    org_id: str


def document_id(message_id: str) -> str:
    """Return the id of the document that a delivery becomes: the same one, whoever takes it and however often."""
    return f"doc_{sha256_hex(message_id.encode())[:32]}"


def keep(cursor: Any, dialect: str, posted: Posted) -> None:
    """Write a call down, on the driver's cursor, if its channel is as it was and the delivery is new."""
    sql, params = _KEEP.told(dialect, posted.params)
    cursor.execute(sql, params)
    posted.kept = cursor.rowcount == 1


def keep_at_once(conn: Connection, posted: Posted) -> None:
    """Do the same on a connection that commits each statement by itself."""
    posted.kept = _KEEP.count(conn, posted.params) == 1


def known(conn: Connection, message_id: str) -> str | None:
    """Return the document that a delivery is, or will be, already."""
    found = _KNOWN.first(conn, {"message_id": message_id, "id": document_id(message_id)})
    return None if found is None else str(found.id)


def any_due(conn: Connection, now: datetime) -> bool:
    """Say whether `take` would find something."""
    return _ANY.first(conn, {"now": now}) is not None


def take(conn: Connection, now: datetime, limit: int) -> list[Waiting]:
    """Lock and return the rows that are due, in the order in which they came; what others hold is left to them."""
    return [_waiting(row) for row in _TAKE.all(conn, {"now": now, "limit": limit})]


def take_one(conn: Connection, document: str) -> Waiting | None:
    """Lock and return the row that becomes ``document``."""
    row = _ONE.first(conn, {"id": document})
    return None if row is None else _waiting(row)


def _waiting(row: Any) -> Waiting:
    values = {**row._asdict(), "sealed": bytes(row.sealed), "received_at": as_time(row.received_at)}
    return Waiting(**values)


def standing(conn: Connection, message_ids: Sequence[str]) -> set[str]:
    """Return which of these deliveries are documents already."""
    return {str(row.message_id) for row in _STANDING.all(conn, {"message_ids": list(message_ids)})}


def remove(conn: Connection, seqs: Sequence[int]) -> None:
    """Delete rows: what they become is written in the same transaction."""
    _REMOVE.count(conn, {"seqs": list(seqs)})


def put_off(conn: Connection, seq: int, error: str, due_at: datetime) -> None:
    """Leave a row that could not be opened for ``due_at``."""
    _PUT_OFF.count(conn, {"seq": seq, "error": error[:MAX_ERROR_CHARS], "due_at": due_at})


def count(conn: Connection) -> int:
    """Return how many rows wait."""
    return int(_COUNT.first(conn, {}).found)

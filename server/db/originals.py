"""Originals: what arrived, verbatim and sealed, before anything is acknowledged.

Place in the order's way: received. Up to 1 MB lies in the row; a larger one is a file under DATA_DIR, on the disk
(fsync) before its row is.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from orders.decision import sha256_hex
from orders.errors import NotFound
from server.db.ids import new_id
from server.db.tables import originals

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

    from server.db.store import Store
    from server.db.vault import SubjectKey

IN_ROW_BYTES = 1024 * 1024
FOLDER = "originals"


@dataclass(frozen=True, slots=True)
class Arrived:
    """Bytes as they came, and what the sender said of them. ``received_at`` is aware UTC."""

    data: bytes
    content_type: str
    filename: str | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Original:
    """A stored original, unsealed."""

    id: str
    data: bytes
    sha256: str
    content_type: str
    filename: str | None
    received_at: datetime

    @property
    def arrived(self) -> tuple[bytes, str, str]:
        """The bytes, their file's name and their content type: what a reader asks for."""
        return self.data, self.filename or "", self.content_type


def keep(
    conn: Connection, store: Store, arrived: Arrived, *, owner_id: str, org_id: str, subject: str | None = None
) -> str:
    """Store an original in the caller's transaction; return its id. Its own id is its subject when none is named."""
    original_id = new_id("ori", arrived.received_at)
    subject = subject or f"original:{original_id}"
    key = store.vault.subject_key(conn, subject, arrived.received_at)
    store.vault.keep(conn, key)
    row = row_of(store, arrived, key, original_id)
    conn.execute(insert(originals), {**row, "owner_id": owner_id, "org_id": org_id})
    return original_id


def printable(filename: str) -> str:
    """Return a sender's file name without what no database, header or screen takes, at most 200 characters of it."""
    return "".join(letter for letter in filename if letter.isprintable())[-200:]


def row_of(store: Store, arrived: Arrived, key: SubjectKey, original_id: str) -> dict[str, Any]:
    """Return the row without its owner, sealed under ``key``; a large original is on the disk then."""
    sealed = store.vault.seal(key, arrived.data)
    path = None if len(arrived.data) <= IN_ROW_BYTES else write_file(store.data_dir, original_id, sealed)
    return {
        "id": original_id,
        "sha256": sha256_hex(arrived.data),
        "size": len(arrived.data),
        "content_type": arrived.content_type,
        "filename": arrived.filename and printable(arrived.filename),
        "subject": key.subject,
        "sealed": sealed if path is None else None,
        "path": path,
        "received_at": arrived.received_at,
    }


def fetch(conn: Connection, store: Store, original_id: str) -> Original:
    """Return an original. Raises NotFound, or Erased when its person was forgotten."""
    row = conn.execute(select(originals).where(originals.c.id == original_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no original {original_id}", f"没有原始单据 {original_id}")
    sealed = row.sealed if row.path is None else (store.data_dir / row.path).read_bytes()
    data = store.vault.unseal(conn, sealed)
    return Original(row.id, data, row.sha256, row.content_type, row.filename, row.received_at)


def set_order(conn: Connection, original_id: str, order_id: str) -> None:
    """Remember which order came of an original."""
    conn.execute(update(originals).where(originals.c.id == original_id).values(order_id=order_id))


def write_file(data_dir: Path, original_id: str, sealed: bytes) -> str:
    """Write a large original so that it survives a power cut; return its path under ``data_dir``."""
    name = f"{FOLDER}/{original_id[-2:]}/{original_id}"
    path = data_dir / name
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(sealed)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    for folder in (path.parent, path.parent.parent):
        _sync_folder(folder)
    return name


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

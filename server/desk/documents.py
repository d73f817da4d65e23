"""Documents: received durably, read by a job, shown page by page, withdrawn.

Place in the order's way: received and read, at the doors where nobody waits for the answer.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from orders.draft import DocumentState
from orders.errors import Refused, UnreadableDocument
from server.db import documents, drafts, jobs, originals
from server.db.originals import Arrived
from server.pipeline import open_document

if TYPE_CHECKING:
    from datetime import datetime

    from orders.actor import Actor
    from server.deps import Deps

log = logging.getLogger(__name__)

MAX_BYTES = 25 * 1024 * 1024


def receive_document(
    deps: Deps, actor: Actor, *, filename: str, content_type: str, data: bytes, door: str = "upload"
) -> str:
    """Store a document and order its reading, in one transaction; return its id. Raises UnreadableDocument."""
    if not data:
        raise UnreadableDocument(
            f"{filename} is empty: choose the file again", f"文件 {filename} 是空的，请重新选择", code="empty_file"
        )
    if len(data) > MAX_BYTES:
        limit = MAX_BYTES // 1024 // 1024
        raise UnreadableDocument(
            f"{filename} is larger than {limit} MB: send fewer pages at a time",
            f"文件 {filename} 超过 {limit} MB，请分几次上传",
            code="too_large",
        )
    now = deps.clock()
    with deps.store.db.write() as conn:
        arrived = Arrived(data=data, content_type=content_type, filename=filename, received_at=now)
        original_id = originals.keep(conn, deps.store, arrived, owner_id=actor.id, org_id=actor.org_id)
        document_id = documents.add(
            conn, original_id, door=door, channel="document", account=actor.account, actor=actor, now=now
        )
        jobs.enqueue(conn, "read_document", {"document_id": document_id}, now=now, dedupe=document_id)
    log.info("Document %s received", document_id, extra={"action": "document_received", "document_id": document_id})
    deps.wake()
    return document_id

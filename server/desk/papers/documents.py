"""Documents: received durably, read by a job, shown page by page, withdrawn.

Place in the order's way: received and read, at the doors where nobody waits for the answer.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from intake.pictured import pictured
from intake.values.paper import NOT_AN_ORDER
from ocr.page import Unreadable
from orders.draft import DraftState
from orders.errors import NotFound, Refused, SenderError, UnreadableDocument
from server.db import jobs, originals, people
from server.db.originals import Arrived
from server.db.papers import documents, drafts
from server.db.papers.documents import Reason, Source
from server.dealer import narrowed
from server.desk import inbox
from server.desk.papers.answers import Read, answer
from server.pipeline import open_document

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from orders.actor import Actor
    from orders.draft import ReadResult
    from server.db.originals import Original
    from server.deps import Deps

log = logging.getLogger(__name__)

MB = 1024 * 1024
MAX_BYTES = 25 * MB
READ_JOB = "read_document"
LOOK_EVERY_S = 0.5
KEPT_PREVIEWS = 32


def receive_document(
    deps: Deps, actor: Actor, *, filename: str, content_type: str, data: bytes, door: str = "upload"
) -> str:
    """Store a document and order its reading, in one transaction; return its id. Raises UnreadableDocument."""
    _require_size(filename, len(data))
    now = deps.clock()
    with deps.store.db.write() as conn:
        arrived = Arrived(data=data, content_type=content_type, filename=filename, received_at=now)
        original_id = originals.keep(conn, deps.store, arrived, owner_id=actor.id, org_id=actor.org_id)
        source = Source(door=door, channel="document", account=actor.account)
        document_id = str(documents.add(conn, original_id, source, actor=actor, now=now))
        order_reading(conn, document_id, now)
    log.info("Document %s received", document_id, extra={"action": "document_received", "document_id": document_id})
    deps.wake()
    return document_id


def order_reading(conn: Connection, document_id: str, now: datetime) -> None:
    """Put the reading of a stored document on the list of jobs."""
    jobs.enqueue(conn, READ_JOB, {"document_id": document_id}, now=now, dedupe=document_id)


def _require_size(filename: str, size: int) -> None:
    if size == 0:
        raise UnreadableDocument(
            f"{filename} is empty: choose the file again", f"文件 {filename} 是空的，请重新选择", code="empty_file"
        )
    if size > MAX_BYTES:
        raise UnreadableDocument(
            f"{filename} has more than {MAX_BYTES // MB} MB: send fewer pages at a time",
            f"文件 {filename} 超过 {MAX_BYTES // MB} MB，请分几次上传",
            code="too_large",
        )


class _Watch:
    """Tells the reader how far it is and whether the document was withdrawn, at most twice a second."""

    def __init__(self, deps: Deps, document_id: str, actor: Actor) -> None:
        self._deps = deps
        self._document_id = document_id
        self._actor = actor
        self._looked_at = time.monotonic()
        self._withdrawn = False

    def progress(self, done: int, of: int) -> None:
        """Store the share of pages that are read."""
        with self._deps.store.db.write() as conn:
            documents.set_progress(conn, self._document_id, min(99, 100 * done // max(of, 1)), self._deps.clock())

    def stop(self) -> bool:
        """Say whether nobody wants the result any more."""
        if not self._withdrawn and time.monotonic() - self._looked_at > LOOK_EVERY_S:
            self._looked_at = time.monotonic()
            with self._deps.store.db.read() as conn:
                self._withdrawn = documents.get(conn, self._document_id, self._actor)["state"] != "reading"
        return self._withdrawn


def read_document(deps: Deps, document_id: str, actor: Actor, *, insist: bool = False) -> str:
    """Read a stored document into drafts; return its new state. Harmless when done twice.

    ``insist``: a person says that it is an order; who sent it by mail had his answer when it was refused.
    """
    with deps.store.db.write() as conn:
        if not documents.start_reading(conn, document_id, deps.clock()):
            return str(documents.get(conn, document_id, actor)["state"])
    with deps.store.db.read() as conn:
        row = documents.get(conn, document_id, actor)
        original = originals.fetch(conn, deps.store, row["original_id"])
        dealer = people.dealer_customer(conn, row["org_id"])
    if dealer is not None:  # what it is matched with, and so what it may show, is the dealer's own
        deps = replace(deps, catalogue=partial(narrowed, deps.catalogue(), dealer))
    watch = _Watch(deps, document_id, actor)
    try:
        result = open_document(deps, original, deps.recognizer.watched(watch.progress, watch.stop), insist=insist)
    except SenderError as refused:
        return _refuse(deps, row, None if insist else original.data, refused)
    return _finish(deps, row, None if insist else original.data, result)


def read_as_order(deps: Deps, actor: Actor, document_id: str) -> None:
    """Have a document that was taken for another paper read as an order. Raises NotFound, Refused otherwise."""
    now = deps.clock()
    with deps.store.db.write() as conn:
        documents.get(conn, document_id, actor)
        if not documents.reopen(conn, document_id, NOT_AN_ORDER, now):
            raise Refused(
                "only a document that was refused as another paper can be read as an order",
                "只有被认作其他单据而没有读取的，才能改为按订单读取",
                code="not_refused_as_paper",
            )
        jobs.enqueue(conn, READ_JOB, {"document_id": document_id, "insisted_by": actor.id}, now=now)
    log.info("Document %s is an order after all", document_id, extra={"action": "document_reopened"})
    deps.wake()


def _refuse(deps: Deps, row: dict[str, Any], data: bytes | None, refused: SenderError) -> str:
    reason = Reason(refused.code, refused.message_zh, refused.message_en)
    with deps.store.db.write() as conn:
        if documents.refuse(conn, row["id"], reason, deps.clock()) and data is not None:
            answer(deps, conn, row, data, Read(reason=reason))
    deps.wake()
    log.info("Document %s refused: %s", row["id"], refused.code, extra={"action": "document_refused"})
    return "refused"


def refuse_unread(conn: Connection, document_id: str, now: datetime) -> None:
    """Refuse a document whose reading was given up: the reader broke down in every attempt."""
    reason = Reason(
        "reader_failed",
        "多次尝试仍无法读取此文件，文件已保留；请另存后重新上传，或手工录入",
        "the reader failed in every attempt; the file is kept: save it anew and upload it again, or type the order in",
    )
    documents.start_reading(conn, document_id, now)
    documents.refuse(conn, document_id, reason, now)


def _finish(deps: Deps, row: dict[str, Any], data: bytes | None, result: ReadResult) -> str:
    now = deps.clock()
    found = {"kind": result.kind, "pages": result.pages, "quality": result.quality}
    with deps.store.db.write() as conn:
        if not documents.finish(conn, row["id"], found, now):
            return "withdrawn"
        for position, draft in enumerate(result.orders):
            drafts.add(conn, deps.store, row, position, draft, now=now)
        if data is not None:
            answer(deps, conn, row, data, Read(result.orders))
    deps.wake()
    log.info("Document %s gave %d drafts", row["id"], len(result.orders), extra={"action": "document_read"})
    return "ready"


def document(deps: Deps, actor: Actor, document_id: str) -> dict[str, Any]:
    """Return where a document stands: ``state``, ``progress`` (percent), ``reason``, ``drafts``."""
    try:
        return _shown(deps, actor, document_id)
    except NotFound:
        if not inbox.open_one(deps, document_id):  # a platform's call whose turn has not come
            raise
    return _shown(deps, actor, document_id)


def _shown(deps: Deps, actor: Actor, document_id: str) -> dict[str, Any]:
    with deps.store.db.read() as conn:
        row = documents.get(conn, document_id, actor)
        return _view(row, documents.drafts_of(conn, [document_id])[document_id])


def list_documents(
    deps: Deps, actor: Actor, wanted: dict[str, str], *, limit: int = 50, after: str | None = None
) -> tuple[list[dict[str, Any]], str | None]:
    """Return a page of documents, newest first, and the cursor of the next page."""
    with deps.store.db.read() as conn:
        page = documents.list_page(conn, actor, wanted, limit=limit, after=after)
        found = documents.drafts_of(conn, [row["id"] for row in page.rows])
    return [_view(row, found[row["id"]]) for row in page.rows], page.next_cursor


def _view(row: dict[str, Any], its_drafts: list[dict[str, Any]]) -> dict[str, Any]:
    reason = None
    if row["reason_code"]:
        reason = {"code": row["reason_code"], "message": {"zh": row["reason_zh"], "en": row["reason_en"]}}
    return {
        "id": row["id"],
        "state": row["state"],
        "progress": row["progress"],
        "reason": reason,
        "kind": row["kind"],
        "pages": row["pages"],
        "quality": row["quality"] or {},
        "door": row["door"],
        "sender": row["sender"],
        "message_id": row["message_id"],
        "filename": row["filename"],
        "content_type": row["content_type"],
        "size": row["size"],
        "received_at": row["received_at"].isoformat(),
        "drafts": its_drafts,
    }


def withdraw_document(deps: Deps, actor: Actor, document_id: str) -> None:
    """Take a document and its open drafts out of the work; the original is kept. Raises Refused once submitted."""
    with deps.store.db.write() as conn:
        documents.get(conn, document_id, actor)
        its_drafts = documents.drafts_of(conn, [document_id])[document_id]
        if any(item["order_id"] for item in its_drafts):
            raise Refused(
                "an order came of this document: cancel the order instead",
                "该单据已生成订单，请改为取消订单",
                code="document_submitted",
            )
        now = deps.clock()
        for item in its_drafts:
            stored = drafts.get(conn, deps.store, item["id"], actor)
            if stored.state in drafts.EDITABLE:
                drafts.set_state(conn, stored, DraftState.WITHDRAWN, actor=actor, now=now)
        documents.withdraw(conn, document_id, now)


def document_original(deps: Deps, actor: Actor, document_id: str) -> Original:
    """Return what arrived, as it arrived."""
    with deps.store.db.read() as conn:
        row = documents.get(conn, document_id, actor)
        return originals.fetch(conn, deps.store, row["original_id"])


class _Previews:
    """The last documents' page pictures, so that turning a page does not open the file again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, list[bytes]] = OrderedDict()

    def get(self, deps: Deps, original: Original) -> list[bytes]:
        """Return every page as a JPEG of at most 1,600 px."""
        with self._lock:
            if original.id in self._kept:
                self._kept.move_to_end(original.id)
                return self._kept[original.id]
        pages = _previewed(deps, original)
        with self._lock:
            self._kept[original.id] = pages
            while len(self._kept) > KEPT_PREVIEWS:
                self._kept.popitem(last=False)
        return pages


def _previewed(deps: Deps, original: Original) -> list[bytes]:
    """Draw every page. Raises UnreadableDocument for what has none, such as a sheet."""
    files = pictured(original.data, original.filename or "", original.content_type)
    alone = len(files) == 1
    pages: list[bytes] = []
    for file in files:
        try:
            pages += deps.recognizer.previews(file)
        except Unreadable as error:
            if alone:  # of several attachments, one that cannot be drawn is left out, as it was when they were read
                raise UnreadableDocument(error.message_en, error.message_zh, code=error.code) from error
    return pages


_previews = _Previews()


def page_image(deps: Deps, actor: Actor, document_id: str, page: int) -> bytes:
    """Return page ``page`` (from 1) as a JPEG, upright as EXIF says: the picture that boxes are fractions of."""
    pages = _previews.get(deps, document_original(deps, actor, document_id))
    if not 1 <= page <= len(pages):
        raise NotFound(
            f"the document has {len(pages)} pages, no page {page}", f"该单据共 {len(pages)} 页，没有第 {page} 页"
        )
    return pages[page - 1]

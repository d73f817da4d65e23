"""Upload documents, watch them being read, take them back, look at their pages.

Place in the order's way: the door for people; the bytes go to `server.desk.papers.documents`, which stores them first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, jsonify, render_template, request

from intake.values.paper import NOT_AN_ORDER
from orders.errors import SenderError
from server.db.papers import documents as store
from server.desk.papers import documents as desk
from web.access import Screen, changes, may_write, opens
from web.blueprint import screens, the_actor, the_deps
from web.i18n import say, translate
from web.page import here, wants_fragment, with_toast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from orders.actor import Actor

LIMIT_MB = desk.MAX_BYTES // (1024 * 1024)
ACCEPT = "image/*,.pdf,.eml,.dat,.xlsx,.xls,.csv,.txt,.json,.xml,.tif,.tiff,.heic,.webp"
PAGE_SIZE = 20
ICONS = {
    "text_pdf": "file-earmark-pdf",
    "scan": "file-earmark-pdf",
    "photo": "camera",
    "screenshot": "phone",
    "mail": "envelope",
    "sheet": "file-earmark-spreadsheet",
    "text": "file-earmark-text",
    "payload": "braces",
    "entry": "telephone",
}


def shown(document: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """Return a document as its row shows it."""
    drafts = document["drafts"]
    submitted = any(draft["order_id"] for draft in drafts)
    open_now = document["state"] not in ("withdrawn", "refused")
    reason = document["reason_zh"] and say({"zh": document["reason_zh"], "en": document["reason_en"]})
    return {
        **document,
        "icon": ICONS.get(str(document["kind"]), "file-earmark"),
        "reason": reason,
        "may_insist": document["reason_code"] == NOT_AN_ORDER and may_write(actor, Screen.UPLOAD),
        "can_withdraw": open_now and not submitted and may_write(actor, Screen.UPLOAD),
    }


def rows_of(conn: Connection, found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return documents with their drafts."""
    drafts = store.drafts_of(conn, [row["id"] for row in found])
    return [{**row, "drafts": drafts[row["id"]]} for row in found]


@screens.get("/documents")
@opens(Screen.UPLOAD)
def documents() -> str:
    """Show the drop zone and what came in."""
    deps, actor = the_deps(), the_actor()
    with deps.store.db.read() as conn:
        page = store.list_page(conn, actor, {}, limit=PAGE_SIZE, after=request.args.get("after"))
        rows = rows_of(conn, page.rows)
    return render_template(
        "parts/document_rows.html" if wants_fragment() else "documents.html",
        documents=[shown(row, actor) for row in rows],
        next_url=here(after=page.next_cursor) if page.next_cursor else None,
        first_url=here(after=None) if request.args.get("after") else None,
        may_upload=may_write(actor, Screen.UPLOAD),
        limit=desk.MAX_BYTES,
        limit_mb=LIMIT_MB,
        accept=ACCEPT,
    )


@screens.post("/documents")
@changes(Screen.UPLOAD)
def upload() -> str | tuple[Response, int]:
    """Store one file and answer with its row."""
    sent = request.files.get("file")
    if sent is None:
        return jsonify(message=translate("没有收到文件，请重新选择。")), 422
    deps, actor = the_deps(), the_actor()
    try:
        document_id = desk.receive_document(
            deps,
            actor,
            filename=sent.filename or "",
            content_type=sent.mimetype or "application/octet-stream",
            data=sent.read(),
        )
    except SenderError as error:
        return jsonify(message=say({"zh": error.message_zh, "en": error.message_en}), code=error.code), 422
    return _row(document_id)


def _row(document_id: str) -> str:
    deps, actor = the_deps(), the_actor()
    with deps.store.db.read() as conn:
        document = rows_of(conn, [store.get(conn, document_id, actor)])[0]
    return render_template("parts/document_row.html", document=shown(document, actor))


@screens.get("/documents/<document_id>/row")
@opens(Screen.UPLOAD)
def document_row(document_id: str) -> str:
    """Answer the poll of one row."""
    return _row(document_id)


@screens.post("/documents/<document_id>/withdraw")
@changes(Screen.UPLOAD)
def withdraw(document_id: str) -> Response:
    """Take a document back; the original stays."""
    desk.withdraw_document(the_deps(), the_actor(), document_id)
    return with_toast(_row(document_id), translate("已撤回，原件仍保留。"))


@screens.post("/documents/<document_id>/read-as-order")
@changes(Screen.UPLOAD)
def read_as_order(document_id: str) -> Response:
    """Have a document read as an order after all."""
    desk.read_as_order(the_deps(), the_actor(), document_id)
    return with_toast(_row(document_id), translate("按订单重新读取。"))


@screens.get("/documents/<document_id>/pages/<int:page>")
@opens(Screen.DRAFTS)
def page_image(document_id: str, page: int) -> Response:
    """Send the picture that boxes refer to."""
    picture = desk.page_image(the_deps(), the_actor(), document_id, page)
    answer = Response(picture, mimetype="image/jpeg")
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer

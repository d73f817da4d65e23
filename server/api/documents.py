"""Documents: a photo, PDF, mail or sheet comes in, is read by a job and becomes drafts."""

from __future__ import annotations

from typing import Literal

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from orders.actor import Role
from orders.errors import Problem, SenderError
from server.api.call import here
from server.api.call.answer import ok
from server.api.call.described import answers
from server.api.call.door import EVERYONE, MB, open_to
from server.api.call.idempotency import idempotent
from server.api.call.page import PageQuery, page
from server.api.call.path import DocumentPath, PagePath
from server.api.call.shapes import page_of, ref
from server.desk.papers import documents as desk

api = APIBlueprint("documents", __name__)
MULTIPART = "multipart/form-data"
FORM_BYTES = 64 * 1024
"""What the form around the file may take."""
FILE_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream", "format": "binary"}},
}


class DocumentsQuery(PageQuery):
    """Which documents."""

    state: Literal["received", "reading", "ready", "refused", "withdrawn"] | None = None
    door: Literal["api", "upload", "mail", "webhook", "pull", "drop"] | None = None
    message_id: str | None = Field(None, max_length=998, description="邮件的 Message-ID / of a mail")


def uploaded() -> tuple[str, str, bytes]:
    """Return name, content type and bytes of the one file of the form. Raises SenderError."""
    if request.mimetype != MULTIPART:
        raise SenderError(
            f"Send the file as {MULTIPART}, field file", f"请以 {MULTIPART} 的 file 字段上传文件",
            code="unsupported_media_type",
        )  # fmt: skip
    files = request.files.getlist("file")
    if not files:
        raise _refused("required", "缺少文件：表单字段 file", "There is no file: the form's field is called file")
    if len(files) > 1:
        raise _refused("one_file", "一次只收一个文件，请逐个上传", "One file a call: send each by itself")
    [file] = files
    name = "".join(letter for letter in (file.filename or "") if letter.isprintable())[-200:]
    return name or "document", file.mimetype or "application/octet-stream", file.read()


def _refused(code: str, zh: str, en: str) -> SenderError:
    return SenderError(en, zh, code="invalid_request", problems=(Problem("/file", code, zh, en),))


@api.post("/v1/documents")
@open_to(Role.SALES, Role.SALES_SUPERVISOR, Role.DEALER, max_bytes=25 * MB + FORM_BYTES)
@answers({202: "Document"}, body=FILE_FORM, body_type=MULTIPART, idempotent=True)
@idempotent
def post_document() -> Response:
    """Take a document (field `file`): 202, and where to see how its reading goes."""
    name, content_type, data = uploaded()
    document_id = desk.receive_document(
        here.deps(), here.actor(), filename=name, content_type=content_type, data=data, door="api"
    )
    shown = desk.document(here.deps(), here.actor(), document_id)
    return ok(shown, 202, {"Location": f"/v1/documents/{document_id}"})


@api.get("/v1/documents")
@open_to(*EVERYONE, Role.DEALER)
@answers({200: page_of(ref("Document"))})
def list_documents(query: DocumentsQuery) -> Response:
    """List the documents that the caller may see, newest first."""
    wanted = {"state": query.state, "door": query.door, "message_id": query.message_id}
    told = {name: value for name, value in wanted.items() if value is not None}
    return page(*desk.list_documents(here.deps(), here.actor(), told, limit=query.limit, after=query.after))


@api.get("/v1/documents/<document_id>")
@open_to(*EVERYONE, Role.DEALER)
@answers({200: "Document"})
def show_document(path: DocumentPath) -> Response:
    """Show how far the reading is, why it was refused, and the drafts that it gave."""
    return ok(desk.document(here.deps(), here.actor(), path.document_id))


@api.delete("/v1/documents/<document_id>")
@open_to(Role.SALES, Role.SALES_SUPERVISOR, Role.DEALER)
@answers({204: None}, problems=(409,))
def withdraw_document(path: DocumentPath) -> Response:
    """Withdraw a document and its unsubmitted drafts; what arrived is kept."""
    desk.withdraw_document(here.deps(), here.actor(), path.document_id)
    return Response(status=204)


@api.post("/v1/documents/<document_id>/read-as-order")
@open_to(Role.SALES, Role.SALES_SUPERVISOR, Role.DEALER)
@answers({202: "Document"}, problems=(409,))
def read_as_order(path: DocumentPath) -> Response:
    """Have a document that was refused as another paper (`not_an_order`) read as an order."""
    desk.read_as_order(here.deps(), here.actor(), path.document_id)
    return ok(desk.document(here.deps(), here.actor(), path.document_id), 202)


@api.get("/v1/documents/<document_id>/pages/<int:number>.jpg")
@open_to(Role.SALES, Role.SALES_SUPERVISOR, Role.DEALER, Role.AUDITOR)
@answers({200: {"type": "string", "contentMediaType": "image/jpeg"}}, answer_type="image/jpeg", problems=(422,))
def page_picture(path: PagePath) -> Response:
    """Give one page as the picture that the fields' boxes refer to."""
    picture = desk.page_image(here.deps(), here.actor(), path.document_id, path.number)
    return Response(picture, mimetype="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})

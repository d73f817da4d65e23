"""Documents: a photo, PDF, mail or sheet comes in, is read by a job and becomes drafts."""

from __future__ import annotations

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint

from orders.actor import Role
from orders.errors import Problem, SenderError
from server.api import here
from server.api.answer import ok
from server.api.described import answers
from server.api.door import EVERYONE, MB, open_to
from server.api.idempotency import idempotent
from server.api.path import DocumentPath, PagePath
from server.desk import documents as desk

api = APIBlueprint("documents", __name__)
MULTIPART = "multipart/form-data"
FORM_BYTES = 64 * 1024
"""What the form around the file may take."""
FILE_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream", "format": "binary"}},
}


def uploaded() -> tuple[str, str, bytes]:
    """Return name, content type and bytes of the one file of the form. Raises SenderError."""
    if request.mimetype != MULTIPART:
        raise SenderError(
            f"Send the file as {MULTIPART}, field file", f"请以 {MULTIPART} 的 file 字段上传文件",
            code="unsupported_media_type",
        )  # fmt: skip
    file = request.files.get("file")
    if file is None:
        said = ("缺少文件：表单字段 file", "There is no file: the form's field is called file")
        raise SenderError(said[1], said[0], code="invalid_request", problems=(Problem("/file", "required", *said),))
    name = "".join(letter for letter in (file.filename or "") if letter.isprintable())[-200:]
    return name or "document", file.mimetype or "application/octet-stream", file.read()


@api.post("/v1/documents")
@open_to(Role.SALES, Role.SALES_SUPERVISOR, max_bytes=25 * MB + FORM_BYTES)
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


@api.get("/v1/documents/<document_id>")
@open_to(*EVERYONE)
@answers({200: "Document"})
def show_document(path: DocumentPath) -> Response:
    """Show how far the reading is, why it was refused, and the drafts that it gave."""
    return ok(desk.document(here.deps(), here.actor(), path.document_id))


@api.delete("/v1/documents/<document_id>")
@open_to(Role.SALES, Role.SALES_SUPERVISOR)
@answers({204: None}, problems=(409,))
def withdraw_document(path: DocumentPath) -> Response:
    """Withdraw a document and its unsubmitted drafts; what arrived is kept."""
    desk.withdraw_document(here.deps(), here.actor(), path.document_id)
    return Response(status=204)


@api.get("/v1/documents/<document_id>/pages/<int:number>.png")
@open_to(*EVERYONE)
@answers({200: {"type": "string", "contentMediaType": "image/png"}}, answer_type="image/png", problems=(422,))
def page_picture(path: PagePath) -> Response:
    """Give one page as the picture that the fields' boxes refer to."""
    picture = desk.page_image(here.deps(), here.actor(), path.document_id, path.number)
    return Response(picture, mimetype="image/png", headers={"Cache-Control": "private, max-age=3600"})

"""Drafts: what was read, field by field; corrected, confirmed, submitted into the pipeline."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field, model_validator

from orders.actor import Role
from server.api.call import here
from server.api.call.answer import if_match, versioned
from server.api.call.body import Body, read_json
from server.api.call.described import answers
from server.api.call.door import open_to
from server.api.call.idempotency import idempotent
from server.api.call.path import DraftPath
from server.api.call.taking import answered
from server.desk.papers import drafts as desk

api = APIBlueprint("drafts", __name__)
EDITORS = (Role.SALES, Role.SALES_SUPERVISOR, Role.DEALER)
READERS = (*EDITORS, Role.AUDITOR)
"""Who sees what a document says in clear, as on the screens."""


class FieldEdit(Body):
    """One field: a new value, the one that was read confirmed, or a line taken out."""

    path: str = Field(min_length=1, max_length=200, pattern=r"^(/([^~/]|~[01])*)+$")
    value: str | bool | int | None = None
    confirm: bool = False
    remove: bool = False

    @model_validator(mode="after")
    def _one_thing(self) -> FieldEdit:
        if ("value" in self.model_fields_set) + self.confirm + self.remove != 1:
            raise ValueError("one of value, confirm, remove / value、confirm、remove 三选一")
        return self


class DraftEdits(Body):
    """All of them, or none."""

    edits: list[FieldEdit] = Field(min_length=1, max_length=500)


@api.get("/v1/drafts/<draft_id>")
@open_to(*READERS)
@answers({200: "Draft", 304: None})
def show_draft(path: DraftPath) -> Response:
    """Show a draft with its fields, their evidence and what is still to be confirmed."""
    return versioned(desk.draft(here.deps(), here.actor(), path.draft_id))


@api.patch("/v1/drafts/<draft_id>")
@open_to(*EDITORS)
@answers({200: "Draft"}, body=DraftEdits, if_match=True)
def edit_draft(path: DraftPath) -> Response:
    """Correct or confirm fields; If-Match keeps two people from undoing each other."""
    edits: list[dict[str, Any]] = [edit.model_dump(exclude_unset=True) for edit in read_json(DraftEdits).edits]
    return versioned(desk.patch_draft(here.deps(), here.actor(), path.draft_id, edits, if_match()))


@api.post("/v1/drafts/<draft_id>/submit")
@open_to(*EDITORS)
@answers({201: "OrderView", 200: "OrderView"}, idempotent=True, problems=(503,))
@idempotent
def submit_draft(path: DraftPath) -> Response:
    """Submit a confirmed draft: from here it is an order like any other."""
    return answered(desk.submit_draft(here.deps(), here.actor(), path.draft_id))


@api.post("/v1/drafts/<draft_id>/restore")
@open_to(*EDITORS)
@answers({200: "Draft"}, problems=(409,))
def restore_draft(path: DraftPath) -> Response:
    """Undo a withdrawal: the draft is as it was."""
    return versioned(desk.restore_draft(here.deps(), here.actor(), path.draft_id))


@api.delete("/v1/drafts/<draft_id>")
@open_to(*EDITORS)
@answers({204: None}, problems=(409,))
def withdraw_draft(path: DraftPath) -> Response:
    """Take a draft out of the work; what arrived is kept."""
    desk.withdraw_draft(here.deps(), here.actor(), path.draft_id)
    return Response(status=204)

"""Lessons: what confirmed drafts taught of a customer's words; switched on and revoked by people."""

from __future__ import annotations

from typing import Literal

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from server.api.call import here
from server.api.call.answer import ok
from server.api.call.described import answers
from server.api.call.door import open_to
from server.api.call.idempotency import idempotent
from server.api.call.page import PageQuery, page
from server.api.call.shapes import MAYBE, MAYBE_TIME, TEXT, TIME, WHOLE, arr, obj, one_of, page_of
from server.db.papers.lessons import LessonState
from server.desk.papers import learning as desk

api = APIBlueprint("lessons", __name__)
PLACE = obj(draft_id=TEXT, path=TEXT)
_TRIAL = obj(drafts=WHOLE, newest=TEXT, unread=WHOLE, better=arr(PLACE), worse=arr(PLACE))
TRIAL = {**_TRIAL, "type": ["object", "null"]}
LESSON = obj(
    id=TEXT,
    customer=TEXT,
    kind=one_of("part_number", "product_name", "customer_name", "label"),
    said=TEXT,
    meant=TEXT,
    state=one_of(*(state.value for state in LessonState)),
    trial=TRIAL,
    document_id=TEXT,
    draft_id=TEXT,
    path=TEXT,
    filename=MAYBE,
    seen=WHOLE,
    taught_by=TEXT,
    created_at=TIME,
    switched_by=MAYBE,
    switched_at=MAYBE_TIME,
)


class LessonPath(BaseModel):
    """One lesson."""

    lesson_id: str = Field(max_length=64)


class LessonsQuery(PageQuery):
    """Which lessons."""

    state: Literal["proposed", "ready", "harmful", "idle", "live", "revoked"] | None = None


@api.get("/v1/lessons")
@open_to(*desk.READERS)
@answers({200: page_of(LESSON)})
def list_lessons(query: LessonsQuery) -> Response:
    """List what was learnt, newest first: each with where it came from and what its trial showed."""
    states = (LessonState(query.state),) if query.state else tuple(LessonState)
    found = desk.listed(here.deps(), here.actor(), states=states, limit=query.limit, after=query.after)
    return page(*found)


@api.get("/v1/lessons/<lesson_id>")
@open_to(*desk.READERS)
@answers({200: LESSON}, problems=(404,))
def get_lesson(path: LessonPath) -> Response:
    """Return one lesson."""
    return ok(desk.lesson(here.deps(), here.actor(), path.lesson_id))


@api.post("/v1/lessons/<lesson_id>/switch-on")
@open_to(*desk.PEOPLE)
@answers({200: LESSON}, idempotent=True, problems=(404, 409))
@idempotent
def switch_lesson_on(path: LessonPath) -> Response:
    """Let a lesson speak from the next document on; only one whose trial changed nothing for the worse."""
    return ok(desk.switch_on(here.deps(), here.actor(), path.lesson_id))


@api.post("/v1/lessons/<lesson_id>/revoke")
@open_to(*desk.PEOPLE)
@answers({200: LESSON}, idempotent=True, problems=(404, 409))
@idempotent
def revoke_lesson(path: LessonPath) -> Response:
    """Switch a lesson off, from the next document on."""
    return ok(desk.revoke(here.deps(), here.actor(), path.lesson_id))


@api.post("/v1/lessons/<lesson_id>/try")
@open_to(*desk.PEOPLE)
@answers({200: LESSON}, idempotent=True, problems=(404, 409))
@idempotent
def try_lesson(path: LessonPath) -> Response:
    """Replay the customer's past documents with it once more."""
    return ok(desk.try_again(here.deps(), here.actor(), path.lesson_id))

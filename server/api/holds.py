"""The queue of holds, and their release."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from orders.actor import Role
from server.api.call import here
from server.api.call.answer import versioned
from server.api.call.body import Body, read_json
from server.api.call.described import answers
from server.api.call.door import EVERYONE, open_to
from server.api.call.idempotency import idempotent
from server.api.call.page import PageQuery, page
from server.api.call.path import HoldPath
from server.api.call.shapes import HOLD, TEXT, obj, page_of
from server.api.call.view import hold_view, linked
from server.db.order import holds as rows
from server.desk import holds as desk

api = APIBlueprint("holds", __name__)


class HoldsQuery(PageQuery):
    """Which holds."""

    code: str | None = Field(None, max_length=64, description="原因代码 / reason code")


class Release(Body):
    """Why a hold is lifted."""

    reason: str = Field(min_length=1, max_length=500, pattern=r"\S")


@api.get("/v1/holds")
@open_to(*EVERYONE)
@answers({200: page_of(obj(order_id=TEXT, **HOLD["properties"]))})
def list_holds(query: HoldsQuery) -> Response:
    """List the active holds of the orders that the caller may see, oldest first."""
    with here.deps().store.db.read() as conn:
        found = rows.queue(conn, here.actor(), limit=query.limit, after=query.after, code=query.code)
    return page([_row(row) for row in found.rows], found.next_cursor)


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {"order_id": row["order_id"], **hold_view(row)}


@api.post("/v1/holds/<hold_id>/release")
@open_to(*(role for role in EVERYONE if role is not Role.AUDITOR))
@answers({200: "OrderView"}, body=Release, idempotent=True, problems=(409, 503))
@idempotent
def release_hold(path: HoldPath) -> Response:
    """Release a hold with a reason; the order is decided again. The hold names the roles that may."""
    view = desk.release_hold(here.deps(), here.actor(), path.hold_id, read_json(Release).reason)
    return versioned(linked(view))

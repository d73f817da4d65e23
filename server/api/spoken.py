"""Intercepting orders: by a command, and what a transcript proposes; a person confirms by giving the command."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from server.api.call import here
from server.api.call.answer import if_match, ok, versioned
from server.api.call.body import Body, read_json
from server.api.call.described import answers
from server.api.call.door import open_to
from server.api.call.idempotency import idempotent
from server.api.call.path import OrderPath
from server.api.call.shapes import MAYBE, MESSAGE, TEXT, arr, obj, one_of
from server.api.call.view import linked
from server.desk import intercept as desk

api = APIBlueprint("spoken", __name__)
_ADDRESS = {**obj(text=TEXT, province=MAYBE, city=MAYBE, district=MAYBE), "type": ["object", "null"]}
PROPOSAL = obj(
    order_id=TEXT,
    number=TEXT,
    buyer=MAYBE,
    state=TEXT,
    wish=one_of("intercept", "cancel", "reroute"),
    command=one_of("hold", "cancel"),
    reason=TEXT,
    address=_ADDRESS,
    allowed={"type": "boolean"},
    why_not={**MESSAGE, "type": ["object", "null"]},
)
QUESTION = obj(code=TEXT, message=MESSAGE, choices=arr(TEXT))


class Reason(Body):
    """Why an order is stopped."""

    reason: str = Field(min_length=1, max_length=500, pattern=r"\S")


class Transcript(Body):
    """What was said."""

    text: str = Field(min_length=1, max_length=500, pattern=r"\S", description="拦截订单 123 / as spoken")


@api.post("/v1/orders/<order_id>/hold")
@open_to(*desk.HOLDERS)
@answers({200: "OrderView"}, body=Reason, idempotent=True, if_match=True, problems=(409, 503))
@idempotent
def hold_order(path: OrderPath) -> Response:
    """Stop an order before its goods leave; released like any hold. 409 once they have left."""
    view = desk.intercept(here.deps(), here.actor(), path.order_id, read_json(Reason).reason, version=if_match())
    return versioned(linked(view))


@api.post("/v1/spoken-commands")
@open_to(*desk.HOLDERS)
@answers({200: obj(text=TEXT, proposals=arr(PROPOSAL), questions=arr(QUESTION))}, body=Transcript)
def spoken_command() -> Response:
    """Say what a transcript asks for; nothing is done. Confirm a proposal by its `command` on its order."""
    return ok(desk.proposed(here.deps(), here.actor(), read_json(Transcript).text))

"""Exemptions: the allowlist lane and rules snoozed for a customer, each with an end."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from server.api.call import here
from server.api.call.answer import ok
from server.api.call.body import Body, read_json
from server.api.call.described import answers
from server.api.call.door import open_to
from server.api.call.idempotency import idempotent
from server.api.call.page import PageQuery, page
from server.api.call.shapes import MAYBE, MAYBE_TIME, TEXT, TIME, obj, one_of, page_of
from server.desk.rulework import exemptions as desk

api = APIBlueprint("exemptions", __name__)
EXEMPTION = obj(
    id=TEXT,
    customer=TEXT,
    scope=TEXT,
    reason=TEXT,
    until=TIME,
    state=one_of("running", "over", "ended"),
    created_by=TEXT,
    created_at=TIME,
    ended_by=MAYBE,
    ended_at=MAYBE_TIME,
    end_reason=MAYBE,
)


class Added(Body):
    """Whom, from what, until when and why."""

    customer: str = Field(min_length=1, max_length=64, description="客户编码 / code of the customer")
    scope: str = Field(min_length=1, max_length=100, description="规则编号，或 stage:fraud（允许名单） / a rule's id")
    until: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="最后一天（含） / last day")
    reason: str = Field(min_length=1, max_length=500, pattern=r"\S")


class Ended(Body):
    """Why it ends."""

    reason: str = Field(min_length=1, max_length=500, pattern=r"\S")


class ExemptionPath(BaseModel):
    """One exemption."""

    exemption_id: str = Field(max_length=64)


class ExemptionsQuery(PageQuery):
    """Which exemptions."""

    customer: str | None = Field(None, max_length=64, description="客户编码 / code of the customer")


@api.get("/v1/exemptions")
@open_to(*desk.READERS)
@answers({200: page_of(EXEMPTION)})
def list_exemptions(query: ExemptionsQuery) -> Response:
    """List exemptions, newest first, those that are over too."""
    found = desk.listed(here.deps(), here.actor(), customer=query.customer, limit=query.limit, after=query.after)
    return page(*found)


@api.post("/v1/exemptions")
@open_to(*desk.AUTHORS)
@answers({201: EXEMPTION}, body=Added, idempotent=True, problems=(404, 409))
@idempotent
def add_exemption() -> Response:
    """Exempt a customer from a rule, or from all suspicions, until the end of a day; the trace always tells of it."""
    asked = read_json(Added)
    made = desk.add(here.deps(), here.actor(), asked.customer, asked.scope, asked.until, asked.reason)
    return ok(made, 201, {"Location": f"/v1/exemptions?customer={asked.customer}"})


@api.post("/v1/exemptions/<exemption_id>/end")
@open_to(*desk.AUTHORS)
@answers({200: EXEMPTION}, body=Ended, idempotent=True, problems=(409,))
@idempotent
def end_exemption(path: ExemptionPath) -> Response:
    """End an exemption now."""
    return ok(desk.end(here.deps(), here.actor(), path.exemption_id, read_json(Ended).reason))

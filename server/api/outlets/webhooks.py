"""Webhook endpoints: who hears of which events; signed as Standard Webhooks 1.0, the key shown once."""

from __future__ import annotations

from typing import Any, Literal

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from orders.actor import Role
from server.api.call import here
from server.api.call.answer import ok
from server.api.call.body import Body, read_json
from server.api.call.described import answers
from server.api.call.door import open_to
from server.api.call.idempotency import idempotent
from server.api.call.page import PageQuery, page
from server.api.call.path import EndpointPath
from server.api.call.shapes import MAYBE, MAYBE_TIME, TEXT, TIME, arr, obj, one_of, page_of
from server.db.outlets import webhooks
from server.desk.outlets import subscribers as desk

api = APIBlueprint("webhooks", __name__)

ENDPOINT = obj(
    id=TEXT,
    url=TEXT,
    events=arr(TEXT),
    state=one_of("enabled", "disabled"),
    disabled_reason=MAYBE,
    created_at=TIME,
    updated_at=MAYBE_TIME,
)
WITH_SECRET = obj(**ENDPOINT["properties"], secret=TEXT)


class NewEndpoint(Body):
    """Where to send and what; ``order.*`` means every event of orders."""

    url: str = Field(min_length=10, max_length=500, pattern=r"^https?://[!-~]+$")
    events: list[str] = Field(["*"], min_length=1, max_length=50)


class EndpointState(Body):
    """Whether an endpoint hears."""

    state: Literal["enabled", "disabled"]
    reason: str | None = Field(None, max_length=500)


@api.post("/v1/webhook-endpoints")
@open_to()
@answers({201: WITH_SECRET}, body=NewEndpoint, idempotent=True)
@idempotent
def add_endpoint() -> Response:
    """Add an endpoint. The signing key is in this answer and nowhere else."""
    wanted = read_json(NewEndpoint)
    made, secret = desk.add(here.deps(), here.actor(), wanted.url, wanted.events)
    return ok({**_shown(made), "secret": secret}, 201, {"Location": f"/v1/webhook-endpoints/{made['id']}"})


@api.get("/v1/webhook-endpoints")
@open_to(Role.AUDITOR)
@answers({200: page_of(ENDPOINT)})
def list_endpoints(query: PageQuery) -> Response:
    """List the endpoints, oldest first, without their keys."""
    with here.deps().store.db.read() as conn:
        rows = webhooks.list_page(conn, limit=query.limit + 1, after=query.after)
    more = len(rows) > query.limit
    return page([_shown(row) for row in rows[: query.limit]], rows[query.limit - 1]["id"] if more else None)


@api.get("/v1/webhook-endpoints/<endpoint_id>")
@open_to(Role.AUDITOR)
@answers({200: ENDPOINT})
def show_endpoint(path: EndpointPath) -> Response:
    """Show one endpoint without its keys."""
    with here.deps().store.db.read() as conn:
        found = webhooks.get(conn, path.endpoint_id)
    if found is None:
        raise desk.unknown(path.endpoint_id)
    return ok(_shown(found))


@api.patch("/v1/webhook-endpoints/<endpoint_id>")
@open_to()
@answers({200: ENDPOINT}, body=EndpointState)
def set_endpoint(path: EndpointPath) -> Response:
    """Enable or disable an endpoint; what it has not heard yet waits."""
    wanted = read_json(EndpointState)
    return ok(_shown(desk.switch(here.deps(), here.actor(), path.endpoint_id, wanted.state, wanted.reason)))


@api.post("/v1/webhook-endpoints/<endpoint_id>/rotate")
@open_to()
@answers({200: obj(id=TEXT, secret=TEXT)}, idempotent=True)
@idempotent
def rotate_secret(path: EndpointPath) -> Response:
    """Give an endpoint a new key; the old one signs too until the next rotation."""
    return ok({"id": path.endpoint_id, "secret": desk.rotate(here.deps(), here.actor(), path.endpoint_id)})


@api.post("/v1/webhook-endpoints/<endpoint_id>/test")
@open_to()
@answers({202: obj(id=TEXT, event=TEXT)}, idempotent=True, problems=(409,))
@idempotent
def test_endpoint(path: EndpointPath) -> Response:
    """Send an endpoint one `webhook.test` message, signed like any other, of no order."""
    return ok({"id": desk.send_test(here.deps(), path.endpoint_id), "event": desk.TEST_EVENT}, 202)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ENDPOINT["properties"]}

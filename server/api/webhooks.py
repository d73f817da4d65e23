"""Webhook endpoints: who hears of which events; signed as Standard Webhooks 1.0, the key shown once."""

from __future__ import annotations

from typing import Any, Literal

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from adapters.webhook import guard
from orders.actor import Role
from orders.errors import NotFound, Problem, Refused, SenderError, TransportError
from server.api import here
from server.api.answer import ok
from server.api.body import Body, read_json
from server.api.described import answers
from server.api.door import open_to
from server.api.idempotency import idempotent
from server.api.page import PageQuery, page
from server.api.path import EndpointPath
from server.api.shapes import MAYBE, MAYBE_TIME, TEXT, TIME, arr, obj, one_of, page_of
from server.db import outbox, webhooks
from server.db.ids import new_id

api = APIBlueprint("webhooks", __name__)
TEST_EVENT = "webhook.test"

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
    deps = here.deps()
    _check(wanted.url, allow_private=deps.settings.webhook_allow_private)
    with deps.store.db.write() as conn:
        endpoint_id, secret = webhooks.add(
            conn, deps.store, wanted.url, wanted.events, actor=here.actor(), now=here.now()
        )
        shown = webhooks.get(conn, endpoint_id) or {}
    return ok({**_shown(shown), "secret": secret}, 201, {"Location": f"/v1/webhook-endpoints/{endpoint_id}"})


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
    return ok(_endpoint(path.endpoint_id))


@api.patch("/v1/webhook-endpoints/<endpoint_id>")
@open_to()
@answers({200: ENDPOINT}, body=EndpointState)
def set_endpoint(path: EndpointPath) -> Response:
    """Enable or disable an endpoint; what it has not heard yet waits."""
    wanted = read_json(EndpointState)
    with here.deps().store.db.write() as conn:
        webhooks.set_state(conn, path.endpoint_id, wanted.state, reason=wanted.reason, now=here.now())
    return ok(_endpoint(path.endpoint_id))


@api.post("/v1/webhook-endpoints/<endpoint_id>/rotate")
@open_to()
@answers({200: obj(id=TEXT, secret=TEXT)}, idempotent=True)
@idempotent
def rotate_secret(path: EndpointPath) -> Response:
    """Give an endpoint a new key; the old one signs too until the next rotation."""
    deps = here.deps()
    with deps.store.db.write() as conn:
        secret = webhooks.rotate(conn, deps.store, path.endpoint_id, here.now())
    if secret is None:
        raise _unknown(path.endpoint_id)
    return ok({"id": path.endpoint_id, "secret": secret})


@api.post("/v1/webhook-endpoints/<endpoint_id>/test")
@open_to()
@answers({202: obj(id=TEXT, event=TEXT)}, idempotent=True, problems=(409,))
@idempotent
def test_endpoint(path: EndpointPath) -> Response:
    """Send an endpoint one `webhook.test` message, signed like any other, of no order."""
    deps, now = here.deps(), here.now()
    if _endpoint(path.endpoint_id)["state"] != "enabled":
        raise Refused("The endpoint is switched off", "该回调地址已停用", code="endpoint_disabled")
    key = new_id("test", now)
    payload = {"event": TEST_EVENT, "order_id": None, "number": None, "at": now.isoformat()}
    with deps.store.db.write() as conn:
        outbox.add(conn, outbox.Event(TEST_EVENT, None, key, payload), now, (webhooks.PREFIX + path.endpoint_id,))
    deps.wake()
    return ok({"id": key, "event": TEST_EVENT}, 202)


def _endpoint(endpoint_id: str) -> dict[str, Any]:
    with here.deps().store.db.read() as conn:
        found = webhooks.get(conn, endpoint_id)
    if found is None:
        raise _unknown(endpoint_id)
    return _shown(found)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ENDPOINT["properties"]}


def _unknown(endpoint_id: str) -> NotFound:
    return NotFound(f"There is no webhook endpoint {endpoint_id}", f"没有回调地址 {endpoint_id}")


def _check(url: str, *, allow_private: bool) -> None:
    try:
        guard.check(url, allow_private=allow_private)
    except TransportError as error:
        problem = Problem("/url", error.code, error.message_zh, error.message_en)
        raise SenderError(error.message_en, error.message_zh, code="invalid_request", problems=(problem,)) from error

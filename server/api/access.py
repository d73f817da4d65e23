"""API keys: made with roles and an account, shown once, listed without their secrets, revoked."""

from __future__ import annotations

from typing import Any, Literal

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from orders.actor import Role
from server.api.call import here
from server.api.call.answer import ok
from server.api.call.body import Body, read_json
from server.api.call.described import answers
from server.api.call.door import EVERYONE, open_to
from server.api.call.idempotency import idempotent
from server.api.call.shapes import MAYBE_TIME, TEXT, TIME, arr, obj, one_of
from server.db import people
from server.desk import access as desk

api = APIBlueprint("access", __name__)

KEY = obj(
    id=TEXT,
    name=TEXT,
    hint=TEXT,
    roles=arr(one_of(*Role)),
    account=TEXT,
    mode=one_of("live", "test"),
    state=one_of("active", "revoked"),
    created_by=TEXT,
    created_at=TIME,
    last_used_at=MAYBE_TIME,
)


class NewKey(Body):
    """A key for one system. Orders that come by it bear numbers of ``account``; a test key stores none."""

    name: str = Field(min_length=1, max_length=60)
    roles: list[str] = Field(["sales"], min_length=1, max_length=10)
    account: str = Field("", max_length=100)
    mode: Literal["live", "test"] = "live"
    dealer: str = Field("", max_length=64)


class KeyPath(BaseModel):
    """One key."""

    key_id: str = Field(max_length=64)


@api.get("/v1/keys")
@open_to(Role.AUDITOR)
@answers({200: obj(data=arr(KEY))})
def list_keys() -> Response:
    """List every key without its secret, the oldest first; `hint` is its last four characters."""
    with here.deps().store.db.read() as conn:
        return ok({"data": [_shown(row) for row in people.list_keys(conn)]})


@api.get("/v1/keys/self")
@open_to(*EVERYONE, Role.DEALER, test=True)
@answers({200: KEY})
def show_own_key() -> Response:
    """Show the key that this call came with: its roles, account and mode."""
    with here.deps().store.db.read() as conn:
        return ok(_shown(next(row for row in people.list_keys(conn) if row["id"] == here.actor().id)))


@api.post("/v1/keys")
@open_to()
@answers({201: obj(**KEY["properties"], secret=TEXT)}, body=NewKey, idempotent=True)
@idempotent
def add_key() -> Response:
    """Make a key. `secret` is in this answer and nowhere else."""
    wanted = read_json(NewKey)
    told = desk.NewKey(wanted.name, tuple(wanted.roles), wanted.account, wanted.mode, wanted.dealer)
    row, secret = desk.add_key(here.deps(), here.actor(), told)
    return ok({**_shown(row), "secret": secret}, 201)


@api.post("/v1/keys/<key_id>/revoke")
@open_to()
@answers({204: None})
def revoke_key(path: KeyPath) -> Response:
    """Revoke a key: within two seconds it lets nobody in."""
    desk.revoke(here.deps(), here.actor(), path.key_id)
    return Response(status=204)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {"roles": row["scopes"], **{name: row[name] for name in KEY["properties"] if name != "roles"}}

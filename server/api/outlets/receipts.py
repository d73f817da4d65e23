"""Decision receipts: the public keys that verify them, and the receipt of one push."""

from __future__ import annotations

import json
from typing import Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint

from orders.actor import Role
from orders.errors import NotFound
from server.api.call import here
from server.api.call.answer import ok
from server.api.call.described import answers
from server.api.call.door import EVERYONE, open_to
from server.api.call.idempotency import idempotent
from server.api.call.path import MessagePath
from server.api.call.shapes import ANYTHING, MAYBE_TIME, TEXT, TIME, arr, obj, one_of
from server.db import audit, signing
from server.dispatch import outlets
from server.receipt import FIELD

api = APIBlueprint("receipts", __name__)

KEY = obj(id=TEXT, public=TEXT, state=one_of("active", "retired"), created_at=TIME, retired_at=MAYBE_TIME)
KEYS = obj(data=arr(KEY))


@api.get("/v1/receipt-keys")
@open_to(*EVERYONE)
@answers({200: KEYS})
def list_receipt_keys() -> Response:
    """List the public keys (Ed25519, base64) that verify receipts, newest first; retired ones stay."""
    return ok(_keys())


@api.post("/v1/receipt-keys/rotate")
@open_to()
@answers({200: KEYS}, idempotent=True)
@idempotent
def rotate_receipt_key() -> Response:
    """Retire the signing key and make another; receipts signed so far stay verifiable."""
    deps, actor = here.deps(), here.actor()
    key_id = signing.rotate(deps.store, here.now())
    with deps.store.db.write() as conn:
        audit.record(conn, "receipts", audit.Entry("receipt_key_rotated", actor.id, {"key": key_id}), here.now())
    return ok(_keys())


@api.get("/v1/outbox/<message_id>/receipt")
@open_to(Role.PRODUCTION, Role.FINANCE, Role.AUDITOR)
@answers({200: ANYTHING})
def show_receipt(path: MessagePath) -> Response:
    """Return the signed receipt of a push that carried a whole order; verify it with `verify FILE --keys KEYS`."""
    deps = here.deps()
    with deps.store.db.read() as conn:
        message = outlets.stored(conn, deps.store, path.message_id)
    receipt: Any = None if message is None else json.loads(message.body).get(FIELD)
    if receipt is None:
        raise NotFound(f"There is no receipt of message {path.message_id}", f"推送 {path.message_id} 没有回执")
    return ok(receipt)


def _keys() -> dict[str, Any]:
    with here.deps().store.db.read() as conn:
        return {"data": signing.listed(conn)}

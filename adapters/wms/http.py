"""A warehouse system over HTTP: `POST {url}/instructions` for what to ship, `/cancellations` for what not to,
`/scan-outs` for what left with which carrier's number.

Place in the order's way: dispatch. The body is signed (`X-Signature: sha256=` HMAC-SHA256 of the bytes) and carries our
own number of the instruction, so that a second delivery gets the first answer. What left the shelf comes back by
`POST /v1/shipments`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from adapters.erp.papers import own_number, unsupported
from adapters.http import post, reference_of, taken
from adapters.kind import Clock, Field, Kind
from adapters.message import Receipt
from orders.decision import canonical_bytes

if TYPE_CHECKING:
    from adapters.message import Deliver, Message, Secrets, Target

Json = dict[str, Any]
_PATHS = {"order.accepted": "instructions", "order.cancelled": "cancellations", "order.shipped": "scan-outs"}


def instruction(value: Json) -> Json:
    """Return what a warehouse must know: whom to send what from where, by which carrier."""
    order: Json = value.get("order") or {}
    return {
        "instruction": own_number("WI", value["order_id"]),
        "order_id": value["order_id"],
        "number": value.get("number"),
        "urgent": bool(order.get("urgent")),
        "requested_date": order.get("requested_date"),
        "ship_to": order.get("ship_to"),
        "note": order.get("note") or "",
        "lines": [
            {name: line.get(name) for name in ("line_no", "sku", "name", "spec", "quantity", "unit")}
            for line in order.get("lines") or ()
        ],
        "fulfilments": value.get("fulfilments") or [],
        "receipt": value.get("receipt"),
    }


def _make(_clock: Clock) -> Deliver:
    def deliver(message: Message, target: Target, secrets: Secrets) -> Receipt:
        path = _PATHS.get(message.event)
        if path is None:
            raise unsupported(message.event)
        body = canonical_bytes(instruction(json.loads(message.body)))
        headers = {"Content-Type": "application/json", "Idempotency-Key": message.idempotency_key}
        if secrets and secrets[0]:
            headers["X-Signature"] = f"sha256={hmac.new(secrets[0].encode(), body, hashlib.sha256).hexdigest()}"
        answer = post(f"{target.url.rstrip('/')}/{path}", body, headers, target.timeout_s)
        return Receipt(status=answer.status_code, reference=reference_of(taken(answer)))

    return deliver


KIND = Kind(
    "wms.http",
    "仓库系统 WMS（HTTP）",
    "WMS over HTTP",
    _make,
    url="https://wms.example.com/api",
    fields=(Field("secret", "签名密钥", "Signing secret", secret=True),),
    order=True,
    parallel=4,
    events=("order.accepted", "order.cancelled", "order.shipped"),
)

"""Standard Webhooks 1.0: signed events to whoever subscribed.

Place in the order's way: dispatch, destinations ``webhook:{endpoint}``. Answers: 2xx is success, 410 means that the
endpoint is gone (dispatch disables it), every other is a failure that is tried again over days: a receiver that is
being rolled out answers 404, one whose key is being changed 401.
Source: github.com/standard-webhooks/standard-webhooks, spec 1.0 (headers, signature, ``whsec_`` keys, size, 410,
retries of all that is not 2xx).
"""

from __future__ import annotations

import json
from binascii import Error as Base64Error
from typing import TYPE_CHECKING, Any

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from adapters.http import GONE, post
from adapters.message import Receipt
from adapters.webhook.guard import check
from orders.decision import canonical_bytes
from orders.errors import TransportError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.message import Message, Secrets, Target

MAX_BODY_BYTES = 20_000


def envelope(message: Message) -> bytes:
    """Return the body: type, timestamp, data. Above 20 kB only the order's id goes out; the receiver then asks."""
    data = json.loads(message.body)
    body = _write(message, data)
    if len(body) > MAX_BODY_BYTES:
        body = _write(message, {"order_id": message.order_id, "truncated": True})
    return body


def _write(message: Message, data: Any) -> bytes:
    timestamp = message.created_at.isoformat().replace("+00:00", "Z")
    return canonical_bytes({"type": message.event, "timestamp": timestamp, "data": data})


def signatures(secrets: Secrets, message_id: str, at: datetime, body: bytes) -> str:
    """Sign with every valid key, active one first: the receiver needs only one that it knows."""
    try:
        signed = [Webhook(secret).sign(message_id, at, body.decode()) for secret in secrets]
    except (EmptyWebhookSecretError, Base64Error, ValueError) as error:
        raise TransportError(
            "the endpoint's key is no whsec_ key", "回调端点的密钥格式不对", permanent=True, code="bad_secret"
        ) from error
    if not signed:
        raise TransportError("the endpoint has no key", "回调端点没有密钥", permanent=True, code="bad_secret")
    return " ".join(signed)


def deliverer(clock: Callable[[], datetime]) -> Callable[[Message, Target, Secrets], Receipt]:
    """Return the outlet's ``deliver``, which stamps each attempt with ``clock`` (receivers refuse old stamps)."""

    def deliver(message: Message, target: Target, secrets: Secrets) -> Receipt:
        now, body = clock(), envelope(message)
        place = check(target.url, allow_private=target.allow_private)
        headers = {
            "Host": place.authority,
            "Connection": "close",  # a connection is proven for one host; two hosts may share an address
            "Content-Type": "application/json",
            "webhook-id": message.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signatures(secrets, message.id, now, body),
        }
        try:
            answer = post(place.url, body, headers, target.timeout_s, {"sni_hostname": place.host})
        except TransportError as error:
            if error.code == GONE or not error.permanent:
                raise
            raise TransportError(error.message_en, error.message_zh, permanent=False, code=error.code) from None
        return Receipt(status=answer.status_code)

    return deliver

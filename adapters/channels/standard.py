"""Our own way to sign a delivery, for whoever has no platform's: Standard Webhooks 1.0."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING

from adapters.channels.incoming import in_time, refused

if TYPE_CHECKING:
    from adapters.channels.incoming import Incoming, Secrets


def verify(incoming: Incoming, secrets: Secrets) -> str:
    """Check webhook-id, -timestamp and -signature against every valid key. Source: Standard Webhooks 1.0."""
    delivery, stamp = incoming.header("webhook-id"), incoming.header("webhook-timestamp")
    if not delivery:
        raise refused("The call is not signed", "请求没有签名")
    in_time(stamp, incoming)
    given = [part.partition(",")[2] for part in incoming.header("webhook-signature").split() if part.startswith("v1,")]
    right = [sign(key, delivery, stamp, incoming.body) for key in secrets.get("signing") or ()]
    if not any(hmac.compare_digest(one.encode(), other.encode()) for one in given for other in right):
        raise refused()
    return delivery


def sign(key: str, delivery: str, stamp: str, body: bytes) -> str:
    """Return the signature of one delivery under a ``whsec_`` key. Raises BadSignature when it is none."""
    try:
        secret = base64.b64decode(key.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        raise refused("The channel's key is damaged", "渠道密钥已损坏") from None
    message = f"{delivery}.{stamp}.".encode() + body
    return base64.b64encode(hmac.new(secret, message, hashlib.sha256).digest()).decode()

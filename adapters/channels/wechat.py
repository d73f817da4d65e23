"""WeChat shop: pushes carry SHA-1 over the sorted token, timestamp and nonce. Source: WeChat, message push."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from adapters.channels.incoming import in_time, same, text_of

if TYPE_CHECKING:
    from adapters.channels.incoming import Incoming, Secrets


def verify(incoming: Incoming, secrets: Secrets) -> str:
    """Check ``signature``; the nonce names the delivery."""
    stamp, nonce = incoming.query.get("timestamp", ""), incoming.query.get("nonce", "")
    in_time(stamp, incoming)
    told = "".join(sorted((text_of(secrets, "token"), stamp, nonce)))
    same(incoming.query.get("signature", ""), hashlib.sha1(told.encode(), usedforsecurity=False).hexdigest())
    return f"{stamp}-{nonce}"

"""Youzan: pushes signed with MD5 over client id, raw body and secret. Source: Youzan open platform, message push."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.channels.incoming import md5, same, text_of

if TYPE_CHECKING:
    from adapters.channels.incoming import Incoming, Secrets


def verify(incoming: Incoming, secrets: Secrets) -> str:
    """Check ``event-sign``."""
    key, secret = text_of(secrets, "app_key"), text_of(secrets, "app_secret")
    same(incoming.header("event-sign").lower(), md5(key.encode(), incoming.body, secret.encode()))
    return incoming.header("msg-id")

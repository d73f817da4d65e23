"""Douyin: calls signed with HMAC-SHA256, pushes with MD5 over the raw body. Source: Douyin open platform, signing."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

from adapters.channels.incoming import md5, same, text_of

if TYPE_CHECKING:
    from adapters.channels.incoming import Incoming, Secrets


def verify(incoming: Incoming, secrets: Secrets) -> str:
    """Check a push: ``event-sign`` = md5(app_key + body + app_secret); the message's own id names the delivery."""
    key, secret = text_of(secrets, "app_key"), text_of(secrets, "app_secret")
    same(incoming.header("event-sign").lower(), md5(key.encode(), incoming.body, secret.encode()))
    try:
        told = json.loads(incoming.body)
    except ValueError:
        return ""
    first = told[0] if isinstance(told, list) and told else told
    return str(first.get("msg_id", "")) if isinstance(first, dict) else ""


def param_json(value: Any) -> str:
    """Write the call's parameters as the platform signs them: keys sorted, nothing escaped, no blanks."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def sign(params: dict[str, str], secret: str) -> str:
    """Sign a call: hex HMAC-SHA256(secret, secret + app_key…method…param_json…timestamp…v… + secret)."""
    names = ("app_key", "method", "param_json", "timestamp", "v")
    told = secret + "".join(name + params[name] for name in names) + secret
    return hmac.new(secret.encode(), told.encode(), hashlib.sha256).hexdigest()

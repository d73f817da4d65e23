"""1688: calls and pushes signed with HMAC-SHA1 over path and sorted parameters. Source: 1688 open platform."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from adapters.channels.incoming import refused, same, text_of

if TYPE_CHECKING:
    from adapters.channels.incoming import Incoming, Secrets


def sign(path: str, params: dict[str, str], secret: str) -> str:
    """Return ``_aop_signature``: upper hex; ``path`` is ``param2/1/…/appKey``, empty for a push."""
    told = path + "".join(f"{name}{params[name]}" for name in sorted(params) if name != "_aop_signature")
    return hmac.new(secret.encode(), told.encode(), hashlib.sha1).hexdigest().upper()


def verify(incoming: Incoming, secrets: Secrets) -> str:
    """Check a push: the form's ``_aop_signature`` over its other fields."""
    try:
        form = dict(parse_qsl(incoming.body.decode(), keep_blank_values=True, strict_parsing=True))
    except (UnicodeDecodeError, ValueError):
        raise refused("The push is no form", "推送内容不是表单") from None
    same(form.get("_aop_signature", "").upper(), sign("", form, text_of(secrets, "app_secret")))
    return form.get("msgId", "")

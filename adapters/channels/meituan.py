"""Meituan: MD5 over the whole URL with sorted parameters and the secret. Source: Meituan open platform, signing."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from adapters.channels.incoming import in_time, md5, refused, same, text_of

if TYPE_CHECKING:
    from adapters.channels.incoming import Incoming, Secrets


def sign(url: str, params: dict[str, str], secret: str) -> str:
    """Return ``sig``: lower hex MD5 of ``url?a=1&b=2`` + secret, the parameters sorted."""
    told = "&".join(f"{name}={params[name]}" for name in sorted(params) if name != "sig")
    return md5(f"{url}?{told}{secret}".encode())


def verify(incoming: Incoming, secrets: Secrets) -> str:
    """Check a push: the form's ``sig`` under the address that the channel was registered with."""
    try:
        form = dict(parse_qsl(incoming.body.decode(), keep_blank_values=True, strict_parsing=True))
    except (UnicodeDecodeError, ValueError):
        raise refused("The push is no form", "推送内容不是表单") from None
    in_time(form.get("timestamp", ""), incoming)
    same(form.get("sig", ""), sign(text_of(secrets, "url"), form, text_of(secrets, "app_secret")))
    return form.get("order_id", "")

"""Taobao and Tmall (TOP): calls signed with MD5 or HMAC-MD5 over the sorted parameters. Source: TOP, signing."""

from __future__ import annotations

import hashlib
import hmac

from adapters.channels.incoming import md5


def sign(params: dict[str, str], secret: str, method: str = "md5") -> str:
    """Sign a call; upper hex. Empty values are left out, ``sign`` itself too."""
    told = "".join(f"{name}{params[name]}" for name in sorted(params) if name != "sign" and params[name] != "")
    if method == "hmac":
        return hmac.new(secret.encode(), told.encode(), hashlib.md5).hexdigest().upper()
    return md5(secret.encode(), told.encode(), secret.encode()).upper()

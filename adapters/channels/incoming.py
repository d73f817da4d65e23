"""A platform's call to us: its raw bytes, and whether they are the platform's.

Place in the order's way: received, before anything is stored. Signatures are always checked over the raw bytes, in
constant time; where the platform says when it signed, an old call is refused as a replay.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from orders.errors import SenderError

if TYPE_CHECKING:
    from datetime import datetime

TOLERANCE_S = 300


class BadSignature(SenderError):
    """The call is not the platform's, or too old."""

    code = "unauthenticated"


@dataclass(frozen=True, slots=True)
class Incoming:
    """One call. ``headers`` have small letters; ``received_at`` is aware."""

    body: bytes
    headers: Mapping[str, str]
    query: Mapping[str, str]
    received_at: datetime

    def header(self, name: str) -> str:
        """Return a header, empty if it is not there."""
        return self.headers.get(name, "")


Secrets: TypeAlias = Mapping[str, Any]
Verify: TypeAlias = Callable[[Incoming, Secrets], str]
"""Checks a call and returns the platform's own id of the delivery, empty where it has none. Raises BadSignature."""


def refused(why_en: str = "The signature is wrong", why_zh: str = "签名不对") -> BadSignature:
    """Return the refusal; it never says what the right signature were."""
    return BadSignature(why_en, why_zh)


def same(given: str, right: str) -> None:
    """Compare in constant time. Raises BadSignature."""
    if not given or not hmac.compare_digest(given.encode(), right.encode()):
        raise refused()


def in_time(stamp: str, incoming: Incoming, tolerance_s: int = TOLERANCE_S) -> None:
    """Refuse a call signed too long ago or in the future; ``stamp`` is in seconds since 1970. Raises BadSignature."""
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12):
        raise refused("The time of signing is missing", "缺少签名时间")
    if abs(incoming.received_at.timestamp() - int(stamp)) > tolerance_s:
        raise refused("The call was signed too long ago", "签名时间已过期")


def text_of(secrets: Secrets, name: str) -> str:
    """Return one secret. Raises BadSignature when the channel has none: nothing is ever let in unchecked."""
    value = secrets.get(name)
    if not isinstance(value, str) or not value:
        raise refused("The channel has no key to check signatures with", "渠道没有配置验签密钥")
    return value


def md5(*parts: bytes) -> str:
    """Return the hex MD5 that Chinese platforms sign with; it authenticates only because a secret is in it."""
    return hashlib.md5(b"".join(parts), usedforsecurity=False).hexdigest()


def sha256_base64(secret: str, body: bytes) -> str:
    """Return base64 of HMAC-SHA256 over the raw body."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()

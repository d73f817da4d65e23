"""API keys: who calls, and whether too often.

A key's actor is remembered for two seconds, so that a busy sender costs one look-up, and a revoked key two seconds.
"""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple, cast

from flask import current_app, g, request

from orders.errors import SenderError
from server.api.call import here
from server.db import people

if TYPE_CHECKING:
    from flask import Response

    from orders.actor import Actor

EXTENSION = "sluice_keys"
"""`app.extensions` holds the key ring under this name."""
REMEMBER_S = 2.0
_MOST_REMEMBERED = 10_000


class RateLimited(SenderError):
    """More calls in this minute than the key may make; ``retry_after_s`` says when the minute ends."""

    code = "rate_limited"

    def __init__(self, limit: int, retry_after_s: int) -> None:
        super().__init__(
            f"More than {limit} calls in a minute; try again in {retry_after_s} s",
            f"一分钟内超过 {limit} 次调用，请在 {retry_after_s} 秒后重试",
        )
        self.retry_after_s = retry_after_s


class Quota(NamedTuple):
    """What a key has left of this minute: calls allowed, calls left, seconds until the next minute."""

    limit: int
    left: int
    reset_s: int


class KeyRing:
    """Keys seen lately and their calls in this minute, for one web process."""

    def __init__(self, calls_a_minute: int) -> None:
        self._limit = calls_a_minute
        self._lock = Lock()
        self._minute = 0
        self._calls: dict[str, int] = {}
        self._known: dict[str, tuple[float, Actor]] = {}

    def actor(self, secret: str) -> Actor | None:
        """Return whose key it is; None for no live key."""
        hashed = people.hash_secret(secret)
        until, known = self._known.get(hashed, (0.0, None))
        if known is not None and until > time.monotonic():
            return known
        with here.deps().store.db.read() as conn:
            actor = people.actor_of_key(conn, secret)
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        if actor is None:
            self._known.pop(hashed, None)
        else:
            self._known[hashed] = (time.monotonic() + REMEMBER_S, actor)
        return actor

    def count(self, actor: Actor) -> Quota:
        """Count one call in this minute of the clock; ``left`` is below zero beyond the limit."""
        minute, second = divmod(int(time.time()), 60)
        with self._lock:
            if minute != self._minute:
                self._minute, self._calls = minute, {}
            calls = self._calls[actor.id] = self._calls.get(actor.id, 0) + 1
        return Quota(self._limit, self._limit - calls, 60 - second)


def authenticate() -> Actor:
    """Return the caller of this request. Raises SenderError (``unauthenticated``) and RateLimited."""
    ring = cast("KeyRing", current_app.extensions[EXTENSION])
    secret = _secret_sent()
    actor = ring.actor(secret) if secret else None
    if actor is None:
        raise SenderError(
            "Send a live key as Authorization: Bearer KEY",
            "请在请求头里带上有效的密钥：Authorization: Bearer KEY",
            code="unauthenticated",
        )
    g.caller = actor  # for the request log, which tells of calls beyond the limit, too
    quota = g.quota = ring.count(actor)
    if quota.left < 0:
        raise RateLimited(quota.limit, quota.reset_s)
    return actor


def tell_quota(response: Response) -> Response:
    """Say on every answer to a key what it has left of this minute. Runs after every request."""
    quota: Quota | None = g.get("quota")
    if quota is not None:
        response.headers["RateLimit-Limit"] = str(quota.limit)
        response.headers["RateLimit-Remaining"] = str(max(quota.left, 0))
        response.headers["RateLimit-Reset"] = str(quota.reset_s)
    return response


def _secret_sent() -> str:
    """Return the key of the Authorization header: Bearer or, for programs that know no other, Basic as the name."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    told = request.authorization
    return (told.username or told.password or "").strip() if told is not None and told.type == "basic" else ""

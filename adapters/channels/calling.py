"""The one place that calls platforms: time-outs, sizes, and which answers mean wait, renew the token or give up.

Place in the order's way: under pulling. An address that somebody typed in is judged like a webhook's; redirects are
never followed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from adapters.channels.pull import Answer, RateLimited, TokenExpired
from adapters.http import client
from adapters.webhook.guard import check
from adapters.wire import ended, within
from orders.errors import TransportError

if TYPE_CHECKING:
    from adapters.channels.pull import Call, Platform

MAX_ANSWER_BYTES = 16 * 1024 * 1024
TIMEOUT_S = 15.0
LONGEST_WAIT_S = 3600.0


@dataclass(frozen=True, slots=True)
class Line:
    """How to reach a platform. ``typed``: somebody typed the address in; ``allow_private`` lifts the guard then."""

    typed: bool = False
    allow_private: bool = False
    timeout_s: float = TIMEOUT_S


def ask(platform: Platform, call: Call, line: Line) -> Answer:
    """Send a call and return an answer that is a success. Raises RateLimited, TokenExpired, TransportError."""
    answer = send(call, line)
    if answer.status == 429:
        raise RateLimited(retry_after_s(answer))
    if answer.status < 500:
        platform.fault(answer)
    if answer.status == 401:
        raise TokenExpired
    if not 200 <= answer.status < 300:
        raise TransportError(
            f"the platform answered {answer.status}",
            f"平台应答 {answer.status}",
            permanent=answer.status < 500 and answer.status not in (408, 425),
            code=f"http_{answer.status}",
        )
    return answer


def retry_after_s(answer: Answer) -> float:
    """Return how long the platform wants to be left alone; half a minute where it does not say."""
    told = answer.headers.get("retry-after", "")
    try:
        return min(max(float(told), 1.0), LONGEST_WAIT_S)
    except ValueError:
        return 30.0


def send(call: Call, line: Line) -> Answer:
    """Send a call and read the whole answer within the time-out. Raises TransportError."""
    url, headers, extensions = call.url, dict(call.headers), {}
    if line.typed:
        place = check(call.url, allow_private=line.allow_private)
        url, extensions = place.url, {"sni_hostname": place.host}
        headers |= {"Host": place.authority, "Connection": "close"}
    limits = httpx.Timeout(line.timeout_s, connect=min(line.timeout_s, 5.0))
    sent: dict[str, Any] = {"content": call.body or None, "headers": headers, "timeout": limits}
    try:
        with (
            within(line.timeout_s),
            client().stream(call.method, url, **sent, extensions=extensions) as stream,
        ):
            body = _read(stream)
    except httpx.TimeoutException as error:
        raise TransportError("the platform does not answer", "平台没有应答", permanent=False, code="timeout") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        said = type(error).__name__
        raise TransportError(
            f"cannot reach the platform: {said}", "连不上平台", permanent=False, code="unreachable"
        ) from error
    return Answer(stream.status_code, {name.lower(): value for name, value in stream.headers.items()}, body)


def _read(stream: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in stream.iter_bytes():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise TransportError("the answer is too large", "平台应答过大", permanent=True, code="too_large")
        if ended():
            raise httpx.ReadTimeout("the answer took too long")
    return bytes(body)

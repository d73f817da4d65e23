"""One way to call an outside system over HTTP, and one place that says which answers are worth another attempt.

Place in the order's way: under the HTTP outlets of dispatch. Redirects are never followed: the address that was
checked is the address that gets the order.
"""

from __future__ import annotations

import logging
from functools import cache
from time import monotonic
from typing import TYPE_CHECKING, Any

import httpx

from orders.errors import TransportError

if TYPE_CHECKING:
    from collections.abc import Mapping

_RETRY = frozenset({408, 425, 429})
"""Request time-out, too early, too many requests: the same message may succeed later. Source: RFC 9110, 8470, 6585."""

GONE = "gone"
MAX_ANSWER_BYTES = 65_536
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=30.0)
"""Threads limit how many calls there are at a time; a pool with a limit would let a dead system starve the others."""
CONNECT_S = 5.0


@cache
def client() -> httpx.Client:
    """Return the process's pooled client. It ignores proxies of the environment and logs no addresses."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    return httpx.Client(follow_redirects=False, trust_env=False, limits=_LIMITS)


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    timeout_s: float,
    extensions: dict[str, Any] | None = None,
    accept: frozenset[int] = frozenset(),
) -> httpx.Response:
    """Send ``body`` and return a 2xx answer, at most 64 kB of it, read within ``timeout_s`` in all.

    ``accept``: other answers whose body says what they mean. Raises: TransportError; time-outs, broken connections,
    5xx, 408, 425 and 429 are not permanent, all else is.
    """
    answer = _call("POST", url, timeout_s, content=body, headers=dict(headers), extensions=extensions)
    if not answer.is_success and answer.status_code not in accept:
        raise refusal(answer)
    return answer


def get(url: str, params: Mapping[str, str], timeout_s: float) -> httpx.Response:
    """Ask with a query and return a 2xx answer, as `post` does. Raises TransportError."""
    answer = _call("GET", url, timeout_s, params=dict(params))
    if not answer.is_success:
        raise refusal(answer)
    return answer


def _call(method: str, url: str, timeout_s: float, **more: Any) -> httpx.Response:
    deadline = monotonic() + timeout_s
    limits = httpx.Timeout(timeout_s, connect=min(timeout_s, CONNECT_S))
    try:
        with client().stream(method, url, timeout=limits, **more) as stream:
            answer = _read(stream, deadline)
    except httpx.TimeoutException as error:
        raise TransportError(
            f"no answer within {timeout_s:g} s", f"{timeout_s:g} 秒内没有应答", permanent=False, code="timeout"
        ) from error
    except httpx.InvalidURL as error:
        raise TransportError(
            f"not a usable address: {error}", "目标地址无法使用", permanent=True, code="bad_url"
        ) from error
    except httpx.HTTPError as error:
        raise TransportError(
            f"cannot reach it: {type(error).__name__}", "无法连接对方系统", permanent=False, code="unreachable"
        ) from error
    return answer


def _read(stream: httpx.Response, deadline: float) -> httpx.Response:
    """Read what a peer may say: a peer that talks without end gets neither our memory nor our thread."""
    body = b""
    for chunk in stream.iter_raw():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            break
        if monotonic() > deadline:
            raise httpx.ReadTimeout("the answer took too long")
    headers = {"content-type": stream.headers.get("content-type", "application/json")}
    return httpx.Response(stream.status_code, headers=headers, content=body[:MAX_ANSWER_BYTES], request=stream.request)


def refusal(answer: httpx.Response) -> TransportError:
    """Turn an answer that is no success into the error that says whether to try again."""
    status = answer.status_code
    permanent = status < 500 and status not in _RETRY
    return TransportError(
        f"answered {status} {answer.reason_phrase}: {answer.text[:200]}",
        f"对方应答 {status}：{answer.text[:200]}",
        permanent=permanent,
        code=GONE if status == 410 else f"http_{status}",
    )


def json_object(answer: httpx.Response) -> dict[str, Any]:
    """Return the answer's JSON object, or an empty one where the other side sent none."""
    try:
        value = answer.json()
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}

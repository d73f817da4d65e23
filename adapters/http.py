"""One way to call an outside system over HTTP, and one place that says which answers are worth another attempt.

Place in the order's way: under the HTTP outlets of dispatch. Redirects are never followed: the address that was
checked is the address that gets the order.
"""

from __future__ import annotations

import logging
import ssl
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import httpx

from adapters.wire import Wire, ended, within
from orders.errors import TransportError

if TYPE_CHECKING:
    from collections.abc import Mapping

_RETRY = frozenset({408, 425, 429})
"""Request time-out, too early, too many requests: the same message may succeed later. Source: RFC 9110, 8470, 6585."""

GONE = "gone"
MAX_ANSWER_BYTES = 65_536
CONNECT_S = 5.0
LONGEST_WAIT_S = 3600.0
_KEPT = ("content-type", "retry-after", "date")
_REFUSALS = (False, "false", "False")


@cache
def client() -> httpx.Client:
    """Return the process's pooled client. It ignores proxies of the environment and logs no addresses."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    return httpx.Client(transport=Wire(), follow_redirects=False, trust_env=False)


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
    limits = httpx.Timeout(timeout_s, connect=min(timeout_s, CONNECT_S))
    try:
        with within(timeout_s), client().stream(method, url, timeout=limits, **more) as stream:
            answer = _read(stream)
    except httpx.TimeoutException as error:
        raise TransportError(
            f"no answer within {timeout_s:g} s", f"{timeout_s:g} 秒内没有应答", permanent=False, code="timeout"
        ) from error
    except httpx.InvalidURL as error:
        raise TransportError(
            f"not a usable address: {error}", "目标地址无法使用", permanent=True, code="bad_url"
        ) from error
    except httpx.HTTPError as error:
        raise unreachable(error) from error
    return answer


def unreachable(error: httpx.HTTPError) -> TransportError:
    """Say why nothing was heard, in the words of whoever knows: the certificate, the system, the name."""
    cause: BaseException = error
    while cause.__context__ is not None:  # the library raises some of its own "from None"
        cause = cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        why = cause.verify_message
        return TransportError(
            f"its certificate is not trusted: {why}", f"对方证书不可信：{why}", permanent=False, code="certificate"
        )
    why = (cause.strerror if isinstance(cause, OSError) else None) or str(cause)[:100]
    told = f"{type(error).__name__} {why}".strip()
    return TransportError(f"cannot reach it: {told}", f"无法连接对方系统：{told}", permanent=False, code="unreachable")


def _read(stream: httpx.Response) -> httpx.Response:
    """Read what a peer may say: a peer that talks without end gets neither our memory nor our thread."""
    body = b""
    for chunk in stream.iter_bytes():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            break
        if ended():
            raise httpx.ReadTimeout("the answer took too long")
    headers = {"content-type": "application/json"} | {
        name: stream.headers[name] for name in _KEPT if name in stream.headers
    }
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
        retry_after_s=None if permanent else _retry_after_s(answer),
    )


def _retry_after_s(answer: httpx.Response) -> float | None:
    """Return how long the other side wants to be left alone: seconds, or a date beside its own `Date`."""
    told = answer.headers.get("retry-after", "").strip()
    try:
        if told.replace(".", "", 1).isdigit():
            wait_s = float(told)
        else:
            dates = parsedate_to_datetime(told), parsedate_to_datetime(answer.headers["date"])
            wait_s = (dates[0] - dates[1]).total_seconds()
    except (KeyError, TypeError, ValueError):
        return None
    return min(max(wait_s, 1.0), LONGEST_WAIT_S)


def json_object(answer: httpx.Response) -> dict[str, Any]:
    """Return the answer's JSON object, or an empty one where the other side sent none."""
    try:
        value = answer.json()
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def taken(answer: httpx.Response) -> dict[str, Any]:
    """Return what a success says of a thing that was to be entered: a JSON object, or an empty one for few plain words.

    Raises: TransportError, not permanent for a page or for JSON that cannot be read (a login, a proxy, half an answer):
    nobody knows whether the thing was entered; permanent where the answer says ``"success": false``.
    """
    value, text = json_object(answer), answer.text
    if value.get("success") in _REFUSALS:
        told = str(value.get("message") or value.get("msg") or value.get("error") or "")[:200]
        raise TransportError(f"refused: {told}", f"对方拒绝：{told}", permanent=True, code="refused")
    if value or answer.status_code == 204 or _is_plain(answer, text):
        return value
    raise TransportError(
        f"answered {answer.status_code} with something else than JSON: {text[:100]}",
        f"对方应答 {answer.status_code}，但不是 JSON（登录页？代理？）：{text[:100]}",
        permanent=False,
        code="not_understood",
    )


def _is_plain(answer: httpx.Response, text: str) -> bool:
    """Say whether an answer without an object is one all the same: nothing, a few plain words, another JSON value."""
    begun = text.lstrip("\ufeff \t\r\n")[:1]
    if begun in ("", "<"):
        return not begun
    try:
        answer.json()
    except ValueError:
        kind = answer.headers["content-type"]
        return begun not in "{[" and not any(name in kind for name in ("html", "xml"))
    return True


def reference_of(value: Mapping[str, Any]) -> str | None:
    """Return the other side's own number of what it took."""
    found = value.get("reference")
    return str(found)[:200] if isinstance(found, str | int) else None

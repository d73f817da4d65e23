"""What pulling means on every platform: list what changed in a span of time, read one order, renew the token.

Place in the order's way: before received. A platform is a handful of functions that only write calls and read answers;
`calling.py` is the one place that sends them. Neither knows how far a shop has been read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

from orders.errors import TransportError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CHINA = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)

Status: TypeAlias = Literal["wait", "ready", "gone", "cancelled"]
"""Of an order at the platform: not paid yet, to be shipped, shipped or done, cancelled."""


class RateLimited(TransportError):
    """The platform wants fewer calls; ``retry_after_s`` is when it will listen again."""

    code = "rate_limited"

    def __init__(self, retry_after_s: float = 30.0) -> None:
        super().__init__("the platform limits our calls", "平台限流", permanent=False)
        self.retry_after_s = retry_after_s


class TokenExpired(TransportError):
    """The platform no longer takes the token."""

    code = "token_refused"

    def __init__(self) -> None:
        super().__init__("the platform refuses the token", "平台不接受令牌", permanent=True)


@dataclass(frozen=True, slots=True)
class Shop:
    """One shop at a platform: its address, what signs its calls, and the time (aware)."""

    url: str
    secrets: Mapping[str, Any]
    now: datetime

    def secret(self, name: str) -> str:
        """Return one secret. Raises TransportError where it was never filled in."""
        value = self.secrets.get(name)
        if not isinstance(value, str) or not value:
            raise TransportError(f"{name} is not filled in", f"没有填写 {name}", permanent=True, code="no_credentials")
        return value


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when orders changed; aware, both ends belong to it."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it will be sent."""

    method: str
    url: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``headers`` have small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body's JSON. Raises TransportError when it is none: a proxy's page, half an answer."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise TransportError(
                f"answered {self.status}, no JSON",
                f"平台应答 {self.status}，不是 JSON",
                permanent=False,
                code="no_json",
            ) from None


@dataclass(frozen=True, slots=True)
class Seen:
    """An order as a list or a detail shows it; ``record`` is what the channel's template reads, None in a thin list."""

    id: str
    changed_at: datetime | None
    status: Status
    record: Any = None


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a list, and what names the next part."""

    seen: tuple[Seen, ...]
    next: str | None = None


def _nothing(_answer: Answer, _token: str | None) -> Page:
    return Page(())


@dataclass(frozen=True)
class Platform:
    """How one platform is pulled. Without ``listing`` its orders are only asked for by number.

    ``widest``: the longest span that a list may ask for; ``overlap``: how far each span reaches back into the last one,
    since platforms show changes late and clocks differ.
    """

    home: str
    fault: Callable[[Answer], None]
    detail: Callable[[Shop, str], Call]
    detailed: Callable[[Any], Seen]
    listing: Callable[[Shop, Span, str | None], Call] | None = None
    listed: Callable[[Answer, str | None], Page] = _nothing
    refresh: Callable[[Shop], Call] | None = None
    widest: timedelta = DAY
    overlap: timedelta = timedelta(minutes=5)
    needs: tuple[str, ...] = ("app_key", "app_secret", "access_token")
    pinged: Callable[[bytes], tuple[str, ...]] | None = None


def back(token: str | None, total: Any, size: int) -> str | None:
    """Return the page to read next, going from the last to the first.

    An order that changes meanwhile leaves the span and moves the ones behind it forward: read forward one would be
    skipped, read backward one comes twice, which does no harm. Source: Pinduoduo's and Taobao's advice for increments.
    """
    pages = -(-int(total or 0) // size)
    if token is None:
        return str(pages) if pages > 1 else None
    return str(int(token) - 1) if int(token) > 1 else None


def local(at: datetime, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """Write a time as Chinese platforms do."""
    return at.astimezone(CHINA).strftime(form)


def from_local(text: Any) -> datetime | None:
    """Read a Chinese platform's time; None where there is none."""
    try:
        return datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA).astimezone(UTC)
    except ValueError:
        return None


def from_epoch(value: Any) -> datetime | None:
    """Read seconds since 1970; None where there are none."""
    try:
        return datetime.fromtimestamp(int(value), UTC) if int(value) > 0 else None
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def from_iso(text: Any) -> datetime | None:
    """Read an ISO time, in UTC where it names no zone; None where there is none."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def rows(value: Any, *names: str) -> list[dict[str, Any]]:
    """Walk to a list of objects; empty where the platform leaves it out."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def tokens_of(value: Any) -> dict[str, str]:
    """Return the tokens of an answer, wherever the platform wraps them."""
    if not isinstance(value, dict):
        return {}
    found = {
        name: value[name]
        for name in ("access_token", "refresh_token")
        if isinstance(value.get(name), str) and value[name]
    }
    if "access_token" in found:
        return found
    return next((inner for part in value.values() if (inner := tokens_of(part))), {})

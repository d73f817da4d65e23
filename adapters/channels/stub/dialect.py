"""What a dialect is: how a platform's calls are checked and read, how its answers look.

A dialect takes nothing from the clients: it writes each signature down once more, so that one mistake cannot agree with
itself.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from adapters.channels.stub.shop import Order, Shop

CHINA = timezone(timedelta(hours=8))
NAME, PHONE, STREET = "王工", "13900139000", "星湖街328号"


@dataclass(frozen=True)
class Request:
    """A call as it arrived."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """Return the body's form fields."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(frozen=True)
class Wish:
    """What a call wants: a list, one order, or new tokens."""

    kind: str  # list, detail, renew
    signed: bool = True
    token: str | None = None  # None: the call needs none
    since: datetime | None = None
    until: datetime | None = None
    page: int = 1
    size: int = 100
    number: str = ""
    renewal: str | None = None


@dataclass(frozen=True)
class Reply:
    """An answer."""

    value: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Listed:
    """A page of orders, how many there are in all, and whether more follow."""

    orders: list[Order]
    total: int
    page: int
    more: bool
    request: Request


@dataclass(frozen=True)
class Dialect:
    """One platform. ``refused`` says signature, token, limit or missing in the platform's words."""

    read: Callable[[Request, Shop], Wish]
    listing: Callable[[Listed], Reply]
    detail: Callable[[Order], Reply]
    refused: Callable[[str, Shop], Reply]
    sample: Callable[[str, datetime], dict[str, Any]]
    renewed: Callable[[dict[str, str]], Reply] = Reply


def md5(text: str) -> str:
    """Return the hex MD5 that platforms sign with."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def wrapped(params: Mapping[str, str], secret: str) -> str:
    """Return upper MD5 of secret, sorted names and values, secret."""
    return md5(secret + "".join(f"{name}{params[name]}" for name in sorted(params) if name != "sign") + secret).upper()


def china(text: str, form: str = "%Y-%m-%d %H:%M:%S") -> datetime:
    """Read a time of China."""
    return datetime.strptime(text, form).replace(tzinfo=CHINA)


def in_china(at: datetime, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """Write a time of China."""
    return at.astimezone(CHINA).strftime(form)


def epoch(value: object) -> datetime:
    """Read seconds since 1970."""
    return datetime.fromtimestamp(int(str(value)), UTC)

"""One channel's calls to its platform: signed with its secrets, an expired token renewed once and kept sealed.

Place in the order's way: under `pull.py`. Knows neither cursor nor orders.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adapters.channels.calling import Line, ask
from adapters.channels.pull import Page, Shop, TokenExpired, tokens_of
from adapters.channels.registry import PULLED
from orders.errors import NotFound, TransportError
from server.db.doors import channels

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.channels.pull import Answer, Call, Seen, Span
    from server.db.doors.channels import Channel
    from server.deps import Deps

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Got:
    """An order as it was read: verbatim bytes."""

    seen: Seen
    data: bytes


class Caller:
    """Calls one shop. ``read`` counts the orders that were read one by one."""

    def __init__(self, deps: Deps, channel: Channel, url: str) -> None:
        found = PULLED.get(channel.platform)
        if found is None:
            raise NotFound(f"{channel.platform} cannot be pulled", f"平台 {channel.platform} 不支持拉取")
        self.platform = found
        self.read = 0
        self._deps, self._code, self._secrets = deps, channel.code, dict(channel.secrets)
        typed = url.rstrip("/")
        self._url = typed or found.home
        self._line = Line(typed=bool(typed), allow_private=deps.settings.webhook_allow_private)

    def prepare(self) -> None:
        """See that there is an address and, where it comes from the secret alone, a token. Raises TransportError."""
        if not self._url:
            raise TransportError(
                "the address is not filled in", "没有填写店铺地址", permanent=True, code="no_credentials"
            )
        first = "access_token" not in self.platform.needs and not self._secrets.get("access_token")
        if first and self.platform.refresh is not None:
            self._renew()

    def page(self, span: Span, token: str | None) -> Page:
        """Read part of a list. Raises TransportError."""
        listing = self.platform.listing
        if listing is None:
            return Page(())
        answer = self._ask(lambda shop: listing(shop, span, token))
        page: Page = understood(lambda: self.platform.listed(answer, token))
        return page

    def detail(self, number: str) -> Got:
        """Read one order. Raises TransportError."""
        answer = self._ask(lambda shop: self.platform.detail(shop, number))
        self.read += 1
        return Got(understood(lambda: self.platform.detailed(answer.json())), answer.body)

    def _ask(self, make: Callable[[Shop], Call]) -> Answer:
        try:
            return ask(self.platform, make(self._shop()), self._line)
        except TokenExpired:
            self._renew()
        return ask(self.platform, make(self._shop()), self._line)

    def _shop(self) -> Shop:
        return Shop(self._url, self._secrets, self._deps.clock())

    def _renew(self) -> None:
        """Get a new token and keep it before it is used: a renewal token works only once."""
        if self.platform.refresh is None:
            raise TokenExpired
        fresh = tokens_of(ask(self.platform, self.platform.refresh(self._shop()), self._line).json())
        if not fresh:
            raise TokenExpired
        with self._deps.store.db.write() as conn:
            kept = channels.secrets_of(conn, self._deps.store, self._code)
            channels.set_secrets(conn, self._deps.store, self._code, {**kept, **fresh}, self._deps.clock())
        self._secrets |= fresh
        log.info("Channel %s has a new token", self._code, extra={"action": "token_renewed"})


def understood(read: Callable[[], Any]) -> Any:
    """Read an answer. Raises TransportError when it is not made as the platform documents it."""
    try:
        return read()
    except (KeyError, TypeError, IndexError, ValueError, AttributeError) as error:
        said = type(error).__name__
        raise TransportError(
            f"an answer of another form ({said})",
            f"平台应答的格式变了（{said}）",
            permanent=False,
            code="unexpected_answer",
        ) from error

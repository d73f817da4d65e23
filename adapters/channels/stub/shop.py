"""The stub's shop: its orders, its keys, and how it misbehaves now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

PAID = "paid"


@dataclass
class Order:
    """One order. It is found in lists from ``visible_at`` on, under the time of its last change."""

    number: str
    changed_at: datetime
    visible_at: datetime
    record: dict[str, Any]


@dataclass
class Mood:
    """How the shop misbehaves: each counter is used up call by call."""

    limit: int = 0
    retry_after_s: int = 2
    drop: int = 0
    fail: int = 0
    half: int = 0  # answers cut off in the middle
    twice: bool = False  # every order stands twice in a list
    shuffle: bool = False  # lists are not in order


@dataclass
class Shop:
    """Orders, keys and mood. ``clock`` is aware."""

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: TID251 - a stub's own clock
    key: str = "stub-key"
    secret: str = "stub-secret"  # noqa: S105 - the stub's own
    token: str = "token-1"  # noqa: S105 - the stub's own
    renewal: str = "renewal-1"
    page: int | None = None  # orders a page; None: what the caller asks for
    orders: dict[str, Order] = field(default_factory=dict)
    mood: Mood = field(default_factory=Mood)
    calls: list[str] = field(default_factory=list)
    renewals: int = 0
    may_renew: bool = True
    lock: Lock = field(default_factory=Lock)

    def add(self, number: str, changed_at: datetime, record: dict[str, Any], *, late_s: float = 0) -> None:
        """Put an order into the shop; ``late_s`` after its change it is seen in lists."""
        visible_at = changed_at + timedelta(seconds=late_s)
        with self.lock:
            self.orders[number] = Order(number, changed_at.replace(microsecond=0), visible_at, record)

    def between(self, since: datetime, until: datetime) -> list[Order]:
        """Return what changed in the span and may be seen now, the oldest first; twice and mixed up in such a mood."""
        now = self.clock()
        with self.lock:
            found = [one for one in self.orders.values() if since <= one.changed_at <= until and one.visible_at <= now]
        found.sort(key=lambda one: (one.changed_at, one.number))
        if self.mood.twice:
            found = [one for one in found for _ in range(2)]
        return found[::-1] if self.mood.shuffle else found

    def get(self, number: str) -> Order | None:
        """Return an order by its number."""
        with self.lock:
            return self.orders.get(number)

    def expire(self) -> None:
        """Stop taking the token that was given out."""
        with self.lock:
            self.token = f"{self.token}x"

    def renew(self, renewal: str | None) -> dict[str, str] | None:
        """Give out new tokens for a renewal token (None: for the key alone), which is used up by that."""
        with self.lock:
            if not self.may_renew or (renewal is not None and renewal != self.renewal):
                return None
            self.renewals += 1
            self.token, self.renewal = f"token-{self.renewals + 1}", f"renewal-{self.renewals + 1}"
            return {"access_token": self.token, "refresh_token": self.renewal}

    def misbehave(self) -> str:
        """Take one call's share of the mood: limit, drop, fail, half or nothing."""
        with self.lock:
            for name in ("limit", "drop", "fail", "half"):
                left = getattr(self.mood, name)
                if left > 0:
                    setattr(self.mood, name, left - 1)
                    return name
        return ""

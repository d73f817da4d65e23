"""Two bundles side by side: the live one, and a canary that decides a share of the orders.

Place in the order's way: decide. Which lane an order takes hangs on the order alone, so that deciding it again takes
the same lane; without a canary nothing is looked at and nothing is slower.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import orjson

from orders.decision import sha256_hex
from rules.process.children import EnginePool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rules.bundle import Bundle
    from rules.process.children import Decided

SHARES = 10_000
_OWN = ("order.channel", "order.issued_date", "order.payable")
_PERSON = ("order.buyer.phone", "order.ship_to.phone", "order.ship_to.address")


def order_key(facts: bytes) -> str:
    """Return what stays the same however often an order is decided: its number, else what it is made of."""
    opened: dict[str, Any] = orjson.loads(facts)
    head, personal = opened["head"], opened["personal"]
    number = head.get("order.number")
    if number:
        return f"{head.get('order.channel')}\n{number}"
    lines = [[line.get("sku"), line.get("quantity")] for line in opened["line"]]
    made_of = [*(head.get(name) for name in _OWN), *(personal.get(name) for name in _PERSON), lines]
    return orjson.dumps(made_of).decode()


def share_of(key: str) -> int:
    """Return an order's place among the shares, 0 to 9,999: always the same for the same key."""
    return int(sha256_hex(key.encode())[:8], 16) % SHARES


class _Canary:
    """A pool that is closed once it is retired and nobody uses it any more."""

    def __init__(self, pool: EnginePool, percent: int) -> None:
        self.pool = pool
        self.percent = percent
        self._lock = threading.Lock()
        self._users = 0
        self._retired = False

    def enter(self) -> bool:
        """Begin to use the pool; False when it is retired."""
        with self._lock:
            self._users += not self._retired
            return not self._retired

    def leave(self) -> None:
        """End the use."""
        with self._lock:
            self._users -= 1
            last = self._retired and self._users == 0
        if last:
            self.pool.close()

    def retire(self) -> None:
        """Let nobody in any more; close when the last one left."""
        with self._lock:
            last = not self._retired and self._users == 0
            self._retired = True
        if last:
            self.pool.close()


class Lanes(EnginePool):
    """An engine pool that can have a canary beside it."""

    _canary: _Canary | None = None

    @property
    def canary(self) -> tuple[str, int] | None:
        """The canary's bundle and its percent, if there is one."""
        canary = self._canary
        return None if canary is None else (canary.pool.bundle.hash, canary.percent)

    def decide(self, facts: bytes) -> Decided:
        """Judge one order's frozen facts in its lane."""
        if self._canary is None:
            return super().decide(facts)
        return self.decide_many([facts])[0]

    def decide_many(self, batch: Sequence[bytes]) -> list[Decided]:
        """Judge several orders, each in its lane; answers in the same order."""
        canary = self._canary
        if canary is None or not canary.enter():
            return super().decide_many(batch)
        try:
            chosen = [share_of(order_key(facts)) < canary.percent * SHARES // 100 for facts in batch]
            tried = canary.pool.decide_many([facts for facts, mine in zip(batch, chosen, strict=True) if mine])
        finally:
            canary.leave()
        usual = super().decide_many([facts for facts, mine in zip(batch, chosen, strict=True) if not mine])
        of_canary, of_live = iter(tried), iter(usual)
        return [next(of_canary) if mine else next(of_live) for mine in chosen]

    def set_canary(self, bundle: Bundle | None, percent: int = 0) -> None:
        """Let another bundle decide ``percent`` of the orders; None ends it. Raises ChildFailed: nothing changes."""
        old, wanted = self._canary, (bundle.hash, percent) if bundle and percent > 0 else None
        if wanted == self.canary:
            return
        if bundle is None or wanted is None:
            self._canary = None
        elif old is not None and old.pool.bundle.hash == bundle.hash:
            old.percent = percent
            return
        else:
            mine = self._terms
            pool = EnginePool(bundle, mine.size, self._deadline_s, mine.oracle_share, module=mine.module)
            self._canary = _Canary(pool, percent)
        if old is not None:
            old.retire()

    def close(self) -> None:
        """End all children."""
        super().close()
        self.set_canary(None)

"""History: how many orders the same person placed today, and which orders may be this one again.

Place in the order's way: part of the context; the commit asks `unseen` once more, under a lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from orders.context import DuplicateCandidate
from server.db.statement import Statement, as_json, as_time

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from server.db.identity import Identity

WINDOW = timedelta(seconds=301)
"""Orders with the same phone and SKU within this much are candidates: 5:00 and its fractions, not 5:01 (DUP-01)."""
SAME_CONTENT = timedelta(days=30)
"""Equal content, or the same number from another channel, is a candidate for this long (DUP-03)."""
MOST = 20

_COUNTER = Statement("""
    SELECT (SELECT orders FROM day_counters WHERE hash = :hash AND local_day = :day) AS orders,
           (SELECT cancelled FROM day_counters WHERE hash = :hash AND local_day = :day) AS cancelled,
           (SELECT value FROM settings WHERE name = 'peak_mode') AS peak
""")
_COUNTED_OWN = Statement("SELECT id_hash, local_day, state FROM orders WHERE id = :own")
_CANDIDATES = """
    SELECT o.id, o.number, o.channel, o.phone_hash, o.customer_id, o.content_hash, o.issued_at, o.sku_list
    FROM orders o WHERE o.id <> :own AND o.state NOT IN ('cancelled', 'rejected') AND o.{condition}
    ORDER BY o.issued_at DESC LIMIT 50
"""
_SAME_PHONE = "phone_hash = :phone AND o.issued_at > :since AND o.issued_at < :until"
_SAME_CONTENT = "content_hash = :content AND o.issued_at > :long_since AND o.issued_at < :long_until"
_SAME_NUMBER = (
    "number = :number AND o.customer_id = :customer AND o.issued_at > :long_since AND o.issued_at < :long_until"
)
_UNION = Statement(
    " UNION ALL ".join(
        f"SELECT * FROM ({_CANDIDATES.format(condition=condition)}) AS c{position}"  # noqa: S608 - our own constants
        for position, condition in enumerate((_SAME_PHONE, _SAME_CONTENT, _SAME_NUMBER))
    )
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which order the history is asked. ``own`` is its id when it is stored already, else empty."""

    identity: Identity
    customer_id: str
    number: str | None
    issued_at: datetime
    own: str


@dataclass(frozen=True, slots=True)
class Today:
    """The other orders that the same person placed on this order's local day, how many of them were cancelled."""

    orders: int
    cancelled: int
    peak_mode: bool


def today(conn: Connection, asked: Asked) -> Today:
    """Count the day's orders of the same person, and look whether peak mode is on, in one statement."""
    identity = asked.identity
    row = _COUNTER.first(conn, {"hash": identity.id_hash or "", "day": identity.local_day})
    peak = bool(as_json(row.peak)) if row.peak is not None else False
    if row.orders is None:
        return Today(0, 0, peak)
    own = _COUNTED_OWN.first(conn, {"own": asked.own}) if asked.own else None
    if own is None or own.id_hash != identity.id_hash or own.local_day != identity.local_day:
        return Today(row.orders, row.cancelled, peak)
    return Today(row.orders - 1, row.cancelled - (own.state == "cancelled"), peak)


def duplicates(conn: Connection, asked: Asked, skus: set[str]) -> tuple[DuplicateCandidate, ...]:
    """Return the orders that may be this one again, the nearest first: across channels and doors."""
    found: dict[str, DuplicateCandidate] = {}
    for row in _UNION.all(conn, _params(asked)):
        candidate = _candidate(row, asked, skus)
        if row.id not in found and _is_one(candidate):
            found[row.id] = candidate
    nearest = sorted(found.values(), key=lambda candidate: (candidate.seconds_apart, candidate.order_id))
    return tuple(nearest[:MOST])


def _params(asked: Asked) -> dict[str, Any]:
    return {
        "own": asked.own,
        "phone": asked.identity.phone_hash or "",
        "since": asked.issued_at - WINDOW,
        "until": asked.issued_at + WINDOW,
        "content": asked.identity.content_hash,
        "number": asked.number or "",
        "customer": asked.customer_id,
        "long_since": asked.issued_at - SAME_CONTENT,
        "long_until": asked.issued_at + SAME_CONTENT,
    }


def _candidate(row: Any, asked: Asked, skus: set[str]) -> DuplicateCandidate:
    shared = sorted(skus & {item["sku"] for item in as_json(row.sku_list)})
    return DuplicateCandidate(
        order_id=row.id,
        number=row.number,
        channel=row.channel,
        same_phone=row.phone_hash is not None and row.phone_hash == asked.identity.phone_hash,
        same_customer=bool(asked.customer_id) and row.customer_id == asked.customer_id,
        shared_skus=tuple(shared),
        seconds_apart=int(abs((as_time(row.issued_at) - asked.issued_at).total_seconds())),
        same_content=row.content_hash == asked.identity.content_hash,
        same_number=bool(asked.number) and row.number == asked.number,
    )


def _is_one(candidate: DuplicateCandidate) -> bool:
    """Drop what only shares the phone: other goods for the same person are no duplicate."""
    return candidate.same_content or candidate.same_number or bool(candidate.shared_skus)

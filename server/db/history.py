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
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from server.db.facts.identity import Identity

WINDOW = timedelta(seconds=301)
"""Orders with the same phone and SKU within this much are candidates: 5:00 and its fractions, not 5:01 (DUP-01)."""
SAME_CONTENT = timedelta(days=30)
"""Equal content, or the same number from another channel, is a candidate for this long (DUP-03)."""
MOST = 20

COUNTER = """
    SELECT (SELECT orders FROM day_counters WHERE hash = :hash AND local_day = :day) AS orders,
           (SELECT cancelled FROM day_counters WHERE hash = :hash AND local_day = :day) AS cancelled,
           (SELECT value FROM settings WHERE name = 'peak_mode') AS peak
"""
"""One row: what stands of the person's day."""
_COUNTED_OWN = Statement("SELECT id_hash, local_day, state FROM orders WHERE id = :own")
_CANDIDATES = """
    SELECT '{met_by}' AS met_by,
           o.id, o.number, o.channel, o.phone_hash, o.customer_id, o.content_hash, o.issued_at, o.sku_list
    FROM orders o WHERE o.id <> :own AND o.state NOT IN ('cancelled', 'rejected') AND o.{condition}
    ORDER BY o.issued_at DESC LIMIT 50
"""
_SAME = {
    "phone": "phone_hash = :phone AND o.issued_at > :since AND o.issued_at < :until",
    "content": "content_hash = :content AND o.issued_at > :long_since AND o.issued_at < :long_until",
    "number": """number = :number AND o.issued_at > :long_since AND o.issued_at < :long_until AND o.customer_id IN
        (SELECT ci.customer_id FROM customer_identities ci WHERE ci.hash IN LIST :hashes)""",
}
CANDIDATES = " UNION ALL ".join(
    f"SELECT * FROM ({_CANDIDATES.format(met_by=met_by, condition=condition)}) AS by_{met_by}"  # noqa: S608 - constants
    for met_by, condition in _SAME.items()
)
"""Orders that may be this one again, for `duplicates` to judge."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which order the history is asked. ``own`` is its id when it is stored already, else empty."""

    identity: Identity
    number: str | None
    issued_at: datetime
    own: str

    def params(self) -> dict[str, Any]:
        """Return what `COUNTER` and `CANDIDATES` take; ``hashes`` of the buyer come from whoever asks."""
        return {
            "hash": self.identity.id_hash or "",
            "day": self.identity.local_day,
            "own": self.own,
            "phone": self.identity.phone_hash or "",
            "since": self.issued_at - WINDOW,
            "until": self.issued_at + WINDOW,
            "content": self.identity.content_hash,
            "number": self.number or "",
            "long_since": self.issued_at - SAME_CONTENT,
            "long_until": self.issued_at + SAME_CONTENT,
        }


@dataclass(frozen=True, slots=True)
class Today:
    """The other orders that the same person placed on this order's local day, how many of them were cancelled."""

    orders: int
    cancelled: int
    peak_mode: bool


def today(conn: Connection, asked: Asked, row: Any) -> Today:
    """Read the row of `COUNTER`; an order that is stored already does not count itself."""
    identity = asked.identity
    peak = bool(as_json(row.peak)) if row.peak is not None else False
    if row.orders is None:
        return Today(0, 0, peak)
    own = _COUNTED_OWN.first(conn, {"own": asked.own}) if asked.own else None
    if own is None or own.id_hash != identity.id_hash or own.local_day != identity.local_day:
        return Today(row.orders, row.cancelled, peak)
    return Today(row.orders - 1, row.cancelled - (own.state == "cancelled"), peak)


def duplicates(rows: Iterable[Any], asked: Asked, customer_id: str, skus: set[str]) -> tuple[DuplicateCandidate, ...]:
    """Judge the rows of `CANDIDATES`; return those that may be this order again, the nearest first.

    ``customer_id``: whom the order is from; a number says something only among the orders of one customer.
    """
    found: dict[str, DuplicateCandidate] = {}
    for row in rows:
        if row.met_by == "number" and row.customer_id != customer_id:
            continue
        candidate = _candidate(row, asked, customer_id, skus)
        if row.id not in found and _is_one(candidate):
            found[row.id] = candidate
    nearest = sorted(found.values(), key=lambda candidate: (candidate.seconds_apart, candidate.order_id))
    return tuple(nearest[:MOST])


def _candidate(row: Any, asked: Asked, customer_id: str, skus: set[str]) -> DuplicateCandidate:
    shared = sorted(skus & {item["sku"] for item in as_json(row.sku_list)})
    return DuplicateCandidate(
        order_id=row.id,
        number=row.number,
        channel=row.channel,
        same_phone=row.phone_hash is not None and row.phone_hash == asked.identity.phone_hash,
        same_customer=bool(customer_id) and row.customer_id == customer_id,
        shared_skus=tuple(shared),
        seconds_apart=int(abs((as_time(row.issued_at) - asked.issued_at).total_seconds())),
        same_content=row.content_hash == asked.identity.content_hash,
        same_number=bool(asked.number) and row.number == asked.number,
    )


def _is_one(candidate: DuplicateCandidate) -> bool:
    """Drop what only shares the phone: other goods for the same person are no duplicate."""
    return candidate.same_content or candidate.same_number or bool(candidate.shared_skus)

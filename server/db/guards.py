"""Guards: what a decision took for granted and a race may have changed, made true again by conditional statements.

Place in the order's way: inside the commit, after its rows, the stock last (its lock is the hot one). A guard that
meets other rows than it must says that the world is not as the decision saw it: all is undone, to be decided again.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from server.db.history import SAME_CONTENT, WINDOW
from server.db.statement import Statement
from server.db.steps import Guard, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from orders.stock import Reservation

EXACT_COUNTS = 100
"""Above this many orders of one person a day the counter need not be exact: racing orders are not held up for it."""


@dataclass(frozen=True, slots=True)
class Credit:
    """What is taken from an account; ``seen_enough``: the decision saw room for it, so there must be room still."""

    customer_id: str
    amount_fen: int
    seen_enough: bool


@dataclass(frozen=True, slots=True)
class Counter:
    """The person's orders of the day as the decision saw them, this one left out; None: whatever they are."""

    id_hash: str
    local_day: str
    seen: int | None


@dataclass(frozen=True, slots=True)
class Twins:
    """Which possible duplicates the decision saw. ``skus`` are this order's."""

    order_id: str
    phone_hash: str | None
    content_hash: str
    issued_at: datetime
    skus: tuple[str, ...]
    seen: tuple[str, ...]


_CREDIT_SQL = """
    UPDATE credit_accounts SET open_fen = open_fen + :amount
    WHERE customer_id = :customer AND (:guarded = 0 OR exposure_fen + open_fen + :amount <= limit_fen)
"""
_COUNTER_SQL = """
    INSERT INTO day_counters (hash, local_day, orders, cancelled)
    VALUES (:hash, :day, 1, 0)
    ON CONFLICT (hash, local_day) DO UPDATE SET orders = day_counters.orders + 1
    WHERE :seen < 0 OR day_counters.orders = :seen
"""
_TAKE_SQL = (
    """
    UPDATE stock_items SET reserved = reserved + w.quantity, updated_at = :now
    FROM (SELECT value ->> 0 AS sku, value ->> 1 AS site, value ->> 2 AS quantity FROM json_each(:wanted)) AS w
    WHERE stock_items.sku = w.sku AND stock_items.site = w.site AND on_hand - reserved + inbound >= w.quantity
    """,
    """
    WITH w AS (SELECT value ->> 0 AS sku, value ->> 1 AS site, CAST(value ->> 2 AS bigint) AS quantity
               FROM json_array_elements(CAST(:wanted AS json)) AS value),
    locked AS (SELECT i.sku, i.site FROM stock_items i JOIN w ON w.sku = i.sku AND w.site = i.site
               ORDER BY i.sku, i.site FOR UPDATE OF i)
    UPDATE stock_items SET reserved = reserved + w.quantity, updated_at = :now
    FROM w JOIN locked ON locked.sku = w.sku AND locked.site = w.site
    WHERE stock_items.sku = w.sku AND stock_items.site = w.site AND on_hand - reserved + inbound >= w.quantity
    """,
)
_TWINS_SQL = """
    SELECT 1 FROM orders o
    WHERE o.id <> :order_id AND o.state NOT IN ('cancelled', 'rejected') AND NOT (o.id IN LIST :seen) AND (
        (o.phone_hash = :phone AND o.issued_at > :since AND o.issued_at < :until
         AND EXISTS (SELECT 1 FROM order_lines l WHERE l.order_id = o.id AND l.sku IN LIST :skus))
        OR (o.content_hash = :content AND o.issued_at > :long_since AND o.issued_at < :long_until))
"""
_CREDIT, _TAKE = Statement(_CREDIT_SQL), Statement(*_TAKE_SQL)
_CREDIT_GUARD = Guard("credit", _CREDIT_SQL)
_COUNTER_GUARD = Guard("counter", _COUNTER_SQL)
_TWINS_GUARD = Guard("twin", _TWINS_SQL, look=True)
_STOCK_GUARD = Guard("stock", *_TAKE_SQL)
_LOCKS = Statement("", "SELECT pg_advisory_xact_lock(k) FROM unnest(CAST(:locks AS bigint[])) AS k")
"""Two racing twins wait for each other here, on PostgreSQL: the later one then sees the earlier."""


def lock_step(dialect: str, twins: Iterable[Twins]) -> Step:
    """Return what makes racing twins wait for each other."""
    numbers = {number for twin in twins for number in _lock_numbers(twin)}
    return Step("locks", *_LOCKS.told(dialect, {"locks": sorted(numbers)}))


def credit_step(dialect: str, credit: Credit) -> Step:
    """Return what takes the credit."""
    return _CREDIT_GUARD.step(dialect, _credit_params(credit), expected=1)


def counter_step(dialect: str, counter: Counter) -> Step:
    """Return what counts the order."""
    return _COUNTER_GUARD.step(dialect, _counter_params(counter), expected=1)


def twins_step(dialect: str, twins: Twins) -> Step:
    """Return what looks for twins that the decision did not see; call it behind `lock_step`."""
    return _TWINS_GUARD.step(dialect, _twins_params(twins), expected=0)


def stock_steps(dialect: str, wanted: Mapping[tuple[str, str], int], now: datetime) -> list[Step]:
    """Return what reserves everything or nothing. Rows are locked in the order of SKU and site."""
    moved = _moved(wanted)
    return [_STOCK_GUARD.step(dialect, _moved_params(moved, now), expected=len(moved))] if moved else []


def take_credit(conn: Connection, credit: Credit | None) -> bool:
    """Move an account's open orders by ``amount_fen`` (negative gives back); False: no room any more."""
    return credit is None or _CREDIT.count(conn, _credit_params(credit)) == 1


def move_stock(conn: Connection, deltas: dict[tuple[str, str], int], now: datetime) -> bool:
    """Add ``deltas`` (negative gives back) to what is reserved, all or nothing."""
    moved = _moved(deltas)
    return not moved or _TAKE.count(conn, _moved_params(moved, now)) == len(moved)


def _moved(deltas: Mapping[tuple[str, str], int]) -> list[list[Any]]:
    return [[sku, site, quantity] for (sku, site), quantity in sorted(deltas.items()) if quantity]


def _moved_params(moved: list[list[Any]], now: datetime) -> dict[str, Any]:
    return {"wanted": orjson.dumps(moved).decode(), "now": now}


def summed(wanted: Iterable[Reservation]) -> dict[tuple[str, str], int]:
    """Add reservations up per SKU and site."""
    deltas: dict[tuple[str, str], int] = defaultdict(int)
    for reservation in wanted:
        deltas[reservation.sku, reservation.site] += reservation.quantity
    return deltas


def _credit_params(credit: Credit) -> dict[str, Any]:
    return {"customer": credit.customer_id, "amount": credit.amount_fen, "guarded": int(credit.seen_enough)}


def _counter_params(counter: Counter) -> dict[str, Any]:
    exact = counter.seen is not None and counter.seen < EXACT_COUNTS
    return {"hash": counter.id_hash, "day": counter.local_day, "seen": counter.seen if exact else -1}


def _twins_params(twins: Twins) -> dict[str, Any]:
    return {
        "order_id": twins.order_id,
        "seen": list(twins.seen),
        "skus": list(twins.skus),
        "phone": twins.phone_hash or "",
        "content": twins.content_hash,
        "since": twins.issued_at - WINDOW,
        "until": twins.issued_at + WINDOW,
        "long_since": twins.issued_at - SAME_CONTENT,
        "long_until": twins.issued_at + SAME_CONTENT,
    }


def _lock_numbers(twins: Twins) -> list[int]:
    """Return numbers of what two racing twins share."""
    shared = {twins.content_hash, twins.phone_hash or twins.content_hash}
    return [zlib.crc32(text.encode()) for text in shared]

"""Guards: what a decision took for granted and a race may have changed, made true again by conditional statements.

Place in the order's way: inside the commit, after its rows, the stock last (its lock is the hot one). Each guard says
whether the world is still as the decision saw it; one that does not hold rolls the order back to be decided again.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from server.db.history import SAME_CONTENT, WINDOW
from server.db.statement import Statement

if TYPE_CHECKING:
    from collections.abc import Iterable
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
    SELECT CAST(:hash AS text), CAST(:day AS text), 1, 0 WHERE CAST(:hash AS text) <> ''
    ON CONFLICT (hash, local_day) DO UPDATE SET orders = day_counters.orders + 1
    WHERE :seen < 0 OR day_counters.orders = :seen
"""
_CREDIT = Statement(_CREDIT_SQL)
_COUNTER = Statement(_COUNTER_SQL)
_LOCKS_AND_COUNTS = Statement(
    "",
    f"""
    WITH credit AS ({_CREDIT_SQL} RETURNING 1), counter AS ({_COUNTER_SQL} RETURNING 1)
    SELECT (SELECT count(*) FROM credit) AS credits, (SELECT count(*) FROM counter) AS counters,
           (SELECT count(pg_advisory_xact_lock(k)) FROM unnest(CAST(:locks AS bigint[])) AS k) AS locks
    """,  # noqa: S608 - our own constants
)
_TWINS_SQL = """
    SELECT count(*) AS new FROM orders o
    WHERE o.id <> :order_id AND o.state NOT IN ('cancelled', 'rejected') AND NOT (o.id IN LIST :seen) AND (
        (o.phone_hash = :phone AND o.issued_at > :since AND o.issued_at < :until
         AND EXISTS (SELECT 1 FROM order_lines l WHERE l.order_id = o.id AND l.sku IN LIST :skus))
        OR (o.content_hash = :content AND o.issued_at > :long_since AND o.issued_at < :long_until))
"""
_TWINS = Statement(_TWINS_SQL)
_TAKE = Statement(
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


def hold_true(conn: Connection, credit: Credit | None, counter: Counter | None, twins: Twins | None) -> bool:
    """Take the credit, count the order, and look for twins that the decision did not see; False: decide again."""
    if conn.dialect.name == "sqlite":  # the only writer there is
        return _credit_holds(conn, credit) and _counter_holds(conn, counter) and _no_new_twin(conn, twins)
    row = _LOCKS_AND_COUNTS.first(
        conn, {**_credit_params(credit), **_counter_params(counter), "locks": _lock_numbers(twins)}
    )
    taken = row.credits == (credit is not None) and row.counters == (counter is not None)
    return taken and _no_new_twin(conn, twins)


def take_credit(conn: Connection, credit: Credit | None) -> bool:
    """Move an account's open orders by ``amount_fen`` (negative gives back); False: no room any more."""
    return _credit_holds(conn, credit)


def take_stock(conn: Connection, wanted: Iterable[Reservation], now: datetime) -> bool:
    """Reserve everything or say False (the caller rolls back). Rows are locked in the order of SKU and site."""
    return move_stock(conn, summed(wanted), now)


def move_stock(conn: Connection, deltas: dict[tuple[str, str], int], now: datetime) -> bool:
    """Add ``deltas`` (negative gives back) to what is reserved, all or nothing."""
    moved = [[sku, site, quantity] for (sku, site), quantity in sorted(deltas.items()) if quantity]
    if not moved:
        return True
    return _TAKE.count(conn, {"wanted": orjson.dumps(moved).decode(), "now": now}) == len(moved)


def summed(wanted: Iterable[Reservation]) -> dict[tuple[str, str], int]:
    """Add reservations up per SKU and site."""
    deltas: dict[tuple[str, str], int] = defaultdict(int)
    for reservation in wanted:
        deltas[reservation.sku, reservation.site] += reservation.quantity
    return deltas


def _credit_params(credit: Credit | None) -> dict[str, Any]:
    if credit is None:
        return {"customer": "", "amount": 0, "guarded": 0}
    return {"customer": credit.customer_id, "amount": credit.amount_fen, "guarded": int(credit.seen_enough)}


def _counter_params(counter: Counter | None) -> dict[str, Any]:
    if counter is None:
        return {"hash": "", "day": "", "seen": -1}
    exact = counter.seen is not None and counter.seen < EXACT_COUNTS
    return {"hash": counter.id_hash, "day": counter.local_day, "seen": counter.seen if exact else -1}


def _credit_holds(conn: Connection, credit: Credit | None) -> bool:
    return credit is None or _CREDIT.count(conn, _credit_params(credit)) == 1


def _counter_holds(conn: Connection, counter: Counter | None) -> bool:
    return counter is None or _COUNTER.count(conn, _counter_params(counter)) == 1


def _no_new_twin(conn: Connection, twins: Twins | None) -> bool:
    if twins is None:
        return True
    params = {
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
    return bool(_TWINS.first(conn, params).new == 0)


def _lock_numbers(twins: Twins | None) -> list[int]:
    """Return numbers of what two racing twins share, sorted, so that the later one waits and then sees the earlier."""
    if twins is None:
        return []
    shared = {twins.content_hash, twins.phone_hash or twins.content_hash}
    return sorted(zlib.crc32(text.encode()) for text in shared)

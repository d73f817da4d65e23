"""The outbox: messages written in the same transaction as what they tell of, sent afterwards, at least once.

Place in the order's way: between commit, which adds rows, and dispatch, which sends them. Two promises live in the
claim: no two workers send one row at a time, and of one order a later message to one destination never overtakes an
earlier one, dead letters included (replay or withdraw them to let the later ones go).

    waiting ──claim──► sending ──► sent
       ▲                  │ failed: waiting (later), or dead; replayed: waiting; withdrawn: out of the way
       └──────────────────┘
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, exists, func, insert, select, text, true, update

from orders.decision import canonical_bytes
from server.db.ids import new_id
from server.db.tables import Utc, orders, outbox

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import BindParameter, ColumnElement, Connection, Select
    from sqlalchemy.sql.dml import ReturningUpdate

ERP = "erp"
NOTIFY = "notify"
WEBHOOKS = "webhooks"
ANSWER = "answer"
"""Mails back to whoever sent a mail; their words are sealed."""
ROUTES: Mapping[str, tuple[str, ...]] = {
    "order.accepted": (ERP, WEBHOOKS),
    "order.changed": (ERP, WEBHOOKS),
    "order.cancelled": (ERP, WEBHOOKS, NOTIFY),
}
"""Which event goes where; every other event goes to `USUAL`."""

USUAL: tuple[str, ...] = (WEBHOOKS, NOTIFY)
MAX_ERROR_CHARS = 2000
_UNSENT = ("waiting", "sending", "dead")


@dataclass(frozen=True, slots=True)
class Event:
    """What happened. ``key`` makes it one event for ever, such as ``ord_…:order.accepted``."""

    name: str
    order_id: str | None
    key: str
    payload: dict[str, Any]
    sealed: bytes | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A message that this owner may send until its lease runs out. ``attempts`` counts this one."""

    seq: int
    id: str
    order_id: str | None
    event: str
    destination: str
    idempotency_key: str
    payload: str
    sealed: bytes | None
    attempts: int
    max_attempts: int
    created_at: datetime


_COLUMNS = tuple(outbox.c[name] for name in Row.__slots__)


def add(conn: Connection, event: Event, now: datetime, destinations: Sequence[str] | None = None) -> None:
    """Write the event once for each destination, those of its route by default.

    Call it after the guards of the transaction: rows of one order are sent in the order of their numbers.
    """
    rows = [
        {
            "id": new_id("out", now),
            "order_id": event.order_id,
            "event": event.name,
            "destination": destination,
            "idempotency_key": f"{event.key}:{destination}",
            "payload": canonical_bytes(event.payload).decode(),
            "sealed": event.sealed,
            "subject": event.subject,
            "state": "waiting",
            "due_at": now,
            "created_at": now,
        }
        for destination in (ROUTES.get(event.name, USUAL) if destinations is None else destinations)
    ]
    if rows:
        conn.execute(insert(outbox), rows)


def last(conn: Connection) -> int:
    """Return the number of the last message: it moves whenever an order does."""
    return int(conn.execute(select(func.max(outbox.c.seq))).scalar() or 0)


def _first_of_its_order() -> ColumnElement[bool]:
    earlier = outbox.alias("earlier")
    return ~exists().where(
        earlier.c.order_id == outbox.c.order_id,
        earlier.c.destination == outbox.c.destination,
        earlier.c.seq < outbox.c.seq,
        earlier.c.state.in_(_UNSENT),
    )


def _sendable(
    destination: str, now: datetime | BindParameter[datetime], limit: int | BindParameter[int], *, early: bool
) -> Select[tuple[int]]:
    """Select rows in the order of ix_outbox_due; ``early``: also those whose next attempt is not due yet."""
    waiting = outbox.c.state == "waiting", outbox.c.destination == destination
    rows = (
        select(outbox.c.seq)
        .where(*waiting, true() if early else outbox.c.due_at <= now, _first_of_its_order())
        .order_by(outbox.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("sendable")  # as a plain subquery PostgreSQL may run it once per row, and LIMIT would mean nothing
    )
    return select(rows.c.seq)


_DESTINATIONS_DUE = text(
    # Jumps from one destination to the next in the index, however many rows each has waiting.
    """
    WITH RECURSIVE waiting(name) AS (
        SELECT min(destination) FROM outbox WHERE state = 'waiting'
        UNION ALL
        SELECT (SELECT min(destination) FROM outbox WHERE state = 'waiting' AND destination > waiting.name)
        FROM waiting WHERE waiting.name IS NOT NULL)
    SELECT name FROM waiting
    WHERE name IS NOT NULL
        AND EXISTS (SELECT 1 FROM outbox WHERE state = 'waiting' AND destination = name AND due_at <= :now)
    UNION
    SELECT destination FROM outbox WHERE state = 'sending' AND lease_until < :now
    """
).bindparams(bindparam("now", type_=Utc()))


def destinations_due(conn: Connection, now: datetime) -> list[str]:
    """Return the destinations that have something to send now."""
    return list(conn.execute(_DESTINATIONS_DUE, {"now": now}).scalars())


def claim(
    conn: Connection, destination: str, owner: str, times: tuple[datetime, datetime], *, limit: int, early: bool = False
) -> list[Row]:
    """Take up to ``limit`` rows of one destination, at most one of each order. ``times``: now, end of the lease."""
    now, until = times
    dead = outbox.c.state == "sending", outbox.c.destination == destination, outbox.c.lease_until < now
    conn.execute(update(outbox).where(*dead).values(state="waiting", due_at=now, lease_until=None))
    taking = (
        update(outbox)
        .where(outbox.c.seq.in_(_sendable(destination, now, limit, early=early)))
        .values(state="sending", lease_owner=owner, lease_until=until, attempts=outbox.c.attempts + 1)
        .returning(*_COLUMNS)
    )
    return sorted((Row(*row) for row in conn.execute(taking)), key=lambda row: row.seq)


def sealed_order(conn: Connection, row: Row) -> bytes | None:
    """Return the sealed canonical order of a message: its own part, else the order's."""
    if row.sealed is not None:
        return row.sealed
    found: bytes | None = conn.execute(select(orders.c.sealed).where(orders.c.id == row.order_id)).scalar()
    return found


def take_local(conn: Connection, destination: str, now: datetime, limit: int) -> list[Row]:
    """Lock messages that this very transaction delivers (`mark_local`); no lease, since nothing leaves the database."""
    query = (
        select(*_COLUMNS)
        .where(outbox.c.seq.in_(_sendable(destination, now, limit, early=False)))
        .order_by(outbox.c.seq)
    )
    return [Row(*row) for row in conn.execute(query)]


def pass_local(conn: Connection, destination: str, now: datetime, limit: int) -> int:
    """Mark messages sent that concern nobody: what `take_local` and `mark_local` would do, and nothing read."""
    return len(conn.execute(_passing(destination), {"now": now, "most": limit}).all())


@cache
def _passing(destination: str) -> ReturningUpdate[tuple[int]]:
    rows = _sendable(destination, bindparam("now", type_=Utc()), bindparam("most"), early=False)
    values = {"state": "sent", "attempts": outbox.c.attempts + 1, "sent_at": bindparam("now", type_=Utc())}
    return update(outbox).where(outbox.c.seq.in_(rows)).values(**values, last_error=None).returning(outbox.c.seq)


def mark_local(conn: Connection, rows: Sequence[Row], now: datetime) -> None:
    """Mark messages sent in the transaction that delivered them."""
    values = {"state": "sent", "attempts": outbox.c.attempts + 1, "sent_at": now, "last_error": None}
    conn.execute(update(outbox).where(outbox.c.seq.in_([row.seq for row in rows])).values(values))


def _mine(row: Row, owner: str) -> ColumnElement[bool]:
    return and_(outbox.c.seq == row.seq, outbox.c.state == "sending", outbox.c.lease_owner == owner)


_SENT = (
    update(outbox)
    .where(outbox.c.seq == bindparam("row"), outbox.c.state == "sending", outbox.c.lease_owner == bindparam("owner"))
    .values(state="sent", receipt=bindparam("answer"), last_error=None, lease_until=None, sent_at=bindparam("at"))
)


def sent(conn: Connection, ends: Sequence[tuple[Row, dict[str, Any]]], owner: str, now: datetime) -> int:
    """Mark rows sent, each with what the other side answered; one whose lease went to somebody else stays.

    Return how many were marked.
    """
    if not ends:
        return 0
    values = [
        {"row": row.seq, "owner": owner, "answer": canonical_bytes(receipt).decode(), "at": now}
        for row, receipt in ends
    ]
    return conn.execute(_SENT, values).rowcount


def put_back(
    conn: Connection, row: Row, owner: str, due_at: datetime, *, error: str | None, counted: bool = True
) -> bool:
    """Let a row wait for ``due_at``. Not ``counted``: this attempt was no fault of the message."""
    values: dict[str, Any] = {
        "state": "waiting",
        "due_at": due_at,
        "lease_until": None,
        "attempts": outbox.c.attempts - (0 if counted else 1),
    }
    if error is not None:
        values["last_error"] = error[:MAX_ERROR_CHARS]
    return conn.execute(update(outbox).where(_mine(row, owner)).values(values)).rowcount == 1


def bury(conn: Connection, row: Row, owner: str, error: str) -> bool:
    """Give a row up with its reason: a dead letter, which later rows of its order wait behind."""
    values = {"state": "dead", "last_error": error[:MAX_ERROR_CHARS], "lease_until": None}
    return conn.execute(update(outbox).where(_mine(row, owner)).values(values)).rowcount == 1


def hurry(conn: Connection, destination: str, now: datetime) -> int:
    """Make all that waits for a destination due now: it has come back."""
    late = and_(outbox.c.destination == destination, outbox.c.state == "waiting", outbox.c.due_at > now)
    return conn.execute(update(outbox).where(late).values(due_at=now)).rowcount


def replay(conn: Connection, row_id: str, now: datetime) -> bool:
    """Send a dead or already sent row again, under its old idempotency key. False if it is neither."""
    ended = and_(outbox.c.id == row_id, outbox.c.state.in_(("dead", "sent", "withdrawn")))
    values = {"state": "waiting", "attempts": 0, "due_at": now}
    return conn.execute(update(outbox).where(ended).values(values)).rowcount == 1


def replay_dead(conn: Connection, destination: str, now: datetime) -> int:
    """Send every dead letter of a destination again; return how many."""
    dead = and_(outbox.c.destination == destination, outbox.c.state == "dead")
    return conn.execute(update(outbox).where(dead).values(state="waiting", attempts=0, due_at=now)).rowcount


def withdraw(conn: Connection, row_id: str) -> bool:
    """Give a dead letter up for good, so that the later rows of its order may go."""
    dead = and_(outbox.c.id == row_id, outbox.c.state == "dead")
    return conn.execute(update(outbox).where(dead).values(state="withdrawn")).rowcount == 1


def take_over(conn: Connection, now: datetime) -> int:
    """Free every row that somebody was sending. Only for the one process that may send on SQLite, when it starts."""
    return conn.execute(
        update(outbox).where(outbox.c.state == "sending").values(state="waiting", lease_until=None, due_at=now)
    ).rowcount


_NAMED = select(outbox, orders.c.number.label("order_number")).outerjoin(orders, orders.c.id == outbox.c.order_id)


def get(conn: Connection, row_id: str) -> dict[str, Any] | None:
    """Return a row as stored, without its sealed part, with its order's number."""
    row = conn.execute(_NAMED.where(outbox.c.id == row_id)).mappings().one_or_none()
    return None if row is None else _shown(dict(row))


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("sealed", "lease_owner")}


def find(conn: Connection, row_id: str) -> Row | None:
    """Return a message as dispatch sees it."""
    found = conn.execute(select(*_COLUMNS).where(outbox.c.id == row_id)).one_or_none()
    return None if found is None else Row(*found)


REMEMBERED = "remembered"


def recall(conn: Connection, row_id: str) -> str | None:
    """Return what an adapter noted of a message on an earlier attempt."""
    told = conn.execute(select(outbox.c.receipt).where(outbox.c.id == row_id)).scalar()
    found: str | None = json.loads(told).get(REMEMBERED) if told else None
    return found


def note(conn: Connection, row_id: str, noted: str) -> None:
    """Keep what an adapter must know on every later attempt."""
    told = canonical_bytes({REMEMBERED: noted}).decode()
    conn.execute(update(outbox).where(outbox.c.id == row_id).values(receipt=told))


def of_order(conn: Connection, order_id: str) -> list[dict[str, Any]]:
    """Return the messages of an order, oldest first."""
    query = select(outbox).where(outbox.c.order_id == order_id).order_by(outbox.c.seq)
    return [_shown(dict(row)) for row in conn.execute(query).mappings()]


def list_page(
    conn: Connection,
    *,
    state: str | None = None,
    destination: str | None = None,
    limit: int = 50,
    after: int | None = None,
) -> list[dict[str, Any]]:
    """Return rows with their orders' numbers, newest first; ``after`` is the ``seq`` where the page before ended."""
    query = _NAMED.order_by(outbox.c.seq.desc()).limit(limit)
    if state is not None:
        query = query.where(outbox.c.state == state)
    if destination is not None:
        query = query.where(outbox.c.destination == destination)
    if after is not None:
        query = query.where(outbox.c.seq < after)
    return [_shown(dict(row)) for row in conn.execute(query).mappings()]


def counts(conn: Connection) -> dict[tuple[str, str], int]:
    """Return how many unsent messages of each (destination, state) there are."""
    query = (
        select(outbox.c.destination, outbox.c.state, func.count())
        .where(outbox.c.state.in_(_UNSENT))
        .group_by(outbox.c.destination, outbox.c.state)
    )
    return {(destination, state): count for destination, state, count in conn.execute(query)}


def oldest_waiting(conn: Connection) -> dict[str, datetime]:
    """Return since when each destination's oldest unsent message waits: its lag."""
    query = (
        select(outbox.c.destination, func.min(outbox.c.created_at))
        .where(outbox.c.state.in_(("waiting", "sending")))
        .group_by(outbox.c.destination)
    )
    return {row[0]: row[1] for row in conn.execute(query)}

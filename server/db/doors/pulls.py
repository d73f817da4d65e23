"""How far each channel has been pulled, what was seen at its platform, and what was counted.

Place in the order's way: before received. The rows are the truth: whoever pulls holds a lease, everything that was seen
is noted in the transaction that stores it, and the cursor moves last. A crash anywhere repeats, never loses or doubles.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, delete, func, insert, literal, or_, select, update

from orders.errors import NotFound
from server.db.database import insert_for
from server.db.statement import Statement
from server.db.tables import channel_counts as counts
from server.db.tables import channel_pulls as pulls
from server.db.tables import channel_records as records
from server.db.tables import channels

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

Json = dict[str, Any]
LEASE = timedelta(seconds=90)
KEPT_MISSING = 100
KEPT_PASSED = timedelta(days=30)
KEPT_ORDERS = timedelta(days=400)
UNREADABLE = "unreadable"
"""The outcome of an order that the platform names and will not show."""
_PULLED = Statement("""
    SELECT c.platform FROM channel_pulls p JOIN channels c ON c.code = p.channel
    WHERE p.channel = :code AND p.state = 'on'""")


@dataclass(frozen=True, slots=True)
class Mark:
    """One version of one order at the platform; ``state``: asked, stored, taken or passed."""

    external_id: str
    version: str
    source_at: datetime | None
    state: str
    outcome: str = ""
    document_id: str | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many orders the platform has in a window, and the numbers of those that had not been seen here."""

    since: datetime
    until: datetime
    platform: int
    missing: tuple[str, ...]


def set_up(conn: Connection, code: str, told: Json, *, since: datetime, now: datetime) -> None:
    """Begin to pull a channel from ``since`` on, or change how: state, url, every_s. Where it stands stays."""
    if conn.execute(update(pulls).where(pulls.c.channel == code).values(**told, next_at=now)).rowcount == 0:
        row = {"channel": code, "next_at": now, "cursor_at": since, "counted_at": since, **told}
        conn.execute(insert(pulls), row)


def get(conn: Connection, code: str) -> Json | None:
    """Return how a channel is pulled; None where it is not."""
    row = conn.execute(select(pulls).where(pulls.c.channel == code)).mappings().one_or_none()
    return dict(row) if row else None


def listed(conn: Connection) -> dict[str, Json]:
    """Return how every channel is pulled, by its code."""
    return {row["channel"]: dict(row) for row in conn.execute(select(pulls)).mappings()}


def pulled(conn: Connection, code: str) -> bool:
    """Say whether a channel is pulled: switched on here and not paused."""
    return platform_of(conn, code) is not None


def platform_of(conn: Connection, code: str) -> str | None:
    """Return the platform that a channel is pulled from; None where it is not."""
    found = _PULLED.first(conn, {"code": code})
    return None if found is None else str(found.platform)


def soon(conn: Connection, code: str, now: datetime) -> None:
    """Pull a channel next, at once."""
    conn.execute(update(pulls).where(pulls.c.channel == code).values(next_at=now))


def set_state(conn: Connection, code: str, state: str, now: datetime) -> None:
    """Pause or resume. Raises NotFound where the channel is not pulled."""
    changed = conn.execute(update(pulls).where(pulls.c.channel == code).values(state=state, next_at=now))
    if not changed.rowcount:
        raise NotFound(f"The channel {code} is not pulled", f"渠道 {code} 没有设置拉取")


def due(conn: Connection, now: datetime, limit: int) -> list[str]:
    """Return the channels to be pulled now, whom nobody is pulling."""
    query = (
        select(pulls.c.channel)
        .join(channels, channels.c.code == pulls.c.channel)
        .where(channels.c.state == "enabled", _free(now))
        .order_by(pulls.c.next_at)
        .limit(limit)
    )
    return list(conn.execute(query).scalars())


def _free(now: datetime) -> Any:
    unheld = or_(pulls.c.lease_until.is_(None), pulls.c.lease_until < now)
    return and_(pulls.c.state == "on", pulls.c.next_at <= now, unheld)


def claim(conn: Connection, code: str, owner: str, now: datetime) -> Json | None:
    """Take a channel for ``owner``; None when it is not due or somebody else has it."""
    held = {"lease_owner": owner, "lease_until": now + LEASE, "tried_at": now}
    if conn.execute(update(pulls).where(pulls.c.channel == code, _free(now)).values(held)).rowcount == 0:
        return None
    return get(conn, code)


def extend(conn: Connection, code: str, owner: str, now: datetime, **told: Any) -> bool:
    """Keep the lease and write ``told`` (progress, cursor_at, counted_at); False when it went to somebody else."""
    mine = and_(pulls.c.channel == code, pulls.c.lease_owner == owner)
    return conn.execute(update(pulls).where(mine).values(lease_until=now + LEASE, **told)).rowcount == 1


def release(conn: Connection, code: str, owner: str, next_at: datetime, **told: Any) -> bool:
    """Give a channel back with how it went. A wish to be pulled at once that came meanwhile stays."""
    mine = and_(pulls.c.channel == code, pulls.c.lease_owner == owner)
    wished = case((pulls.c.next_at > pulls.c.tried_at, pulls.c.next_at), else_=literal(next_at, pulls.c.next_at.type))
    freed = {"lease_owner": None, "lease_until": None, "next_at": wished}
    return conn.execute(update(pulls).where(mine).values(**freed, **told)).rowcount == 1


# --- what was seen ----------------------------------------------------------------------------------------------------


def known(conn: Connection, code: str, numbers: Iterable[str]) -> list[Mark]:
    """Return every version that was seen of these orders."""
    query = select(records).where(records.c.channel == code, records.c.external_id.in_(set(numbers)))
    return [_mark(row) for row in conn.execute(query)]


def _mark(row: Any) -> Mark:
    return Mark(row.external_id, row.version, row.source_at, row.state, row.outcome, row.document_id)


def is_here(mark: Mark) -> bool:
    """Say whether a version of an order came in, or was left out knowingly."""
    return mark.state != "asked" and mark.outcome not in (UNREADABLE, "failed")


def note(conn: Connection, code: str, mark: Mark, now: datetime) -> bool:
    """Note a version of an order, once; False when it is there already."""
    row = {
        "channel": code,
        "external_id": mark.external_id,
        "version": mark.version,
        "source_at": mark.source_at,
        "state": mark.state,
        "outcome": mark.outcome,
        "document_id": mark.document_id,
        "seen_at": now,
    }
    adding = insert_for(conn)(records).values(row).on_conflict_do_nothing().returning(records.c.version)
    return conn.execute(adding).first() is not None


def ask_for(conn: Connection, code: str, numbers: Iterable[str], now: datetime) -> None:
    """Note orders that are to be read by their number: a push named them, or a count missed them."""
    for number in numbers:
        here = and_(records.c.channel == code, records.c.external_id == number, records.c.version == "")
        again = {"state": "asked", "outcome": "", "attempts": 0, "seen_at": now}
        if not note(conn, code, Mark(number, "", None, "asked"), now):
            conn.execute(update(records).where(here).values(again))


def asked(conn: Connection, code: str, limit: int = 200) -> list[str]:
    """Return the numbers that were asked for, the oldest wish first."""
    query = select(records.c.external_id).where(records.c.channel == code, records.c.state == "asked")
    return list(conn.execute(query.order_by(records.c.seen_at, records.c.external_id).limit(limit)).scalars())


def answered(conn: Connection, code: str, number: str, outcome: str, now: datetime) -> None:
    """Note that an order was read by its number, or why it could not be."""
    here = and_(records.c.channel == code, records.c.external_id == number, records.c.version == "")
    conn.execute(update(records).where(here).values(state="passed", outcome=outcome, taken_at=now))


def stored(conn: Connection, code: str, limit: int = 200) -> list[Mark]:
    """Return what is stored and not taken yet, in the platform's order."""
    query = select(records).where(records.c.channel == code, records.c.state == "stored")
    ordered = query.order_by(records.c.source_at, records.c.external_id, records.c.version).limit(limit)
    return [_mark(row) for row in conn.execute(ordered)]


def begin(conn: Connection, code: str, mark: Mark) -> int:
    """Count an attempt to take a stored order; return how many there were."""
    counting = update(records).where(*_here(code, mark)).values(attempts=records.c.attempts + 1)
    return int(conn.execute(counting.returning(records.c.attempts)).scalar_one())


def taken(conn: Connection, code: str, mark: Mark, outcome: str, now: datetime) -> None:
    """Note what became of a stored order."""
    conn.execute(update(records).where(*_here(code, mark)).values(state="taken", outcome=outcome, taken_at=now))


def _here(code: str, mark: Mark) -> tuple[Any, ...]:
    same = (records.c.external_id == mark.external_id, records.c.version == mark.version)
    return (records.c.channel == code, *same)


def delays_s(conn: Connection, code: str, since: datetime, limit: int = 2000) -> list[float]:
    """Return how many seconds lay between the change at the platform and the order here, for the latest orders."""
    query = (
        select(records.c.source_at, records.c.taken_at)
        .where(records.c.channel == code, records.c.taken_at >= since, records.c.source_at.is_not(None))
        .order_by(records.c.taken_at.desc())
        .limit(limit)
    )
    return [(row.taken_at - row.source_at).total_seconds() for row in conn.execute(query)]


def tally(conn: Connection, code: str, since: datetime) -> dict[str, int]:
    """Return how many records came to which outcome since then."""
    query = select(records.c.outcome, func.count()).where(records.c.channel == code, records.c.seen_at >= since)
    return {outcome: count for outcome, count in conn.execute(query.group_by(records.c.outcome)) if outcome}


def forget_old(conn: Connection, now: datetime) -> int:
    """Delete notes that nothing asks for any more; return how many.

    What was passed over goes after a month; what came in after KEPT_ORDERS, for so long is a later change or
    cancellation at the platform known as one of ours. Nothing goes that reading or counting may still come back to.
    """
    safe = select(func.min(case((pulls.c.counted_at < pulls.c.cursor_at, pulls.c.counted_at), else_=pulls.c.cursor_at)))
    behind = records.c.source_at < (
        safe.where(pulls.c.channel == records.c.channel).correlate(records).scalar_subquery()
    )
    passed = and_(records.c.document_id.is_(None), records.c.seen_at < now - KEPT_PASSED)
    ours = and_(records.c.document_id.is_not(None), records.c.seen_at < now - KEPT_ORDERS)
    done = records.c.state.in_(("passed", "taken"))
    answered = and_(records.c.source_at.is_(None), records.c.outcome == "read")
    return conn.execute(delete(records).where(done, or_(passed, ours), or_(behind, answered))).rowcount


# --- what was counted -------------------------------------------------------------------------------------------------


def add_count(conn: Connection, code: str, count: Count, now: datetime) -> None:
    """Keep the count of a window."""
    told: Json = {"until": count.until, "platform": count.platform, "ours": count.platform - len(count.missing)}
    told |= {"missing": list(count.missing)[:KEPT_MISSING], "counted_at": now}
    here = and_(counts.c.channel == code, counts.c.since == count.since)
    if not conn.execute(update(counts).where(here).values(told)).rowcount:
        conn.execute(insert(counts), {"channel": code, "since": count.since, **told})


def counted(conn: Connection, code: str, limit: int = 24) -> list[Json]:
    """Return the last counts, the newest first."""
    query = select(counts).where(counts.c.channel == code).order_by(counts.c.since.desc()).limit(limit)
    return [dict(row) for row in conn.execute(query).mappings()]

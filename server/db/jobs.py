"""Jobs: work written in the same transaction as its cause, claimed by a conditional UPDATE, done once its row says so.

Place in the order's way: beside commit, which enqueues; under `server/jobs`, which performs. The row is the truth:
brokers and thread pools only carry ids. Knows nothing of what a kind of job does.

    waiting ──claim──► running ──finish──► done
       ▲                  │ fail: back to waiting (later), or dead after max_attempts; a dead one can be replayed
       └──────────────────┘ lease ran out: the next claim takes it over
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from sqlalchemy import and_, case, delete, func, insert, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from server.db.ids import new_id
from server.db.tables import jobs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

MAX_ERROR_CHARS = 2000
_NAMED_AND_WAITING = text("state = 'waiting' AND dedupe IS NOT NULL")


class Wish(TypedDict, total=False):
    """How a job is to be done. ``priority`` 0–9, higher first; at most one waiting job per ``dedupe`` text."""

    due_at: datetime
    priority: int
    dedupe: str
    max_attempts: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that this owner may perform until its lease runs out. ``attempt`` counts from 1."""

    id: str
    kind: str
    args: dict[str, Any]
    attempt: int
    max_attempts: int


def enqueue(conn: Connection, kind: str, args: dict[str, Any], *, now: datetime, **wish: Unpack[Wish]) -> str:
    """Add a job inside the caller's transaction and return its id.

    With ``dedupe`` a job that waits under the same text is returned instead, moved up if this wish is due earlier; one
    that runs already has perhaps not seen the new cause, so a further one is added.
    """
    row = {**row_of(kind, args, now), **wish}
    if "dedupe" not in wish:
        conn.execute(insert(jobs), row)
        return str(row["id"])
    adding = (sqlite if conn.dialect.name == "sqlite" else postgresql).insert(jobs).values(row)
    earlier = case((adding.excluded.due_at < jobs.c.due_at, adding.excluded.due_at), else_=jobs.c.due_at)
    merging = adding.on_conflict_do_update(
        index_elements=[jobs.c.dedupe], index_where=_NAMED_AND_WAITING, set_={"due_at": earlier}
    )
    return str(conn.execute(merging.returning(jobs.c.id)).scalar_one())


def row_of(kind: str, args: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Return the row of a job that is due now."""
    return {
        "id": new_id("job", now),
        "kind": kind,
        "args": json.dumps(args, ensure_ascii=False),
        "due_at": now,
        "state": "waiting",
        "created_at": now,
    }


def _claimable(now: datetime) -> ColumnElement[bool]:
    return or_(
        and_(jobs.c.state == "waiting", jobs.c.due_at <= now), and_(jobs.c.state == "running", jobs.c.lease_until < now)
    )


def due(conn: Connection, now: datetime, limit: int) -> list[str]:
    """Return ids that may be claimed now, the most urgent first; expired leases among them."""
    query = select(jobs.c.id).where(_claimable(now)).order_by(jobs.c.priority.desc(), jobs.c.due_at).limit(limit)
    return list(conn.execute(query).scalars())


def claim(conn: Connection, job_id: str, owner: str, *, now: datetime, until: datetime) -> Claimed | None:
    """Take a job for ``owner``; None if it is not due, done, or somebody else's."""
    taking = (
        update(jobs)
        .where(jobs.c.id == job_id, _claimable(now))
        .values(state="running", lease_owner=owner, lease_until=until, attempt=jobs.c.attempt + 1)
        .returning(jobs.c.kind, jobs.c.args, jobs.c.attempt, jobs.c.max_attempts)
    )
    row = conn.execute(taking).one_or_none()
    return None if row is None else Claimed(job_id, row.kind, json.loads(row.args), row.attempt, row.max_attempts)


def _mine(job_id: str, owner: str) -> ColumnElement[bool]:
    return and_(jobs.c.id == job_id, jobs.c.state == "running", jobs.c.lease_owner == owner)


def extend(conn: Connection, owner: str, until: datetime) -> bool:
    """Prolong the lease of ``owner``. False if it went to somebody else."""
    mine = and_(jobs.c.state == "running", jobs.c.lease_owner == owner)
    return conn.execute(update(jobs).where(mine).values(lease_until=until)).rowcount == 1


def finish(conn: Connection, job_id: str, owner: str, result: Any, now: datetime) -> bool:
    """Mark a job done with its result. False if the lease went to somebody else meanwhile."""
    query = (
        update(jobs)
        .where(_mine(job_id, owner))
        .values(
            state="done",
            result=json.dumps(result, ensure_ascii=False),
            last_error=None,
            lease_until=None,
            finished_at=now,
        )
    )
    return conn.execute(query).rowcount == 1


def retry(conn: Connection, job_id: str, owner: str, error: str, due_at: datetime) -> bool:
    """Put a failed job back for ``due_at``; where another one waits under its dedupe text, that one stands for it."""
    back = (
        update(jobs)
        .where(_mine(job_id, owner))
        .values(state="waiting", due_at=due_at, last_error=error[:MAX_ERROR_CHARS], lease_until=None, published_at=None)
    )
    try:
        with conn.begin_nested():
            return conn.execute(back).rowcount == 1
    except IntegrityError:
        return conn.execute(back.values(state="superseded", finished_at=due_at)).rowcount == 1


def bury(conn: Connection, job_id: str, owner: str, error: str, now: datetime) -> bool:
    """Give a job up with its reason: a dead letter until somebody replays it."""
    query = (
        update(jobs)
        .where(_mine(job_id, owner))
        .values(state="dead", last_error=error[:MAX_ERROR_CHARS], lease_until=None, finished_at=now)
    )
    return conn.execute(query).rowcount == 1


def replay(conn: Connection, job_id: str, now: datetime) -> bool:
    """Give a dead job all its attempts again. False if it is not dead, or one like it waits already."""
    again = (
        update(jobs)
        .where(jobs.c.id == job_id, jobs.c.state == "dead")
        .values(state="waiting", attempt=0, due_at=now, published_at=None, finished_at=None)
    )
    try:
        with conn.begin_nested():
            return conn.execute(again).rowcount == 1
    except IntegrityError:
        return False


def take_over(conn: Connection, now: datetime) -> int:
    """End every lease. Only for the one process that may run jobs on SQLite, when it starts."""
    return conn.execute(
        update(jobs).where(jobs.c.state == "running").values(lease_until=now - timedelta(seconds=1))
    ).rowcount


def _unpublished(now: datetime, before: datetime) -> ColumnElement[bool]:
    lost = or_(
        jobs.c.published_at.is_(None),
        jobs.c.published_at < before,
        and_(jobs.c.state == "running", jobs.c.published_at < jobs.c.lease_until),
    )
    return and_(_claimable(now), lost)


def any_unpublished(conn: Connection, now: datetime, before: datetime) -> bool:
    """Say whether `take_unpublished` would find something."""
    return conn.execute(select(jobs.c.id).where(_unpublished(now, before)).limit(1)).first() is not None


def take_unpublished(conn: Connection, now: datetime, before: datetime, window: int) -> list[tuple[str, int]]:
    """Note due jobs as handed to the broker and return their (id, priority), most urgent first.

    A job handed over earlier than ``before`` and still not claimed is handed over again: the broker may have lost it.
    At most ``window`` jobs stand with the broker at a time, so that urgent ones find a short queue.
    """
    standing = and_(jobs.c.state == "waiting", jobs.c.published_at >= before)
    room = window - conn.execute(select(func.count()).select_from(jobs).where(standing)).scalar_one()
    if room <= 0:
        return []
    urgent = (
        select(jobs.c.id)
        .where(_unpublished(now, before))
        .order_by(jobs.c.priority.desc(), jobs.c.due_at)
        .limit(room)
        .with_for_update(skip_locked=True)
        .cte("urgent")  # as a plain subquery PostgreSQL may run it once per row, and LIMIT would mean nothing
    )
    query = (
        update(jobs)
        .where(jobs.c.id.in_(select(urgent.c.id)))
        .values(published_at=now)
        .returning(jobs.c.id, jobs.c.priority)
    )
    return sorted(((row.id, row.priority) for row in conn.execute(query)), key=lambda item: -item[1])


def unpublish(conn: Connection, job_ids: Sequence[str]) -> None:
    """Take back the note that jobs were handed to the broker: it refused them."""
    conn.execute(update(jobs).where(jobs.c.id.in_(job_ids)).values(published_at=None))


def get(conn: Connection, job_id: str) -> dict[str, Any] | None:
    """Return a job as stored, with ``args`` and ``result`` read."""
    row = conn.execute(select(jobs).where(jobs.c.id == job_id)).mappings().one_or_none()
    return None if row is None else _readable(dict(row))


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    result = row["result"]
    return {**row, "args": json.loads(row["args"]), "result": None if result is None else json.loads(result)}


def last_done(conn: Connection, kind: str) -> dict[str, Any] | None:
    """Return the job of a kind that ended last and well; None when there is none."""
    query = select(jobs).where(jobs.c.kind == kind, jobs.c.state == "done").order_by(jobs.c.finished_at.desc()).limit(1)
    row = conn.execute(query).mappings().one_or_none()
    return None if row is None else _readable(dict(row))


def list_page(
    conn: Connection, state: str | None = None, *, limit: int = 50, after: str | None = None
) -> list[dict[str, Any]]:
    """Return jobs, newest first; ``after`` is the id that the page before ended with."""
    query = select(jobs).order_by(jobs.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(jobs.c.state == state)
    if after is not None:
        query = query.where(jobs.c.id < after)
    return [_readable(dict(row)) for row in conn.execute(query).mappings()]


def counts(conn: Connection) -> dict[tuple[str, str], int]:
    """Return how many jobs of each (kind, state) there are, finished ones left out."""
    query = (
        select(jobs.c.kind, jobs.c.state, func.count())
        .where(jobs.c.state.in_(("waiting", "running", "dead")))
        .group_by(jobs.c.kind, jobs.c.state)
    )
    return {(kind, state): count for kind, state, count in conn.execute(query)}


def purge(conn: Connection, before: datetime) -> int:
    """Delete jobs that ended well before ``before``; dead ones stay until somebody decides."""
    ended = and_(jobs.c.state.in_(("done", "superseded")), jobs.c.finished_at < before)
    return conn.execute(delete(jobs).where(ended)).rowcount

"""Lessons as stored: sealed under the customer's key, matched by keyed hashes, with their state.

Place in the order's way: learnt after a draft is submitted; live ones are part of the catalogue that reading matches
against.

    proposed ──tried──► ready ──switched on──► live ──► revoked
       ▲                harmful, idle (nothing changes)   │
       └────────────────────── tried again ◄──────────────┘
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, func, select, update

from intake.known.match import key
from intake.lesson import Kind, Lesson
from orders.decision import canonical_bytes
from orders.errors import Conflict, NotFound
from server.db.database import insert_for
from server.db.ids import new_id
from server.db.page import Page, take
from server.db.tables import customers, documents, drafts, lessons, orders, originals
from server.db.vault import Erased
from server.db.visible import visible

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping

    from orders.actor import Actor
    from server.db.papers.drafts import Draft
    from server.db.store import Store


class LessonState(StrEnum):
    """Where a lesson stands. ``harmful``: a past confirmed value would change for the worse."""

    PROPOSED = "proposed"
    READY = "ready"
    HARMFUL = "harmful"
    IDLE = "idle"
    LIVE = "live"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Stored:
    """A lesson with its customer and where it stands; ``row`` has the plain columns."""

    id: str
    customer: str
    lesson: Lesson
    state: LessonState
    version: int
    row: dict[str, Any]


def propose(conn: Connection, store: Store, learnt: Lesson, draft: Draft, customer_id: str, now: datetime) -> str:
    """Store what a draft taught, once; one that is known already is counted. Return its id."""
    subject = conn.execute(select(customers.c.subject).where(customers.c.id == customer_id)).scalar_one()
    subject_key = store.vault.subject_key(conn, subject, now)
    store.vault.keep(conn, subject_key)
    row = {
        "id": new_id("les", now),
        "customer_id": customer_id,
        "kind": learnt.kind.value,
        "said_hash": store.vault.hash("lesson", key(learnt.said)),
        "meant_hash": store.vault.hash("lesson", key(learnt.meant)),
        "sealed": store.vault.seal(subject_key, canonical_bytes({"said": learnt.said, "meant": learnt.meant})),
        "state": LessonState.PROPOSED.value,
        "document_id": draft.document_id,
        "draft_id": draft.id,
        "path": learnt.path,
        "taught_by": draft.last_actor,
        "created_at": now,
        "updated_at": now,
        "owner_id": draft.owner_id,
        "org_id": draft.org_id,
    }
    unique = ["customer_id", "kind", "said_hash", "meant_hash"]
    adding = insert_for(conn)(lessons).values(row)
    counted = adding.on_conflict_do_update(index_elements=unique, set_={"seen": lessons.c.seen + 1, "updated_at": now})
    return str(conn.execute(counted.returning(lessons.c.id)).scalar_one())


def _joined() -> Any:
    named = (customers.c.code.label("customer"), customers.c.name_masked)
    return (
        select(lessons, *named, originals.c.filename)
        .join(customers, customers.c.id == lessons.c.customer_id)
        .join(documents, documents.c.id == lessons.c.document_id)
        .join(originals, originals.c.id == documents.c.original_id)
    )


def get(conn: Connection, store: Store, lesson_id: str, actor: Actor) -> Stored:
    """Return a lesson. Raises NotFound, also when the actor may not see it or its customer was erased."""
    row = conn.execute(visible(_joined().where(lessons.c.id == lesson_id), lessons, actor)).mappings().one_or_none()
    if row is not None:
        found = _opened(conn, store, [row])
        if found:
            return found[0]
    raise NotFound(f"there is no lesson {lesson_id}", f"没有学到的写法 {lesson_id}")


def list_page(
    conn: Connection,
    store: Store,
    actor: Actor,
    *,
    states: tuple[LessonState, ...] = tuple(LessonState),
    limit: int = 50,
    after: str | None = None,
) -> tuple[list[Stored], str | None]:
    """Return lessons, newest first, and the cursor of the next page."""
    query = _joined().where(lessons.c.state.in_([state.value for state in states]))
    keys = (lessons.c.created_at, lessons.c.id)
    found: Page = take(conn, visible(query, lessons, actor), keys, limit, after, newest=True)
    return _opened(conn, store, found.rows), found.next_cursor


def waiting(conn: Connection, actor: Actor) -> int:
    """Return how many lessons could be switched on."""
    query = select(func.count()).select_from(lessons).where(lessons.c.state == LessonState.READY.value)
    return int(conn.execute(visible(query, lessons, actor)).scalar_one())


def _opened(conn: Connection, store: Store, rows: Any) -> list[Stored]:
    """Unseal rows; those of erased customers are left out."""
    found = []
    for row in rows:
        lesson = _lesson(conn, store, row)
        if lesson is not None:
            plain = {name: value for name, value in dict(row).items() if name not in ("sealed", "said_hash")}
            state = LessonState(row["state"])
            found.append(Stored(row["id"], row["customer"], lesson, state, row["version"], plain))
    return found


def _lesson(conn: Connection, store: Store, row: RowMapping) -> Lesson | None:
    try:
        told = json.loads(store.vault.unseal(conn, row["sealed"]))
    except Erased:
        return None
    return Lesson(Kind(row["kind"]), told["said"], told["meant"], row["path"])


def live_lessons(conn: Connection, store: Store) -> dict[str, tuple[Lesson, ...]]:
    """Return the lessons that are switched on, by the customer's id, oldest first."""
    query = select(lessons).where(lessons.c.state == LessonState.LIVE.value).order_by(lessons.c.switched_at)
    found: dict[str, list[Lesson]] = defaultdict(list)
    for row in conn.execute(query).mappings():
        lesson = _lesson(conn, store, row)
        if lesson is not None:
            found[row["customer_id"]].append(lesson)
    return {customer_id: tuple(learnt) for customer_id, learnt in found.items()}


def tried(conn: Connection, stored: Stored, state: LessonState, trial: dict[str, Any], now: datetime) -> bool:
    """Keep what a trial showed; False when somebody moved the lesson meanwhile."""
    return _move(conn, stored, {"state": state.value, "trial": trial}, now)


def switch(conn: Connection, stored: Stored, state: LessonState, by: str | None, now: datetime) -> None:
    """Switch a lesson on, off, or send it to be tried again. Raises Conflict when it moved meanwhile.

    A proposed lesson with ``by`` goes live by itself when its trial changes nothing for the worse.
    """
    moved_at = None if state is LessonState.PROPOSED else now
    values: dict[str, Any] = {"state": state.value, "switched_by": by, "switched_at": moved_at}
    if not _move(conn, stored, values, now):
        raise Conflict(
            "somebody moved this lesson meanwhile: load it again",
            "刚有人动过这条写法，请重新加载",
            code="stale_version",
            existing_id=stored.id,
        )


def _move(conn: Connection, stored: Stored, values: dict[str, Any], now: datetime) -> bool:
    same = and_(lessons.c.id == stored.id, lessons.c.version == stored.version)
    changed = {**values, "version": stored.version + 1, "updated_at": now}
    return conn.execute(update(lessons).where(same).values(changed)).rowcount == 1


def contradicted(conn: Connection, stored: Stored) -> bool:
    """Say whether a live lesson gives the same words of the same customer another meaning."""
    mine = lessons.alias("mine")
    other = and_(
        lessons.c.customer_id == mine.c.customer_id,
        lessons.c.kind == mine.c.kind,
        lessons.c.said_hash == mine.c.said_hash,
        lessons.c.meant_hash != mine.c.meant_hash,
        lessons.c.state == LessonState.LIVE.value,
    )
    return bool(conn.execute(select(exists(select(lessons.c.id).where(mine.c.id == stored.id, other)))).scalar())


def past_drafts(conn: Connection, customer_id: str, limit: int) -> list[str]:
    """Return the ids of the drafts that became this customer's orders, newest first."""
    query = (
        select(drafts.c.id)
        .join(orders, orders.c.id == drafts.c.order_id)
        .where(orders.c.customer_id == customer_id)
        .order_by(drafts.c.updated_at.desc(), drafts.c.id)
        .limit(limit)
    )
    return list(conn.execute(query).scalars())


def customer_of_draft(conn: Connection, draft_id: str) -> tuple[str, str] | None:
    """Return (id, code) of the customer whose order came of a draft, None while there is none."""
    query = (
        select(customers.c.id, customers.c.code)
        .join(orders, orders.c.customer_id == customers.c.id)
        .join(drafts, drafts.c.order_id == orders.c.id)
        .where(drafts.c.id == draft_id)
    )
    row = conn.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])

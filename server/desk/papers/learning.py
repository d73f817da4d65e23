"""Learning: what a confirmed draft taught is tried on the customer's past documents, switched on and revoked by people.

Place in the order's way: beside it. A lesson changes how later documents are read, never a draft or an order that is
here already. It is switched on only after a trial in which no past confirmed value changed for the worse.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from intake.layout_hint import hints_of, wants_hints
from intake.lesson import lessons_of
from intake.read import rows_of
from orders.actor import SYSTEM, Role
from orders.errors import Forbidden, Refused, SenderError
from server.db import audit, jobs, originals
from server.db.facts import catalogue
from server.db.papers import drafts, lessons
from server.db.papers.lessons import LessonState
from server.desk.papers.trial import trial_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from intake.lesson import Lesson
    from orders.actor import Actor
    from orders.catalogue import Catalogue
    from server.db.papers.drafts import Draft
    from server.db.papers.lessons import Stored
    from server.deps import Deps

log = logging.getLogger(__name__)

Json = dict[str, Any]
LEARN_JOB = "learn"
TRY_JOB = "try_lesson"
CHAIN = "lessons"
PEOPLE = (Role.SALES, Role.SALES_SUPERVISOR)
READERS = (*PEOPLE, Role.AUDITOR)


def order_learning(deps: Deps, draft_id: str) -> None:
    """Have a submitted draft looked at for what it teaches; nobody waits for it."""
    with deps.store.db.write() as conn:
        jobs.enqueue(conn, LEARN_JOB, {"draft_id": draft_id}, now=deps.clock(), priority=2, dedupe=f"learn:{draft_id}")
    deps.wake()


def learn(deps: Deps, draft_id: str) -> int:
    """Store what a submitted draft teaches and have it tried; return how many lessons it was."""
    with deps.store.db.read() as conn:
        draft = drafts.get(conn, deps.store, draft_id, SYSTEM)
        customer = lessons.customer_of_draft(conn, draft_id)
    known = deps.catalogue()
    if customer is None or customer[1] not in known.customers:
        return 0
    found = [*lessons_of(draft.draft, known.customers[customer[1]], known), *_hints(deps, draft, known)]
    with deps.store.db.write() as conn:
        for lesson in found:
            lesson_id = lessons.propose(conn, deps.store, lesson, draft, customer[0], deps.clock())
            _order_trial(deps, conn, lesson_id)
    deps.wake()
    return len(found)


def _hints(deps: Deps, draft: Draft, known: Catalogue) -> tuple[Lesson, ...]:
    """Return the titles that a corrected value stood under; the document is looked at once more for them."""
    if not wants_hints(draft.draft):
        return ()
    with deps.store.db.read() as conn:
        original = originals.fetch(conn, deps.store, draft.original_id)
    try:
        seen = rows_of(original.data, original.filename or "", original.content_type, known, deps.recognizer)
    except SenderError:
        return ()
    return hints_of(draft.draft, seen)


def _order_trial(deps: Deps, conn: Connection, lesson_id: str) -> None:
    wish: Json = {"priority": 2, "dedupe": f"{TRY_JOB}:{lesson_id}"}
    jobs.enqueue(conn, TRY_JOB, {"lesson_id": lesson_id}, now=deps.clock(), **wish)


def try_lesson(deps: Deps, lesson_id: str) -> str:
    """Replay the customer's past documents with a proposed lesson; return the state that it gives."""
    with deps.store.db.read() as conn:
        stored = lessons.get(conn, deps.store, lesson_id, SYSTEM)
    if stored.state is not LessonState.PROPOSED:
        return stored.state.value
    trial = trial_of(deps, stored)
    state = _verdict(trial)
    with deps.store.db.write() as conn:
        if not lessons.tried(conn, stored, state, trial, deps.clock()):
            return "moved"
        wanted_by = stored.row["switched_by"]
        if wanted_by and state is LessonState.READY and not lessons.contradicted(conn, stored):
            now_there = lessons.get(conn, deps.store, lesson_id, SYSTEM)
            state = LessonState.LIVE
            _switch(deps, conn, now_there, state, wanted_by)
    log.info("Lesson %s is %s", lesson_id, state.value, extra={"action": "lesson_tried"})
    return state.value


def _verdict(trial: Json) -> LessonState:
    if trial["worse"]:
        return LessonState.HARMFUL
    return LessonState.READY if trial["better"] else LessonState.IDLE


def listed(
    deps: Deps,
    actor: Actor,
    *,
    states: tuple[LessonState, ...] = tuple(LessonState),
    limit: int = 50,
    after: str | None = None,
) -> tuple[list[Json], str | None]:
    """Return lessons, newest first, and where the next ones start. Raises Forbidden."""
    _require(actor, READERS)
    with deps.store.db.read() as conn:
        found, cursor = lessons.list_page(conn, deps.store, actor, states=states, limit=limit, after=after)
    return [shown(stored) for stored in found], cursor


def lesson(deps: Deps, actor: Actor, lesson_id: str) -> Json:
    """Return a lesson. Raises Forbidden, NotFound."""
    _require(actor, READERS)
    with deps.store.db.read() as conn:
        return shown(lessons.get(conn, deps.store, lesson_id, actor))


def switch_on(deps: Deps, actor: Actor, lesson_id: str) -> Json:
    """Let a tried lesson speak from the next document on.

    Where the customer sent more since its trial, it is tried once more and switched on if nothing gets worse.
    Raises Forbidden, NotFound, Conflict, Refused.
    """
    _require(actor, PEOPLE)
    with deps.store.db.write() as conn:
        stored = lessons.get(conn, deps.store, lesson_id, actor)
        if stored.state is not LessonState.READY:
            raise _not_now("try it first: nothing may change for the worse", "lesson_untried")
        if lessons.contradicted(conn, stored):
            raise _not_now("the same words mean something else already: revoke that first", "lesson_contradicted")
        if lessons.past_drafts(conn, stored.row["customer_id"], 1) == [(stored.row["trial"] or {}).get("newest")]:
            _switch(deps, conn, stored, LessonState.LIVE, actor.id)
        else:
            lessons.switch(conn, stored, LessonState.PROPOSED, actor.id, deps.clock())
            _order_trial(deps, conn, lesson_id)
    deps.wake()
    return lesson(deps, actor, lesson_id)


def revoke(deps: Deps, actor: Actor, lesson_id: str) -> Json:
    """Switch a live lesson off, from the next document on. Raises Forbidden, NotFound, Conflict, Refused."""
    _require(actor, PEOPLE)
    with deps.store.db.write() as conn:
        stored = lessons.get(conn, deps.store, lesson_id, actor)
        if stored.state is not LessonState.LIVE:
            raise _not_now("the lesson is not switched on", "lesson_not_live")
        _switch(deps, conn, stored, LessonState.REVOKED, actor.id)
    return lesson(deps, actor, lesson_id)


def try_again(deps: Deps, actor: Actor, lesson_id: str) -> Json:
    """Have a lesson that is not live tried once more. Raises Forbidden, NotFound, Conflict, Refused."""
    _require(actor, PEOPLE)
    with deps.store.db.write() as conn:
        stored = lessons.get(conn, deps.store, lesson_id, actor)
        if stored.state is LessonState.LIVE:
            raise _not_now("the lesson is switched on: revoke it first", "lesson_live")
        lessons.switch(conn, stored, LessonState.PROPOSED, None, deps.clock())
        _order_trial(deps, conn, lesson_id)
    deps.wake()
    return lesson(deps, actor, lesson_id)


def _switch(deps: Deps, conn: Connection, stored: Stored, state: LessonState, by: str) -> None:
    now = deps.clock()
    lessons.switch(conn, stored, state, by, now)
    catalogue.moved(conn, by, now)
    action = "lesson_switched_on" if state is LessonState.LIVE else "lesson_revoked"
    detail = {"id": stored.id, "customer": stored.customer, "kind": stored.lesson.kind.value}
    audit.record(conn, CHAIN, audit.Entry(action, by, detail), now)


_ZH = {
    "lesson_untried": "只有在过往单据上试过、没有变坏的写法才能启用",
    "lesson_contradicted": "同样的写法已启用为别的意思，请先撤销那一条",
    "lesson_not_live": "这条写法没有启用",
    "lesson_live": "这条写法正在启用，请先撤销",
}


def _not_now(english: str, code: str) -> Refused:
    return Refused(english, _ZH[code], code=code)


def _require(actor: Actor, roles: tuple[Role, ...]) -> None:
    if not actor.has(*roles):
        raise Forbidden("Your role may not do this with lessons", "您的角色无权操作学到的写法")


def shown(stored: Stored) -> Json:
    """Return a lesson as shown: what is said, what it means, where from, what its trial showed."""
    plain = ("document_id", "draft_id", "path", "filename", "seen", "taught_by", "switched_by")
    times = {name: stored.row[name] and stored.row[name].isoformat() for name in ("created_at", "switched_at")}
    return {
        "id": stored.id,
        "customer": stored.customer,
        "kind": stored.lesson.kind.value,
        "said": stored.lesson.said,
        "meant": stored.lesson.meant,
        "state": stored.state.value,
        "trial": stored.row["trial"],
        **{name: stored.row[name] for name in plain},
        **times,
    }

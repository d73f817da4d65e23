"""How much waits for the signed-in person: the small numbers in the menu.

Place in the order's way: on every full page, counted once a request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g

from server.db.order import approvals, holds
from server.db.outlets import outbox, preferences
from server.db.papers import drafts
from server.db.rulework import rule_changes
from web.access import Screen, may_read, may_write
from web.blueprint import the_actor, the_deps

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from orders.actor import Actor

MOST = 100


def _drafts(conn: Connection, actor: Actor) -> int:
    return len(drafts.list_page(conn, actor, drafts.EDITABLE, limit=MOST).rows)


def _holds(conn: Connection, actor: Actor) -> int:
    return holds.releasable(conn, actor)


def _approvals(conn: Connection, actor: Actor) -> int:
    return approvals.waiting(conn, actor)


def _dead(conn: Connection, _actor: Actor) -> int:
    return sum(count for (_, state), count in outbox.counts(conn).items() if state == "dead")


def _notices(conn: Connection, actor: Actor) -> int:
    return preferences.unread(conn, [actor.id, *(role.value for role in actor.roles)])


def _proposals(conn: Connection, actor: Actor) -> int:
    """Count the changes of the rules that wait for this person's approval: others' alone."""
    if not may_write(actor, Screen.RULES):
        return 0
    waiting = rule_changes.in_state(conn, (rule_changes.ChangeState.PROPOSED,), MOST)
    return sum(change["author"] != actor.id for change in waiting)


_COUNTERS: dict[Screen, Callable[[Connection, Actor], int]] = {
    Screen.NOTICES: _notices,
    Screen.DRAFTS: _drafts,
    Screen.HOLDS: _holds,
    Screen.APPROVALS: _approvals,
    Screen.DELIVERIES: _dead,
    Screen.RULES: _proposals,
}


def waiting_counts() -> dict[Screen, int]:
    """Return the counts of what the person may open, at most `MOST` each."""
    if "waiting" not in g:
        actor = the_actor()
        with the_deps().store.db.read() as conn:
            g.waiting = {screen: count(conn, actor) for screen, count in _COUNTERS.items() if may_read(actor, screen)}
    counted: dict[Screen, int] = g.waiting
    return counted

"""Everything that the page of one order shows, gathered once.

Place in the order's way: between `server.desk.orders` and the template. Puts the decision into words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orders.actor import SYSTEM, Role
from server.db import people
from server.db.facts import standing
from server.db.outlets import outbox
from server.desk import orders as desk
from server.desk.view import REVEALERS, order_view
from web.access import Screen, may_read, may_write
from web.atoms import Labels
from web.history import shown_timeline
from web.i18n import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orders.actor import Actor
    from server.deps import Deps


@dataclass(frozen=True, slots=True)
class Fired:
    """One rule that fired: what it said, what it did and the values that made it true."""

    rule: str
    version: str
    kind: str
    said: str
    values: tuple[tuple[str, str], ...]
    derived: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The view of an order, its neighbours and what may be done to it."""

    view: dict[str, Any]
    fired: tuple[Fired, ...]
    active: tuple[dict[str, Any], ...]
    past: tuple[dict[str, Any], ...]
    next_states: tuple[dict[str, Any], ...]
    timeline: tuple[dict[str, Any], ...]
    messages: tuple[dict[str, Any], ...] = ()
    draft_id: str | None = None
    stock: tuple[dict[str, Any], ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    revealed: bool = False
    can_act: bool = False
    can_reveal: bool = False
    can_repeat: bool = False

    @property
    def allowed(self) -> list[dict[str, Any]]:
        """Commands that may be given now."""
        return [item for item in self.next_states if item["allowed"]]

    @property
    def closed(self) -> list[dict[str, Any]]:
        """Commands that may not be given now, each with its reasons."""
        return [item for item in self.next_states if not item["allowed"]]


def may_release(actor: Actor, hold: dict[str, Any]) -> bool:
    """Say whether the actor's roles are among those that the hold names; the desk asks again."""
    return actor.has(*(Role(role) for role in hold["who"]))


def fired_rules(body: dict[str, Any], labels: Labels) -> tuple[Fired, ...]:
    """Return one entry per firing, those that stop the order first, each with the message that its effects carry."""
    told = _told(body)
    fired = [
        Fired(
            rule=step["rule"],
            version=step["version"],
            kind=told.get(step["rule"], ("derive", ""))[0],
            said=told.get(step["rule"], ("", ""))[1] or labels.title(step["rule"]),
            values=labels.values(step["because"]),
            derived=labels.values(step["derived"]),
        )
        for step in body["trace"]
    ]
    return tuple(sorted(fired, key=lambda item: KINDS.index(item.kind)))


KINDS = ("hold", "require", "flag", "approve", "notify", "derive")
"""What a rule did, the weightiest first."""


def _told(body: dict[str, Any]) -> dict[str, tuple[str, str]]:
    told: dict[str, tuple[str, str]] = {}
    for kind, key in (("hold", "holds"), ("require", "requires"), ("flag", "flags"), ("notify", "notify")):
        for item in body[key]:
            told.setdefault(item["rule"], (kind, say(item["message"])))
    for step in body["approval"]:
        told.setdefault(step["rule"], ("approve", ""))
    return told


def page_of(deps: Deps, actor: Actor, order_id: str, *, reveal: str | None = None) -> Page:
    """Gather the page. Raises NotFound for an order that the actor may not see."""
    view = order_view(deps, actor, order_id, reveal=reveal)
    if actor.is_dealer:  # its own order, and nothing of how we work on it
        return Page(view=view, fired=(), active=(), past=(), next_states=(), timeline=(), can_repeat=True)
    body = view["decision"]["body"] if view["decision"] else None
    holds = [{**hold, "mine": may_release(actor, hold)} for hold in view["holds"]]
    with deps.store.db.read() as conn:
        found = standing.read(conn, order_id)
        messages = outbox.of_order(conn, order_id)
        names = {row["id"]: row["name"] for row in (*people.list_users(conn), *people.list_keys(conn))}
    names[SYSTEM.id] = SYSTEM.name
    return Page(
        view=view,
        fired=fired_rules(body, Labels(deps.engine.bundle)) if body else (),
        active=tuple(hold for hold in holds if hold["state"] == "active"),
        past=tuple(hold for hold in holds if hold["state"] == "released"),
        next_states=tuple(desk.next_states(deps, actor, order_id)),
        timeline=shown_timeline(desk.timeline(deps, actor, order_id), names),
        messages=tuple(messages),
        draft_id=found.row["draft_id"] if may_read(actor, Screen.DRAFTS) else None,
        stock=tuple(row for row in found.reservations if row["state"] != "released"),
        names=names,
        revealed=reveal is not None,
        can_act=may_write(actor, Screen.ORDERS),
        can_reveal=actor.has(*REVEALERS),
        can_repeat=may_write(actor, Screen.ENTRY),
    )

"""Everything that the page of one order shows, gathered once.

Place in the order's way: between `server.desk.orders` and the template. Puts the decision into words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orders.actor import Role
from server.desk import orders as desk
from web.access import Screen, may_write
from web.atoms import shown_values
from web.i18n import say

if TYPE_CHECKING:
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
    document: dict[str, Any] | None = None
    stock: tuple[dict[str, Any], ...] = ()
    revealed: bool = False
    can_act: bool = field(default=False)

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


def fired_rules(body: dict[str, Any]) -> tuple[Fired, ...]:
    """Return one entry per firing, in the order of the trace, each with the message that its effects carry."""
    told: dict[str, tuple[str, str]] = {}
    for kind, items in (
        ("hold", body["holds"]),
        ("flag", body["flags"]),
        ("require", body["requires"]),
        ("notify", body["notify"]),
    ):
        for item in items:
            told.setdefault(item["rule"], (kind, say(item["message"])))
    for step in body["approval"]:
        told.setdefault(step["rule"], ("approve", ""))
    return tuple(
        Fired(
            rule=step["rule"],
            version=step["version"],
            kind=told.get(step["rule"], ("derive", ""))[0],
            said=told.get(step["rule"], ("", ""))[1],
            values=shown_values(step["because"]),
            derived=shown_values(step["derived"]),
        )
        for step in body["trace"]
    )


def page_of(deps: Deps, actor: Actor, order_id: str, *, reveal: str | None = None) -> Page:
    """Gather the page. Raises NotFound for an order that the actor may not see."""
    view = desk.order_view(deps, actor, order_id, reveal=reveal)
    body = view["decision"]["body"] if view["decision"] else None
    holds = [{**hold, "mine": may_release(actor, hold)} for hold in view["holds"]]
    return Page(
        view=view,
        fired=fired_rules(body) if body else (),
        active=tuple(hold for hold in holds if hold["state"] == "active"),
        past=tuple(hold for hold in holds if hold["state"] != "active"),
        next_states=tuple(desk.next_states(deps, actor, order_id)),
        timeline=tuple(desk.timeline(deps, actor, order_id)),
        revealed=reveal is not None,
        can_act=may_write(actor, Screen.ORDERS),
    )

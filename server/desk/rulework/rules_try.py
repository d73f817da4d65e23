"""Try a change on one order: what the live rules and the candidate decide, side by side; nothing is stored.

Place in the order's way: context and decide, for an order that is here already or that somebody pastes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from intake.canonical import parse_order
from intake.normalize import normalize
from intake.readers.payload import load_strict
from orders.decision import body_to_json
from orders.errors import NotFound
from orders.money import fen_text
from rules.bundle import load_bundle
from rules.change.flips import Flip, flip
from rules.facts import freeze
from rules.process.kept import candidates
from server.db.order import decisions
from server.db.order import orders as order_rows
from server.db.rulework import rule_changes

if TYPE_CHECKING:
    from orders.actor import Actor
    from server.deps import Deps

Json = dict[str, Any]
RECENT = 12


@dataclass(frozen=True, slots=True)
class Tried:
    """Both bodies as JSON; ``flip`` is what a person would notice between them."""

    order: str
    live: Json
    draft: Json
    flip: Flip | None


def try_order(deps: Deps, actor: Actor, change_id: str, told: str) -> Tried:
    """Decide an order with the live rules and with the change's: ``told`` is its number, its id, or canonical JSON.

    Raises NotFound, InvalidOrder, RuleAuthorError (the change does not compile).
    """
    with deps.store.db.read() as conn:
        files = rule_changes.files_of(conn, change_id)
    candidate = load_bundle(files)
    name, facts = _pasted(deps, told) if told.lstrip().startswith("{") else _stored(deps, actor, told.strip())
    live = body_to_json(deps.engine.decide(facts).body)
    draft = body_to_json(candidates.of(candidate).decide(facts).body)
    return Tried(name, live, draft, flip(live, draft))


def recent(deps: Deps, actor: Actor) -> list[Json]:
    """Return the newest orders that may be picked: number and what is to be paid."""
    with deps.store.db.read() as conn:
        rows = order_rows.list_page(conn, actor, order_rows.Filter(), limit=RECENT).rows
    return [
        {"number": row["number"], "currency": row["currency"], "payable": fen_text(row["payable_fen"])}
        for row in rows
        if row["number"]
    ]


def _pasted(deps: Deps, told: str) -> tuple[str, bytes]:
    raw, zone = parse_order(load_strict(told.encode())), deps.settings.timezone
    order = normalize(raw, deps.catalogue(), channel="api", received_at=deps.clock(), timezone=zone)
    return order.number or "", freeze(order, deps.context(order))


def _stored(deps: Deps, actor: Actor, told: str) -> tuple[str, bytes]:
    """Return the frozen facts of an order's first decision: what the rules looked at when it arrived."""
    with deps.store.db.read() as conn:
        found = order_rows.list_page(conn, actor, order_rows.Filter(number=told), limit=1).rows
        order_id = found[0]["id"] if found else told
        try:
            order_rows.require(conn, order_id, actor)
        except NotFound:
            raise NotFound(f"There is no order {told}", f"没有订单 {told}") from None
        first = decisions.of_order(conn, order_id)[0]
        return told, decisions.facts(conn, deps.store, first["id"])

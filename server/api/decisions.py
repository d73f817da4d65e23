"""Decisions: a dry run that stores nothing, a stored one, and its replay from its frozen facts."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint

from intake.canonical import parse_order
from intake.normalize import normalize
from intake.readers.payload import load_strict
from orders.decision import Decision, decision_to_json
from rules.facts import freeze
from rules.process.children import Decided
from server.api.call import here
from server.api.call.answer import ok
from server.api.call.body import JSON, read_bytes
from server.api.call.described import answers
from server.api.call.door import EVERYONE, open_to
from server.api.call.path import DecisionPath
from server.db.order import decisions, orders
from server.desk.rulework import replay

api = APIBlueprint("decisions", __name__)


@api.post("/v1/decisions")
@open_to(*EVERYONE, test=True)
@answers({200: "Decision"}, body="Order")
def dry_run() -> Response:
    """Decide an order without storing anything; the decision has no id."""
    decided = _judged(read_bytes(JSON))
    shown = decision_to_json(
        Decision("", here.now(), decided.engine, decided.body, decided.bundle, decided.facts_hash, decided.body_hash)
    )
    return ok({**shown, "id": None})


@api.get("/v1/decisions/<decision_id>")
@open_to(*EVERYONE)
@answers({200: "Decision"})
def show_decision(path: DecisionPath) -> Response:
    """Show a stored decision of an order that the caller may see."""
    return ok(_visible(path.decision_id))


@api.post("/v1/decisions/<decision_id>/replay")
@open_to(*EVERYONE)
@answers({200: "Replay"})
def replay_decision(path: DecisionPath) -> Response:
    """Decide the frozen facts again with the rules of that day and compare byte for byte."""
    _visible(path.decision_id)
    found = replay.replay_decision(here.deps(), path.decision_id)
    hashes = {"stored_body_hash": found.stored_hash, "replayed_body_hash": found.replayed_hash}
    return ok({"decision_id": found.decision_id, "same": found.same, **hashes, "note": found.note})


def _judged(data: bytes) -> Decided:
    """Go the way of an order up to its decision; nothing is stored."""
    deps = here.deps()
    raw, zone = parse_order(load_strict(data)), deps.settings.timezone
    order = normalize(raw, deps.catalogue(), channel="api", received_at=here.now(), timezone=zone)
    return deps.engine.decide(freeze(order, deps.context(order)))


def _visible(decision_id: str) -> dict[str, Any]:
    """Return a decision as JSON. Raises NotFound, also when its order is not the caller's to see."""
    with here.deps().store.db.read() as conn:
        row = decisions.get(conn, decision_id)
        orders.require(conn, row["order_id"], here.actor())
    return decisions.to_json(row)

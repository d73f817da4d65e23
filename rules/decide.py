"""Decide: frozen facts and a bundle in, the replayable body out. Same bytes in, same bytes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from rules.engine import EngineError
from rules.facts import LAYOUT
from rules.judge.compose import compose
from rules.judge.match import Match
from rules.judge.wire import body_from_json

if TYPE_CHECKING:
    from orders.decision import DecisionBody
    from rules.bundle import Bundle


def decide(facts: bytes, bundle: Bundle) -> DecisionBody:
    """Judge frozen facts in this process. Raises EngineError when the engine cannot be trusted with them."""
    return decide_facts(open_facts(facts), bundle)


def open_facts(facts: bytes) -> dict[str, Any]:
    """Read frozen facts. Raises EngineError when they are not in the layout that this version reads."""
    try:
        value: dict[str, Any] = orjson.loads(facts)
        layout = value["layout"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise EngineError(f"the frozen facts cannot be read: {error}") from error
    if layout != LAYOUT:
        raise EngineError(f"the frozen facts have layout {layout}; this version reads {LAYOUT}")
    return value


def decide_facts(facts: dict[str, Any], bundle: Bundle) -> DecisionBody:
    """Judge facts in the frozen layout."""
    return body_from_json(decide_json(facts, bundle))


def decide_json(facts: dict[str, Any], bundle: Bundle) -> dict[str, Any]:
    """Judge facts in the frozen layout; return the body as JSON."""
    body: dict[str, Any] = orjson.loads(decide_bytes(facts, bundle))
    return body


def decide_bytes(facts: dict[str, Any], bundle: Bundle) -> bytes:
    """Judge facts in the frozen layout; return the body's canonical JSON, which is stored, hashed and replayed."""
    match = Match(bundle.program, facts)
    return compose(bundle.program, match, match.run())

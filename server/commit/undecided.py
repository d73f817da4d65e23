"""Held for a race: what is committed when others took, each time, what a decision counted on.

Place in the order's way: between decide and commit, when deciding again did not help. Nothing is taken, nothing lost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from orders.decision import race_lost_body, sha256_hex
from rules.judge.wire import body_bytes

if TYPE_CHECKING:
    from orders.decision import DecisionBody
    from server.commit.words import Attempt


@dataclass(frozen=True, slots=True)
class _Held:
    """A decision that no rule made; the facts and the bundle that it would have been made of stay named."""

    body: DecisionBody
    payload: bytes
    bundle: str
    facts_hash: str
    body_hash: str
    engine: str


def held_for_race(attempt: Attempt) -> Attempt:
    """Return the attempt with its decision replaced by a hold for a person."""
    decided, body = attempt.decided, race_lost_body()
    payload = body_bytes(body)
    held = _Held(body, payload, decided.bundle, decided.facts_hash, sha256_hex(payload), decided.engine)
    return replace(attempt, decided=held)

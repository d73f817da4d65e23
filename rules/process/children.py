"""Engine children: the engine runs in processes of its own, so that no crash or hang of it takes the server along.

Place in the order's way: the server's door to deciding. Each order has a deadline; a child that misses it or dies is
replaced by a spare that stands ready, and the order is judged again once; after that it is held as ``engine_failed``.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import orjson

from orders.decision import DecisionBody, engine_failed_body, sha256_hex
from orders.hold import Message
from rules.engine import ENGINE
from rules.judge.wire import body_bytes, body_from_json
from rules.process.child import DECIDED, DIFFERS, FAILED
from rules.process.crew import Crew, Terms
from rules.process.worker import ChildFailed, Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rules.bundle import Bundle

log = logging.getLogger(__name__)
Answer = tuple[bytes, bytes]
_REASON = Message(zh="引擎未能给出可信结果", en="the engine gave no result that can be trusted")


@dataclass(frozen=True)
class Decided:
    """What the engine gave: the body and its canonical bytes, the bundle's hash, the facts' hash, the engine's name."""

    body: DecisionBody
    payload: bytes
    bundle: str
    facts_hash: str
    engine: str

    @cached_property
    def body_hash(self) -> str:
        """The hash that a replay must give again."""
        return sha256_hex(self.payload)


class EnginePool:
    """Decides from any thread; never raises for engine trouble (kill, one retry, then held as engine_failed).

    ``size`` children work at once. ``oracle_share``: the share of orders (0–1) that the oracle judges beside the
    engine; a difference holds the order and alarms. ``spare``: a child stands ready for one that dies; a pool for a
    few orders does without.
    """

    def __init__(
        self,
        bundle: Bundle,
        size: int = 1,
        deadline_s: float = 0.5,
        oracle_share: float = 0.0,
        *,
        module: str = "rules.process.child",
        spare: bool = True,
    ) -> None:
        self._deadline_s = deadline_s
        self._terms = Terms(size, oracle_share, module, spare)
        self._lock = threading.Lock()
        self._bundle = bundle
        self._crew = Crew.begin(bundle.files, self._terms)

    @property
    def bundle(self) -> Bundle:
        """The live bundle."""
        return self._bundle

    def decide(self, facts: bytes) -> Decided:
        """Judge one order's frozen facts."""
        return self.decide_many([facts])[0]

    def decide_many(self, batch: Sequence[bytes]) -> list[Decided]:
        """Judge several orders in one round trip; answers in the same order. One that kills a child harms no other."""
        hashes: list[str] = []
        bundle, answers = self.answer_many(batch, lambda: hashes.extend(map(sha256_hex, batch[len(hashes) :])))
        hashes += map(sha256_hex, batch[len(hashes) :])
        return [_decided(fact_hash, answer, bundle) for fact_hash, answer in zip(hashes, answers, strict=True)]

    def answer_many(
        self, batch: Sequence[bytes], meanwhile: Callable[[], None] | None = None
    ) -> tuple[str, list[Answer]]:
        """Judge as `decide_many` does; return the bundle and bare answers: a kind, the body or the reason.

        ``meanwhile`` is done here while the child judges, perhaps more than once, perhaps not at all.
        """
        while batch:
            crew = self._crew
            worker = crew.take()
            if worker is not None:
                return self._with(_Hands(crew, worker, self._deadline_s, meanwhile), batch)
            if crew is self._crew:  # nobody came free, or the pool is closed
                return "", [(FAILED, b"no engine child is free")] * len(batch)
        return "", []

    def _with(self, hands: _Hands, batch: Sequence[bytes]) -> tuple[str, list[Answer]]:
        assert hands.worker is not None  # noqa: S101 - just taken
        try:
            return hands.worker.bundle, hands.judge(batch)
        finally:
            hands.crew.give(hands.worker)

    def swap(self, bundle: Bundle) -> None:
        """Make another bundle live; decisions under way finish with the old one.

        Raises ChildFailed when no child can load it: the old one stays.
        """
        with self._lock:
            fresh = self._crew.successor(bundle.files)
            old, self._crew, self._bundle = self._crew, fresh, bundle
        old.close(heir=fresh)

    def close(self) -> None:
        """End the children."""
        self._crew.close()


class _Hands:
    """One thread's hold on a child during one call, and on the child that replaces it."""

    def __init__(self, crew: Crew, worker: Worker, deadline_s: float, meanwhile: Callable[[], None] | None) -> None:
        self.crew = crew
        self.worker: Worker | None = worker
        self.deadline_s = deadline_s
        self.meanwhile = meanwhile

    def judge(self, batch: Sequence[bytes]) -> list[Answer]:
        """Judge a batch; after a failure each order alone, once more."""
        try:
            return self._ask(batch)
        except ChildFailed:
            return [self._again(facts) for facts in batch]

    def _again(self, facts: bytes) -> Answer:
        try:
            return self._ask([facts])[0]
        except ChildFailed as error:
            return FAILED, str(error).encode()

    def _ask(self, batch: Sequence[bytes]) -> list[Answer]:
        if self.worker is None:
            raise ChildFailed("no engine child could be started")
        try:
            return self.worker.decide(batch, self.deadline_s + 0.05 * (len(batch) - 1), self.meanwhile)
        except ChildFailed as error:
            log.error("An engine child failed: %s", error, extra={"action": "engine_child_failed"})
            self.worker = self.crew.replacement()
            raise


def _decided(facts_hash: str, answer: Answer, bundle: str) -> Decided:
    kind, payload = answer
    if kind == DECIDED:
        return Decided(body_from_json(orjson.loads(payload)), payload, bundle, facts_hash, ENGINE)
    reason = payload.decode("utf-8", "replace")
    if kind == DIFFERS:
        log.critical("Order held: %s", reason, extra={"action": "engine_oracle_difference", "facts": facts_hash})
    else:
        log.error("Order held: %s", reason, extra={"action": "engine_failed", "facts": facts_hash})
    body = engine_failed_body(_REASON.zh, _REASON.en)
    return Decided(body, body_bytes(body), bundle, facts_hash, ENGINE)

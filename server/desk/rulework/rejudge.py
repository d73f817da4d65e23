"""Re-judging: every stored order by two bundles, on all cores, page by page; what flips is kept, memory stays flat.

Place in the order's way: the job behind a backtest. One thread reads and writes; engine children judge. Each page's
flips, counts and end are stored in one transaction, so that a worker that dies costs one page, and nobody counts twice.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from orders.decision import ENGINE_FAILED, RACE_LOST, sha256_hex
from orders.errors import InternalError, RuleAuthorError
from orders.state import OrderState
from orders.truth import truth_of
from rules.bundle import load_bundle
from rules.change.flips import flip
from rules.forget import ATOMS, can_judge
from rules.process.child import DECIDED
from rules.process.children import EnginePool
from server.db.rulework import backtests, bundles
from server.db.vault import Erased
from server.desk.rulework.tally import Seen, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.bundle import Bundle
    from server.db.rulework.backtests import Signals
    from server.deps import Deps

log = logging.getLogger(__name__)
Json = dict[str, Any]
PAGE = 100
DEADLINE_S = 24.0
"""For one order in a child that lets others go first: on a busy machine it may wait long for its turn. A page then has
just under the thirty seconds after which a child ends itself."""
CHILD = "rules.process.patient"
UNDECIDED_BYTES = (ENGINE_FAILED.encode(), RACE_LOST.encode())
ATOMS_BYTES = f'"{ATOMS}"'.encode()


@dataclass(slots=True)
class _Case:
    """One order on its way through: its row, its facts (None: erased), both sides' bodies as bytes."""

    row: Any
    facts: bytes | None
    old: bytes | None = None
    new: bytes | None = None
    failed: str = ""


def run(deps: Deps, backtest_id: str, *, cores: int | None = None) -> str:
    """Do a backtest, or what is left of it; return the state that it ended in."""
    with deps.store.db.write() as conn:
        begun = backtests.begin(conn, backtest_id, deps.clock())
    if begun is None:
        return "over"
    with ExitStack() as stack:
        try:
            judges = _Judges(deps, begun, cores or os.cpu_count() or 1, stack)
        except RuleAuthorError as error:
            return _end(deps, backtest_id, backtests.FAILED, error.message_en)
        finished = _all_pages(deps, begun, judges)
    if not finished:
        return "over"  # cancelled, or another worker goes on with it
    return _end(deps, backtest_id, backtests.DONE)


def _end(deps: Deps, backtest_id: str, state: str, error: str | None = None) -> str:
    with deps.store.db.write() as conn:
        backtests.end(conn, backtest_id, state, deps.clock(), error=error)
    log.info("Backtest %s %s", backtest_id, state, extra={"action": "backtest_ended"})
    return state


def _all_pages(deps: Deps, begun: Json, judges: _Judges) -> bool:
    """Read ahead, judge on all cores, store in order; False when somebody ended it meanwhile."""
    tally = Tally.from_json(begun["counts"])
    at, under_way = begun["cursor"], deque[Future[list[_Case]]]()
    more = True
    while more or under_way:
        while more and len(under_way) <= judges.cores:
            page = _read(deps, at, begun, judges)
            more = len(page) == PAGE
            if page:
                at = page[-1].row.id
                under_way.append(judges.submit(page))
        if under_way and not _store(deps, begun, judges.finished(under_way.popleft()), tally):
            return False
    return True


def _read(deps: Deps, after: str, begun: Json, judges: _Judges) -> list[_Case]:
    with deps.store.db.read() as conn:
        found = backtests.orders_page(conn, after, begun["until"], PAGE)
        return [_Case(row, _facts(deps, conn, row.facts, judges)) for row in found]


def _facts(deps: Deps, conn: Any, sealed: bytes, judges: _Judges) -> bytes | None:
    """Open an order's facts; None when its person was erased and the candidate asks what nobody knows any more."""
    try:
        facts = deps.store.vault.unseal(conn, sealed)
    except Erased:
        return None
    return facts if ATOMS_BYTES not in facts or judges.can_judge(facts) else None


class _Judges:
    """The children of both bundles, and the threads that wait for them."""

    def __init__(self, deps: Deps, begun: Json, cores: int, stack: ExitStack) -> None:
        self.cores = cores
        self._deps = deps
        self._baseline_hash = begun["baseline"]
        self._stack = stack
        self._lock = threading.Lock()
        self._candidate = self._pool(begun["files"])
        self._asking = (self._candidate.bundle, self._rules())
        self._baseline: EnginePool | None = None
        self._threads = stack.enter_context(ThreadPoolExecutor(cores, thread_name_prefix="backtest"))

    def _pool(self, files: dict[str, str]) -> EnginePool:
        pool = EnginePool(load_bundle(files), size=self.cores, deadline_s=DEADLINE_S, module=CHILD, spare=False)
        self._stack.callback(pool.close)
        return pool

    def _before(self) -> EnginePool:
        """Return the children of the baseline; needed only for orders that other rules had decided."""
        with self._lock:
            if self._baseline is None:
                with self._deps.store.db.read() as conn:
                    files = bundles.files(conn, self._baseline_hash)
                self._baseline = self._pool(files)
            return self._baseline

    def can_judge(self, facts: bytes) -> bool:
        """Say whether both sides can judge facts without a person."""
        return all(can_judge(facts, bundle) for bundle in self._asking)

    def _rules(self) -> Bundle:
        """Return the baseline's rules."""
        live = self._deps.engine.bundle
        if live.hash == self._baseline_hash:
            return live
        with self._deps.store.db.read() as conn:
            return load_bundle(bundles.files(conn, self._baseline_hash))

    def submit(self, cases: list[_Case]) -> Future[list[_Case]]:
        """Begin to judge a page."""
        return self._threads.submit(self._judge, cases)

    def _judge(self, cases: list[_Case]) -> list[_Case]:
        """Give each order both sides' bodies; what its own rules had decided is not decided again if it is the same."""
        for case, body in self._ask(self._candidate, [case for case in cases if case.facts is not None]):
            case.new = body
        others = []
        for case in cases:
            if case.new is not None and case.row.bundle != self._baseline_hash:
                others.append(case)
            elif case.new is not None and sha256_hex(case.new) == case.row.body_hash:
                case.old = case.new
        for case, body in self._ask(self._before(), others) if others else ():
            case.old = body
        return cases

    def _ask(self, pool: EnginePool, cases: list[_Case]) -> Iterator[tuple[_Case, bytes]]:
        _, answers = pool.answer_many([case.facts for case in cases if case.facts is not None])
        for case, (kind, payload) in zip(cases, answers, strict=True):
            if kind == DECIDED:
                yield case, payload
            else:
                case.failed = payload.decode("utf-8", "replace")

    def finished(self, judged: Future[list[_Case]]) -> list[_Case]:
        """Wait for a page; read the stored body of each order that comes out otherwise."""
        cases = judged.result()
        unlike = [case for case in cases if case.new is not None and case.old is None and not case.failed]
        with self._deps.store.db.read() as conn:
            bodies = backtests.bodies(conn, [case.row.decision_id for case in unlike])
        for case in unlike:
            case.old = bodies[case.row.decision_id]
        undecided = [case for case in unlike if case.old is not None and _undecided(case.old)]
        for case, body in self._ask(self._before(), undecided) if undecided else ():
            case.old = body
        return cases


def _undecided(body: bytes) -> bool:
    """Say whether the stored decision was not the rules': the engine had failed, or a race was lost."""
    if not any(code in body for code in UNDECIDED_BYTES):
        return False  # without reading it: most are not
    return any(hold["code"] in (ENGINE_FAILED, RACE_LOST) for hold in orjson.loads(body)["holds"])


def _store(deps: Deps, begun: Json, cases: list[_Case], tally: Tally) -> bool:
    """Count a page and store its flips; ``begun`` then stands at its end."""
    with deps.store.db.read() as conn:
        known = backtests.signals(conn, [case.row.id for case in cases])
    flips = [row for case in cases if (row := _counted(begun, case, known, tally)) is not None]
    end = {"cursor": cases[-1].row.id, "done": begun["done"] + len(cases), "counts": tally.to_json()}
    with deps.store.db.write() as conn:
        kept = backtests.advance(conn, begun, end, flips)
    begun.update(end)
    return kept


def _counted(begun: Json, case: _Case, known: dict[str, Signals], tally: Tally) -> Json | None:
    """Count one order; return its row among the flips if it flips."""
    if case.facts is None:
        tally.erased += 1
        return None
    if case.failed:
        tally.fail(case.failed)
        return None
    row, signal = case.row, known[case.row.id]
    refused = signal.refused or (row.state == OrderState.REJECTED and row.stands != "reject")
    truth = truth_of(OrderState(row.state), signal.verdicts, released=signal.released, refused=refused)
    seen = Seen(row.currency, row.payable_fen, truth, signal.waited_s)
    if case.old is None or case.new is None:
        raise InternalError(f"order {row.id} was judged by one side only")
    if case.old == case.new:
        outcome = row.outcome if row.bundle == begun["baseline"] else orjson.loads(case.new)["outcome"]
        tally.judged(seen, outcome, outcome)
        return None
    old, new = orjson.loads(case.old), orjson.loads(case.new)
    tally.judged(seen, old["outcome"], new["outcome"])
    found = flip(old, new)
    if found is None:
        return None
    tally.flipped(seen, found.kinds)
    return {
        "backtest_id": begun["id"],
        "order_id": row.id,
        "number": row.number,
        "kinds": f",{','.join(found.kinds)},",
        "truth": truth.value,
        "currency": row.currency,
        "payable_fen": row.payable_fen,
        "old": found.old,
        "new": found.new,
    }

"""Proof by a million pairs: generated rule sets × orders, each judged by the engine and by the oracle.

Run: ``make prove-rules`` or ``python -m bench.prove_rules [--sets N] [--orders N] [--from SEED] [--workers N]
[--fresh]``. Every set comes from its number alone (its seed), so that a failure can be repeated with ``--from``. Sets
are judged in processes of their own, one a core; a run that was stopped goes on where it stood. Exit 1 at the first
difference, with the smallest rules and facts that still show it, or when a set ends its process.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import get_context
from random import Random
from typing import TYPE_CHECKING, Any

from bench.quick import read_generated
from bench.report import save
from orders.errors import InternalError
from rules import language
from rules.prove import Generator, agree, bundle_of, large_rulebook, matching_rulebook, rulebook
from server.config import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from rules.bundle import Bundle

STATE = ROOT / "var" / "bench" / "prove_rules_state.json"
SMALL = (1, 2, 3, 4, 6, 8)


@dataclass(slots=True)
class Tally:
    """What was proven so far."""

    next: int = 0
    sets: int = 0
    pairs: int = 0
    rules: int = 0
    fired: int = 0
    seconds: float = 0.0


def rule_set(seed: int) -> tuple[Generator, Bundle | None]:
    """Return a set's source of orders and its bundle: mostly a few rules; sometimes none, 60, 600, or all matching.

    The sets that take minutes come late in every thousand, so that a run shows early what it finds.
    """
    generator = Generator(Random(seed))
    if seed % 1000 == 997:
        return generator, large_rulebook(generator, 600)
    if seed % 200 == 3:
        return generator, large_rulebook(generator, 60)
    if seed % 100 == 5:
        return generator, matching_rulebook((60, 600)[seed % 1000 == 905])
    if seed % 100 == 11:
        return generator, rulebook(generator, 0)
    return generator, rulebook(generator, SMALL[seed % len(SMALL)])


def prove(seed: int, orders: int, tally: Tally) -> None:
    """Judge one set's orders both ways. Raises Disagreement or EngineError."""
    generator, bundle = rule_set(seed)
    if bundle is None:  # every rule was refused
        bundle = rulebook(generator, 0)
    assert bundle is not None
    for _ in range(orders):
        facts = generator.facts()
        try:
            tally.fired += agree(bundle, facts)
        except InternalError as error:
            _report(seed, bundle, facts, error)
            raise
        tally.pairs += 1
    tally.sets += 1
    tally.rules += len(bundle.program.rules)


def differs(policy: dict[str, Any], facts: dict[str, Any]) -> bool:
    """Say whether engine and oracle still differ."""
    try:
        agree(bundle_of(policy), facts)
    except InternalError:
        return True
    except Exception:  # noqa: BLE001 - a set that no longer compiles shows nothing
        return False
    return False


def smallest(policy: dict[str, Any], facts: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Take out rules, rows and values as long as the difference stays."""
    for holder, key in [(policy, "rules"), *((facts, name) for name, rows in facts.items() if isinstance(rows, list))]:
        for item in list(holder[key]):
            kept = holder[key]
            holder[key] = [each for each in kept if each is not item]
            if not differs(policy, facts):
                holder[key] = kept
    for group in (facts["head"], facts["personal"]):
        for name in list(group):
            value = group.pop(name)
            if not differs(policy, facts):
                group[name] = value
    return policy, facts


def _report(seed: int, bundle: Bundle, facts: dict[str, Any], error: InternalError) -> None:
    print(f"\n✗ set {seed}: {error}; looking for the smallest case …", file=sys.stderr)
    policy, few = smallest(json.loads(bundle.files["generated.yaml"]), json.loads(json.dumps(facts)))
    print(json.dumps({"seed": seed, "policy": policy, "facts": few}, ensure_ascii=False, indent=1), file=sys.stderr)


def _resumed(fresh: bool) -> Tally:
    if fresh or not STATE.exists():
        return Tally()
    return Tally(**json.loads(STATE.read_text("utf-8")))


def _alone(seed: int, orders: int) -> Tally:
    """Prove one set in a worker; return what it adds."""
    tally = Tally()
    began = time.process_time()
    prove(seed, orders, tally)
    tally.seconds = time.process_time() - began
    return tally


def _prepare() -> None:
    """Set a worker up: at the lowest priority, and with the quick way to read generated files."""
    os.nice(19)
    vars(language)["read_yaml"] = read_generated


def _add(tally: Tally, more: Tally) -> None:
    tally.next += 1
    tally.sets += more.sets
    tally.pairs += more.pairs
    tally.rules += more.rules
    tally.fired += more.fired
    tally.seconds += more.seconds


def run(tally: Tally, last: int, orders: int, workers: int, state: Path | None = STATE) -> bool:
    """Prove the sets from ``tally.next`` to ``last``; say whether all agree. The place is kept in ``state``."""
    seeds = range(tally.next, last)
    began, first = time.monotonic(), tally.pairs
    with ProcessPoolExecutor(workers, get_context("spawn"), _prepare) as pool:
        try:
            for more in pool.map(partial(_alone, orders=orders), seeds):
                _add(tally, more)
                if state is not None and (tally.next % 20 == 0 or tally.next == last):
                    state.write_text(json.dumps(asdict(tally)), "utf-8")
                    _progress(tally, last, (tally.pairs - first) / (time.monotonic() - began))
        except (InternalError, BrokenProcessPool) as error:
            print(f"\n✗ at seed {tally.next} or soon after: {error}", file=sys.stderr)
            pool.shutdown(cancel_futures=True)
            return False
    return True


def _progress(tally: Tally, last: int, pace: float) -> None:
    print(
        f"\rseed {tally.next:,} of {last:,}: {tally.pairs:,} pairs, {tally.fired:,} firings, {pace:,.0f} pairs/s ",
        end="",
        flush=True,
    )


def main() -> int:
    """Prove set after set; print progress, keep the place, save the figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sets", type=int, default=20_000)
    asked.add_argument("--orders", type=int, default=50)
    asked.add_argument("--from", type=int, dest="first")
    asked.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    asked.add_argument("--fresh", action="store_true")
    options = asked.parse_args()
    alone = options.first is not None
    tally = _resumed(options.fresh or alone)
    tally.next = options.first if alone else tally.next
    STATE.parent.mkdir(parents=True, exist_ok=True)
    last = options.first + options.sets if alone else options.sets
    if not run(tally, last, options.orders, options.workers, None if alone else STATE):
        return 1
    print(f"\n✓ {tally.sets:,} sets of {tally.rules:,} rules, {tally.pairs:,} pairs: engine and oracle agree")
    save("prove_rules", asdict(tally))
    return 0


if __name__ == "__main__":
    sys.exit(main())

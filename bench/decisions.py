# ruff: noqa: E501, TC003 - rules of other engines read best one to a line
"""Decisions per second and core of 36 rules, full trace included, beside other engines doing the same rules.

Run: ``python -m bench.decisions [--orders N] [--rounds N] [--seconds S]``. Five-line orders from a fixed seed. Every
engine judges the same orders; agreement on each rule and line is checked first. Rounds are short and take turns; medians and
ratios are of the same run. Sluice's time goes from the frozen bytes to the bytes of the whole decision with its trace; the
rivals get dictionaries with joins done and give bare hits; one row has zen-engine begin at the same bytes. durable-rules by
itself, experta (where `bench/rivals/requirements.txt` is installed) and json-rules-engine (node, after ``npm ci``) run in
processes of their own. Prints a table and writes var/bench/decisions.json.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from importlib.util import find_spec
from typing import Any

import orjson

from bench.decision_orders import POLICIES, frozen_orders
from bench.report import save, table
from bench.rivals import json_rules
from bench.rivals.apart import Apart, python
from bench.rivals.clips_rules import Clips
from bench.rivals.facts import nested
from bench.rivals.plain import judge as plain_judge
from bench.rivals.zen_rules import Zen
from rules.bundle import Bundle, bundle_from_dir
from rules.decide import decide, decide_bytes, open_facts
from rules.judge.match import Match
from rules.process.child import settle_collector
from rules.process.children import EnginePool

Hits = set[tuple[str, Any]]
OURS = "Sluice (decision + full trace)"
NODE = "json-rules-engine 7.3 (node)"
DURABLE = "durable-rules 2.0 by itself"
EXPERTA = "experta 1.9"
KEYS = {"line": "line_no", "duplicate": "order_id", "twin": "order_id"}


def our_hits(facts: bytes, bundle: Bundle) -> Hits:
    """Return Sluice's firings as (rule, key)."""
    found: Hits = set()
    program = bundle.program
    for _, _, rule, rows in Match(program, orjson.loads(facts)).run():
        named = zip(program.aliases[rule], rows, strict=True)
        key = next((row[KEYS[alias]] for alias, row in named if alias in KEYS), "")
        found.add((program.rules[rule].id, key))
    return found


def disagreements(bundle: Bundle, orders: list[bytes], rivals: Mapping[str, Callable[[Any], Any]]) -> dict[str, int]:
    """Return, per rival, on how many orders its hits differ from ours."""
    wrong = dict.fromkeys(rivals, 0)
    for facts in orders:
        ours, given = our_hits(facts, bundle), nested(orjson.loads(facts))
        for name, judge in rivals.items():
            theirs = {(rule, key) for rule, key in judge(given)}
            if theirs != ours:
                wrong[name] += 1
                if wrong[name] == 1:
                    print(f"  {name} differs: {sorted(map(str, ours ^ theirs))}", file=sys.stderr)
    return wrong


def _rivals_apart(given: list[dict[str, Any]]) -> dict[str, Apart]:
    """Start the rivals that run in processes of their own."""
    found = {DURABLE: Apart(python("durable_rules"), given)}
    if find_spec("experta"):
        found[EXPERTA] = Apart(python("experta_rules"), given)
    if json_rules.installed():
        found[NODE] = Apart(json_rules.command(), given)
    return found


def _differing(bundle: Bundle, orders: list[bytes], name: str, rival: Apart) -> int:
    """Return on how many orders a rival's hits differ from ours."""
    pairs = zip(orders, rival.hits(), strict=True)
    different = [ours ^ set(hits) for facts, hits in pairs if (ours := our_hits(facts, bundle)) != set(hits)]
    if different:
        print(f"  {name} differs: {sorted(map(str, different[0]))}", file=sys.stderr)
    return len(different)


def rate(run: Callable[[Any], object], inputs: list[Any], seconds: float) -> float:
    """Return orders per CPU second of one round: of this process with all its threads, whatever else the machine does."""
    done, began = 0, time.process_time()
    while (spent := time.process_time() - began) < seconds:
        for item in inputs:
            run(item)
        done += len(inputs)
    return done / spent


def pipe_overhead_ms(bundle: Bundle, orders: list[bytes]) -> tuple[float, float]:
    """Return the milliseconds that the child's pipe adds to one decision, alone and in batches of 40.

    The best of many calls an order, taken in turns with judging it here: waiting for a processor that others use is
    no cost of the pipe.
    """
    pool, few = EnginePool(bundle, deadline_s=10), orders[:40]
    alone, direct = [float("inf")] * len(few), [float("inf")] * len(few)
    batch = float("inf")
    try:
        for _ in range(40):
            for at, facts in enumerate(few):
                direct[at] = min(direct[at], _timed(partial(decide, facts, bundle)))
                alone[at] = min(alone[at], _timed(partial(pool.decide, facts)))
            batch = min(batch, _timed(lambda: pool.decide_many(few)) / len(few))
    finally:
        pool.close()
    base = statistics.mean(direct)
    return statistics.mean(alone) - base, batch - base


def _timed(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return (time.perf_counter() - began) * 1000


def main() -> int:
    """Measure, print, save; exit 1 when an engine disagrees."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--orders", type=int, default=200)
    asked.add_argument("--rounds", type=int, default=31)
    asked.add_argument("--seconds", type=float, default=0.15)
    options = asked.parse_args()
    bundle = bundle_from_dir(POLICIES)
    orders = frozen_orders(options.orders)
    given = [nested(orjson.loads(facts)) for facts in orders]
    zen, traced, clips = Zen(), Zen(traced=True), Clips()
    first, first_traced = Zen(first_example=True), Zen(first_example=True, traced=True)
    rivals = {"zen-engine 2.1": zen.judge, "clipspy 1.0": clips.judge, "plain Python": plain_judge}
    wrong = disagreements(bundle, orders, rivals)
    apart = _rivals_apart(given)
    for name, rival in apart.items():
        wrong[name] = _differing(bundle, orders, name, rival)
    fired = statistics.mean(len(our_hits(facts, bundle)) for facts in orders)
    print(
        f"{len(bundle.program.rules)} rules, {len(orders)} orders of 5 lines, {fired:.1f} firings each; differ: {wrong}"
    )
    runs: dict[str, tuple[Callable[[Any], object], list[Any]]] = {
        OURS: (lambda facts: decide_bytes(open_facts(facts), bundle), orders),
        "zen-engine 2.1": (zen.judge, given),
        "zen-engine 2.1 (with its trace)": (traced.judge, given),
        "zen-engine 2.1 (its trace, from the frozen bytes)": (
            lambda facts: traced.judge(nested(orjson.loads(facts))),
            orders,
        ),
        "zen-engine 2.1 (its first example)": (first.judge, given),
        "zen-engine 2.1 (its first example, with its trace)": (first_traced.judge, given),
        "clipspy 1.0": (clips.judge, given),
        "plain Python": (plain_judge, given),
    }
    settle_collector()  # for all engines in this process, as in an engine child
    rates: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(options.rounds):
        for name, (run, inputs) in runs.items():
            rates[name].append(rate(run, inputs, options.seconds))
        for name, rival in apart.items():
            rates.setdefault(name, []).append(rival.rate(options.seconds))
    for rival in apart.values():
        rival.close()
    _report(rates, wrong, fired, pipe_overhead_ms(bundle, orders))
    return 1 if any(wrong.values()) else 0


def _report(rates: dict[str, list[float]], wrong: dict[str, int], fired: float, pipe: tuple[float, float]) -> None:
    medians = {name: statistics.median(values) for name, values in rates.items()}
    ratios = {name: statistics.median(a / b for a, b in zip(rates[OURS], values, strict=True))
              for name, values in rates.items()}  # fmt: skip
    rows = [
        (name, f"{median:,.0f}", f"{1e6 / median:,.0f}", f"{ratios[name]:.2f}×") for name, median in medians.items()
    ]
    print(table(("engine", "decisions/s/core", "µs", "Sluice is"), rows))
    print(f"the engine child's pipe adds {pipe[0]:.3f} ms to one decision, {pipe[1]:.3f} ms in a batch of 40")
    save("decisions", {
        "decisions_per_second": medians, "sluice_ratio": ratios, "rounds": rates, "differ": wrong,
        "firings_per_order": fired, "pipe_ms": {"single": pipe[0], "batch": pipe[1]},
    })  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())

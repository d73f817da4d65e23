"""The rules engine over time and size: latency, growth with the rulebook, memory, hot reloads under load.

Run: ``make bench-engine`` or ``python -m bench.engine [--decisions N] [--reloads N] [--threads N]``. Orders and rules
are those of `bench/decisions.py`. Prints a table and writes var/bench/engine.json; exit 1 when a reload spoilt a
decision.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import threading
import time
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

from ruamel.yaml import YAML

from bench.decision_orders import POLICIES, frozen_orders
from bench.report import save, table
from rules.bundle import Bundle, bundle_from_dir, load_bundle, policy_files
from rules.decide import decide_bytes, open_facts
from rules.judge.wire import body_bytes
from rules.process.children import EnginePool

if TYPE_CHECKING:
    from collections.abc import Mapping

COPIES = (1, 5, 17)
PAGE_KB = 4


def multiplied(copies: int) -> Bundle:
    """Return the benchmark's policies several times over; the copies have names of their own."""
    shipped = {name: text.partition("\nexamples:")[0] + "\n" for name, text in policy_files(POLICIES).items()}
    own = _own_names(shipped)
    files = dict(shipped)
    for number in range(1, copies):
        for name, text in shipped.items():
            files[f"x{number}{name}"] = _renamed(text, own, f"x{number}")
    return load_bundle(files)


def _own_names(files: Mapping[str, str]) -> re.Pattern[str]:
    """Return a pattern for the names of the files' tables, derived facts and flags that some rule reads."""
    names: set[str] = set()
    for text in files.values():
        policy = YAML(typ="safe").load(text)
        names |= {*policy.get("tables", {}), *policy.get("derives", {}), *re.findall(r"flag is (\w+)", text)}
    return re.compile(rf"\b({'|'.join(sorted(names))})\b")


def _renamed(text: str, own: re.Pattern[str], mark: str) -> str:
    text = re.sub(r"^policy: (\S+)", rf"policy: \1{mark}", text, count=1, flags=re.MULTILINE)
    return own.sub(rf"\1{mark}", re.sub(r"- id: (\S+)", rf"- id: \1.{mark}", text))


def latencies_us(bundle: Bundle, orders: list[bytes], count: int) -> list[float]:
    """Return the wall-clock microseconds of decisions from frozen bytes, sorted."""
    found = []
    for facts in islice(cycle(orders), count):
        began = time.perf_counter()
        decide_bytes(open_facts(facts), bundle)
        found.append((time.perf_counter() - began) * 1e6)
    return sorted(found)


def cpu_us(bundle: Bundle, orders: list[bytes], rounds: int = 5) -> float:
    """Return the CPU microseconds of one decision: the best of some rounds."""
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        for facts in orders:
            decide_bytes(open_facts(facts), bundle)
        best = min(best, (time.process_time() - began) / len(orders))
    return best * 1e6


def resident_kb() -> int:
    """Return this process's resident memory."""
    return int(Path("/proc/self/statm").read_text("utf-8").split()[1]) * PAGE_KB


def memory_growth_kb(bundle: Bundle, orders: list[bytes], count: int) -> int:
    """Return by how much many decisions grow this process."""
    latencies_us(bundle, orders, 2000)
    before = resident_kb()
    for facts in islice(cycle(orders), count):
        decide_bytes(open_facts(facts), bundle)
    return resident_kb() - before


def reloads(orders: list[bytes], count: int, threads: int) -> tuple[int, int]:
    """Swap two bundles under load; return decisions made and decisions that were not what their bundle says."""
    files = policy_files(POLICIES)
    other = {name: text.replace("value: 500.00元", "value: 400.00元") for name, text in files.items()}
    bundles = [load_bundle(files), load_bundle(other)]
    wanted = {each.hash: [_bytes(facts, each) for facts in orders] for each in bundles}
    pool, done = EnginePool(bundles[0], size=2, deadline_s=30), threading.Event()
    made, wrong = [0] * threads, [0] * threads

    def work(index: int) -> None:
        for at in cycle(range(index % len(orders), len(orders))):
            if done.is_set():
                return
            decided = pool.decide(orders[at])
            made[index] += 1
            wrong[index] += body_bytes(decided.body) != wanted.get(decided.bundle, [b""] * len(orders))[at]

    crew = [threading.Thread(target=work, args=(index,)) for index in range(threads)]
    for thread in crew:
        thread.start()
    try:
        for number in range(count):
            pool.swap(bundles[(number + 1) % 2])
    finally:  # threads left to themselves would decide for ever
        done.set()
        for thread in crew:
            thread.join()
        pool.close()
    return sum(made), sum(wrong)


def _bytes(facts: bytes, bundle: Bundle) -> bytes:
    return decide_bytes(open_facts(facts), bundle)


def main() -> int:
    """Measure, print, save."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--decisions", type=int, default=200_000)
    asked.add_argument("--reloads", type=int, default=300)
    asked.add_argument("--threads", type=int, default=4)
    options = asked.parse_args()
    orders = frozen_orders(200)
    bundle = bundle_from_dir(POLICIES)
    found = latencies_us(bundle, orders, 5000)
    p50, p99 = statistics.median(found), found[int(len(found) * 0.99)]
    growth = {len(book.program.rules): cpu_us(book, orders) for book in map(multiplied, COPIES)}
    grown = memory_growth_kb(bundle, orders, options.decisions)
    decided, wrong = reloads(orders[:20], options.reloads, options.threads)
    _report({"p50_us": p50, "p99_us": p99}, growth, (options.decisions, grown), (options.reloads, decided, wrong))
    return 1 if wrong else 0


def _report(
    latency: dict[str, float], growth: Mapping[int, float], memory: tuple[int, int], swaps: tuple[int, int, int]
) -> None:
    rows = [("p50 / p99 of one decision, wall clock", f"{latency['p50_us']:,.0f} / {latency['p99_us']:,.0f} µs")]
    rows += [(f"CPU of one decision, {rules} rules", f"{us:,.0f} µs") for rules, us in growth.items()]
    rows.append((f"memory after {memory[0]:,} decisions", f"{memory[1]:+,} KB"))
    rows.append((f"{swaps[0]} hot reloads under load: decisions / wrong", f"{swaps[1]:,} / {swaps[2]}"))
    print(table(("measured", "figure"), rows))
    save("engine", {
        **latency, "cpu_us_by_rules": {str(rules): us for rules, us in growth.items()},
        "memory": {"decisions": memory[0], "growth_kb": memory[1]},
        "reloads": {"count": swaps[0], "decisions": swaps[1], "wrong": swaps[2]},
    })  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())

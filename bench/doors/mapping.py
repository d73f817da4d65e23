"""What mapping one order of five lines costs, preset by preset."""

from __future__ import annotations

import json
import time
from copy import deepcopy
from typing import Any

from bench.report import table
from intake.mapping.engine import compile_template, records, run
from intake.mapping.paths import steps_of
from intake.mapping.preset import presets
from intake.readers.payload import load_strict
from server.config import ROOT

GOLDEN = ROOT / "tests" / "golden" / "channels"
LINES, ROUNDS, REPEATS = 5, 40, 100
WANTED_MS = 0.05


def measure(*, small: bool) -> dict[str, Any]:
    """Measure every preset, print, return the figures and what was missed."""
    names = [name for name in presets() if (GOLDEN / name).exists() and name != "dealer"]
    mapped = {name: mapping_ms(name, REPEATS // 20 if small else REPEATS) for name in names}
    worst = max(mapped, key=mapped.__getitem__)
    print(table(["对照 · mapping", "ms / 5 行 · lines"], [[name, f"{ms:.4f}"] for name, ms in mapped.items()]))
    within = sum(ms <= WANTED_MS for ms in mapped.values())
    print(f"最慢 · slowest: {worst} {mapped[worst]:.4f} ms；{within}/{len(mapped)} ≤ {WANTED_MS}（目标 · wanted）\n")
    return {"mapping_ms": mapped, "wanted_ms": WANTED_MS, "missed": []}


def mapping_ms(name: str, repeats: int = REPEATS) -> float:
    """Return what mapping one order of five lines costs by a preset, its JSON read already: the least of many tries."""
    plan = compile_template(presets()[name])
    value = load_strict((GOLDEN / name / "input.json").read_bytes())
    record = _with_lines(plan, records(plan, value)[0])
    times = []
    for _ in range(repeats):
        begun = time.process_time()
        for _ in range(ROUNDS):
            run(plan, record)
        times.append((time.process_time() - begun) / ROUNDS * 1000)
    return min(times)


def _with_lines(plan: Any, record: dict[str, Any]) -> dict[str, Any]:
    """Give an order five lines: its own ones, over and over."""
    record = deepcopy(record)
    steps = steps_of(plan.template.lines) or ("rows",)
    *outer, last = steps
    node: Any = record
    for step in outer:
        node = node[step]
    inside = str(last).endswith("{}")
    key = str(last)[:-2] if inside else last
    lines = json.loads(node[key]) if inside else node[key]
    full = (lines * LINES)[:LINES]
    node[key] = json.dumps(full) if inside else full
    return record

"""How long a change of the rules takes against 100,000 stored orders, and that the flips are the right ones.

Run: ``python -m bench.backtest [--orders N]``. The orders are laid into a SQLite file with their sealed facts, then
judged as `POST /v1/rules/backtest` does: reading, opening, deciding on all cores, comparing and storing. A sample of
200 orders is decided again one by one in this process; any difference fails the run. Writes var/bench/backtest.json.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

import orjson
from sqlalchemy import select

from bench.decision_orders import NOW, frozen_orders
from bench.history import lay_in, order_id
from bench.report import save, table
from orders.actor import SYSTEM
from rules.bundle import Bundle, bundle_from_dir, load_bundle
from rules.change.flips import flip
from rules.decide import decide_json, open_facts
from rules.process.children import EnginePool
from server.config import load_settings
from server.db.database import Database
from server.db.migrate import migrate
from server.db.store import open_store
from server.db.tables import backtest_flips
from server.deps import CatalogueCache, Deps
from server.desk.rulework import backtest, rejudge

TARGET_S = 60
SAMPLE = 200
DISTINCT = 4000
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def main() -> int:
    """Lay the past in, run the backtest, compare a sample, report; exit 1 when it is too slow or wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench.backtest", description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000)
    count: int = parser.parse_args().orders
    live = bundle_from_dir()
    changed = _changed(live)
    with tempfile.TemporaryDirectory(prefix="sluice-bench-", dir="/var/tmp") as folder:
        deps = _deps(Path(folder), live)
        lay_in(deps.store, live, count, distinct=DISTINCT)
        seconds, cpu_s, backtest_id = _run(deps, changed)
        counts = backtest.state(deps, SYSTEM, backtest_id)["counts"]
        wrong = _wrong(deps, backtest_id, count, (live, changed))
        deps.engine.close()
        deps.store.db.close()
    return _report(count, seconds, cpu_s, counts, wrong)


def _changed(live: Bundle) -> Bundle:
    """Return a change that flips a good part of the orders: a lower limit, another site."""
    files = dict(live.files)
    files["fraud.yaml"] = files["fraud.yaml"].replace(
        "large_amount: {value: 50000.00元", "large_amount: {value: 9000.00元"
    )
    files["route.yaml"] = files["route.yaml"].replace("- [湖北, CD]", "- [湖北, GZ]")
    changed = load_bundle(files)
    if changed.hash == live.hash:
        raise SystemExit("✗ the bench's change changes nothing: the policies have moved on")
    return changed


def _deps(home: Path, live: Bundle) -> Deps:
    url = f"sqlite:///{home}/sluice.db"
    migrate(url)
    settings = load_settings(database_url=url, data_dir=home, data_keys=(KEY,), secret_key="s" * 40)
    store = open_store(Database(url), [KEY], data_dir=home, timezone=settings.timezone, now=NOW)
    engine = EnginePool(live)
    return Deps(settings, store, lambda: NOW.replace(hour=23), engine, CatalogueCache(store), None, "s" * 40)  # type: ignore[arg-type]


def _run(deps: Deps, changed: Bundle) -> tuple[float, float, str]:
    """Return wall seconds, CPU seconds of this process and its children, and the backtest's id."""
    before, began = _cpu_s(), time.perf_counter()
    made = backtest.start(deps, SYSTEM, changed.files, name="bench")
    if rejudge.run(deps, made) != "done":
        raise SystemExit("✗ the backtest did not end well")
    return time.perf_counter() - began, _cpu_s() - before, made


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(item.ru_utime + item.ru_stime for item in used)


def _wrong(deps: Deps, backtest_id: str, count: int, bundles: tuple[Bundle, Bundle]) -> int:
    """Decide a sample one by one; return on how many orders the backtest says otherwise."""
    facts = frozen_orders(min(count, DISTINCT))
    numbers = Random(1).sample(range(count), min(SAMPLE, count))
    with deps.store.db.read() as conn:
        rows = conn.execute(select(backtest_flips).where(backtest_flips.c.backtest_id == backtest_id))
        found = {row.order_id: (row.kinds, row.old, row.new) for row in rows}
    wrong = 0
    for number in numbers:
        bodies = [
            orjson.loads(orjson.dumps(decide_json(open_facts(facts[number % len(facts)]), one))) for one in bundles
        ]
        seen = flip(*bodies)
        wanted = None if seen is None else (f",{','.join(seen.kinds)},", seen.old, seen.new)
        wrong += found.get(order_id(number)) != wanted
    return wrong


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body as it is read back from JSON."""
    plain: dict[str, Any] = orjson.loads(orjson.dumps(body))
    return plain


def _report(count: int, seconds: float, cpu_s: float, counts: dict[str, object], wrong: int) -> int:
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cores = os.cpu_count() or 1
    lines = [
        ("orders", f"{count:,}"),
        ("flips", f"{counts['flips']:,}"),
        ("seconds", f"{seconds:.1f}"),
        ("orders a second", f"{count / seconds:,.0f}"),
        ("CPU ms an order", f"{cpu_s / count * 1000:.3f}"),
        ("seconds on idle cores at best", f"{cpu_s / cores:.1f}"),
        ("greatest memory of this process, MB", f"{used:.0f}"),
        (f"differences in a sample of {min(SAMPLE, count)}", str(wrong)),
    ]
    print(table((f"backtest on {cores} cores", ""), lines))
    save(
        "backtest",
        {
            "orders": count,
            "flips": counts["flips"],
            "seconds": round(seconds, 2),
            "cpu_s": round(cpu_s, 2),
            "orders_s": round(count / seconds, 1),
            "target_s": TARGET_S,
            "max_rss_mb": round(used),
            "sample_differences": wrong,
        },
    )
    return 0 if not wrong and seconds < TARGET_S else 1


if __name__ == "__main__":
    sys.exit(main())

"""The doors: what mapping an order costs, and how long an order takes from its platform to us: `make bench-doors`.

The second part runs the real puller over seventeen channels of ten platforms' stubs, on SQLite, with the shipped rules,
and measures from the moment of a sale at the platform to the order in the database.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from adapters.channels.registry import PULLED
from adapters.channels.stub.server import Server
from bench.report import save, table
from intake.mapping.engine import compile_template, records, run
from intake.mapping.preset import presets
from intake.readers.payload import load_strict
from orders.actor import SYSTEM
from server import pulling
from server.config import ROOT, load_settings
from server.db import channels, pulls
from server.db import tables as t
from server.db.migrate import migrate
from server.demo.load import load_demo
from server.deps import build_deps
from server.desk.mapping import clone_preset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.deps import Deps

GOLDEN = ROOT / "tests" / "golden" / "channels"
LINES, ROUNDS, REPEATS = 5, 40, 100
WANTED_MS, WANTED_S = 0.05, 30.0
SHOPS = 17
SOLD, OVER_S, WAIT_S = 120, 45.0, 90.0
LISTED = sorted(name for name, platform in PULLED.items() if platform.listing)


def mapping_ms(name: str) -> float:
    """Return what mapping one order of five lines costs by a preset, its JSON read already: the least of many tries."""
    plan = compile_template(presets()[name])
    value = load_strict((GOLDEN / name / "input.json").read_bytes())
    record = _with_lines(plan, records(plan, value)[0])
    times = []
    for _ in range(REPEATS):
        begun = time.process_time()
        for _ in range(ROUNDS):
            run(plan, record)
        times.append((time.process_time() - begun) / ROUNDS * 1000)
    return min(times)


def _with_lines(plan: Any, record: dict[str, Any]) -> dict[str, Any]:
    """Give an order five lines: its own ones, over and over."""
    record = json.loads(json.dumps(record, default=str))
    steps = plan.line_path or ("rows",)
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


@contextmanager
def _platform(name: str) -> Iterator[Server]:
    server = Server(name)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _open(deps: Deps, code: str, name: str, server: Server) -> None:
    shop, now = server.shop, deps.clock()
    template = f"{presets()[name].name} {code}"
    clone_preset(deps, SYSTEM, name, template)
    keys = {"app_key": shop.key, "app_secret": shop.secret, "access_token": shop.token, "refresh_token": shop.renewal}
    wanted = channels.Wanted(name=code, platform=name, template=template, secrets=keys)
    with deps.store.db.write() as conn:
        channels.put(conn, deps.store, code, wanted, actor=SYSTEM, now=now)
        pulls.set_up(conn, code, {"url": server.url}, since=now, now=now)


def latency(sold: int = SOLD, over_s: float = OVER_S, shops: int = SHOPS) -> dict[str, Any]:
    """Sell at random moments at all shops; return seconds from sale to order, and what was not there in the end."""
    with ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="sluice-bench-"))
        settings = load_settings(
            data_dir=Path(home), database_url="", webhook_allow_private=True, ocr_engine="tesseract"
        )
        migrate(settings.url)
        deps = build_deps(settings)
        stack.callback(deps.close)
        load_demo(deps.store, deps.clock())
        servers = []
        for index in range(shops):
            name = LISTED[index % len(LISTED)]
            servers.append(stack.enter_context(_platform(name)))
            _open(deps, f"shop-{index:02}", name, servers[-1])
        puller = pulling.start(deps)
        stack.callback(puller.stop)
        sales = _sell(servers, sold, over_s)
        arrived = _arrivals(deps, set(sales))
    delays = sorted((arrived[number] - sales[number]).total_seconds() for number in arrived)
    return {"shops": shops, "sold": len(sales), "arrived": len(arrived), "delays_s": delays}


def _sell(servers: list[Server], sold: int, over_s: float) -> dict[str, datetime]:
    chance, sales, begun = random.Random(1), {}, time.monotonic()
    for index, at in enumerate(sorted(chance.uniform(0, over_s) for _ in range(sold))):
        time.sleep(max(0.0, begun + at - time.monotonic()))
        number, now = str(800_000 + index), datetime.now(UTC)  # noqa: TID251 - a benchmark measures
        servers[chance.randrange(len(servers))].order(number, now)
        sales[number] = now
    return sales


def _arrivals(deps: Deps, wanted: set[str]) -> dict[str, datetime]:
    """Wait for the orders; return when each was committed, the first time that it was."""
    ends = time.monotonic() + WAIT_S
    while True:
        with deps.store.db.read() as conn:
            rows = conn.execute(select(t.orders.c.number, t.orders.c.received_at)).all()
            found = [row.number.lstrip("#") for row in rows]
            here = {row.number.lstrip("#"): row.received_at for row in rows if row.number}
        if len(found) - len(set(found)):
            raise SystemExit("✗ an order came in twice")
        here = {number: at for number, at in here.items() if number in wanted}
        if len(here) == len(wanted) or time.monotonic() > ends:
            return here
        time.sleep(0.5)


def main() -> int:
    """Measure, print, save; exit 1 where an order was lost."""
    mapped = {name: mapping_ms(name) for name in presets() if (GOLDEN / name).exists() and name != "dealer"}
    worst = max(mapped, key=mapped.__getitem__)
    print(table(["对照 · mapping", "ms / 5 行 · lines"], [[name, f"{ms:.4f}"] for name, ms in mapped.items()]))
    print(f"最慢 · slowest: {worst} {mapped[worst]:.4f} ms（目标 · wanted {WANTED_MS}）\n")
    told = latency()
    delays = told.pop("delays_s")
    if not delays:
        print("✗ 没有订单到达 · no order arrived", file=sys.stderr)
        return 1
    p50, p99 = (delays[min(len(delays) - 1, len(delays) * percent // 100)] for percent in (50, 99))
    rows = [["渠道 · channels", told["shops"]], ["售出 · sold", told["sold"]], ["到达 · arrived", told["arrived"]]]
    rows += [["p50 s", f"{p50:.1f}"], ["p99 s", f"{p99:.1f}"], ["目标 · wanted p99 s", f"{WANTED_S:.0f}"]]
    print(table(["平台到成单 · platform to order", ""], rows))
    save(
        "doors",
        {"mapping_ms": mapped, **told, "p50_s": p50, "p99_s": p99, "wanted_ms": WANTED_MS, "wanted_s": WANTED_S},
    )
    return 0 if told["arrived"] == told["sold"] else 1


if __name__ == "__main__":
    sys.exit(main())

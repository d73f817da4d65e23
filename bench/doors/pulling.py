"""How long an order takes from its platform to us, with seventeen channels registered at once.

The real puller runs over seventeen channels of ten platforms' stubs, on SQLite, with the shipped rules; measured is
from the moment of a sale at the platform to the order in the database.
"""

from __future__ import annotations

import random
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
from bench.doors.figures import quantile
from bench.report import table
from intake.mapping.preset import presets
from orders.actor import SYSTEM
from server import pulling
from server.config import load_settings
from server.db import tables as t
from server.db.doors import channels, pulls
from server.db.migrate import migrate
from server.demo.load import load_demo
from server.deps import build_deps
from server.desk.doors.mapping import clone_preset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.deps import Deps

WANTED_S = 30.0
SHOPS = 17
SOLD, OVER_S, WAIT_S = 120, 45.0, 90.0
LISTED = sorted(name for name, platform in PULLED.items() if platform.listing)


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


def measure(*, small: bool) -> dict[str, Any]:
    """Measure, print, return the figures and what was missed."""
    told = latency(sold=20, over_s=8.0) if small else latency()
    delays = told.pop("delays_s")
    p50, p99 = (quantile(delays, share) for share in (0.5, 0.99))
    rows = [["渠道 · channels", told["shops"]], ["售出 · sold", told["sold"]], ["到达 · arrived", told["arrived"]]]
    rows += [["p50 s", f"{p50:.1f}"], ["p99 s", f"{p99:.1f}"], ["目标 · wanted p99 s", f"{WANTED_S:.0f}"]]
    print(table(["平台到成单 · platform to order", ""], rows) + "\n")
    missed = [] if told["arrived"] == told["sold"] else ["an order was lost between its platform and us"]
    missed += [] if p99 < WANTED_S else [f"p99 of {p99:.0f} s"]
    return {**told, "p50_s": p50, "p99_s": p99, "wanted_s": WANTED_S, "missed": missed}


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

"""Orders per second of `POST /v1/orders` on SQLite and PostgreSQL, beside what Flask and the database could do at most.

Beside it stand a bare Flask endpoint and one that inserts the same rows (`bench/endpoints.py`), under the same gunicorn
settings, on the same disk, with the same durability. wrk sends distinct orders; rounds take turns; medians are shown.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import pickle
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from sqlalchemy import create_engine, text

from bench.report import save, table
from bench.rows import plan, snapshot
from bench.served import KEY, new_database, rival, run_server_command, settings, sluice
from tests.servers import postgresql_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.rows import TableRows

HERE = Path(__file__).parent
CONNECTIONS = 8
WARM_S = 3
"""A server that has just started still hires its spare engine child."""
TARGET = 0.35
"""POST /v1/orders must reach this share of the endpoint that inserts the same rows."""
PLENTY = 10**15
"""Stock of every SKU, in 10⁻⁶: a thousand million pieces, so that no order waits for goods."""
KINDS = ("bare", "insert", "sluice")
NAMES = {"bare": "Flask, nothing done", "insert": "Flask, same rows inserted", "sluice": "Sluice POST /v1/orders"}

ORDER = {
    "number": "PO-BENCH-000000-@N@",
    "currency": "CNY",
    "payment_terms": "net30",
    "buyer": {"name": "苏州恒力机电有限公司@N@", "contact": {"name": "张总", "phone": "138@N@"}},
    "ship_to": {
        "contact": {"name": "王工", "phone": "138@N@"},
        "address": {"text": "江苏省苏州市虎丘区星湖街@N@号"},
    },
    "lines": [
        {"line_no": 1, "sku": "A-1001", "quantity": "2", "unit_price": "12.50"},
        {"line_no": 2, "sku": "A-1004", "quantity": "3", "unit_price": "3.20"},
        {"line_no": 3, "sku": "A-1005", "quantity": "1", "unit_price": "8.60"},
    ],
}


@dataclass(frozen=True)
class Round:
    """What wrk saw in one round."""

    orders: int
    orders_s: float
    p50_ms: float
    p99_ms: float


@dataclass
class Side:
    """One database with its three endpoints."""

    database: str
    url: str
    rival_url: str
    data_dir: Path
    rounds: dict[str, list[Round]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    def median(self, kind: str) -> Round:
        """Return the round of the median rate."""
        ordered = sorted(self.rounds[kind], key=lambda item: item.orders_s)
        return ordered[len(ordered) // 2]

    def ratio(self) -> float:
        """Return the median over the rounds of ours by the insert's: both stood in the same minute."""
        pairs = zip(self.rounds["sluice"], self.rounds["insert"], strict=True)
        return statistics.median(ours.orders_s / theirs.orders_s for ours, theirs in pairs)


def main() -> int:
    """Run the rounds, print, save; exit 1 below the target or when an endpoint failed."""
    options = _options()
    if not shutil.which("wrk"):
        raise SystemExit("✗ wrk is missing: sh deploy/setup.sh test")
    with _sides() as (sides, rows, home):
        turns = [(side, kind) for side in sides for kind in KINDS]
        for number in range(options.rounds):
            first = number % len(turns)
            for side, kind in turns[first:] + turns[:first]:
                with _served(side, kind, home) as url:
                    side.rounds[kind].append(_measure(url, home, options.seconds))
            print(f"  round {number + 1} of {options.rounds}", flush=True)
        outcomes = {side.database: _outcomes(side) for side in sides}
    return _report(sides, rows, outcomes)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.orders", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    return parser.parse_args()


@contextlib.contextmanager
def _sides() -> Iterator[tuple[list[Side], dict[str, int], Path]]:
    """Make both databases with the demo company and plenty of stock; capture what one order writes."""
    with (
        tempfile.TemporaryDirectory(prefix="sluice-bench-", dir="/var/tmp") as folder,
        postgresql_cluster(durable=True) as server,
    ):
        home = Path(folder)
        (home / "order.json").write_text(json.dumps(ORDER, ensure_ascii=False), encoding="utf-8")
        sides = [
            Side("SQLite", f"sqlite:///{home}/sluice.db", f"sqlite:///{home}/rival.db", home / "one"),
            Side("PostgreSQL", new_database(server, "sluice"), new_database(server, "rival"), home / "two"),
        ]
        for side in sides:
            _prepare(side)
        rows = _capture(sides[1])
        (home / "plan").write_bytes(pickle.dumps(rows))
        yield sides, {item.table: len(item.rows) for item in rows}, home


def _prepare(side: Side) -> None:
    for url in (side.url, side.rival_url):
        run_server_command("demo", settings(url, side.data_dir))
        engine = create_engine(url)
        with engine.begin() as conn:
            conn.execute(text("UPDATE stock_items SET on_hand = :plenty"), {"plenty": PLENTY})
        engine.dispose()


def _capture(side: Side) -> list[TableRows]:
    """Send one order to the web process alone (on PostgreSQL no worker runs) and see what it wrote."""
    with sluice(side.url, side.data_dir) as url:
        before = snapshot(side.url)
        body = json.dumps(ORDER, ensure_ascii=False).replace("@N@", "00000000")
        answer = httpx.post(f"{url}/v1/orders", content=body.encode(), headers=_headers(), timeout=30)
        if answer.status_code != httpx.codes.CREATED:
            raise SystemExit(f"✗ POST /v1/orders: {answer.status_code} {answer.text}")
        return plan(before, snapshot(side.url))


def _headers() -> dict[str, str]:
    return {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}


def _served(side: Side, kind: str, home: Path) -> contextlib.AbstractContextManager[str]:
    if kind == "sluice":
        return sluice(side.url, side.data_dir)
    arguments = "" if kind == "bare" else f"'{home / 'plan'}', '{side.rival_url}'"
    one_process = side.database == "SQLite"
    return rival(f"bench.endpoints:{kind}({arguments})", one_process=one_process, data_dir=side.data_dir)


def _measure(url: str, home: Path, seconds: int) -> Round:
    """Load for a moment, then for the seconds that count."""
    _wrk(url, home, WARM_S)
    return _wrk(url, home, seconds)


_serial = iter(range(1, 499))


def _wrk(url: str, home: Path, seconds: int) -> Round:
    script = [str(home / "order.json"), KEY, str(next(_serial) * 200_000)]
    load = ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s", "--timeout", "10s"]
    command = [*load, "-s", str(HERE / "post_order.lua"), url, "--", *script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = next(line for line in done.stdout.splitlines() if line.startswith("FIGURES"))
    orders, duration_us, p50_us, p99_us, failed = map(int, found.split()[1:])
    if failed:
        raise SystemExit(f"✗ {failed} of {orders} requests to {url} failed:\n{done.stdout}")
    return Round(orders, orders / duration_us * 1e6, p50_us / 1000, p99_us / 1000)


def _outcomes(side: Side) -> dict[str, int]:
    """Count what was decided, and prove that every acknowledged order is there."""
    engine = create_engine(side.url)
    with engine.connect() as conn:
        rows = conn.execute(
            text("SELECT outcome, count(*) FROM orders WHERE number LIKE 'PO-BENCH-%' GROUP BY outcome")
        )
        found = {str(outcome): int(count) for outcome, count in rows}
    engine.dispose()
    acknowledged = sum(item.orders for item in side.rounds["sluice"])
    if sum(found.values()) < acknowledged:
        raise SystemExit(f"✗ {side.database}: {acknowledged} orders were acknowledged, {sum(found.values())} are there")
    return found


def _report(sides: list[Side], rows: dict[str, int], outcomes: dict[str, dict[str, int]]) -> int:
    lines = [
        (side.database, NAMES[kind], f"{best.orders_s:,.0f}", f"{best.p50_ms:.1f}", f"{best.p99_ms:.1f}")
        for side in sides
        for kind in KINDS
        for best in [side.median(kind)]
    ]
    print(table(("database", "endpoint", "orders/s", "p50 ms", "p99 ms"), lines))
    print("rows of one order: " + ", ".join(f"{name} {count}" for name, count in rows.items()))
    for side in sides:
        decided = ", ".join(f"{name} {count:,}" for name, count in outcomes[side.database].items())
        print(f"{side.database}: {side.ratio():.2f} of the insert (at least {TARGET} wanted); decided: {decided}")
    figures = {
        side.database: {
            "ratio_to_insert": round(side.ratio(), 3),
            "outcomes": outcomes[side.database],
            "rounds": {kind: [asdict(item) for item in side.rounds[kind]] for kind in KINDS},
        }
        for side in sides
    }
    save("orders", {"target": TARGET, "connections": CONNECTIONS, "rows_of_one_order": rows, "databases": figures})
    return 0 if all(side.ratio() >= TARGET for side in sides) else 1


if __name__ == "__main__":
    sys.exit(main())

"""How many signed deliveries a second are answered, each stored before it is, on both databases.

Seventeen channels are set up at the same moment, then their platforms call: every call signed, no two alike. Beside it
stand two Flask endpoints under the same gunicorn, one that answers only and one that stores the raw body in one row.
Rounds take turns; medians are shown. On PostgreSQL the orders would be taken by a worker elsewhere; on SQLite the one
process takes them, too, while it answers.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import statistics
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
from sqlalchemy import create_engine, text

from adapters.channels.standard import sign
from bench.report import table
from bench.served import KEY, new_database, rival, run_server_command, settings, sluice
from tests.servers import postgresql_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = Path(__file__).parents[1] / "post_file.lua"
CHANNELS, CONNECTIONS = 17, 8
ROUNDS, SECONDS, WARM = 3, 5, 500
MOST_A_SECOND = 5_000
WANTED, WANTED_RATIO = 1_000, 0.8
KINDS = ("bare", "kept", "sluice")
_THERE = "SELECT (SELECT count(*) FROM documents WHERE door = 'webhook') + (SELECT count(*) FROM inbox)"
NAMES = {"bare": "Flask, nothing stored", "kept": "Flask, raw body stored", "sluice": "Sluice POST /v1/hooks"}


@dataclass
class Side:
    """One database with its three endpoints."""

    name: str
    url: str
    rival_url: str
    data_dir: Path
    keys: dict[str, str] = field(default_factory=dict)
    rounds: dict[str, list[Round]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    def median(self, kind: str) -> Round:
        """Return the round of the median rate."""
        ordered = sorted(self.rounds[kind], key=lambda item: item.a_second)
        return ordered[len(ordered) // 2]

    def ratio(self, kind: str) -> float:
        """Return the median over the rounds of ours by theirs."""
        pairs = zip(self.rounds["sluice"], self.rounds[kind], strict=True)
        return statistics.median(ours.a_second / theirs.a_second for ours, theirs in pairs)


@dataclass(frozen=True)
class Round:
    """What wrk saw in one round."""

    answered: int
    a_second: float
    p50_ms: float
    p99_ms: float


def measure(*, small: bool) -> dict[str, Any]:
    """Measure, print, return the figures and what was missed."""
    if not shutil.which("wrk"):
        raise SystemExit("✗ wrk is missing: sh deploy/setup.sh test")
    rounds, seconds = (1, 2) if small else (ROUNDS, SECONDS)
    with _sides() as sides:
        set_up = {side.name: _set_up(side) for side in sides}
        turns = [(side, kind) for side in sides for kind in KINDS]
        for number in range(rounds):
            first = number % len(turns)
            for side, kind in turns[first:] + turns[:first]:
                with _served(side, kind) as url:
                    _load(url, side, 1, WARM)
                    side.rounds[kind].append(_load(url, side, seconds, MOST_A_SECOND * seconds))
        lost = {side.name: _lost(side) for side in sides}
    return _report(sides, set_up, lost)


@contextlib.contextmanager
def _sides() -> Iterator[list[Side]]:
    with (
        tempfile.TemporaryDirectory(prefix="sluice-bench-", dir="/var/tmp") as folder,
        postgresql_cluster(durable=True) as server,
    ):
        home = Path(folder)
        yield [
            Side("SQLite", f"sqlite:///{home}/sluice.db", f"sqlite:///{home}/rival.db", home / "one"),
            Side("PostgreSQL", new_database(server, "sluice"), new_database(server, "rival"), home / "two"),
        ]


def _set_up(side: Side) -> float:
    """Register all channels at the same moment, each on a connection of its own; return seconds until all are."""
    run_server_command("demo", settings(side.url, side.data_dir))
    with sluice(side.url, side.data_dir) as url, ThreadPoolExecutor(CHANNELS) as pool:
        begun = time.monotonic()
        side.keys = dict(pool.map(lambda number: _channel(url, f"shop-{number:02}"), range(CHANNELS)))
        took = time.monotonic() - begun
        listed = httpx.get(f"{url}/v1/channels", headers=_headers(), timeout=30).json()["data"]
    if {row["code"] for row in listed if row["state"] == "enabled"} < set(side.keys):
        raise SystemExit("✗ a channel is missing")
    return took


def _channel(url: str, code: str) -> tuple[str, str]:
    with httpx.Client(headers=_headers(), timeout=60) as client:
        client.put(f"{url}/v1/channels/{code}", json={"name": code}).raise_for_status()
        return code, str(client.post(f"{url}/v1/channels/{code}/rotate").raise_for_status().json()["secret"])


def _headers() -> dict[str, str]:
    return {"Authorization": f"Bearer {KEY}"}


def _served(side: Side, kind: str) -> contextlib.AbstractContextManager[str]:
    if kind == "sluice":
        return sluice(side.url, side.data_dir)
    application = "bench.doors.bare:bare()" if kind == "bare" else f"bench.doors.bare:kept('{side.rival_url}')"
    return rival(application, one_process=side.name == "SQLite", data_dir=side.data_dir)


def _load(url: str, side: Side, seconds: int, most: int) -> Round:
    file = side.data_dir / "requests"
    with file.open("wb") as out:
        out.writelines(_request(url, side.keys, serial) for serial in range(most))
    load = ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s", "--timeout", "10s", "-s", str(SCRIPT)]
    done = subprocess.run([*load, url, "--", str(file)], capture_output=True, text=True, check=True)
    found = next(line for line in done.stdout.splitlines() if line.startswith("FIGURES"))
    answered, duration_us, p50_us, p99_us, failed = map(int, found.split()[1:])
    if failed:
        raise SystemExit(f"✗ {failed} of {answered} calls to {url} failed:\n{done.stdout}")
    return Round(answered, answered / duration_us * 1e6, p50_us / 1000, p99_us / 1000)


def _request(url: str, keys: dict[str, str], serial: int) -> bytes:
    """Return one signed call as it goes over the wire, its length before it."""
    code = f"shop-{serial % CHANNELS:02}"
    own, stamp = f"msg_{secrets.token_hex(8)}", str(int(time.time()))
    body = json.dumps(_order(own), ensure_ascii=False).encode()
    signature = f"v1,{sign(keys[code], own, stamp, body)}"
    head = {
        "Host": urlsplit(url).netloc,
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "webhook-id": own,
        "webhook-timestamp": stamp,
        "webhook-signature": signature,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    whole = f"POST /v1/hooks/{code} HTTP/1.1\r\n{lines}\r\n".encode() + body
    return f"{len(whole):08}".encode() + whole


def _order(number: str) -> dict[str, Any]:
    return {
        "number": number,
        "currency": "CNY",
        "buyer": {"name": "苏州恒力机电有限公司", "contact": {"name": "张总", "phone": "13800138000"}},
        "ship_to": {
            "contact": {"name": "王工", "phone": "13900139000"},
            "address": {"text": "江苏省苏州市虎丘区星湖街328号"},
        },
        "lines": [{"line_no": 1, "sku": "A-1001", "quantity": "2", "unit_price": "12.50"}],
    }


def _lost(side: Side) -> int:
    """Return how many deliveries were acknowledged and are not there."""
    engine = create_engine(side.url)
    with engine.connect() as conn:
        there = conn.execute(text(_THERE)).scalar_one()
    engine.dispose()
    return max(0, sum(item.answered for item in side.rounds["sluice"]) - int(there))


def _report(sides: list[Side], set_up: dict[str, float], lost: dict[str, int]) -> dict[str, Any]:
    lines = [
        (side.name, NAMES[kind], f"{best.a_second:,.0f}", f"{best.p50_ms:.1f}", f"{best.p99_ms:.1f}")
        for side in sides
        for kind in KINDS
        for best in [side.median(kind)]
    ]
    print(table(("database", "endpoint", "deliveries/s", "p50 ms", "p99 ms"), lines))
    for side in sides:
        told = f"{side.ratio('kept'):.2f} of the one that stores, {side.ratio('bare'):.2f} of the one that does not"
        print(f"{side.name}: {told}; {CHANNELS} channels at once in {set_up[side.name]:.2f} s; lost {lost[side.name]}")
    print(f"目标 · wanted: {WANTED:,}/s, or {WANTED_RATIO} of the endpoint that stores\n")
    missed = [f"{name}: {count} deliveries lost" for name, count in lost.items() if count]
    missed += [
        f"{side.name}: {side.median('sluice').a_second:,.0f} a second"
        for side in sides
        if side.median("sluice").a_second < WANTED and side.ratio("kept") < WANTED_RATIO
    ]
    figures = {
        side.name: {
            "ratio_to_kept": round(side.ratio("kept"), 3),
            "ratio_to_bare": round(side.ratio("bare"), 3),
            "channels_at_once_s": round(set_up[side.name], 3),
            "rounds": {kind: [asdict(item) for item in side.rounds[kind]] for kind in KINDS},
        }
        for side in sides
    }
    return {"wanted_a_second": WANTED, "wanted_ratio": WANTED_RATIO, "databases": figures, "missed": missed}

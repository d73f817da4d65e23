"""Serves an application for a benchmark under the settings that `python -m server serve` uses."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx
from sqlalchemy import create_engine, make_url

from server.config import ROOT, Settings, child_environment
from tests.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "bench-key-0123456789abcdef0123456789abcdef"
START_S = 180.0
NO_LIMIT = 1_000_000_000
WORKER = "server.gthread.FairWorker"


def settings(url: str, data_dir: Path, **more: object) -> dict[str, str]:
    """Return the environment of a Sluice on the database at ``url`` that knows `KEY`."""
    return child_environment(database_url=url, data_dir=data_dir, admin_key=KEY, rate_limit=NO_LIMIT, **more)


def run_server_command(command: str, environment: dict[str, str]) -> None:
    """Run ``python -m server <command>`` to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "server", command], env=environment, cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"✗ server {command}:\n{done.stdout}{done.stderr}")


def new_database(server: str, name: str) -> str:
    """Make an empty database on a PostgreSQL server; return its URL."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@contextlib.contextmanager
def sluice(url: str, data_dir: Path) -> Iterator[str]:
    """Serve Sluice itself; give its URL."""
    port = free_port()
    command = [sys.executable, "-m", "server", "serve"]
    with _process(command, settings(url, data_dir, port=port), port, "/readyz", data_dir) as served:
        yield served


@contextlib.contextmanager
def rival(application: str, *, one_process: bool, data_dir: Path) -> Iterator[str]:
    """Serve another WSGI application as gunicorn serves Sluice: as many processes and threads."""
    port, defaults = free_port(), Settings()
    workers = 1 if one_process else defaults.web_workers
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-class", WORKER]
    command += [
        "--workers",
        str(workers),
        "--threads",
        str(defaults.threads),
        "--keep-alive",
        "5",
        "--log-level",
        "warning",
    ]
    with _process([*command, application], child_environment(), port, "/", data_dir) as served:
        yield served


@contextlib.contextmanager
def _process(command: list[str], environment: dict[str, str], port: int, path: str, data_dir: Path) -> Iterator[str]:
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "served.log").open("ab") as output:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=output, stderr=output)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(process, url + path, data_dir / "served.log")
            yield url
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, output: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(url, timeout=2).status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                return
        time.sleep(0.1)
    raise SystemExit(f"✗ {url} did not answer:\n" + "\n".join(output.read_text().splitlines()[-20:]))

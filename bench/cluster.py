"""A throw-away PostgreSQL with the durability of a real one: fsync and synchronous_commit stay on."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from server.config import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS = ("listen_addresses=127.0.0.1", "max_connections=100", "shared_buffers=256MB", "max_wal_size=2GB")


@contextmanager
def durable_cluster() -> Iterator[str]:
    """Run one on this disk; give the URL of a fresh database. Needs PostgreSQL's own commands."""
    home = Path(tempfile.mkdtemp(prefix="pg-", dir=_disk()))
    port = free_port()
    prefix = _unprivileged(home)

    def run(name: str, *arguments: str) -> None:
        command = [*prefix, _binary(name), "-D", str(home / "data"), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=home)

    try:
        run("initdb", "-U", "sluice", "-A", "trust", "-E", "UTF8")
        options = " ".join(
            f"-c {setting}" for setting in (*SETTINGS, f"unix_socket_directories={home}", f"port={port}")
        )
        run("pg_ctl", "-w", "-l", str(home / "log"), "-o", options, "start")
        try:
            yield f"postgresql+psycopg://sluice@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-m", "fast", "-w", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _disk() -> Path:
    """Return a folder on a real disk: on a tmpfs fsync would cost nothing."""
    folder = Path("/var/tmp")  # noqa: S108 - mkdtemp makes the names in it
    return folder if folder.is_dir() else ROOT / "var"


def _binary(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    path = str(found[-1]) if found else shutil.which(name)
    if not path:
        raise SystemExit(f"✗ {name} is missing: sh deploy/setup.sh test")
    return path


def _unprivileged(home: Path) -> list[str]:
    """Return what goes before a command: initdb and pg_ctl refuse root, so they run as postgres."""
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam("postgres")
    os.chown(home, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]

"""Throw-away servers of the tests and benchmarks: a PostgreSQL of one's own on a free port."""

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

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMON = ("listen_addresses=127.0.0.1", "max_connections=150", "shared_buffers=64MB")
FAST = ("fsync=off", "full_page_writes=off", "deadlock_timeout=200ms")
DURABLE = ("fsync=on", "synchronous_commit=on", "max_wal_size=2GB")

ON_DISK = "/var/tmp"  # noqa: S108 - only mkdtemp makes names in it; /tmp may be memory, where fsync costs nothing


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgresql_cluster(*, durable: bool = False) -> Iterator[str]:
    """Run a PostgreSQL of its own; give the URL of its maintenance database.

    Tests need no power-cut safety; ``durable`` keeps it, on a disk, for benchmarks.
    """
    home = Path(tempfile.mkdtemp(prefix="sluice-pg-", dir=ON_DISK if durable else None))
    port, prefix = free_port(), _unprivileged(home)
    environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": str(home)}

    def run(name: str, *arguments: str) -> None:
        command = [*prefix, _binary(name), "-D", str(home / "data"), *arguments]
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, cwd=home)

    try:
        run("initdb", "-U", "sluice", "-A", "trust", "-E", "UTF8", "--no-sync")
        settings = (*COMMON, *(DURABLE if durable else FAST), f"port={port}", f"unix_socket_directories={home}")
        options = " ".join(f"-c {setting}" for setting in settings)
        run("pg_ctl", "-w", "-l", str(home / "log"), "-o", options, "start")
        try:
            yield f"postgresql+psycopg://sluice@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _binary(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    path = str(found[-1]) if found else shutil.which(name)
    if not path:
        raise FileNotFoundError(f"{name} is missing: sh deploy/setup.sh test")
    return path


def _unprivileged(home: Path) -> list[str]:
    """Return what goes before a command: initdb and pg_ctl refuse root, so somebody else owns the folder."""
    if os.geteuid() != 0:
        return []
    user = _somebody()
    os.chown(home, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _somebody() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise LookupError("neither the user postgres nor nobody exists")

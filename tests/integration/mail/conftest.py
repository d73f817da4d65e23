"""Real mail servers: our receiver on a free port, and Debian's dovecot with a mailbox of the test's own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from server.config import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from adapters.channels.mail import Envelope
    from server.db.store import Store

READY_IN_S = 15.0


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@dataclass
class Deps:
    """What the mail doors need of the server."""

    store: Store
    clock: Callable[[], datetime]
    settings: Settings = field(default_factory=Settings)
    woken: int = 0

    def wake(self) -> None:
        self.woken += 1


@pytest.fixture
def deps(store: Store, now: datetime) -> Deps:
    """On both databases."""
    ticks = iter(range(1_000_000))
    return Deps(store, lambda: now + timedelta(milliseconds=next(ticks)))


@pytest.fixture
def sqlite_deps(sqlite_store: Store, now: datetime) -> Deps:
    """On SQLite alone, for what does not depend on the database."""
    ticks = iter(range(1_000_000))
    return Deps(sqlite_store, lambda: now + timedelta(milliseconds=next(ticks)))


@dataclass
class Inbox:
    """An ``accept`` that keeps what it is given; ``fail`` is raised instead when set."""

    messages: list[tuple[bytes, Envelope]] = field(default_factory=list)
    fail: Exception | None = None

    def __call__(self, raw: bytes, envelope: Envelope) -> None:
        if self.fail is not None:
            raise self.fail
        self.messages.append((raw, envelope))


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@dataclass
class Dovecot:
    """A running IMAP server with one user."""

    port: int
    home: Path
    user: str = "orders@sluice.example"
    password: str = "p@ss/w:rd"
    process: subprocess.Popen[bytes] | None = None

    def url(self, folder: str = "INBOX") -> str:
        from urllib.parse import quote

        return f"imap://{quote(self.user, safe='')}:{quote(self.password, safe='')}@127.0.0.1:{self.port}/{folder}"

    def start(self) -> None:
        config = str(self.home / "dovecot.conf")
        log = (self.home / "stderr.log").open("ab")
        self.process = subprocess.Popen([_binary(), "-F", "-c", config], stdout=log, stderr=log)
        log.close()
        until = time.monotonic() + READY_IN_S
        while time.monotonic() < until:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as sock:
                    if sock.recv(64).startswith(b"* OK"):
                        return
            except OSError:
                time.sleep(0.1)
        told = "".join(path.read_text(errors="replace") for path in self.home.glob("*.log"))
        pytest.fail(f"dovecot did not start: {told[-3000:]}")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=15)
            self.process = None


COMMON = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
ssl = no
default_login_user = {login}
default_internal_user = {login}
default_internal_group = {group}
mail_uid = {mail}
mail_gid = {mail_group}
first_valid_uid = 0
first_valid_gid = 0
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""
DOVECOT_2_3 = """
protocols = imap
disable_plaintext_auth = no
mail_location = maildir:{home}/mail/%n
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={mail} gid={mail_group} home={home}/mail/%n
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""
DOVECOT_2_4 = """
protocols {{
  imap = yes
}}
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = {home}/mail/%{{user | username}}
passdb static {{
  password = {password}
}}
userdb static {{
  fields {{
    uid = {mail}
    gid = {mail_group}
    home = {home}/mail/%{{user | username}}
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    listen = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""


def _configuration() -> str:
    """Return the template for the dovecot of this machine: Debian 12 has 2.3, Debian 13 has 2.4, which renamed much."""
    told = subprocess.run([_binary(), "--version"], check=True, capture_output=True, text=True).stdout
    if tuple(map(int, told.split(".")[:2])) < (2, 4):
        return COMMON + DOVECOT_2_3
    return "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n" + COMMON + DOVECOT_2_4


def _binary() -> str:
    return shutil.which("dovecot") or "/usr/sbin/dovecot"


def _identity() -> dict[str, str]:
    """Return whose processes they are: dovecot's own users when we are root, else ourselves."""
    if os.geteuid() == 0:
        return {"login": "dovenull", "group": "dovecot", "mail": "nobody", "mail_group": "nogroup"}
    me = pwd.getpwuid(os.geteuid())
    return {"login": me.pw_name, "group": str(me.pw_gid), "mail": me.pw_name, "mail_group": str(me.pw_gid)}


@pytest.fixture
def dovecot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    home = tmp_path_factory.mktemp("dovecot")
    for folder in ("run", "state", "mail"):
        (home / folder).mkdir()
    server = Dovecot(free_port(), home)
    told = _configuration().format(home=home, port=server.port, password=server.password, **_identity())
    (home / "dovecot.conf").write_text(told, encoding="utf-8")
    if os.geteuid() == 0:
        _open_way(home)
    server.start()
    yield server
    server.stop()


def _open_way(home: Path) -> None:
    """Let dovecot's own users reach the folder below pytest's private one."""
    nobody = pwd.getpwnam("nobody")
    os.chown(home / "mail", nobody.pw_uid, nobody.pw_gid)
    for folder in (home, *home.parents):
        if folder.stat().st_uid == 0 and str(folder) not in {"/", "/tmp"}:  # noqa: S108 - not written to
            folder.chmod(folder.stat().st_mode | 0o011)

"""Back up while somebody writes, wreck everything, restore, and find it all again: on both databases."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from orders.actor import SYSTEM
from server.db.database import Database
from server.db.outlets import outbox, webhooks
from server.db.outlets.outbox import Event
from server.db.store import open_store

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"


class Installation:
    """A database and a DATA_DIR, as the server has them."""

    def __init__(self, url: str, data_dir: Path, data_key: str, now) -> None:
        self.url, self.data_dir, self.data_key, self.now = url, data_dir, data_key, now
        self.data_dir.mkdir(exist_ok=True)
        (self.data_dir / "keys.json").write_text('{"secret_key": "s"}')
        (self.data_dir / "originals").mkdir(exist_ok=True)
        (self.data_dir / "originals" / "ori_1").write_bytes(b"%PDF-1.7 order")

    def open(self):
        return open_store(Database(self.url), [self.data_key], data_dir=self.data_dir, now=self.now)

    def tell(self, number: int) -> None:
        store = self.open()
        with store.db.write() as conn:
            outbox.add(conn, Event("order.held", f"ord_{number}", f"key_{number}", {}), self.now, ("notify",))
        store.db.close()

    def told(self) -> int:
        store = self.open()
        with store.db.read() as conn:
            count = len(outbox.list_page(conn, limit=100_000))
        store.db.close()
        return count

    def wreck(self) -> None:
        if self.url.startswith("sqlite"):
            Path(self.url.removeprefix("sqlite:///")).write_bytes(b"no database at all" * 100)
        else:
            db = Database(self.url)
            with db.write() as conn:
                conn.execute(text("DROP TABLE outbox, jobs CASCADE"))
                conn.execute(text("CREATE TABLE left_over (x integer)"))
            db.close()
        (self.data_dir / "keys.json").unlink()
        (self.data_dir / "originals" / "ori_1").write_bytes(b"")

    def run(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": os.defpath + ":/usr/local/bin",
            "SLUICE_DATABASE_URL": self.url,
            "SLUICE_DATA_DIR": str(self.data_dir),
        }
        return subprocess.run(
            ["sh", str(DEPLOY / script), *arguments], env=environment, capture_output=True, text=True, timeout=60
        )


@pytest.fixture
def installation(database_url, tmp_path, data_key, now) -> Installation:
    return Installation(database_url, tmp_path / "installed", data_key, now)


def backed_up(installation: Installation, tmp_path: Path) -> str:
    made = installation.run("backup.sh", str(tmp_path / "backups"))
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def test_backup_taken_while_somebody_writes_brings_everything_back(installation, tmp_path):
    store = installation.open()
    with store.db.write() as conn:
        _, secret = webhooks.add(conn, store, "https://x.example.com", ["*"], actor=SYSTEM, now=installation.now)
    store.db.close()
    for number in range(20):
        installation.tell(number)
    stop = threading.Event()

    def write() -> None:
        number = 1000
        while not stop.is_set():
            installation.tell(number)
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    backup = backed_up(installation, tmp_path)
    stop.set()
    writer.join()
    installation.wreck()
    restored = installation.run("restore.sh", backup, "--replace")
    assert restored.returncode == 0, restored.stderr
    assert installation.told() >= 20
    assert (installation.data_dir / "originals" / "ori_1").read_bytes() == b"%PDF-1.7 order"
    assert (installation.data_dir / "keys.json").exists()
    store = installation.open()
    with store.db.read() as conn:
        [shown] = webhooks.list_page(conn)
        assert webhooks.enabled(conn, store, shown["id"]).secrets == (secret,)  # sealed data opens again
        if not store.db.is_sqlite:
            assert conn.execute(text("SELECT to_regclass('left_over')")).scalar() is None
    store.db.close()
    installation.tell(5000)  # and it can be written to


def test_restored_installation_can_be_backed_up_and_restored_again(installation, tmp_path):
    installation.tell(1)
    for round_ in range(2):
        backup = backed_up(installation, tmp_path / f"round{round_}")
        installation.wreck()
        restored = installation.run("restore.sh", backup, "--replace")
        assert restored.returncode == 0, restored.stderr
    assert installation.told() == 1


def test_restore_touches_nothing_that_holds_data_unless_told_to(installation, tmp_path):
    installation.tell(1)
    backup = backed_up(installation, tmp_path)
    installation.tell(2)
    for mistyped, code in (((), 1), (("--repalce",), 2), (("yes",), 2)):
        refused = installation.run("restore.sh", backup, *mistyped)
        assert refused.returncode == code
        assert "--replace" in refused.stderr
    home, installation.data_dir = installation.data_dir, tmp_path / "empty"  # the database alone holds data
    assert installation.run("restore.sh", backup).returncode == 1
    installation.data_dir = home
    assert installation.told() == 2


def test_damaged_backup_is_refused_before_anything_is_touched(installation, tmp_path):
    installation.tell(1)
    backup = Path(backed_up(installation, tmp_path))
    with (backup / "data.tar").open("r+b") as file:
        file.seek(600)
        file.write(b"damage")
    refused = installation.run("restore.sh", str(backup), "--replace")
    assert refused.returncode != 0
    assert installation.told() == 1


@pytest.mark.parametrize("cut", ["data.tar", "database."])
def test_backup_whose_checksums_are_incomplete_is_refused_before_anything_is_touched(installation, tmp_path, cut):
    installation.tell(1)
    backup = Path(backed_up(installation, tmp_path))
    sums = backup / "SHA256SUMS"
    lines = sums.read_text().splitlines(keepends=True)
    whole, short = [line for line in lines if cut not in line], next(line for line in lines if cut in line)[:40]
    for left in (whole, [*whole, short]):
        sums.write_text("".join(left))
        refused = installation.run("restore.sh", str(backup), "--replace")
        assert refused.returncode != 0
    assert installation.told() == 1


def test_backup_is_readable_by_its_owner_alone(installation, tmp_path):
    backup = Path(backed_up(installation, tmp_path))
    assert backup.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in backup.iterdir())


def test_failed_backup_leaves_nothing_that_looks_like_one(installation, tmp_path):
    installation.url = "sqlite:////nowhere/at/all.db"
    failed = installation.run("backup.sh", str(tmp_path / "backups"))
    assert failed.returncode != 0
    assert list((tmp_path / "backups").iterdir()) == []

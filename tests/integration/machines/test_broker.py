"""Jobs over a real RabbitMQ on PostgreSQL: workers die, the broker forgets everything, and every job is done."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from server.db import jobs
from server.db.database import Database
from server.db.outlets import notifications
from tests.integration.machines.worker_program import utc_now
from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[3]


class Workers:
    """Worker processes on one database and one broker."""

    def __init__(self, database_url: str, broker_url: str, data_key: str, folder: Path, lease_s: float) -> None:
        self._arguments = [database_url, broker_url, data_key, str(folder), str(lease_s)]
        self._log = folder / "workers.log"
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as out:
            worker = subprocess.Popen(
                [sys.executable, "-m", "tests.integration.machines.worker_program", *self._arguments],
                cwd=ROOT,
                stdout=out,
                stderr=out,
            )
        self.running.append(worker)
        return worker

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        worker.kill()
        worker.wait()

    def stop(self) -> list[int]:
        for worker in self.running:
            if worker.poll() is None:
                worker.send_signal(signal.SIGTERM)
        return [worker.wait(timeout=PATIENCE_S) for worker in self.running]

    def said(self) -> str:
        return self._log.read_text()[-5000:]


class Bench:
    """Enqueues jobs that leave a mark, and counts marks."""

    def __init__(self, url: str, folder: Path) -> None:
        self.db = Database(url)
        self._folder = folder

    def add(self, count: int, seconds: float = 0.0, **wish) -> list[str]:
        now = utc_now()
        with self.db.write() as conn:
            return [
                jobs.enqueue(
                    conn,
                    "mark",
                    {"key": f"{time.time_ns()}-{number}", "seconds": seconds, "started": str(self._folder / "started")},
                    now=now,
                    **wish,
                )
                for number in range(count)
            ]

    def states(self, ids: list[str]) -> dict[str, int]:
        with self.db.read() as conn:
            found = [jobs.get(conn, job_id)["state"] for job_id in ids]
        return {state: found.count(state) for state in set(found)}

    def done_by(self, ids: list[str]) -> set[str]:
        with self.db.read() as conn:
            return {jobs.get(conn, job_id)["result"] for job_id in ids}

    def attempts(self, job_id: str) -> int:
        with self.db.read() as conn:
            return jobs.get(conn, job_id)["attempt"]

    def marks(self) -> int:
        with self.db.read() as conn:
            return len(notifications.list_of(conn, ["test"], limit=10_000))

    def wait_done(self, ids: list[str], workers: Workers, seconds: float = PATIENCE_S) -> None:
        deadline = time.monotonic() + seconds
        while self.states(ids) != {"done": len(ids)}:
            if time.monotonic() > deadline:
                pytest.fail(f"{self.states(ids)}\n{workers.said()}")
            time.sleep(0.1)

    def wait_started(self) -> None:
        while not (self._folder / "started").exists():
            time.sleep(0.02)


@pytest.fixture
def bench(postgresql_url, tmp_path) -> Iterator[Bench]:
    made = Bench(postgresql_url, tmp_path)
    yield made
    made.db.close()


@contextmanager
def at_work(workers: Workers, count: int) -> Iterator[Workers]:
    for _ in range(count):
        workers.start()
    try:
        yield workers
    finally:
        for worker in workers.running:
            if worker.poll() is None:
                workers.kill(worker)


@pytest.fixture
def lease_s() -> float:
    return 3.0


@pytest.fixture
def workers(postgresql_url, broker, data_key, tmp_path, lease_s) -> Iterator[Workers]:
    with at_work(Workers(postgresql_url, broker.url, data_key, tmp_path, lease_s), 2) as running:
        yield running


@pytest.mark.parametrize("lease_s", [60.0])  # a busy machine is late with a heartbeat: then two would do one job
def test_INT_10_two_workers_do_every_job_once_and_stop_when_told(bench, workers):
    ids = []
    while len(bench.done_by(ids)) < 2:  # until the slower one to start has had its share
        ids += bench.add(20, seconds=0.05)
        bench.wait_done(ids, workers)
    assert bench.marks() == len(ids)
    assert {bench.attempts(job_id) for job_id in ids} == {1}
    assert workers.stop() == [0, 0]


def test_INT_10_job_of_a_killed_worker_is_done_by_the_other(bench, workers):
    [job_id] = bench.add(1, seconds=1.0)
    bench.wait_started()
    victim, other = workers.running
    # Which of the two holds the job is not known: kill one, and if it was the other that works, nothing is lost.
    workers.kill(victim)
    more = bench.add(10)
    bench.wait_done([job_id, *more], workers)
    assert other.poll() is None
    assert bench.marks() == 11


def test_INT_10_all_workers_killed_and_new_ones_finish_what_they_held(bench, workers):
    ids = bench.add(4, seconds=1.0)
    bench.wait_started()
    for worker in list(workers.running):
        workers.kill(worker)
    assert bench.states(ids).get("running", 0) >= 1
    workers.start()
    bench.wait_done(ids, workers)
    assert bench.marks() == 4


def test_INT_10_broker_that_forgets_everything_loses_no_job(bench, workers, broker):
    ids = bench.add(80, seconds=0.1)
    bench.wait_started()
    broker.empty()
    ids += bench.add(20)
    bench.wait_done(ids, workers)
    assert bench.marks() == 100


def test_INT_10_timer_is_done_at_its_time_and_not_before(bench, workers):
    due_at = utc_now() + timedelta(seconds=3)
    ids = bench.add(1, due_at=due_at)
    bench.wait_done(ids, workers)
    with bench.db.read() as conn:
        assert jobs.get(conn, ids[0])["finished_at"] >= due_at

"""A worker process for the tests of the broker: the shipped worker with one small kind of job.

Arguments: database URL, broker URL, data key, folder, seconds of a lease.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from server import log
from server.backoff import Backoff
from server.config import Settings
from server.db.database import Database
from server.db.ids import new_id
from server.db.outlets import notifications
from server.db.store import open_store
from server.jobs import Terms, run_worker
from server.jobs.relay import Pace
from tests.integration.jobs.conftest import Deps

TERMS = {"heartbeat_s": 0.5, "backoff": Backoff((0.2,))}
PACE = Pace(poll_s=0.1, republish_s=2.0)


def utc_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a process of its own needs the real clock


def mark(deps: Any, args: dict[str, Any]) -> str:
    """Take some time, then write one row under the job's own key: doing it twice changes nothing."""
    Path(args["started"]).touch()
    time.sleep(args["seconds"])
    now = deps.clock()
    row = {"id": new_id("not", now), "recipient": "test", "event": "marked", "title_zh": "", "title_en": ""}
    with deps.store.db.write() as conn:
        notifications.add(conn, [{**row, "order_id": None, "idempotency_key": args["key"], "created_at": now}])
    return f"by {os.getpid()}"


def main() -> None:
    database_url, broker_url, data_key, folder, lease_s = sys.argv[1:]
    log.configure()
    settings = Settings(database_url=database_url, broker_url=broker_url, job_threads=2)
    db = Database(database_url)
    store = open_store(db, [data_key], data_dir=Path(folder), now=utc_now())
    run_worker(Deps(settings, store, utc_now), Terms(handlers={"mark": mark}, lease_s=float(lease_s), **TERMS), PACE)
    db.close()


if __name__ == "__main__":
    main()

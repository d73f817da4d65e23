"""The worker process: jobs until a signal says stop; what is under way is finished first.

Place in the order's way: after the commit. With a broker it is Celery's worker and a relay, without one a `Runner`.
"""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

from server.jobs.relay import Relay
from server.jobs.runner import Runner

if TYPE_CHECKING:
    from server.jobs.perform import Terms
    from server.jobs.relay import Pace
    from server.needs import Needs


def run(deps: Needs, terms: Terms | None = None, pace: Pace | None = None) -> None:
    """Work until SIGTERM or SIGINT. Must be called on the main thread."""
    if deps.settings.broker_url:
        _run_celery(deps, terms, pace)
    else:
        _run_threads(deps, terms)


def _run_threads(deps: Needs, terms: Terms | None) -> None:
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    runner = Runner(deps, terms).start()
    try:
        stopped.wait()
    finally:
        runner.stop()


def _run_celery(deps: Needs, terms: Terms | None, pace: Pace | None) -> None:
    from server.celery_app import make_app, publish  # only a worker with a broker pays for Celery's import

    app = make_app(deps, terms)
    relay = Relay(deps, lambda job_id, priority: publish(app, job_id, priority), pace).start()
    try:
        app.Worker(
            pool="threads",
            concurrency=deps.settings.job_threads,
            loglevel="WARNING",
            without_mingle=True,
            without_gossip=True,
        ).start()
    finally:
        relay.stop()

"""Do one job: claim it, keep its lease while its handler works, store how it ended.

Place in the order's way: after the commit that enqueued it. Thread pool and Celery both call this with an id; calling
it twice, late or for a job of somebody else does nothing.
"""

from __future__ import annotations

import logging
import secrets
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from orders.errors import InternalError, SluiceError, TransportError
from server import backoff
from server.db import jobs
from server.jobs.registry import GIVEN_UP, HANDLERS
from server.log import bind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import Connection

    from server.db.jobs import Claimed
    from server.jobs.registry import Handler
    from server.needs import Needs

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Terms:
    """How jobs are held and retried. A dead worker's job is taken over ``lease_s`` after its last heartbeat."""

    lease_s: float = 15.0
    heartbeat_s: float = 5.0
    backoff: backoff.Backoff = backoff.JOBS
    handlers: Mapping[str, Handler] = field(default_factory=lambda: HANDLERS)


def perform(deps: Needs, job_id: str, terms: Terms | None = None) -> bool:
    """Do a job if it may be done now; say whether this call ended it (done, put back or given up)."""
    terms = terms or Terms()
    owner = secrets.token_hex(8)
    with deps.store.db.write() as conn:
        now = deps.clock()
        claimed = jobs.claim(conn, job_id, owner, now=now, until=now + timedelta(seconds=terms.lease_s))
    if claimed is None:
        return False
    with bind(job_id=job_id), _heartbeat(deps, owner, terms):
        end = _work(deps, claimed, terms)
    with deps.store.db.write() as conn:
        kept = end(conn, owner)
    if not kept:
        log.warning("Job %s was taken over meanwhile", job_id, extra={"action": "job_lost", "job_id": job_id})
    return kept


def _work(deps: Needs, claimed: Claimed, terms: Terms) -> Callable[[Any, str], bool]:
    """Run the handler and return how the job is to be stored."""
    job_id, now = claimed.id, deps.clock
    if claimed.attempt > claimed.max_attempts:
        return _given_up(deps, claimed, "its worker died in every attempt")
    function = terms.handlers.get(claimed.kind)
    if function is None:
        return _given_up(deps, claimed, f"no handler for kind {claimed.kind}")
    try:
        result = function(deps, claimed.args)
    except Exception as error:  # noqa: BLE001 - the worker loop: whatever fails, the job's row says so
        return _failed(deps, claimed, error, terms)
    log.info("Job %s %s done", claimed.kind, job_id, extra={"action": "job_done"})
    return lambda conn, owner: jobs.finish(conn, job_id, owner, result, now())


def _failed(deps: Needs, claimed: Claimed, error: Exception, terms: Terms) -> Callable[[Any, str], bool]:
    reason = f"{type(error).__name__}: {error}"
    if _hopeless(error) or claimed.attempt >= claimed.max_attempts:
        log.error("Job %s %s given up", claimed.kind, claimed.id, exc_info=error, extra={"action": "job_dead"})
        return _given_up(deps, claimed, reason)
    log.warning("Job %s %s failed", claimed.kind, claimed.id, exc_info=error, extra={"action": "job_failed"})
    due_at = deps.clock() + terms.backoff.after(claimed.attempt)
    return lambda conn, owner: jobs.retry(conn, claimed.id, owner, reason, due_at)


def _given_up(deps: Needs, claimed: Claimed, reason: str) -> Callable[[Any, str], bool]:
    def end(conn: Connection, owner: str) -> bool:
        kept = jobs.bury(conn, claimed.id, owner, reason, deps.clock())
        if kept and claimed.kind in GIVEN_UP:
            GIVEN_UP[claimed.kind](deps, conn, claimed.args)
        return kept

    return end


def _hopeless(error: Exception) -> bool:
    """Say whether doing the same again cannot succeed: the sender's or a rule author's fault, a permanent refusal."""
    if isinstance(error, TransportError):
        return error.permanent
    return isinstance(error, SluiceError) and not isinstance(error, InternalError)


@contextmanager
def _heartbeat(deps: Needs, owner: str, terms: Terms) -> Iterator[None]:
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(terms.heartbeat_s):
            try:
                with deps.store.db.write() as conn:
                    jobs.extend(conn, owner, deps.clock() + timedelta(seconds=terms.lease_s))
            except Exception:  # the database is away: the next beat may reach it, else the lease runs out
                log.exception("No heartbeat", extra={"action": "heartbeat_failed"})

    thread = threading.Thread(target=beat, name="job-heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()

"""What runs beside the requests: jobs, deliveries, mail doors, the watch on the live rules, the audit sealer.

Place in the order's way: after the commit (dispatch) and before the read (mail). On SQLite all of it lives in the one
web process; on PostgreSQL the web processes only watch the rules and `worker` does the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from server import call_log, dispatch, jobs, mail, pulling
from server import tasks as _handlers  # noqa: F401 - importing it registers what the jobs do
from server.db import audit, idempotency, sessions
from server.db.doors import calls, pulls, rehearsals
from server.desk import daily, inbox
from server.desk.doors.drop import Folders
from server.desk.outlets import reconcile, tracking, warehouse
from server.desk.rulework import nightly
from server.loop import Loop
from server.warm import warm

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.deps import Deps

RULES_EVERY_S = 1.0
SEAL_EVERY_S = 5.0
"""Each look goes over the last minute's chains: rarer looks leave more of the processor to orders."""
FORGET_EVERY_S = 3600.0
VIEWS_EVERY_S = 300.0
TRACKS_EVERY_S = 60.0
CALLS_EVERY_S = 1.0
FOLDERS_EVERY_S = 2.0
INBOX_EVERY_S = 0.2


@dataclass
class Background:
    """Everything started, to be stopped in reverse order."""

    deps: Deps
    parts: list[Callable[[], object]] = field(default_factory=list)

    def stop(self) -> None:
        """Stop all parts, then close the deps."""
        for stop in reversed(self.parts):
            stop()
        self.deps.close()


def start_web(deps: Deps) -> Background:
    """Start what a web process needs; on SQLite that is everything."""
    warm(deps)
    background = Background(deps)
    background.parts.append(Loop("rules-watch", RULES_EVERY_S, deps.reload_rules).start().stop)
    background.parts.append(lambda: call_log.flush(deps))
    background.parts.append(Loop("request-log", CALLS_EVERY_S, lambda: call_log.flush(deps)).start().stop)
    if deps.settings.is_sqlite:
        _start_outlets(background)
        background.parts.append(jobs.start(deps).stop)
    return background


def _start_outlets(background: Background) -> None:
    """Seal the audit trail, send messages, open the mail doors."""
    deps = background.deps
    sealer = Loop("audit-sealer", SEAL_EVERY_S, lambda: audit.seal_heads(deps.store.db, deps.clock())).start()
    background.parts.append(sealer.stop)
    background.parts.append(Loop("sweep", FORGET_EVERY_S, lambda: _forget_old(deps)).start().stop)
    background.parts.append(_start_inbox(deps).stop)
    background.parts.append(dispatch.start(deps).stop)
    background.parts.append(Loop("warehouse-views", VIEWS_EVERY_S, lambda: warehouse.poll(deps)).start().stop)
    background.parts.append(Loop("tracking", TRACKS_EVERY_S, lambda: tracking.poll(deps)).start().stop)
    background.parts.extend(door.stop for door in mail.start_doors(deps))
    background.parts.append(pulling.start(deps).stop)
    if deps.settings.drop_dir:
        folders = Folders(deps, Path(deps.settings.drop_dir))
        background.parts.append(Loop("folders", FOLDERS_EVERY_S, folders.look).start().stop)
    nightly.arrange(deps)
    reconcile.arrange(deps)
    daily.arrange(deps)


def _start_inbox(deps: Deps) -> Loop:
    loop = Loop("inbox", INBOX_EVERY_S, lambda: inbox.empty(deps, loop))
    deps.openers.append(loop.wake)
    return loop.start()


def _forget_old(deps: Deps) -> None:
    now = deps.clock()
    with deps.store.db.write() as conn:
        idempotency.forget_old(conn, now)
        rehearsals.forget_old(conn, now)
        sessions.forget_old(conn, now)
        pulls.forget_old(conn, now)
        calls.forget_before(conn, now - timedelta(days=deps.settings.request_log_days))


def run_worker(deps: Deps) -> None:
    """Work until SIGTERM or SIGINT; what is under way is finished first."""
    background = Background(deps)
    background.parts.append(Loop("rules-watch", RULES_EVERY_S, deps.reload_rules).start().stop)
    try:
        _start_outlets(background)
        jobs.run_worker(deps)
    finally:
        background.stop()

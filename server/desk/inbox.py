"""The inbox is emptied: each row becomes an original, a document and the job that takes its orders.

Place in the order's way: between a platform's receipt and the reading. Row out and rows in are one transaction: a
process that is killed at any moment leaves either the one or the other. On PostgreSQL several processes may do it: each
holds the rows that it works on, and they are free again when it dies. Where the channel is pulled, too, the push is
also a bell.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag

from adapters.channels.registry import PULLED
from orders.actor import Actor, Role
from orders.errors import SluiceError
from server import backoff
from server.db import inbox, jobs, originals
from server.db.batch import Batch
from server.db.doors import pulls
from server.db.ids import new_id
from server.db.originals import Arrived
from server.db.papers import documents
from server.db.papers.documents import Source
from server.db.steps import run
from server.rush import HERE

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from server.db.inbox import Waiting
    from server.deps import Deps
    from server.loop import Loop

log = logging.getLogger(__name__)

DOOR = "webhook"
TAKE_JOB = "take_delivery"
AT_ONCE = 100
"""Rows in one transaction: on SQLite the calls wait for it."""


def empty(deps: Deps, loop: Loop | None = None) -> int:
    """Make documents of all that is due; return of how many. ``loop``: rest after each turn while calls rush in."""
    done = 0
    while not (loop and loop.stopping):
        began = time.thread_time()
        turned = _turn(deps)
        done += turned
        if turned < AT_ONCE:
            break
        if loop:
            HERE.make_way(time.thread_time() - began, loop)
    return done


def _turn(deps: Deps) -> int:
    now = deps.clock()
    if not inbox.any_due(deps.store.db.look(), now):
        return 0
    with deps.store.db.write() as conn:
        rows = inbox.take(conn, now, AT_ONCE)
        if not rows:  # another process has them
            return 0
        _open(deps, conn, rows, now)
    log.info("%d deliveries received", len(rows), extra={"action": "deliveries_received"})
    deps.wake()
    return len(rows)


def open_one(deps: Deps, document_id: str) -> bool:
    """Make the document of one row, for whoever asks for it before its turn; False where there is none."""
    with deps.store.db.write() as conn:
        row = inbox.take_one(conn, document_id)
        if row is None:
            return False
        _open(deps, conn, [row], deps.clock())
    deps.wake()
    return True


def _open(deps: Deps, conn: Connection, rows: list[Waiting], now: datetime) -> None:
    """Write what the rows become and take them away; one that cannot be unsealed waits and holds up nobody."""
    standing = inbox.standing(conn, [row.message_id for row in rows])
    made, ended, pulled = Batch(), [], _Pulled(conn)
    for row in rows:
        body = _body(deps, conn, row, now)
        if body is None:
            continue
        ended.append(row.seq)
        if row.message_id not in standing:
            _add(deps, made, row, body)
            ring(conn, row.channel, pulled(row.channel), body, now)
    run(conn, made.steps(conn.dialect.name) if made.rows else [])
    inbox.remove(conn, ended)


def _body(deps: Deps, conn: Connection, row: Waiting, now: datetime) -> bytes | None:
    try:
        return deps.store.vault.unseal(conn, row.sealed)
    except (SluiceError, InvalidTag) as error:
        log.exception("Delivery %s cannot be unsealed", row.id, extra={"action": "delivery_put_off"})
        wait = backoff.JOBS.after(row.attempts + 1)
        inbox.put_off(conn, row.seq, f"{type(error).__name__}: {error}", now + wait)
        return None


def _add(deps: Deps, made: Batch, row: Waiting, body: bytes) -> None:
    now, original_id = row.received_at, new_id("ori", row.received_at)
    actor = Actor(row.owner_id, row.channel, "key", frozenset({Role.SALES}), row.org_id, row.account)
    key = deps.store.vault.key_of(None, f"original:{original_id}", now)
    original = originals.row_of(deps.store, Arrived(body, row.content_type, None, now), key, original_id)
    document = documents.row_of(original_id, Source(DOOR, row.channel, row.account, row.message_id), actor, now)
    job = jobs.row_of(TAKE_JOB, {"document_id": row.id, "channel": row.channel}, now)
    made.add("subject_keys", key.row)
    made.add("originals", {**original, "owner_id": actor.id, "org_id": actor.org_id})
    made.add("documents", {**document, "id": row.id})
    made.add("jobs", {**job, "dedupe": row.id})


class _Pulled:
    """The platform of each channel that is pulled, too, asked once a turn."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._found: dict[str, str | None] = {}

    def __call__(self, code: str) -> str | None:
        if code not in self._found:
            self._found[code] = pulls.platform_of(self._conn, code)
        return self._found[code]


def ring(conn: Connection, code: str, pulled: str | None, body: bytes, now: datetime) -> None:
    """Have what a push is about read from the platform at once, where the channel is ``pulled`` from it."""
    if pulled is None:
        return
    platform = PULLED.get(pulled)
    if platform is not None and platform.pinged is not None:
        pulls.ask_for(conn, code, platform.pinged(body), now)
    pulls.soon(conn, code, now)

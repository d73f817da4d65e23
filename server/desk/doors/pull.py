"""Pulling one channel: what changed at the platform since the last time, stored, then taken in the platform's order.

Place in the order's way: received, before the template reads. A run holds the channel's lease. It reads spans of time
that overlap, page by page; each order is stored with a note of its version in one transaction, so that the same version
comes in once; when a span is read its orders are taken in the order in which they changed, and the cursor moves.
"""

from __future__ import annotations

import json
import logging
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from adapters.channels.pull import RateLimited, Span, TokenExpired
from orders.decision import sha256_hex
from orders.errors import NotFound, SluiceError, TransportError
from server.db import originals
from server.db.doors import pulls
from server.db.originals import Arrived
from server.db.papers import documents
from server.db.papers.documents import Source
from server.desk.doors import pull_notice
from server.desk.doors.hooks import actor_of, take_delivery
from server.desk.doors.pull_caller import Caller, Got
from server.desk.intake import live_channel

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from adapters.channels.pull import Seen
    from server.db.doors.channels import Channel
    from server.db.doors.pulls import Mark
    from server.deps import Deps

log = logging.getLogger(__name__)

DOOR = "pull"
SPAN = timedelta(hours=1)
RESUME_WITHIN = timedelta(minutes=10)
COUNT_SPAN = timedelta(hours=1)
COUNT_AFTER = timedelta(minutes=10)
COUNTS_A_RUN = 6
CHUNK = 20
MOST_PAGES = 2000
TRIES = 3
STUBBORN = 5
OUTAGE = frozenset({"timeout", "unreachable", "no_json", "no_address"})


class LeaseLost(Exception):
    """Another process pulls the channel now."""


def pull(deps: Deps, code: str) -> bool:
    """Pull a channel if it is due; say whether this call did. The platform's trouble is not raised: the row says it."""
    owner, now = secrets.token_hex(8), deps.clock()
    with deps.store.db.write() as conn:
        row = pulls.claim(conn, code, owner, now)
    if row is None:
        return False
    try:
        channel = live_channel(deps, code)
        if channel is None:
            raise NotFound(f"There is no channel {code}", f"没有渠道 {code}")
        Run(deps, channel, row, owner).go()
    except LeaseLost:
        log.warning("Channel %s is pulled elsewhere", code, extra={"action": "pull_lost"})
        return False
    except SluiceError as error:
        pull_notice.failed(deps, row, owner, error)
    else:
        pull_notice.ended(deps, row, owner)
    return True


class Run:
    """One run over one channel, under its lease."""

    def __init__(self, deps: Deps, channel: Channel, row: dict[str, Any], owner: str) -> None:
        self._deps, self._channel, self._row, self._owner = deps, channel, row, owner
        self._code = channel.code
        self._caller = Caller(deps, channel, str(row["url"]))
        self._platform = self._caller.platform

    def go(self) -> None:
        """Read what was asked for, then what changed, then count."""
        self._caller.prepare()
        self._read_asked()
        self._take_stored()
        if self._platform.listing is not None:
            self._catch_up()
            self._count()

    # --- what changed ---------------------------------------------------------------------------------------------

    def _catch_up(self) -> None:
        cursor, goal = self._row["cursor_at"], self._deps.clock()
        progress = self._fresh_progress(goal)
        overlap = self._platform.overlap
        step = min(SPAN, self._platform.widest - overlap)
        while cursor < goal:
            until = datetime.fromisoformat(progress["until"]) if progress else min(cursor + step, goal)
            self._span(Span(cursor - overlap, until), progress["token"] if progress else None)
            self._take_stored()
            self._keep(cursor_at=until, progress=None)
            cursor, progress = until, None

    def _fresh_progress(self, now: datetime) -> dict[str, Any] | None:
        progress: dict[str, Any] | None = self._row["progress"]
        fresh = progress and now - datetime.fromisoformat(progress["begun"]) < RESUME_WITHIN
        return progress if fresh else None

    def _span(self, span: Span, token: str | None) -> None:
        begun = self._deps.clock().isoformat()
        for _ in range(MOST_PAGES):
            page = self._caller.page(span, token)
            self._store(page.seen)
            if page.next is None:
                return
            token = page.next
            self._keep(progress={"until": span.until.isoformat(), "token": token, "begun": begun})
        raise TransportError("a list without end", "平台的列表没有尽头", permanent=False, code="endless_list")

    def _store(self, seen: Iterable[Seen]) -> None:
        """Store what is new of a page, its details read first; what was read before a failure is kept."""
        marks = self._marks(one.id for one in seen)
        fresh = list({(one.id, one.changed_at): one for one in seen if _wanted(one, marks.get(one.id, []))}.values())
        for start in range(0, len(fresh), CHUNK):
            got: list[Got] = []
            try:
                for one in fresh[start : start + CHUNK]:
                    got += self._whole(one, marks.get(one.id, []))
            finally:
                self._write(got)

    def _marks(self, numbers: Iterable[str]) -> dict[str, list[Mark]]:
        found: dict[str, list[Mark]] = {}
        with self._deps.store.db.read() as conn:
            for mark in pulls.known(conn, self._code, numbers):
                found.setdefault(mark.external_id, []).append(mark)
        return found

    def _whole(self, one: Seen, marks: Sequence[Mark]) -> list[Got]:
        """Read the order where the list is thin. One that the platform will not show is asked for later by itself."""
        if one.record is not None or _passes(one, marks):
            data = json.dumps(one.record, ensure_ascii=False).encode() if one.record is not None else b""
            return [Got(one, data)]
        try:
            return [self._caller.detail(one.id)]
        except TransportError as error:
            alone = self._caller.read == 0 and self._row["failures"] < STUBBORN
            if alone or not _of_this_order(error):
                raise
            with self._deps.store.db.write() as conn:
                pulls.ask_for(conn, self._code, [one.id], self._deps.clock())
            return []

    def _write(self, got: Sequence[Got]) -> None:
        now = self._deps.clock()
        with self._deps.store.db.write() as conn:
            if not pulls.extend(conn, self._code, self._owner, now):
                raise LeaseLost
            known = pulls.known(conn, self._code, [one.seen.id for one in got])
            for one in got:
                self._write_one(conn, one, [mark for mark in known if mark.external_id == one.seen.id], now)

    def _write_one(self, conn: Any, one: Got, marks: Sequence[Mark], now: datetime) -> None:
        seen, version = one.seen, _version(one)
        at = seen.changed_at or now
        if any(mark.version == version for mark in marks):
            return
        if _passes(seen, marks):
            pulls.note(conn, self._code, pulls.Mark(seen.id, version, at, "passed", seen.status), now)
            return
        actor = actor_of(self._channel)
        arrived = Arrived(one.data, "application/json", None, now)
        original_id = originals.keep(conn, self._deps.store, arrived, owner_id=actor.id, org_id=actor.org_id)
        source = Source(DOOR, self._code, actor.account, f"{self._code}:{seen.id}:{version}")
        document_id = documents.add(conn, original_id, source, actor=actor, now=now)
        pulls.note(conn, self._code, pulls.Mark(seen.id, version, at, "stored", "", document_id), now)

    # --- what was asked for ---------------------------------------------------------------------------------------

    def _read_asked(self) -> None:
        with self._deps.store.db.read() as conn:
            numbers = pulls.asked(conn, self._code)
        for number in numbers:
            self._read_one(number)

    def _read_one(self, number: str) -> None:
        now, mark = self._deps.clock(), pulls.Mark(number, "", None, "asked")
        try:
            got = self._caller.detail(number)
        except TransportError as error:
            if not _of_this_order(error):
                raise
            with self._deps.store.db.write() as conn:
                if pulls.begin(conn, self._code, mark) >= TRIES:
                    pulls.answered(conn, self._code, number, pulls.UNREADABLE, now)
            return
        if got.seen.status != "wait":
            self._write([got])
        with self._deps.store.db.write() as conn:
            pulls.answered(conn, self._code, number, "read", now)

    # --- into orders ----------------------------------------------------------------------------------------------

    def _take_stored(self) -> None:
        """Take everything stored, in the platform's order."""
        while True:
            with self._deps.store.db.read() as conn:
                marks = pulls.stored(conn, self._code)
            if not marks:
                return
            for mark in marks:
                self._take(mark)

    def _take(self, mark: Mark) -> None:
        with self._deps.store.db.write() as conn:
            if not pulls.extend(conn, self._code, self._owner, self._deps.clock()):
                raise LeaseLost
            attempt = pulls.begin(conn, self._code, mark)
        outcome = self._outcome(str(mark.document_id)) if attempt <= TRIES else "failed"
        now = self._deps.clock()
        with self._deps.store.db.write() as conn:
            pulls.taken(conn, self._code, mark, outcome, now)
        if outcome == "failed":
            pull_notice.untaken(self._deps, self._code, mark)

    def _outcome(self, document_id: str) -> str:
        state = take_delivery(self._deps, document_id, self._code)
        if state != "ready":
            return state
        with self._deps.store.db.read() as conn:
            return "draft" if documents.drafts_of(conn, [document_id])[document_id] else "order"

    # --- counting -------------------------------------------------------------------------------------------------

    def _count(self) -> None:
        """Compare the platform's orders with ours, window by window; what is missing is asked for at once."""
        since, step = self._row["counted_at"], min(COUNT_SPAN, self._platform.widest)
        for _ in range(COUNTS_A_RUN):
            until = since + step
            if until > self._deps.clock() - COUNT_AFTER:
                return
            self._count_window(Span(since, until))
            since = until

    def _count_window(self, span: Span) -> None:
        numbers: dict[str, None] = {}
        token: str | None = None
        for _ in range(MOST_PAGES):
            page = self._caller.page(span, token)
            numbers |= dict.fromkeys(one.id for one in page.seen if one.status != "wait")
            token = page.next
            if token is None:
                break
        marks = self._marks(numbers)
        missing = tuple(number for number in numbers if not any(map(pulls.is_here, marks.get(number, []))))
        now = self._deps.clock()
        with self._deps.store.db.write() as conn:
            pulls.add_count(conn, self._code, pulls.Count(span.since, span.until, len(numbers), missing), now)
            pulls.ask_for(conn, self._code, missing, now)
            if not pulls.extend(conn, self._code, self._owner, now, counted_at=span.until):
                raise LeaseLost
        if missing:
            pull_notice.missed(self._deps, self._code, span, missing)
            self._read_asked()
            self._take_stored()

    def _keep(self, **told: Any) -> None:
        with self._deps.store.db.write() as conn:
            if not pulls.extend(conn, self._code, self._owner, self._deps.clock(), **told):
                raise LeaseLost


def _wanted(one: Seen, marks: Sequence[Mark]) -> bool:
    """Say whether a listed order is news: paid for, and not seen in this version."""
    if one.changed_at is None:
        return True
    version = one.changed_at.isoformat()
    return one.status != "wait" and not any(mark.version == version for mark in marks)


def _passes(one: Seen, marks: Sequence[Mark]) -> bool:
    """Say whether an order is only noted: not paid, shipped already, or cancelled before we had it."""
    ours = any(mark.document_id for mark in marks)
    return one.status in ("wait", "gone") or (one.status == "cancelled" and not ours)


def _version(one: Got) -> str:
    at = one.seen.changed_at
    return at.isoformat() if at is not None else sha256_hex(one.data)[:16]


def _of_this_order(error: TransportError) -> bool:
    """Say whether the platform refused this one order, rather than being away, busy or closed to us."""
    if isinstance(error, RateLimited | TokenExpired):
        return False
    return error.code not in OUTAGE and not error.code.startswith("http_5") and error.code != "no_credentials"

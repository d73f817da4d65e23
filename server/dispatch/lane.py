"""One round of one destination: claim a batch, send it, store how each message fared.

Place in the order's way: the heart of dispatch. A message is marked sent after success and never before; a process
that dies between the two sends it again under the same idempotency key.
"""

from __future__ import annotations

import logging
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from adapters.http import CONNECT_S, GONE
from orders.errors import TransportError
from server import backoff
from server.db.outlets import destinations, outbox, webhooks
from server.db.vault import Erased
from server.dispatch import outlets
from server.dispatch.breaker import Breaker

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from adapters.message import Deliver, Message, Receipt
    from server.db.outlets.outbox import Row
    from server.dispatch.outlets import Outlet
    from server.needs import Needs

log = logging.getLogger(__name__)


DIGEST_BATCH = 200
"""So many messages may become one digest, where the destination's owner allows few calls."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How messages are held and retried. A dead worker's messages are taken over after ``lease_s``.

    ``embedded_share``: of one processor, for each destination, where requests are answered by the same process: doors
    come first.
    """

    batch: int = 32
    embedded_share: float = 0.1
    lease_s: float = 45.0
    backoff: backoff.Backoff = backoff.MESSAGES
    give_up_after: timedelta = timedelta(days=3)


@dataclass
class Lane:
    """Sends to one destination; used by one thread at a time."""

    deps: Needs
    destination: str
    adapters: Mapping[str, Deliver]
    plan: Plan
    breaker: Breaker = field(default_factory=Breaker)
    nowhere: bool = False
    """It is switched off, or nobody said where it is."""

    def round(self) -> int:
        """Send one batch and return how many messages it had; 0 when nothing is due or nothing may be sent."""
        probing = self.breaker.is_open
        if not self.breaker.lets_through(self.deps.clock()):
            return 0
        with self.deps.store.db.read() as conn:
            outlet = outlets.find(conn, self.deps.store, self.deps.settings, self.adapters, self.destination)
        self.nowhere = outlet is None
        if outlet is None:
            return 0
        owner = secrets.token_hex(8)
        one_call = timedelta(seconds=outlet.target.timeout_s + CONNECT_S)
        with self.deps.store.db.write() as conn:
            now = self.deps.clock()
            until = now + max(timedelta(seconds=self.plan.lease_s), 2 * one_call)
            limit = 1 if probing else DIGEST_BATCH if outlet.per_minute else self.plan.batch
            rows = outbox.claim(conn, self.destination, owner, (now, until), limit=limit, early=probing)
        if not rows:
            self.breaker.answered()  # nobody is waiting for it: forget that it was down
            return 0
        attempt = _Batch(self, outlet, until - one_call, probing=probing)
        ends = attempt.send_all(rows)
        with self.deps.store.db.write() as conn:
            done = [(row, end) for row, end in zip(rows, ends, strict=True) if isinstance(end, dict)]
            outbox.sent(conn, done, owner, self.deps.clock())
            for row, end in zip(rows, ends, strict=True):
                if not isinstance(end, dict):
                    end(conn, row, owner)
            if attempt.recovered:
                outbox.hurry(conn, self.destination, self.deps.clock())
        return len(rows)


class _End(Protocol):
    """How a row is stored after its attempt."""

    def __call__(self, conn: Connection, row: Row, owner: str) -> object: ...


@dataclass
class _Batch:
    lane: Lane
    outlet: Outlet
    latest_start: datetime
    probing: bool
    recovered: bool = False

    def send_all(self, rows: list[Row]) -> list[_End | dict[str, Any]]:
        """Send the rows, ``parallel`` at a time; return the receipt of each, or how it is to be stored without one."""
        if self.outlet.per_minute is not None:
            return self._send_few(rows, self.outlet.per_minute)
        if self.outlet.parallel == 1 or len(rows) == 1:
            return [self._send(row) for row in rows]
        with ThreadPoolExecutor(min(self.outlet.parallel, len(rows)), thread_name_prefix="send") as pool:
            return list(pool.map(self._send, rows))

    def _send_few(self, rows: list[Row], per_minute: int) -> list[_End | dict[str, Any]]:
        """Send as many as the destination's owner allows a minute; what is over goes out as one digest."""
        deps = self.lane.deps
        with deps.store.db.write() as conn:
            calls = destinations.take_calls(conn, self.outlet.code, per_minute, len(rows), deps.clock())
        if calls == 0:
            return [_released(deps.clock() + timedelta(seconds=destinations.next_call_s(per_minute))) for _ in rows]
        alone = rows if calls >= len(rows) else rows[: calls - 1]
        rest = rows[len(alone) :]
        return [self._send(row) for row in alone] + ([self._send(rest[0], together=rest)] * len(rest) if rest else [])

    def _send(self, row: Row, together: list[Row] | None = None) -> _End | dict[str, Any]:
        deps, now = self.lane.deps, self.lane.deps.clock()
        if now > self.latest_start or not self.lane.breaker.lets_through(now):
            return _released(now)
        try:
            with deps.store.db.read() as conn:
                message = outlets.digest_of(together) if together else outlets.message_of(conn, deps.store, row)
            receipt = self.outlet.send(message)
        except Erased as error:
            return _buried(str(error))
        except TransportError as error:
            return self._failed(row, error)
        except Exception as error:  # the worker loop: an outlet with a fault of its own must not stop the others
            log.exception("Outlet of %s failed", row.destination, extra={"action": "outlet_failed"})
            return self._failed(row, TransportError(f"{type(error).__name__}: {error}", permanent=False))
        return self._sent(message, receipt)

    def _sent(self, message: Message, receipt: Receipt) -> dict[str, Any]:
        self.recovered |= self.lane.breaker.answered()
        log.info("Message %s sent to %s", message.event, self.lane.destination, extra=_about(message, "message_sent"))
        told = {"status": receipt.status, "reference": receipt.reference, "detail": receipt.detail}
        return {**told, outbox.REMEMBERED: receipt.keep} if receipt.keep else told

    def _failed(self, row: Row, error: TransportError) -> _End:
        now = self.lane.deps.clock()
        reason = f"{error.code}: {error.message_en}"
        if error.permanent:
            self.recovered |= self.lane.breaker.answered()
            return self._given_up(row, error.code, reason, now)
        self.lane.breaker.failed(now, error.retry_after_s)
        too_old = now - row.created_at > self.lane.plan.give_up_after
        if too_old or (row.attempts >= row.max_attempts and not self.probing):
            return self._given_up(row, error.code, reason, now)
        log.warning(
            "Message %s to %s failed: %s", row.event, row.destination, error.code, extra=_about(row, "message_failed")
        )
        counted = not self.probing
        due_at = now + self.lane.plan.backoff.after(row.attempts if counted else row.attempts - 1)
        return lambda conn, row, owner: outbox.put_back(conn, row, owner, due_at, error=reason, counted=counted)

    def _given_up(self, row: Row, code: str, reason: str, now: datetime) -> _End:
        log.error("Message %s to %s given up: %s", row.event, row.destination, code, extra=_about(row, "message_dead"))
        endpoint_id = self.outlet.endpoint_id if code == GONE else None

        def end(conn: Connection, row: Row, owner: str) -> None:
            outbox.bury(conn, row, owner, reason)
            if endpoint_id is not None:
                webhooks.set_state(conn, endpoint_id, "disabled", reason="410 Gone", now=now)

        return end


def _about(message: Message | Row, action: str) -> dict[str, Any]:
    about = {"action": action, "message_id": message.id}
    return about if message.order_id is None else {**about, "order_id": message.order_id}


def _released(now: datetime) -> _End:
    return lambda conn, row, owner: outbox.put_back(conn, row, owner, now, error=None, counted=False)


def _buried(reason: str) -> _End:
    return lambda conn, row, owner: outbox.bury(conn, row, owner, reason)

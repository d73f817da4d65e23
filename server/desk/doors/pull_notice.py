"""What pulling tells people: how a run ended, in words with what to do; missed orders as an event of their own.

Place in the order's way: beside `pull.py`. The row of the channel says how it stands now, a notification says it once.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from adapters.channels.pull import RateLimited
from orders.actor import Role
from orders.errors import TransportError
from server.backoff import Backoff
from server.db.doors import pulls
from server.db.ids import new_id
from server.db.outlets import notifications

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.channels.pull import Span
    from orders.errors import SluiceError
    from server.db.doors.pulls import Mark
    from server.deps import Deps

log = logging.getLogger(__name__)

RETRY = Backoff((10, 20, 40, 60, 120, 300))
CLOSED = timedelta(minutes=5)
"""How long a channel rests that only a person can mend."""
TOLD = (Role.ADMIN, Role.SALES_SUPERVISOR)
TELL_AFTER = 3
"""An outage is told after so many failures in a row; what a person must mend, at once."""


def ended(deps: Deps, row: dict[str, Any], owner: str) -> None:
    """Note a run that came to its end."""
    now = deps.clock()
    well = {"pulled_at": now, "failures": 0, "error_code": None, "error_zh": None, "error_en": None}
    with deps.store.db.write() as conn:
        pulls.release(conn, row["channel"], owner, now + timedelta(seconds=row["every_s"]), **well)


def failed(deps: Deps, row: dict[str, Any], owner: str, error: SluiceError) -> None:
    """Note a run that the platform broke off: why, and when the next one comes."""
    now, code = deps.clock(), row["channel"]
    failures = row["failures"] + (0 if isinstance(error, RateLimited) else 1)
    told = {"failures": failures, "error_code": error.code, "error_zh": error.message_zh, "error_en": error.message_en}
    with deps.store.db.write() as conn:
        pulls.release(conn, code, owner, _again_at(now, error, failures), **told)
    log.warning("Channel %s not pulled: %s", code, error.code, extra={"action": "pull_failed"})
    if _for_a_person(error) or failures == TELL_AFTER:
        since = row["pulled_at"] or row["cursor_at"]
        titles = f"渠道 {code} 拉取失败：{error.message_zh}", f"Channel {code} is not pulled: {error.message_en}"
        _tell(deps, "channel.pull_failed", f"pull:{code}:{error.code}:{since.isoformat()}", titles)


def _again_at(now: datetime, error: SluiceError, failures: int) -> datetime:
    if isinstance(error, RateLimited) and error.retry_after_s is not None:
        return now + timedelta(seconds=error.retry_after_s)
    return now + (CLOSED if _for_a_person(error) else RETRY.after(failures))


def _for_a_person(error: SluiceError) -> bool:
    return not isinstance(error, TransportError) or error.permanent


def missed(deps: Deps, code: str, span: Span, missing: Sequence[str]) -> None:
    """Tell that the platform had orders which were not here; they are being read now."""
    log.warning("Channel %s missed %d orders", code, len(missing), extra={"action": "orders_missed"})
    several = len(missing)
    titles = (
        f"渠道 {code} 对数发现漏单 {several} 张，已补拉",
        f"Channel {code} had missed {several} orders; they are read now",
    )
    _tell(deps, "channel.orders_missed", f"missed:{code}:{span.since.isoformat()}", titles)


def untaken(deps: Deps, code: str, mark: Mark) -> None:
    """Tell that a stored order could not be taken, whatever was tried; its original is kept."""
    log.error("Channel %s: an order is not taken", code, extra={"action": "order_not_taken"})
    titles = (
        f"渠道 {code} 的订单 {mark.external_id} 无法成单，请人工处理",
        f"Channel {code}: take order {mark.external_id} by hand",
    )
    _tell(deps, "channel.order_failed", f"untaken:{code}:{mark.external_id}:{mark.version}", titles)


def _tell(deps: Deps, event: str, key: str, titles: tuple[str, str]) -> None:
    now = deps.clock()
    rows = [
        {
            "id": new_id("not", now),
            "recipient": role.value,
            "order_id": None,
            "event": event,
            "title_zh": titles[0],
            "title_en": titles[1],
            "idempotency_key": f"{key}:{role.value}",
            "created_at": now,
        }
        for role in TOLD
    ]
    with deps.store.db.write() as conn:
        notifications.add(conn, rows)

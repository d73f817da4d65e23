"""What became of the orders: the database, the ERP and the senders must agree."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
from sqlalchemy import func, select

from server.db import tables as t
from server.db.database import Database

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SETTLE_S = 150.0


@dataclass(frozen=True)
class Verdict:
    """Counts. Only ``acknowledged``, ``accepted``, ``repeated`` and ``held`` may be other than 0."""

    acknowledged: int
    accepted: int
    held: int
    repeated: int
    lost: int
    wrong_id: int
    doubled: int
    undecided: int
    unsent: int
    missing_at_erp: int
    doubled_at_erp: int
    unknown_at_erp: int
    stock_differs: int

    @property
    def faults(self) -> dict[str, int]:
        """Return what must not be."""
        fine = ("acknowledged", "accepted", "held", "repeated")
        return {name: count for name, count in vars(self).items() if name not in fine and count}


def judge(database_url: str, erp_url: str, acknowledged: Mapping[str, str]) -> Verdict:
    """Wait until everything was sent, then compare."""
    db = Database(database_url)
    try:
        unsent = _settle(db)
        received = httpx.get(f"{erp_url}/orders", timeout=60).json()["orders"]
        return compare(read_stored(db), received, acknowledged, unsent)
    finally:
        db.close()


def _settle(db: Database) -> int:
    until = time.monotonic() + SETTLE_S
    while (left := _unsent(db)) and time.monotonic() < until:
        time.sleep(0.2)
    return left


def _unsent(db: Database) -> int:
    with db.read() as conn:
        return int(conn.execute(select(func.count()).where(t.outbox.c.state != "sent")).scalar_one())


@dataclass(frozen=True)
class Stored:
    """What the database holds of the orders that the load sent. ``orders``: (id, number)."""

    orders: list[tuple[str, str]]
    decided: set[str]
    accepted: set[str]
    reservations: dict[tuple[str, str], int]
    reserved: dict[tuple[str, str], int]


def read_stored(db: Database) -> Stored:
    """Read it. ``accepted``: those that have a message to the ERP."""
    orders = select(t.orders.c.id, t.orders.c.number).where(t.orders.c.number.like("PO-KILL-%"))
    told = t.outbox.c.event == "order.accepted", t.outbox.c.destination == "erp"
    place = t.reservations.c.sku, t.reservations.c.site
    active = select(*place, func.sum(t.reservations.c.quantity)).where(t.reservations.c.state == "active")
    items = select(t.stock_items.c.sku, t.stock_items.c.site, t.stock_items.c.reserved)
    with db.read() as conn:
        return Stored(
            orders=[(row[0], row[1]) for row in conn.execute(orders)],
            decided=set(conn.execute(select(t.decisions.c.order_id).distinct()).scalars()),
            accepted=set(conn.execute(select(t.outbox.c.order_id).where(*told)).scalars()),
            reservations={(sku, site): int(total) for sku, site, total in conn.execute(active.group_by(*place))},
            reserved={(sku, site): total for sku, site, total in conn.execute(items) if total},
        )


def compare(stored: Stored, received: list[dict[str, Any]], acknowledged: Mapping[str, str], unsent: int) -> Verdict:
    """Count what is there, and what must not be."""
    ids = {number: order_id for order_id, number in stored.orders}
    ours = {order_id for order_id, _ in stored.orders}
    entered = [row for row in received if row["event"] == "order.accepted"]
    per_order = Counter(row["order_id"] for row in entered)
    per_number = Counter(row["body"]["order"]["number"] for row in entered)
    accepted = stored.accepted & ours
    return Verdict(
        acknowledged=len(acknowledged),
        accepted=len(accepted),
        held=len(ours) - len(accepted),
        repeated=sum(row["calls"] - 1 for row in entered),
        lost=sum(1 for number in acknowledged if number not in ids),
        wrong_id=sum(1 for number, order_id in acknowledged.items() if ids.get(number, order_id) != order_id),
        doubled=len(stored.orders) - len(ids),
        undecided=len(ours - stored.decided),
        unsent=unsent,
        missing_at_erp=len(accepted - set(per_order)),
        doubled_at_erp=sum(count > 1 for count in per_order.values()) + sum(count > 1 for count in per_number.values()),
        unknown_at_erp=len(set(per_order) - stored.accepted),
        stock_differs=0 if stored.reservations == stored.reserved else 1,
    )


def count_unread(database_url: str, uploaded: Sequence[str]) -> int:
    """Wait until the uploaded documents are read; return how many did not give their one draft in time."""
    db = Database(database_url)
    until = time.monotonic() + SETTLE_S
    try:
        while (left := len(set(uploaded) - _read(db))) and time.monotonic() < until:
            time.sleep(0.2)
        return left
    finally:
        db.close()


def _read(db: Database) -> set[str]:
    with_draft = (
        select(t.documents.c.id)
        .join(t.drafts, t.drafts.c.document_id == t.documents.c.id)
        .where(t.documents.c.state == "ready")
        .group_by(t.documents.c.id)
        .having(func.count() == 1)
    )
    with db.read() as conn:
        return set(conn.execute(with_draft).scalars())

"""Which outlet a destination means, and what a message says there.

Place in the order's way: dispatch, between the outbox row and the adapter. The ERP gets the whole order; subscribers of
webhooks get the row's payload, which holds no personal data.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.message import Message, Target
from orders.decision import canonical_bytes
from server.db import outbox, webhooks
from server.dispatch import receipts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from adapters.message import Deliver, Receipt
    from server.config import Settings
    from server.db.outbox import Row
    from server.db.store import Store

WEBHOOK_TIMEOUT_S = 15.0  # Source: Standard Webhooks 1.0 recommends 15–30 s


@dataclass(frozen=True, slots=True)
class Outlet:
    """A destination that can be sent to. ``parallel`` messages go at a time, each of another order."""

    deliver: Deliver
    target: Target
    secrets: tuple[str, ...]
    parallel: int
    endpoint_id: str | None = None

    def send(self, message: Message) -> Receipt:
        """Deliver one message. Raises TransportError."""
        return self.deliver(message, self.target, self.secrets)


def find(
    conn: Connection, store: Store, settings: Settings, adapters: Mapping[str, Deliver], destination: str
) -> Outlet | None:
    """Return the outlet of a destination; None while there is nowhere to send to: its messages wait."""
    if destination == outbox.ERP:
        if not settings.erp_url:
            return None
        secrets = (settings.erp_token,) if settings.erp_token else ()
        target = Target(settings.erp_url, settings.erp_timeout_s)
        return Outlet(adapters["erp.generic"], target, secrets, parallel=4)
    if not destination.startswith(webhooks.PREFIX):
        return None
    endpoint = webhooks.enabled(conn, store, destination.removeprefix(webhooks.PREFIX))
    if endpoint is None:
        return None
    target = Target(endpoint.url, WEBHOOK_TIMEOUT_S, settings.webhook_allow_private)
    return Outlet(adapters["webhook.standard"], target, endpoint.secrets, parallel=1, endpoint_id=endpoint.id)


def message_of(conn: Connection, store: Store, row: Row) -> Message:
    """Return what goes out for a row. Raises Erased when its order's personal data was forgotten."""
    body = row.payload.encode()
    if row.destination == outbox.ERP and row.order_id is not None:
        sealed = outbox.sealed_order(conn, row)
        order = None if sealed is None else json.loads(store.vault.unseal(conn, sealed))
        body = canonical_bytes(receipts.signed(conn, store, row, {**json.loads(row.payload), "order": order}))
    return Message(row.id, row.event, row.order_id, row.idempotency_key, row.created_at, body)


def stored(conn: Connection, store: Store, row_id: str) -> Message | None:
    """Return what goes or went out for a message; None if there is none. Raises Erased."""
    row = outbox.find(conn, row_id)
    return None if row is None else message_of(conn, store, row)

"""Which outlet a destination means, and what a message says there.

Place in the order's way: dispatch, between the outbox row and the adapter. The ERP gets the whole order; subscribers of
webhooks get the row's payload, which holds no personal data.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from adapters.mail import answer
from adapters.message import Message, Target
from adapters.registry import KINDS
from adapters.robots.words import DIGEST
from orders.decision import canonical_bytes
from orders.errors import TransportError
from server.db.outlets import destinations, outbox, webhooks
from server.dispatch import receipts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from adapters.message import Deliver, Receipt
    from server.config import Settings
    from server.db.outlets.outbox import Row
    from server.db.store import Store

SHORTEST_SECRET = 8
WEBHOOK_TIMEOUT_S = 15.0  # Source: Standard Webhooks 1.0 recommends 15–30 s


@dataclass(frozen=True, slots=True)
class Outlet:
    """A destination that can be sent to.

    ``parallel`` messages go at a time, each of another order. ``per_minute`` calls are allowed to ``code``.
    """

    deliver: Deliver
    target: Target
    secrets: tuple[str, ...]
    parallel: int
    endpoint_id: str | None = None
    code: str = ""
    per_minute: int | None = None

    def send(self, message: Message) -> Receipt:
        """Deliver one message. Raises TransportError, which never holds a secret of the destination."""
        try:
            return self.deliver(message, self.target, self.secrets)
        except TransportError as error:
            raise _without(error, (*self.secrets, *_secret_parts(self.target.url))) from None


def _secret_parts(url: str) -> list[str]:
    """Return what may be a key in an address: values of the query, a long last step of the path."""
    parts = urlsplit(url)
    values = [value for _, value in parse_qsl(parts.query)]
    return [*values, parts.password or "", parts.path.rpartition("/")[2]]


def _without(error: TransportError, hidden: tuple[str, ...]) -> TransportError:
    en, zh = error.message_en, error.message_zh
    for secret in (part for part in hidden if len(part) >= SHORTEST_SECRET):
        en, zh = en.replace(secret, "***"), zh.replace(secret, "***")
    return TransportError(en, zh, permanent=error.permanent, code=error.code, retry_after_s=error.retry_after_s)


def find(
    conn: Connection, store: Store, settings: Settings, adapters: Mapping[str, Deliver], destination: str
) -> Outlet | None:
    """Return the outlet of a destination; None while there is nowhere to send to: its messages wait."""
    code = destinations.code_of(destination)
    known = None if code is None else destinations.live(conn, store, code)
    if known is not None and known.kind in KINDS:
        kind = KINDS[known.kind]
        own = Target(known.url, settings.erp_timeout_s, settings=known.settings)
        return Outlet(
            adapters[kind.name], own, known.secrets, kind.parallel, code=known.code, per_minute=kind.per_minute
        )
    if destination == outbox.ERP:
        if not settings.erp_url:
            return None
        secrets = (settings.erp_token,) if settings.erp_token else ()
        target = Target(settings.erp_url, settings.erp_timeout_s)
        return Outlet(adapters["erp.generic"], target, secrets, parallel=4)
    if destination == outbox.ANSWER:
        return _answering(settings, adapters)
    if not destination.startswith(webhooks.PREFIX):
        return None
    endpoint = webhooks.enabled(conn, store, destination.removeprefix(webhooks.PREFIX))
    if endpoint is None:
        return None
    target = Target(endpoint.url, WEBHOOK_TIMEOUT_S, settings.webhook_allow_private)
    return Outlet(adapters["webhook.standard"], target, endpoint.secrets, parallel=1, endpoint_id=endpoint.id)


def _answering(settings: Settings, adapters: Mapping[str, Deliver]) -> Outlet | None:
    """Return the way of our answers to mails; None while no mail server is named."""
    if not (settings.smtp_url and settings.mail_from):
        return None
    parts = urlsplit(settings.smtp_url)
    told = {"from": settings.mail_from, "user": unquote(parts.username or "")}
    secrets = (unquote(parts.password),) if parts.password else ()
    return Outlet(adapters[answer.NAME], Target(settings.smtp_url, settings=told), secrets, parallel=1)


def message_of(conn: Connection, store: Store, row: Row) -> Message:
    """Return what goes out for a row. Raises Erased when its order's personal data was forgotten."""
    body = row.payload.encode()
    if row.destination == outbox.ANSWER and row.sealed is not None:
        body = store.vault.unseal(conn, row.sealed)
    if row.order_id is not None and _whole(conn, row.destination):
        sealed = outbox.sealed_order(conn, row)
        order = None if sealed is None else json.loads(store.vault.unseal(conn, sealed))
        body = canonical_bytes(receipts.signed(conn, store, row, {**json.loads(row.payload), "order": order}))
    return Message(row.id, row.event, row.order_id, row.idempotency_key, row.created_at, body, RowMemory(store, row.id))


@dataclass(frozen=True, slots=True)
class RowMemory:
    """What an adapter noted of a message, kept with it."""

    store: Store
    row_id: str

    def recall(self) -> str | None:
        """Return what was noted."""
        with self.store.db.read() as conn:
            return outbox.recall(conn, self.row_id)

    def note(self, text: str) -> None:
        """Note it in a transaction of its own, before the call that uses it."""
        with self.store.db.write() as conn:
            outbox.note(conn, self.row_id, text)


def digest_of(rows: list[Row]) -> Message:
    """Return one message that stands for several, for a destination that takes no more calls."""
    body = canonical_bytes({DIGEST: [json.loads(row.payload) for row in rows]})
    first = rows[0]
    return Message(first.id, DIGEST, first.order_id, f"{first.idempotency_key}:{len(rows)}", first.created_at, body)


def _whole(conn: Connection, destination: str) -> bool:
    """Say whether a destination gets the whole order: the ERP, and what people set up for it."""
    if destination == outbox.ERP:
        return True
    code = destinations.code_of(destination)
    kind = KINDS.get(destinations.kind_of(conn, code) or "") if code else None
    return kind is not None and kind.order


def stored(conn: Connection, store: Store, row_id: str) -> Message | None:
    """Return what goes or went out for a message; None if there is none. Raises Erased."""
    row = outbox.find(conn, row_id)
    return None if row is None else message_of(conn, store, row)

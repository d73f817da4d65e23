"""Work to do and messages to send: written with the order, done after it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, UniqueConstraint
from sqlalchemy import text as sql

from server.db.tables.base import at, key, maybe, metadata, owned, sealed, small, text

_WAITING = sql("state = 'waiting' AND dedupe IS NOT NULL")

jobs = Table(
    "jobs",
    metadata,
    key(),
    text("kind"),
    text("args"),
    small("priority", default=5),  # 0–9, higher first
    at("due_at"),
    text("state"),  # waiting, running, done, dead, superseded
    maybe("lease_owner"),
    at("lease_until", nullable=True),
    small("attempt", default=0),
    small("max_attempts", default=8),
    maybe("last_error"),
    maybe("result"),
    maybe("dedupe"),
    at("published_at", nullable=True),
    at("created_at"),
    at("finished_at", nullable=True),
    Index("ix_jobs_state_due_at", "state", "due_at"),
    Index("uq_jobs_dedupe", "dedupe", unique=True, sqlite_where=_WAITING, postgresql_where=_WAITING),
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True),
    text("id"),
    maybe("order_id"),
    text("event"),
    text("destination"),  # erp, webhooks, notify, webhook:whk_…
    text("idempotency_key"),
    text("payload"),  # canonical JSON without personal data
    maybe("subject"),
    sealed("sealed", nullable=True),  # the personal part, where a destination needs it frozen
    text("state"),  # waiting, sending, sent, dead, withdrawn
    small("attempts", default=0),
    small("max_attempts", default=12),
    at("due_at"),
    maybe("lease_owner"),
    at("lease_until", nullable=True),
    maybe("last_error"),
    maybe("receipt"),
    at("created_at"),
    at("sent_at", nullable=True),
    UniqueConstraint("id"),
    UniqueConstraint("idempotency_key"),
    Index("ix_outbox_due", "state", "destination", "due_at"),
    Index("ix_outbox_order", "order_id", "destination", "seq"),
)

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    key(),
    text("url"),
    sealed("secrets"),
    text("events"),
    text("state"),  # enabled, disabled
    maybe("disabled_reason"),
    at("created_at"),
    at("updated_at", nullable=True),
    *owned(),
)

notifications = Table(
    "notifications",
    metadata,
    key(),
    text("recipient"),  # role or user id
    maybe("order_id", index=True),
    text("event"),
    text("title_zh"),
    text("title_en"),
    text("idempotency_key"),
    at("created_at"),
    at("read_at", nullable=True),
    UniqueConstraint("idempotency_key"),
    Index("ix_notifications_recipient", "recipient", "created_at"),
)

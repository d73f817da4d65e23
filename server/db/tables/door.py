"""Who calls: the log of API requests, and what test keys sent in."""

from __future__ import annotations

from sqlalchemy import Index, Table, UniqueConstraint

from server.db.tables.base import at, key, maybe, metadata, number, sealed, small, text, yes

calls = Table(
    "calls",
    metadata,
    key(),
    text("request_id", index=True),  # X-Request-Id, which the caller may have chosen: not unique
    text("key_id"),
    at("at"),
    text("method"),
    text("path"),
    text("query", default=""),
    small("status"),
    small("ms"),
    number("size"),  # bytes of the body
    text("content_type", default=""),
    maybe("code"),  # of the problem
    small("failed", default=0),  # orders refused in a call that carried several
    yes("has_body"),
    sealed("sealed", nullable=True),  # the problem and, of a refused call, the body if it could be kept
    maybe("subject"),
    maybe("idempotency_key"),
    maybe("order_id"),
    maybe("replay_of", index=True),
    maybe("replayed_by"),  # who had it sent again
    Index("ix_calls_at", "at", "id"),
    Index("ix_calls_key_at", "key_id", "at", "id"),
)

test_orders = Table(
    "test_orders",
    metadata,
    key(),
    text("key_id"),
    text("account", default=""),
    text("channel"),
    text("natural_key"),
    maybe("number"),
    text("content_hash"),
    text("state"),
    text("outcome"),
    sealed("sealed"),  # the answer, whole
    at("created_at", index=True),
    UniqueConstraint("channel", "account", "natural_key"),
    Index("ix_test_orders_account", "account", "created_at", "id"),
)

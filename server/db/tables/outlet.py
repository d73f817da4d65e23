"""Outlets: where messages go, the keys that sign receipts, and what came of orders outside: money and parcels."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table, Text, UniqueConstraint
from sqlalchemy import text as sql

from server.db.tables.base import at, json, key, maybe, metadata, number, owned, sealed, small, text, yes

destinations = Table(
    "destinations",
    metadata,
    key("code"),
    text("name"),
    text("kind"),  # a name of adapters/registry.py, such as robot.dingtalk
    text("shown_url"),  # without its secret parts
    sealed("sealed"),  # {"url": ..., "secrets": [...]}
    json("settings"),
    json("conditions"),  # [{"event": "order.held", "rule": "any"}]
    text("state"),  # enabled, disabled
    maybe("disabled_reason"),
    number("tokens", default=0),  # thousandths of a call that the limit still allows
    at("tokens_at", nullable=True),
    number("version", default=1),
    text("created_by"),
    at("created_at"),
    at("updated_at"),
    *owned(),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    key(),
    text("public"),  # Ed25519, base64
    sealed("sealed"),
    text("state"),  # active, retired
    at("created_at"),
    at("retired_at", nullable=True),
    Index(
        "uq_signing_keys_active",
        "state",
        unique=True,
        sqlite_where=sql("state = 'active'"),
        postgresql_where=sql("state = 'active'"),
    ),
)

receivables = Table(
    "receivables",
    metadata,
    key(),
    text("order_id", ForeignKey("orders.id")),
    text("event"),  # what made it due
    text("currency"),
    number("amount_fen"),
    at("created_at"),
    UniqueConstraint("order_id"),
    Index("ix_receivables_created", "created_at", "id"),
)

payments = Table(
    "payments",
    metadata,
    key(),
    text("source"),
    text("reference"),  # the payer's or the bank's own number
    maybe("order_id"),
    text("number"),  # the order number as it was told
    text("currency"),
    number("amount_fen"),
    at("paid_at"),
    text("created_by"),
    at("created_at"),
    UniqueConstraint("source", "reference"),
    Index("ix_payments_order", "order_id"),
    Index("ix_payments_paid", "paid_at", "id"),
)

shipments = Table(
    "shipments",
    metadata,
    key(),
    text("source"),  # the destination that reported it
    text("reference"),  # its own number of the report
    text("order_id", ForeignKey("orders.id"), index=True),
    text("site"),
    maybe("carrier"),
    maybe("waybill"),
    json("lines"),  # [{"sku", "quantity", "lot"}], decimal text
    text("hash"),
    at("shipped_at"),  # the warehouse's time
    at("created_at"),
    UniqueConstraint("source", "reference"),
)

parcels = Table(
    "parcels",
    metadata,
    key(),
    text("order_id", ForeignKey("orders.id"), index=True),
    text("carrier"),
    text("waybill"),
    text("state"),  # open, exception, signed, returned
    json("nodes"),  # [{"at", "text", "state"}], newest first
    text("hash", default=""),
    small("failures", default=0),
    at("due_at"),
    at("checked_at", nullable=True),
    at("changed_at", nullable=True),
    at("created_at"),
    UniqueConstraint("carrier", "waybill"),
    Index("ix_parcels_due", "state", "due_at"),
)

labels = Table(
    "labels",
    metadata,
    key(),
    text("order_id", ForeignKey("orders.id"), index=True),
    text("fulfilment_id", ForeignKey("fulfilment_orders.id")),
    text("source"),  # the destination that gave the number
    text("carrier"),
    text("waybill"),
    yes("signature"),  # the receiver has to sign
    sealed("sealed", nullable=True),  # what the printer gets
    text("state"),  # active, cancelled
    text("created_by"),
    at("created_at"),
    at("cancelled_at", nullable=True),
    Index(
        "uq_labels_active",
        "fulfilment_id",
        unique=True,
        sqlite_where=sql("state = 'active'"),
        postgresql_where=sql("state = 'active'"),
    ),
)

waybill_checks = Table(
    "waybill_checks",
    metadata,
    Column("carrier", Text, primary_key=True),
    Column("local_day", Text, primary_key=True),
    number("checked", default=0),
    number("refused", default=0),
)

notice_preferences = Table(
    "notice_preferences",
    metadata,
    Column("user_id", Text, ForeignKey("users.id"), primary_key=True),
    yes("in_app"),
    yes("wecom"),
    text("mention", default=""),  # the person's own id at WeCom
    at("updated_at"),
)

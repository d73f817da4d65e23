"""Master data: SKUs, prices, customers, what a customer may owe."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text, UniqueConstraint

from server.db.tables.base import at, json, key, maybe, metadata, number, owned, sealed, small, text, yes

skus = Table(
    "skus",
    metadata,
    key("sku"),
    text("name"),
    maybe("spec"),
    text("unit"),
    text("type"),
    maybe("gtin", index=True),
    number("cost", nullable=True),
    number("pack_size", nullable=True),
    maybe("pack_unit"),
    json("aliases"),
    yes("supplier_delayed"),
    json("attributes"),
    text("state", default="active"),
    at("created_at"),
    at("updated_at"),
    number("version", default=1),
)

prices = Table(
    "prices",
    metadata,
    key(),
    text("sku", ForeignKey("skus.sku")),
    text("kind"),  # list, contract, promo
    text("customer", default=""),  # its code, for a contract price
    text("promotion", default=""),
    text("currency"),
    number("price"),
    at("valid_from"),  # 1970 when it always held: part of the key, so never null
    at("valid_until", nullable=True),
    yes("approved"),
    at("created_at"),
    at("updated_at"),
    number("version", default=1),
    UniqueConstraint("sku", "kind", "customer", "promotion", "currency", "valid_from"),
    CheckConstraint("price >= 0", name="price_not_negative"),
    Index("ix_prices_sku", "sku", "kind"),
)

customers = Table(
    "customers",
    metadata,
    key(),
    text("code"),
    text("subject"),
    sealed("sealed"),  # name, ids, contacts, addresses
    text("name_masked"),
    text("level", default="normal"),
    maybe("payment_terms"),
    number("lifetime_spend_fen", default=0),  # before Sluice; orders add to it
    number("purchase_count", default=0),
    number("shipped_fen", default=0),  # what was shipped by orders here
    number("shipped_count", default=0),
    json("buyer_skus"),
    json("attributes"),
    text("state", default="active"),
    at("created_at"),
    at("updated_at"),
    number("version", default=1),
    *owned(),
    UniqueConstraint("code"),
)

customer_identities = Table(
    "customer_identities",
    metadata,
    key("hash"),  # keyed hash of scheme and value; never the value
    text("scheme"),  # uscc, phone, email, name, id_card, account, ...
    Column("customer_id", Text, ForeignKey("customers.id"), primary_key=True, index=True),
    at("created_at"),
)

credit_accounts = Table(
    "credit_accounts",
    metadata,
    Column("customer_id", Text, ForeignKey("customers.id"), primary_key=True),
    text("currency"),
    number("limit_fen"),
    number("exposure_fen", default=0),  # as finance states it: receivables and unbilled shipments
    number("open_fen", default=0),  # open orders here; moved only by the commit
    small("overdue_days", default=0),
    small("score", nullable=True),
    text("status"),
    at("updated_at"),
    number("version", default=1),
    CheckConstraint("open_fen >= 0", name="open_not_negative"),
)

day_counters = Table(
    "day_counters",
    metadata,
    key("hash"),  # of the identity that RSK-01 counts
    key("local_day"),
    number("orders"),
    number("cancelled", default=0),
)

settings = Table("settings", metadata, key("name"), json("value"), text("actor"), at("updated_at"))

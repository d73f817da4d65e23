"""Sites, stock, reservations and the ledger that explains every change of them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text

from server.db.tables.base import at, json, key, maybe, metadata, number, text

sites = Table(
    "sites",
    metadata,
    key("code"),
    text("name"),
    text("kind"),  # warehouse, store, production
    maybe("address"),
    json("attributes"),
    text("state", default="active"),
    at("created_at"),
    at("updated_at"),
    number("version", default=1),
)

stock_items = Table(
    "stock_items",
    metadata,
    key("sku"),
    Column("site", Text, ForeignKey("sites.code"), primary_key=True),
    number("on_hand"),
    number("reserved", default=0),
    number("in_transit", default=0),
    number("coefficient", default=1_000_000),
    number("inbound", default=0),  # in_transit × coefficient, rounded down; computed by `server/db/stock.py`
    at("updated_at"),
    number("version", default=1),
    CheckConstraint("on_hand >= 0", name="on_hand_not_negative"),
    CheckConstraint("in_transit >= 0 AND coefficient >= 0 AND inbound >= 0", name="inbound_not_negative"),
    CheckConstraint("reserved >= 0 AND reserved <= on_hand + inbound", name="never_oversold"),
)

reservations = Table(
    "reservations",
    metadata,
    Column("order_id", Text, ForeignKey("orders.id"), primary_key=True),
    Column("line_no", Integer, primary_key=True),
    key("site"),
    text("sku"),
    number("quantity"),
    text("state"),  # active, released, shipped
    at("created_at"),
    at("updated_at"),
    CheckConstraint("quantity >= 0", name="quantity_not_negative"),
    Index("ix_reservations_item", "sku", "site", "state"),
)

stock_ledger = Table(
    "stock_ledger",
    metadata,
    key(),
    text("sku"),
    text("site"),
    text("kind"),  # reserve, release, ship, set
    number("on_hand_delta", default=0),
    number("reserved_delta", default=0),
    number("inbound_delta", default=0),
    maybe("order_id", index=True),
    text("actor"),
    at("at"),
    Index("ix_stock_ledger_item", "sku", "site", "at"),
)

"""Orders, their lines, their nodes on the way, and the fulfilment orders made of them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint
from sqlalchemy import text as sql

from server.db.tables.base import at, json, key, maybe, metadata, number, owned, sealed, small, text, yes

orders = Table(
    "orders",
    metadata,
    # The eight of MAP-07.
    key(),
    text("channel"),
    at("issued_at"),
    text("customer_level"),
    json("sku_list"),  # [{"sku", "quantity"}], decimal text
    text("state"),
    text("last_actor"),
    at("updated_at"),
    # Who and what.
    text("account", default=""),
    text("natural_key"),
    maybe("number"),
    text("content_hash"),
    text("doc_type"),
    text("type"),
    yes("urgent"),
    text("currency"),
    text("fulfilment"),
    maybe("seller_entity"),
    maybe("payment_terms"),
    text("payment_status"),
    number("goods_fen"),
    number("payable_fen"),
    maybe("requested_date"),
    maybe("province"),
    maybe("city"),
    # The customer: only masked and hashed outside the sealed body.
    maybe("customer_id"),
    text("subject"),
    maybe("buyer_masked"),
    maybe("phone_masked"),
    maybe("phone_hash"),
    maybe("id_hash"),  # the key that same-id orders are counted by (RSK-01)
    maybe("id_basis"),
    text("local_day"),
    sealed("sealed"),  # the canonical order
    # Where it stands.
    text("outcome"),
    text("workflow"),
    small("priority", default=0),
    maybe("decision_id"),
    text("degraded", default=""),
    maybe("credit_account_id"),
    number("credit_fen", default=0),  # taken from the account, given back on cancel
    text("door"),
    text("source_type", default=""),  # dealer, store, agent, platform, erp, sales (IN-17)
    text("source_ref", default=""),  # the source's own number, else what the order is unique by
    maybe("original_id"),
    maybe("draft_id"),
    text("created_by"),
    at("received_at"),
    at("created_at"),
    number("version", default=1),
    *owned(),
    UniqueConstraint("channel", "account", "natural_key"),
    Index("ix_orders_created", "created_at", "id"),
    Index("ix_orders_org_created", "org_id", "created_at", "id"),
    Index("ix_orders_number", "number"),
    Index("ix_orders_customer", "customer_id", "created_at"),
    Index("ix_orders_phone", "phone_hash", "issued_at"),
    Index("ix_orders_content", "content_hash", "issued_at"),
    Index("ix_orders_state", "state", "created_at"),
    Index("ix_orders_source", "source_type", "created_at"),
    Index("ix_orders_updated", "updated_at"),
)

order_fields = Table(
    "order_fields",
    metadata,
    Column("order_id", Text, ForeignKey("orders.id"), primary_key=True),
    Column("line_no", Integer, primary_key=True),  # 0: the order's own
    key("name"),
    text("value"),  # one of the company's own fields, to be searched for; the order itself lies sealed
    Index("ix_order_fields_value", "value", "name"),
)

order_lines = Table(
    "order_lines",
    metadata,
    Column("order_id", Text, ForeignKey("orders.id"), primary_key=True),
    Column("line_no", Integer, primary_key=True),
    text("sku"),
    number("quantity"),
    maybe("unit"),
    number("unit_price", nullable=True),
    number("amount_fen", nullable=True),
    text("type"),
    yes("is_gift"),
    maybe("requested_date"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    Index("ix_order_lines_sku", "sku"),
)
order_nodes = Table(
    "order_nodes",
    metadata,
    Column("order_id", Text, ForeignKey("orders.id"), primary_key=True),
    key("node"),  # 接单 receive, 拆单 split, 分仓 route, 打单 print, 发货 ship, 回传 return (STM-02)
    at("started_at"),
    at("ended_at", nullable=True),
    text("actor"),
)

fulfilment_orders = Table(
    "fulfilment_orders",
    metadata,
    key(),
    text("order_id", ForeignKey("orders.id"), index=True),
    small("position"),
    text("state"),
    text("site"),
    maybe("carrier"),
    maybe("service"),
    json("why"),
    maybe("waybill"),
    at("created_at"),
    at("updated_at"),
    number("version", default=1),
    *owned(),
    Index(
        "uq_fulfilment_orders_position",
        "order_id",
        "position",
        unique=True,
        sqlite_where=sql("state <> 'cancelled'"),
        postgresql_where=sql("state <> 'cancelled'"),
    ),
)

fulfilment_lines = Table(
    "fulfilment_lines",
    metadata,
    Column("fulfilment_id", Text, ForeignKey("fulfilment_orders.id"), primary_key=True),
    Column("line_no", Integer, primary_key=True),
    text("sku"),
    number("quantity"),
    CheckConstraint("quantity > 0", name="quantity_positive"),
)

"""Decisions with their frozen facts, the holds that they raised, approval steps, and the rule bundles."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table, Text, UniqueConstraint
from sqlalchemy import text as sql

from server.db.tables.base import at, json, key, maybe, metadata, number, owned, sealed, small, text, yes

decisions = Table(
    "decisions",
    metadata,
    key(),
    text("order_id", ForeignKey("orders.id")),
    number("seq"),  # 1 is the first; nothing is edited, a new one is appended
    text("cause"),  # submit, release, approve, stock, redecide, ...
    text("outcome"),
    text("body"),  # canonical JSON: the very bytes that body_hash is of
    text("body_hash"),
    text("engine"),
    text("bundle"),
    text("facts_hash"),
    text("subject"),
    sealed("facts"),
    text("actor"),
    at("at"),
    UniqueConstraint("order_id", "seq"),
    Index("ix_decisions_at", "at", "id"),
    Index("ix_decisions_bundle", "bundle"),
)

holds = Table(
    "holds",
    metadata,
    key(),
    text("order_id", ForeignKey("orders.id"), index=True),
    small("line_no", nullable=True),
    text("code"),
    text("gate"),
    text("rule"),
    text("severity"),
    yes("needs_human"),
    json("who"),  # roles that may release
    json("message"),  # {"zh", "en"}
    json("release_options"),
    text("state"),
    text("decision_id"),
    at("created_at"),
    maybe("released_by"),
    at("released_at", nullable=True),
    maybe("release_reason"),
    maybe("released_decision_id"),
    number("version", default=1),
    *owned(),
    Index("ix_holds_queue", "state", "created_at", "id"),
    Index("ix_holds_code", "code", "created_at"),
)

approvals = Table(
    "approvals",
    metadata,
    Column("order_id", Text, ForeignKey("orders.id"), primary_key=True),
    key("step"),
    small("position"),
    text("role"),
    text("rule"),
    text("state"),  # pending, approved, rejected, superseded
    text("decision_id"),
    maybe("actor"),
    at("decided_at", nullable=True),
    maybe("reason"),
    at("created_at"),
    *owned(),
    Index("ix_approvals_queue", "state", "role", "created_at"),
)

_DECIDING = sql("state IN ('live', 'canary')")

rule_bundles = Table(
    "rule_bundles",
    metadata,
    key("hash"),
    json("files"),  # name → text
    text("state"),  # tested, canary, live, retired
    text("published_by"),
    maybe("reason"),
    maybe("base"),  # of a bundle with paused rules: the hash of the same bundle without the pauses
    small("percent", default=0),  # of a canary: the share of orders that it decides
    at("created_at"),
    at("published_at", nullable=True),
    Index("uq_rule_bundles_deciding", "state", unique=True, sqlite_where=_DECIDING, postgresql_where=_DECIDING),
)

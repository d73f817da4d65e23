"""The trail: one hash chain per order, whose heads a sealer links once a second."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from server.db.tables.base import at, key, maybe, metadata, number, text

audit = Table(
    "audit",
    metadata,
    Column("chain", Text, primary_key=True),  # the order's id, or user:…, key:…, rules, master
    Column("seq", Integer, primary_key=True),  # from 1, no gap
    text("action"),
    text("actor"),
    text("detail"),  # canonical JSON without personal data
    at("at", index=True),
    text("prev_hash"),
    text("hash"),
    maybe("request_id"),
    Index("ix_audit_actor", "actor", "at"),
)

audit_heads = Table(
    "audit_heads",
    metadata,
    key("chain"),
    number("seq"),
    text("hash"),
)

audit_seals = Table(
    "audit_seals",
    metadata,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False),
    text("root"),  # hash of the previous seal and of the heads that moved since
    text("heads"),  # [[chain, seq, hash]]
    text("prev_hash"),
    text("hash"),
    at("at"),
)

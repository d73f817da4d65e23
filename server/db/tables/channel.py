"""Channels: where orders come from, how their records are mapped, and what still needs mapping."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, Text, UniqueConstraint

from server.db.tables.base import at, json, key, maybe, metadata, number, owned, sealed, small, text

channels = Table(
    "channels",
    metadata,
    key("code"),
    text("name"),
    text("platform", default="generic"),
    maybe("template"),  # name and version of the template that maps its records; null: standards only
    small("template_version", nullable=True),
    text("state", default="enabled"),
    text("account", default=""),  # the shop's account at the platform: what its order numbers belong to
    sealed("secrets", nullable=True),  # {"signing": [...], "app_key": ..., "token": ...}
    json("settings"),  # {"url": ..., "tolerance_s": 300}
    maybe("cursor"),  # how far a pulled channel has been read
    at("last_at", nullable=True),  # of the last delivery
    maybe("last_error"),
    number("version", default=1),
    text("created_by"),
    at("created_at"),
    at("updated_at"),
    *owned(),
)

channel_templates = Table(
    "channel_templates",
    metadata,
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    text("state"),  # draft, published; a published version never changes
    text("hash"),
    json("body"),
    text("actor"),
    at("created_at"),
    at("published_at", nullable=True),
)

channel_needs = Table(
    "channel_needs",
    metadata,
    key(),
    text("channel", index=True),
    text("target"),
    text("reason"),  # missing, unknown_label, unfit
    text("source"),
    text("value"),  # the label; empty where it may be somebody's data
    number("count", default=1),
    maybe("original_id"),
    at("first_at"),
    at("last_at"),
    at("resolved_at", nullable=True),
    UniqueConstraint("channel", "target", "reason", "value"),
)

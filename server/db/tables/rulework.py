"""Work on the rules: change sets from draft to live, pauses of single rules, what a shadow would have decided."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table, Text
from sqlalchemy import text as sql

from server.db.tables.base import at, json, key, maybe, metadata, number, small, text

_RUNNING = sql("ended_at IS NULL")

rule_changes = Table(
    "rule_changes",
    metadata,
    key(),
    text("title"),
    text("state"),  # draft, checked, tested, proposed, scheduled, canary, live, retired, rejected, withdrawn, failed
    text("base"),  # hash of the bundle that the author started from, without pauses
    json("files"),  # name → text, of the files that differ from the base; null: taken out
    maybe("bundle"),  # hash of the whole candidate, once it compiled
    json("report", nullable=True),  # what the last test found, with the hash that it is of
    json("plan", nullable=True),  # {"to": live|canary, "percent", "at"}
    json("waivers"),  # mutants that the second person let live: [{"mutant", "reason", "actor"}]
    text("reason", default=""),
    text("author"),
    maybe("decided_by"),
    maybe("decision_reason"),
    at("decided_at", nullable=True),
    maybe("failure"),  # why it did not become live, in words
    small("shadow", default=0),  # 1: judged beside the live rules, deciding nothing
    text("shadow_cursor", default=""),  # the last decision that the shadow judged
    number("shadow_judged", default=0),
    number("version", default=1),
    at("created_at"),
    at("updated_at"),
    Index("ix_rule_changes_state", "state", "updated_at"),
)

rule_pauses = Table(
    "rule_pauses",
    metadata,
    key(),
    text("rule"),
    text("reason"),
    text("actor"),
    at("at"),
    at("until"),
    at("ended_at", nullable=True),
    maybe("ended_by"),
    Index("uq_rule_pauses_running", "rule", unique=True, sqlite_where=_RUNNING, postgresql_where=_RUNNING),
)

shadow_flips = Table(
    "shadow_flips",
    metadata,
    Column("change_id", Text, ForeignKey("rule_changes.id"), primary_key=True),
    key("decision_id"),
    text("order_id"),
    maybe("number"),
    text("kinds"),  # ,hold,route, : with a comma on both sides of each
    text("currency"),
    number("payable_fen"),
    json("old"),
    json("new"),
    at("at"),
)

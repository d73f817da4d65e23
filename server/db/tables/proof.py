"""Proof: backtests with the orders that flip, people's verdicts on holds, exemptions of a customer with an end."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table, Text
from sqlalchemy import text as sql

from server.db.tables.base import at, json, key, maybe, metadata, number, text

backtests = Table(
    "backtests",
    metadata,
    key(),
    text("name", default=""),
    text("state"),  # waiting, running, done, cancelled, failed
    text("bundle"),  # hash of the candidate
    text("baseline"),  # hash of the bundle that it is compared with
    json("files"),  # name → text of the candidate
    maybe("draft_id"),
    at("until"),  # orders created later are left out
    number("total", default=0),
    number("done", default=0),
    text("cursor", default=""),  # the last order that was judged
    json("counts"),
    maybe("error"),
    text("created_by"),
    at("created_at"),
    at("started_at", nullable=True),
    at("finished_at", nullable=True),
    Index("ix_backtests_created", "created_at", "id"),
)

backtest_flips = Table(
    "backtest_flips",
    metadata,
    Column("backtest_id", Text, ForeignKey("backtests.id"), primary_key=True),
    Column("order_id", Text, primary_key=True),
    maybe("number"),
    text("kinds"),  # ,hold,route, : with a comma on both sides of each
    text("truth"),  # bad, good, unknown
    text("currency"),
    number("payable_fen"),
    json("old"),
    json("new"),
)

hold_verdicts = Table(
    "hold_verdicts",
    metadata,
    Column("hold_id", Text, ForeignKey("holds.id"), primary_key=True),
    text("verdict"),  # right, wrong
    text("reason"),
    text("actor"),
    at("at"),
)

exemptions = Table(
    "exemptions",
    metadata,
    key(),
    text("customer"),  # its code
    text("scope"),  # a rule's id, or stage:fraud for the allowlist lane
    text("reason"),
    at("until"),
    text("created_by"),
    at("created_at"),
    maybe("ended_by"),
    at("ended_at", nullable=True),
    maybe("end_reason"),
    Index("ix_exemptions_customer", "customer", "until"),
    Index(
        "uq_exemptions_running",
        "customer",
        "scope",
        unique=True,
        sqlite_where=sql("ended_at IS NULL"),
        postgresql_where=sql("ended_at IS NULL"),
    ),
)

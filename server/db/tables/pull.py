"""Pulling from platforms: how far each channel has been read, what was seen there, and what was counted."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from server.db.tables.base import at, json, key, maybe, metadata, number, small, text

channel_pulls = Table(
    "channel_pulls",
    metadata,
    key("channel"),
    text("state", default="on"),  # on, paused
    text("url", default=""),  # where the platform is; empty: its usual address
    small("every_s", default=10),
    at("next_at"),  # when it is pulled next
    maybe("lease_owner"),
    at("lease_until", nullable=True),
    at("cursor_at"),  # everything that changed at the platform before this is here
    json("progress", nullable=True),  # inside a window: {"until": ..., "token": ..., "begun": ...}
    at("counted_at"),  # windows before this are counted
    at("tried_at", nullable=True),
    at("pulled_at", nullable=True),  # the last pull that came to its end
    small("failures", default=0),  # in a row
    maybe("error_code"),
    maybe("error_zh"),
    maybe("error_en"),
)

channel_records = Table(
    "channel_records",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("external_id", Text, primary_key=True),  # the platform's number of the order
    Column("version", Text, primary_key=True),  # of its record there: when it was changed; empty: asked for
    at("source_at", nullable=True),  # when it was changed there
    text("state"),  # asked, stored, taken, passed
    text("outcome", default=""),  # order, draft, refused; why it was passed over
    maybe("document_id"),
    small("attempts", default=0),
    at("seen_at"),
    at("taken_at", nullable=True),
)
Index("ix_channel_records_state", channel_records.c.channel, channel_records.c.state, channel_records.c.source_at)
Index("ix_channel_records_taken", channel_records.c.channel, channel_records.c.taken_at)

channel_counts = Table(
    "channel_counts",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("since", at("since").type, primary_key=True),
    at("until"),
    number("platform"),  # orders that the platform has in the window
    number("ours"),  # of those, how many had been seen here
    json("missing"),  # their numbers at the platform, at most 100
    at("counted_at"),
)

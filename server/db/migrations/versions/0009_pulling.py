"""Pulling from platforms: how far each channel is read, what was seen and counted there; an original's template."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.tables.base import Utc

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "channel_pulls",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="on", nullable=False),
        sa.Column("url", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("every_s", sa.Integer(), server_default="10", nullable=False),
        sa.Column("next_at", Utc(), nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", Utc(), nullable=True),
        sa.Column("cursor_at", Utc(), nullable=False),
        sa.Column("progress", sa.JSON(), nullable=True),
        sa.Column("counted_at", Utc(), nullable=False),
        sa.Column("tried_at", Utc(), nullable=True),
        sa.Column("pulled_at", Utc(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_zh", sa.Text(), nullable=True),
        sa.Column("error_en", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_pulls")),
    )
    op.create_table(
        "channel_records",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("source_at", Utc(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("seen_at", Utc(), nullable=False),
        sa.Column("taken_at", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("channel", "external_id", "version", name=op.f("pk_channel_records")),
    )
    op.create_index("ix_channel_records_state", "channel_records", ["channel", "state", "source_at"], unique=False)
    op.create_index("ix_channel_records_taken", "channel_records", ["channel", "taken_at"], unique=False)
    op.create_table(
        "channel_counts",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("since", Utc(), nullable=False),
        sa.Column("until", Utc(), nullable=False),
        sa.Column("platform", sa.BigInteger(), nullable=False),
        sa.Column("ours", sa.BigInteger(), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("counted_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "since", name=op.f("pk_channel_counts")),
    )
    op.add_column("originals", sa.Column("template", sa.Text(), nullable=True))

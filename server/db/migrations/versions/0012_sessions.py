"""Sessions that somebody ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.tables.base import Utc

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "ended_sessions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ends_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ended_sessions")),
    )
    op.create_index(op.f("ix_ended_sessions_ends_at"), "ended_sessions", ["ends_at"], unique=False)


def downgrade() -> None:
    """Take it away."""
    op.drop_table("ended_sessions")

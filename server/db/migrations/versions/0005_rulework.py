"""Change sets of rules, pauses, shadows; a canary beside the live bundle."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.tables.base import Utc

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.add_column("rule_bundles", sa.Column("base", sa.Text(), nullable=True))
    op.add_column("rule_bundles", sa.Column("percent", sa.Integer(), server_default="0", nullable=False))
    op.create_index(
        "uq_rule_bundles_deciding",
        "rule_bundles",
        ["state"],
        unique=True,
        sqlite_where=sa.text("state IN ('live', 'canary')"),
        postgresql_where=sa.text("state IN ('live', 'canary')"),
    )
    op.create_table(
        "rule_changes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("bundle", sa.Text(), nullable=True),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.Column("plan", sa.JSON(), nullable=True),
        sa.Column("waivers", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("decided_at", Utc(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("shadow", sa.Integer(), server_default="0", nullable=False),
        sa.Column("shadow_cursor", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("shadow_judged", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("updated_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_changes")),
    )
    op.create_index("ix_rule_changes_state", "rule_changes", ["state", "updated_at"], unique=False)
    op.create_table(
        "rule_pauses",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("until", Utc(), nullable=False),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_pauses")),
    )
    op.create_index(
        "uq_rule_pauses_running",
        "rule_pauses",
        ["rule"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "shadow_flips",
        sa.Column("change_id", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("payable_fen", sa.BigInteger(), nullable=False),
        sa.Column("old", sa.JSON(), nullable=False),
        sa.Column("new", sa.JSON(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["rule_changes.id"], name=op.f("fk_shadow_flips_change_id")),
        sa.PrimaryKeyConstraint("change_id", "decision_id", name=op.f("pk_shadow_flips")),
    )

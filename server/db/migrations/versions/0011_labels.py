"""Labels with their waybills, how often a carrier's numbers were wrong, and who wants to be told how."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.tables.base import Utc

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "labels",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("fulfilment_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("waybill", sa.Text(), nullable=False),
        sa.Column("signature", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("cancelled_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["fulfilment_id"], ["fulfilment_orders.id"], name=op.f("fk_labels_fulfilment_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_labels_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labels")),
    )
    op.create_index(op.f("ix_labels_order_id"), "labels", ["order_id"], unique=False)
    op.create_index(
        "uq_labels_active",
        "labels",
        ["fulfilment_id"],
        unique=True,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "waybill_checks",
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("local_day", sa.Text(), nullable=False),
        sa.Column("checked", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refused", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("carrier", "local_day", name=op.f("pk_waybill_checks")),
    )
    op.create_table(
        "notice_preferences",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("in_app", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("wecom", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("mention", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("updated_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notice_preferences_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notice_preferences")),
    )

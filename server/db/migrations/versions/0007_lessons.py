"""What confirmed drafts taught; the return path of a mail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.tables.base import Utc

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the column."""
    op.add_column("documents", sa.Column("return_path", sa.Text(), nullable=True))
    op.create_table(
        "lessons",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("said_hash", sa.Text(), nullable=False),
        sa.Column("meant_hash", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("draft_id", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("seen", sa.Integer(), server_default="1", nullable=False),
        sa.Column("trial", sa.JSON(), nullable=True),
        sa.Column("taught_by", sa.Text(), nullable=False),
        sa.Column("switched_by", sa.Text(), nullable=True),
        sa.Column("switched_at", Utc(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("updated_at", Utc(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_lessons_customer_id_customers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lessons")),
        sa.UniqueConstraint(
            "customer_id",
            "kind",
            "said_hash",
            "meant_hash",
            name=op.f("uq_lessons_customer_id_kind_said_hash_meant_hash"),
        ),
    )
    op.create_index("ix_lessons_created", "lessons", ["created_at", "id"], unique=False)
    op.create_index("ix_lessons_state", "lessons", ["state"], unique=False)

"""Large imports are jobs: how many rows there are, and the sheet that they are read from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("imports", sa.Column("total", sa.Integer(), nullable=True))
    op.add_column("imports", sa.Column("original_id", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take them away."""
    with op.batch_alter_table("imports") as table:
        table.drop_column("original_id")
        table.drop_column("total")

"""Orders by when they changed: whoever cannot be called asks what changed since (`GET /v1/orders?updated_since=`)."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_orders_updated", "orders", ["updated_at"])


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_orders_updated", table_name="orders")

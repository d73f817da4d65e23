"""Orders say where they come from; own fields can be searched; a dealer's organisation has its customer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_PLATFORM = """
    SELECT CASE c.platform WHEN 'dealer' THEN 'dealer' WHEN 'pos' THEN 'store' WHEN 'kingdee' THEN 'erp'
           WHEN 'yonyou_u8' THEN 'erp' ELSE 'platform' END
    FROM channels c WHERE c.code = orders.channel AND c.platform NOT IN ('', 'generic')
"""
_FILL = f"""
    UPDATE orders SET source_ref = coalesce(number, natural_key), source_type = coalesce(({_PLATFORM}),
        CASE WHEN channel IN ('dealer', 'distributor') THEN 'dealer'
             WHEN channel IN ('store', 'pos', 'counter') THEN 'store'
             WHEN channel IN ('agent', 'agency') THEN 'agent'
             WHEN channel IN ('mini_program', 'shop', 'site', 'website') THEN 'platform'
             WHEN channel IN ('erp', 'edi', 'u8', 'kingdee') THEN 'erp'
             WHEN channel IN ('phone', 'hotline', 'qq', 'wechat', 'mail', 'email', 'document', 'upload') THEN 'sales'
             WHEN door IN ('api', 'intake', 'drop') THEN 'erp'
             WHEN door IN ('webhook', 'pull') THEN 'platform' ELSE 'sales' END)
"""  # noqa: S608 - words of our own


def upgrade() -> None:
    """Add the columns and fill them, and add the table."""
    op.add_column("orders", sa.Column("source_type", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("orders", sa.Column("source_ref", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.execute(_FILL)
    op.create_index("ix_orders_source", "orders", ["source_type", "created_at"])
    op.add_column("organisations", sa.Column("customer", sa.Text(), nullable=True))
    op.create_table(
        "order_fields",
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_order_fields_order_id"),
        sa.PrimaryKeyConstraint("order_id", "line_no", "name", name="pk_order_fields"),
    )
    op.create_index("ix_order_fields_value", "order_fields", ["value", "name"])


def downgrade() -> None:
    """Take them away."""
    op.drop_table("order_fields")
    with op.batch_alter_table("organisations") as table:
        table.drop_column("customer")
    op.drop_index("ix_orders_source", "orders")
    with op.batch_alter_table("orders") as table:
        table.drop_column("source_ref")
        table.drop_column("source_type")

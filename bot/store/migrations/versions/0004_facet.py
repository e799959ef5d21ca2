"""What accounts told of themselves: their version, their distribution."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "facet",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("facet", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account", "facet", name=op.f("pk_facet")),
    )
    op.create_index(op.f("ix_facet_at"), "facet", ["at"])


def downgrade() -> None:
    op.drop_table("facet")

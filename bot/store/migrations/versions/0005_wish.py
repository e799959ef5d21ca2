"""What people wish of when and how they are asked."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wish",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person", "kind", name=op.f("pk_wish")),
        sa.CheckConstraint("kind IN ('busy', 'hours', 'budget', 'pings')", name=op.f("ck_wish_kind")),
    )


def downgrade() -> None:
    op.drop_table("wish")

"""Who had the database last."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claim",
        sa.Column("desk", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("desk", name=op.f("pk_claim")),
    )


def downgrade() -> None:
    op.drop_table("claim")

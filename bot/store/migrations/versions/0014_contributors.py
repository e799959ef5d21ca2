"""Drafts of several authors, and published ones that are in doubt."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("draft", sa.Column("co_authors", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("draft", sa.Column("doubt", sa.Text(), nullable=False, server_default=""))
    op.add_column("draft", sa.Column("doubted_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("doubted_at", "doubt", "co_authors"):
        op.drop_column("draft", column)

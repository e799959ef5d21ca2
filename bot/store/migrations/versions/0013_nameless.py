"""Whether a draft's author has no account: told by the kind of their key, and no longer by how it looks."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_DRAFT = sa.table("draft", sa.column("author", sa.Text()), sa.column("nameless", sa.Boolean()))


def upgrade() -> None:
    op.add_column("draft", sa.Column("nameless", sa.Boolean(), server_default=sa.false(), nullable=False))
    connection = op.get_bind()
    authors = connection.execute(sa.select(_DRAFT.c.author).distinct()).scalars().all()
    for author in authors:
        # NETWORK/account/NAME or NETWORK/session/ID: no network's name holds a slash, but a user id may.
        if author.split("/")[1:2] == ["session"]:
            connection.execute(sa.update(_DRAFT).where(_DRAFT.c.author == author).values(nameless=True))
    op.create_index("ix_draft_nameless", "draft", ["nameless", "at"])


def downgrade() -> None:
    op.drop_index("ix_draft_nameless", table_name="draft")
    op.drop_column("draft", "nameless")

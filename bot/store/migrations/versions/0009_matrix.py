"""What a homeserver sent and is not handled yet; what a line replies to; which venues are encrypted."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_SEALED = ("question", "ping", "prompt", "outbox")


def upgrade() -> None:
    op.create_table(
        "received",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_received"),
    )
    op.create_index("ix_received_network", "received", ["network"])
    for table in _SEALED:
        op.add_column(table, _false("sealed"))
    op.add_column("question", sa.Column("thread", sa.Text(), nullable=True))
    for column in ("reply_to", "thread", "message"):
        op.add_column("outbox", sa.Column(column, sa.Text(), nullable=True))
    op.add_column("outbox", _false("notify"))
    op.create_index("ix_outbox_message", "outbox", ["network", "message"])


def downgrade() -> None:
    op.drop_index("ix_outbox_message", "outbox")
    for column in ("notify", "message", "thread", "reply_to"):
        op.drop_column("outbox", column)
    op.drop_column("question", "thread")
    for table in _SEALED:
        op.drop_column(table, "sealed")
    op.drop_index("ix_received_network", "received")
    op.drop_table("received")


def _false(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())

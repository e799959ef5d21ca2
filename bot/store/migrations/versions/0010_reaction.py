"""What reactions did, so that they can be taken back; the messages that a question was asked in, and by which
event its asker was prompted."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reaction",
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("speaker", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("question", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["question"], ["question.number"], name=op.f("fk_reaction_question")),
        sa.PrimaryKeyConstraint("network", "message", name=op.f("pk_reaction")),
    )
    op.create_index(op.f("ix_reaction_at"), "reaction", ["at"])
    op.create_index("ix_reaction_target", "reaction", ["network", "target"])
    op.add_column("question", sa.Column("parts", sa.JSON(), nullable=False, server_default="[]"))
    op.create_index("ix_question_thread", "question", ["network", "thread"])
    op.add_column("prompt", sa.Column("event", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("prompt", "event")
    op.drop_index("ix_question_thread", "question")
    op.drop_column("question", "parts")
    op.drop_table("reaction")

"""Drafts of entries, and who was told the digest of which week."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_STATES = "'queued', 'publishing', 'published', 'rejected', 'reverting', 'reverted'"
_ORIGINS = "'answer', 'suggestion', 'phrasings', 'edit'"


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("now", sa.Text(), nullable=False),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("question", sa.Integer(), nullable=True),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("reviewer_name", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("commit", sa.Text(), nullable=False),
        sa.Column("undone", sa.Text(), nullable=False),
        sa.Column("amended_by", sa.JSON(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_draft_number")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_draft_revision")),
        sa.CheckConstraint(f"state IN ({_STATES})", name=op.f("ck_draft_state")),
        sa.CheckConstraint(f"origin IN ({_ORIGINS})", name=op.f("ck_draft_origin")),
        sa.ForeignKeyConstraint(["question"], ["question.number"], name="fk_draft_question"),
        sa.PrimaryKeyConstraint("number", name="pk_draft"),
    )
    op.create_index("ix_draft_key", "draft", ["key"], unique=True)
    op.create_index("ix_draft_state", "draft", ["state", "number"])
    op.create_index("ix_draft_author", "draft", ["author", "at"])
    op.create_index("ix_draft_question", "draft", ["question"])
    op.create_table(
        "digest",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_digest"),
    )


def downgrade() -> None:
    op.drop_table("digest")
    op.drop_table("draft")

"""The first tables: questions and their deadlines, pings, prompts, the outbox, the journal, explanations."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ENDED = "state IN ('answered', 'expired', 'handed over', 'withdrawn')"


def upgrade() -> None:
    op.create_table(
        "journal",
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_journal")),
    )
    op.create_index(op.f("ix_journal_at"), "journal", ["at"])
    op.create_table(
        "position",
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("network", name=op.f("pk_position")),
    )
    op.create_table(
        "question",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("venue_key", sa.Text(), nullable=False),
        sa.Column("visibility", sa.Integer(), nullable=False),
        sa.Column("asker_network", sa.Text(), nullable=False),
        sa.Column("asker_nick", sa.Text(), nullable=False),
        sa.Column("asker_account", sa.Text(), nullable=True),
        sa.Column("asker_session", sa.Text(), nullable=False),
        sa.Column("asker_account_key", sa.Text(), nullable=True),
        sa.Column("asker_session_key", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("last_line_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entries", sa.JSON(), nullable=False),
        sa.Column("refused", sa.JSON(), nullable=False),
        sa.Column("section", sa.Text(), nullable=True),
        sa.Column("directed_to", sa.Text(), nullable=True),
        sa.Column("responder", sa.Text(), nullable=True),
        sa.Column("replies", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("unsaid", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_question")),
        sa.CheckConstraint("number > 0", name=op.f("ck_question_number")),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_question_revision")),
        sa.CheckConstraint("step >= 1", name=op.f("ck_question_step")),
        sa.CheckConstraint("visibility BETWEEN 0 AND 2", name=op.f("ck_question_visibility")),
        sa.CheckConstraint(
            "state IN ('open', 'told', 'offered', 'asked', 'engaged', 'proposed', 'kept', 'answered',"
            " 'handed over', 'expired', 'withdrawn')",
            name=op.f("ck_question_state"),
        ),
        sa.CheckConstraint(f"({_ENDED}) = (due IS NULL)", name=op.f("ck_question_one_deadline")),
        sa.CheckConstraint(f"({_ENDED}) = (ended_at IS NOT NULL)", name=op.f("ck_question_ended_at")),
    )
    op.create_index(op.f("ix_question_asker_account_key"), "question", ["asker_account_key"])
    op.create_index(op.f("ix_question_asker_session_key"), "question", ["asker_session_key"])
    op.create_index(op.f("ix_question_due"), "question", ["due"])
    op.create_index(op.f("ix_question_message"), "question", ["network", "message_id"])
    op.create_index(op.f("ix_question_venue"), "question", ["network", "venue_key", "number"])
    op.create_table(
        "ping",
        sa.Column("question", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("visibility", sa.Integer(), nullable=False),
        sa.Column("nick", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("question", "step", name=op.f("pk_ping")),
        sa.CheckConstraint("step >= 1", name=op.f("ck_ping_step")),
        sa.CheckConstraint("visibility BETWEEN 0 AND 2", name=op.f("ck_ping_visibility")),
        sa.CheckConstraint(
            "state IN ('queued', 'delivered', 'unconfirmed', 'failed', 'acknowledged', 'replied', 'refused',"
            " 'passed')",
            name=op.f("ck_ping_state"),
        ),
        sa.ForeignKeyConstraint(["question"], ["question.number"], name=op.f("fk_ping_question")),
    )
    op.create_index(op.f("ix_ping_person"), "ping", ["person", "at", "state"])
    op.create_table(
        "prompt",
        sa.Column("speaker", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("venue_key", sa.Text(), nullable=False),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("visibility", sa.Integer(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("question", sa.Integer(), nullable=True),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("more", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("speaker", "network", "venue_key", name=op.f("pk_prompt")),
        sa.CheckConstraint("visibility BETWEEN 0 AND 2", name=op.f("ck_prompt_visibility")),
        sa.CheckConstraint("kind IN ('answer', 'offer', 'confirm')", name=op.f("ck_prompt_kind")),
        sa.ForeignKeyConstraint(["question"], ["question.number"], name=op.f("fk_prompt_question")),
    )
    op.create_index(op.f("ix_prompt_expires"), "prompt", ["expires"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("visibility", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("addressee", sa.JSON(), nullable=True),
        sa.Column("question", sa.Integer(), nullable=True),
        sa.Column("unbroken", sa.JSON(), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.CheckConstraint("visibility BETWEEN 0 AND 2", name=op.f("ck_outbox_visibility")),
        sa.CheckConstraint(
            "purpose IN ('ping', 'relay', 'answer', 'tell', 'reply')", name=op.f("ck_outbox_purpose")
        ),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'unconfirmed', 'sent', 'dropped')", name=op.f("ck_outbox_state")
        ),
        sa.CheckConstraint(
            "(state IN ('queued', 'sending')) = (settled_at IS NULL)", name=op.f("ck_outbox_settled_at")
        ),
        sa.ForeignKeyConstraint(["question"], ["question.number"], name=op.f("fk_outbox_question")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_outbox_state"), "outbox", ["state", "id"])
    op.create_table(
        "explanation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_explanation")),
        sa.ForeignKeyConstraint(["question"], ["question.number"], name=op.f("fk_explanation_question")),
    )
    op.create_index(op.f("ix_explanation_question"), "explanation", ["question"])


def downgrade() -> None:
    for table in ("explanation", "outbox", "prompt", "ping", "question", "position", "journal"):
        op.drop_table(table)

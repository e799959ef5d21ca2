"""Where people said that questions belong; what for somebody was pinged, and how long their first word took.

On SQLite a table with other rules is another table: the rows are copied.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_PING_KINDS = "kind IN ('answer', 'triage', 'put off', 'follow up')"
_STATES = (
    "state IN ('queued', 'delivered', 'unconfirmed', 'failed', 'acknowledged', 'replied', 'refused',"
    " 'passed')"
)
_VISIBLE = "visibility BETWEEN 0 AND 2"
_OLD_PING = ("question", "step", "person", "network", "venue", "visibility", "nick", "at", "reason", "state")


def upgrade() -> None:
    op.add_column("question", sa.Column("placed", sa.Text(), nullable=True))
    op.create_table(
        "correction",
        sa.Column("question", sa.Integer(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("question", "person", name=op.f("pk_correction")),
        sa.CheckConstraint("how IN ('triaged', 'passed on')", name=op.f("ck_correction_how")),
        sa.ForeignKeyConstraint(["question"], ["question.number"], name=op.f("fk_correction_question")),
    )
    op.create_index(op.f("ix_correction_at"), "correction", ["at"])
    if op.get_bind().dialect.name == "sqlite":
        _anew("ping", _ping(more=True), _OLD_PING, {"kind": "'answer'", "role": "''", "sections": "'[]'"})
        op.create_index(op.f("ix_ping_person"), "ping", ["person", "at", "state"])
    else:
        op.add_column("ping", sa.Column("kind", sa.Text(), nullable=False, server_default="answer"))
        op.add_column("ping", sa.Column("role", sa.Text(), nullable=False, server_default=""))
        op.add_column("ping", sa.Column("sections", sa.JSON(), nullable=False, server_default="[]"))
        op.add_column("ping", sa.Column("until", sa.DateTime(timezone=True), nullable=True))
        op.add_column("ping", sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True))
        op.add_column("ping", sa.Column("took", sa.BigInteger(), nullable=True))
        for column in ("kind", "role", "sections"):
            op.alter_column("ping", column, server_default=None)
        op.create_check_constraint(op.f("ck_ping_kind"), "ping", _PING_KINDS)
    op.create_index(op.f("ix_ping_at"), "ping", ["at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_ping_at"), "ping")
    if op.get_bind().dialect.name == "sqlite":
        _anew("ping", _ping(more=False), _OLD_PING)
        op.create_index(op.f("ix_ping_person"), "ping", ["person", "at", "state"])
    else:
        op.drop_constraint(op.f("ck_ping_kind"), "ping", type_="check")
        for column in ("kind", "role", "sections", "until", "delivered_at", "took"):
            op.drop_column("ping", column)
    op.drop_table("correction")
    op.drop_column("question", "placed")


def _anew(
    name: str, parts: list[SchemaItem], columns: tuple[str, ...], fresh: dict[str, str] | None = None
) -> None:
    """The table made of `parts`, with what the one of that name holds; `fresh`: what new columns hold."""
    into, values = [*columns, *(fresh or {})], [*columns, *(fresh or {}).values()]
    quoted = ", ".join(f'"{column}"' for column in into)
    op.create_table(f"{name}_anew", *parts)
    op.execute(f"INSERT INTO {name}_anew ({quoted}) SELECT {', '.join(values)} FROM {name}")
    op.drop_table(name)
    op.rename_table(f"{name}_anew", name)


def _ping(*, more: bool) -> list[SchemaItem]:
    parts: list[SchemaItem] = [
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
        sa.CheckConstraint(_VISIBLE, name=op.f("ck_ping_visibility")),
        sa.CheckConstraint(_STATES, name=op.f("ck_ping_state")),
        sa.ForeignKeyConstraint(["question"], ["question.number"], name=op.f("fk_ping_question")),
    ]
    if more:
        parts += [
            sa.Column("kind", sa.Text(), nullable=False),
            sa.Column("role", sa.Text(), nullable=False),
            sa.Column("sections", sa.JSON(), nullable=False),
            sa.Column("until", sa.DateTime(timezone=True), nullable=True),
            sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
            sa.Column("took", sa.BigInteger(), nullable=True),
            sa.CheckConstraint(_PING_KINDS, name=op.f("ck_ping_kind")),
        ]
    return parts

"""Why a ping reached nobody."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_FAILURES = (
    "'absent', 'refused', 'takes no private lines', 'throttled', 'unconfirmed', 'outdated', 'asleep', "
    "'over budget', 'unsendable'"
)


def upgrade() -> None:
    # With its rule in one statement, for SQLite takes it only so.
    rule = f"CONSTRAINT ck_ping_failure CHECK (failure IN ({_FAILURES}))"
    op.execute(f"ALTER TABLE ping ADD COLUMN failure TEXT {rule}")


def downgrade() -> None:
    op.drop_column("ping", "failure")

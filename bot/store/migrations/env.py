"""What Alembic runs to apply migrations: on the connection, and in the transaction, that it is given.

Only Alembic imports this.
"""

from alembic import context

from bot.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite cannot change most of a table; batches copy it instead
)
with context.begin_transaction():
    context.run_migrations()

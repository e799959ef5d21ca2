"""Which shape the database has, and bringing an older one up to date.

Alembic does that, but costs half a second of imports; so its table is read first, and Alembic only called
where there is something to do. All migrations that are due are one transaction: killed in the middle, the
database is as it was. (Not for two databases at once in one process: Alembic keeps its context in a global.)

A new migration: write the next file of `migrations/versions` (its frame is `migrations/script.py.mako`) and
put its number into `NEWEST`. A test compares what the migrations make with `tables`, and prints what is
missing.
"""

from importlib import import_module
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from bot.store.errors import Foreign, StoreError

NEWEST = 14

REVISIONS = tuple(f"{number:04}" for number in range(1, NEWEST + 1))
"""Every revision there ever was, oldest first; the last one is what `tables` describes."""

_OURS = {"journal", "outbox", "question"}
"""By which tables a database is known as ours even where its version is not: others use Alembic, too."""

_SCRIPTS = Path(__file__).parent / "migrations"


def bring_up_to_date(connection: Connection, name: str, *, may_write: bool) -> None:
    """Apply the migrations that the database `name` lacks, in the transaction that `connection` is in.

    StoreError where it is of a newer version or of another program; and, unless `may_write`, of an older one.
    """
    if revision_of(connection, name) == REVISIONS[-1]:
        return
    if not may_write:
        raise StoreError(f"{name} is not up to date: start the desk once, or run `pkgdesk db upgrade`")
    _migrate(connection)


def revision_of(connection: Connection, name: str) -> str | None:
    """Which of `REVISIONS` the database `name` has; None where there is nothing in it.

    StoreError where it is of a newer version or of another program.
    """
    tables = set(inspect(connection).get_table_names())
    revision = None
    if "alembic_version" in tables:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
        revision = None if found is None else str(found)
    if revision in REVISIONS:
        return revision
    if revision is not None and tables >= _OURS:
        raise StoreError(
            f"{name} was written by a newer pkgdesk (its schema is {revision}):"
            " run that version, or restore a backup from before it"
        )
    if tables - {"alembic_version"} or revision is not None:
        raise Foreign(f"{name} belongs to another program: set `database` to another")
    return None


def _migrate(connection: Connection) -> None:
    command, config = import_module("alembic.command"), import_module("alembic.config")
    configuration = config.Config(attributes={"connection": connection})
    configuration.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    command.upgrade(configuration, REVISIONS[-1])

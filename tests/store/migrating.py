"""A database as an older version left it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from bot.store import schema


def brought_to(connection: Connection, revision: str) -> None:
    """Undo the migrations after `revision`, with what is stored."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    command.downgrade(config, revision)

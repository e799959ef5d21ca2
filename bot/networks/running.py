"""Whether a desk runs with a configuration on this machine: it listens on its control socket, or has its
database.

The lock of a database in a file is held for as long as it takes to see that nobody else does. Must not import
a transport.
"""

import os

from bot.config import Settings
from bot.store.errors import AlreadyRunning, StoreError
from bot.store.sqlite import Sqlite, lock
from bot.store.standing import unclaimed
from bot.store.store import database
from bot.unix_socket import SocketError, connect

WITHIN = 2.0
"""Seconds that whoever listens has to take the call."""


def runs(settings: Settings) -> bool | None:
    """None where it cannot be seen: by another user than the desk's, or where the database is out of
    reach."""
    if settings.control.socket is not None:
        try:
            connect(settings.control.socket, WITHIN).close()
        except (SocketError, OSError):
            pass  # that there is no socket says nothing: there may be none on purpose
        else:
            return True
    try:
        return _claimed(settings.database_url)
    except StoreError:
        return None


def _claimed(url: str) -> bool:
    """Whether somebody has the database. StoreError where that cannot be found out."""
    kind = database(url)
    try:
        if not isinstance(kind, Sqlite):
            unclaimed(url)
        elif kind.path.with_name(f"{kind.path.name}.lock").exists():
            os.close(lock(kind.path))
    except AlreadyRunning:
        return True
    except OSError as error:
        raise StoreError(str(error)) from error
    return False

"""Who had the database last: each desk that opens it writes a name of its own there, whatever it is called.

A claim can be lost with the connection that holds it (PostgreSQL), and had again. What a desk remembers
(whose lines matter, what waits to be said) still holds then unless another desk has had the database in
between; or a command of an operator, or a restored copy. A name, not a count: a count may come again.
"""

from sqlalchemy import Connection, bindparam, select

from bot.store.errors import AlreadyRunning
from bot.store.tables import CLAIM

_FORGET = CLAIM.delete()
_ENTER = CLAIM.insert()
_OURS = select(CLAIM.c.desk).where(CLAIM.c.desk == bindparam("the_desk"))


def enter(connection: Connection, desk: str) -> None:
    """`desk` has the database now."""
    connection.execute(_FORGET)
    connection.execute(_ENTER, {"desk": desk})


def verify(connection: Connection, desk: str, name: str) -> None:
    """AlreadyRunning where somebody else has had the database `name` since `desk` entered."""
    if connection.execute(_OURS, {"the_desk": desk}).one_or_none() is None:
        raise AlreadyRunning(
            f"{name} was used by another desk while this one had no connection to it: start this one anew,"
            " or give it a database of its own"
        )

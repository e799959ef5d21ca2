"""What the store can fail with. No exception of SQLAlchemy, SQLite, psycopg or Alembic leaves the package."""


class StoreError(Exception):
    """The database cannot be used. The text is one line: what is wrong, and what to do about it."""


class AlreadyRunning(StoreError):
    """Another desk holds the database."""


class NotReached(StoreError):
    """There is no connection to the database, and none could be made."""


class WrongFile(StoreError):
    """The file that was named is not one to name: it is there already, or missing, or the database itself."""


class Foreign(StoreError):
    """The database belongs to another program."""


class Conflict(Exception):
    """Nothing was written: what the effects were decided on has changed meanwhile.

    A question's revision has moved on, a number is taken, or another person was pinged for the step. Read the
    facts again and decide again.
    """


class AlreadyDone(Exception):
    """Nothing was written: the event is in the journal, so its effects were committed before."""

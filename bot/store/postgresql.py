"""All that is particular to PostgreSQL: its URL, its connections, its lock, and the words for its errors.

The URL is libpq's own (https://www.postgresql.org/docs/current/libpq-connect.html, "Connection URIs") and is
handed to it as it is, so that all that libpq can do can be said there. The driver is psycopg 3, an extra.

Claim: a session advisory lock, held by the very connection that writes. A desk that lost that connection has
lost the claim, and writes again only when it has it anew, so no two ever write; and a commit of which nobody
knows whether it took place is over when the next connection has the lock.

Transactions: facts are read in one snapshot (REPEATABLE READ, READ ONLY). The writer is alone and writes each
question over the revision that was read, in the very statement that asks for it, for which READ COMMITTED is
enough.
"""

import os
import re
import socket
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from sqlalchemy import Engine, NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from bot.store.errors import AlreadyRunning, NotReached, StoreError

SCHEMES = ("postgresql://", "postgres://")

_PASSWORD = re.compile(r"(//[^/?#@:]*:|[?&](?:ssl)?password=)[^@&]*")

CLAIM_WITHIN = 3.0
"""Seconds until a claim is given up: the server may not have noticed yet that its former holder is dead."""

_LOCK = 0x706B676465736B
"""What a desk claims in its database: "pkgdesk" in ASCII."""

CLAIMING = (f"SET lock_timeout = {CLAIM_WITHIN * 1000:.0f}", f"SELECT pg_advisory_lock({_LOCK})")
"""What whoever wants the database for himself says in his session."""

_ATTENTIVE: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""How soon we notice that a server is gone without a word, unless the URL says otherwise."""

_SESSION = (
    "SET TIME ZONE 'UTC'",
    # How soon the server notices that we are, and gives up our claim.
    "SET tcp_keepalives_idle = 30",
    "SET tcp_keepalives_interval = 10",
    "SET tcp_keepalives_count = 3",
    # A commit that returned survives the loss of power, whatever is usual on that server.
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') IN ('off', 'local')",
)

_HOLDER = """
    SELECT pid, application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND objsubid = 1
    AND (classid::bigint << 32) + objid::bigint = %s
    AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class Postgresql:
    """The database on a server; a `bot.store.transactions.Database`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.name = _PASSWORD.sub(r"\1***", url)
        """The URL, without a password."""
        self._former: int | None = None
        try:
            self._driver: Any = import_module("psycopg")
        except ImportError as error:
            raise StoreError(
                f"{self.name} is a PostgreSQL database, for which the driver is missing ({error}):"
                " install it with `pip install 'pkgdesk[postgresql]'`"
            ) from error
        try:
            self._given = self._driver.conninfo.conninfo_to_dict(url)
        except self._driver.Error as error:
            raise StoreError(f"{self.name} cannot be read ({_plain(error)}): correct `database`") from error

    def claim(self) -> Callable[[], None]:
        """Nothing yet: whoever connects to write has the claim, for as long as the connection."""
        return _nothing

    def find(self) -> None:
        """Whoever connects finds that out."""

    def engine(self, *, writes: bool) -> Engine:
        creator = partial(self._connected, writes)
        return create_engine(
            "postgresql+psycopg://", creator=creator, poolclass=NullPool, hide_parameters=True
        )

    def lost(self, error: DBAPIError) -> bool:
        state = _state(error)
        # 57P: the server ends or starts; 08: the connection broke, whoever noticed it.
        return error.connection_invalidated or state.startswith(("57P", "08"))

    def explained(self, error: DBAPIError) -> StoreError:
        state = _state(error)
        said = _plain(error.orig)
        if not state:
            return StoreError(
                f"{self.name} cannot be reached ({said}): see that the server runs, that role and database"
                " are there, and that its pg_hba.conf lets this user in"
            )
        for prefix, words in _WORDS.items():
            if state.startswith(prefix):
                return StoreError(words.format(name=self.name, error=said))
        return StoreError(f"{self.name} cannot be used: {said}")

    def _connected(self, writes: bool) -> Any:
        """A connection of psycopg, as every one must be. NotReached, AlreadyRunning, StoreError."""
        ours = _ATTENTIVE | {"application_name": f"pkgdesk {os.getpid()} on {socket.gethostname()}"[:63]}
        missing = {key: value for key, value in ours.items() if key not in self._given}
        connection = self._driver.connect(self._url, **missing, autocommit=True)
        try:
            if (encoding := connection.info.parameter_status("server_encoding")) != "UTF8":
                raise StoreError(
                    f"{self.name} is encoded in {encoding}, which does not hold every character:"
                    " make another with `createdb --encoding=UTF8 --template=template0`"
                )
            for statement in _SESSION:
                connection.execute(statement)
            if writes:
                self._claim(connection)
            connection.autocommit = False
            if not writes:
                connection.isolation_level = self._driver.IsolationLevel.REPEATABLE_READ
                connection.read_only = True
        except BaseException:
            connection.close()
            raise
        return connection

    def _claim(self, connection: Any) -> None:
        try:
            for statement in CLAIMING:
                connection.execute(statement)
        except self._driver.errors.LockNotAvailable as error:
            holder, called = connection.execute(_HOLDER, (_LOCK,)).fetchone() or (0, "")
            if holder == self._former:
                raise NotReached(f"{self.name} has not noticed yet that a connection was lost") from error
            raise AlreadyRunning(
                f"{self.name} is in use by another desk ({called or f'server process {holder}'}):"
                " stop that one, or give this one a database of its own"
            ) from error
        connection.execute("SET lock_timeout = DEFAULT")
        self._former = connection.info.backend_pid


def _nothing() -> None:
    """Nothing was claimed apart from the connection, so nothing is to be given back."""


_WORDS = {
    "53100": "the disk of the server of {name} is full: make room",
    "42501": "{name} does not let its user do that ({error}): make that user the owner of the database",
    "25006": "{name} cannot be written: give the desk a server that can be, or the right to",
    "57P": "{name} went away ({error}): see that the server runs",
    "08": "{name} went away ({error}): see that the server runs",
    "23": "{name} refused what breaks its rules ({error}): please report this",
    "3F": "{name} has no schema to make tables in ({error}): make one, or correct its search_path",
}


def _state(error: DBAPIError) -> str:
    """The SQLSTATE; empty where the server has said none, as when it cannot be reached."""
    return getattr(error.orig, "sqlstate", None) or ""


def _plain(error: object) -> str:
    """The complaint in one line, without its details: those hold what people wrote."""
    said = getattr(getattr(error, "diag", None), "message_primary", None) or str(error)
    return " ".join(said.split())

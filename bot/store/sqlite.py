"""All that is particular to SQLite: its file, its lock, its connections, and the words for its errors.

Durability: WAL with `synchronous=FULL`, so that a commit that returned survives the loss of power; foreign
keys are only checked where each connection asks for it. (https://sqlite.org/pragma.html)

Transactions: Python's sqlite3 by itself begins one before a write but not before a read, so that two reads
could see two states. Here every statement outside a transaction begins one, as PEP 249 has it; SQLAlchemy
ends it.

Speed: aiosqlite carries each call to the thread of its connection and back, which costs some 0.1 ms, and a
SELECT through SQLAlchemy makes four (cursor, execute, fetch, close). `Cursor` makes them one.
"""

import asyncio
import errno
import fcntl
import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import aiosqlite
from sqlalchemy.exc import DBAPIError

from bot.store.errors import AlreadyRunning, StoreError

BUSY = 5.0
"""Seconds to wait for another process that holds the database, such as a backup."""

_PRAGMAS = ("foreign_keys = ON", "synchronous = FULL")
_WRITER_PRAGMAS = ("journal_mode = WAL",)
_READER_PRAGMAS = ("query_only = ON",)


class Cursor:
    """A cursor of `Connection`, with as much of aiosqlite's cursor as SQLAlchemy uses."""

    arraysize = 1

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._cursor: sqlite3.Cursor | None = None
        self._rows: list[Any] = []

    async def __aenter__(self) -> Self:
        return self

    @property
    def description(self) -> Any:
        return None if self._cursor is None else self._cursor.description

    @property
    def rowcount(self) -> int:
        return -1 if self._cursor is None else self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        return None if self._cursor is None else self._cursor.lastrowid

    async def execute(self, statement: str, values: Sequence[Any] = ()) -> Self:
        self._cursor, self._rows = await self._connection.run(sqlite3.Connection.execute, statement, values)
        return self

    async def executemany(self, statement: str, values: Sequence[Sequence[Any]]) -> Self:
        self._cursor, self._rows = await self._connection.run(
            sqlite3.Connection.executemany, statement, values
        )
        return self

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        self._rows = []


class Connection(aiosqlite.Connection):
    """aiosqlite's connection, with one call to its thread per statement."""

    def cursor(self) -> Cursor:  # type: ignore[override]
        return Cursor(self)

    async def run(
        self,
        call: Callable[[sqlite3.Connection, str, Any], sqlite3.Cursor],
        statement: str,
        values: Sequence[Any],
    ) -> tuple[sqlite3.Cursor, list[Any]]:
        """Run one statement, in a transaction, and fetch all that it gives."""

        def on_the_thread() -> tuple[sqlite3.Cursor, list[Any]]:
            connection = self._conn
            if not connection.in_transaction:
                connection.execute("BEGIN")
            cursor = call(connection, statement, values)
            return cursor, cursor.fetchall() if cursor.description else []

        return await self._execute(on_the_thread)  # type: ignore[no-any-return, no-untyped-call]


async def connect(path: Path, *, writes: bool) -> Connection:
    """A connection to the database in `path`; one that does not write cannot."""
    # aiosqlite is given a connection that is open: where opening failed, it would leave its thread behind.
    opened = await asyncio.to_thread(_open, path, writes)
    connection = Connection(lambda: opened, iter_chunk_size=64)
    # A process that ends without closing does not wait for it. (Before 0.22 the connection was the thread.)
    thread: Any = getattr(connection, "_thread", connection)
    thread.daemon = True
    await connection
    return connection


def _open(path: Path, writes: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY, isolation_level=None, check_same_thread=False)
    try:
        for pragma in (*_PRAGMAS, *(_WRITER_PRAGMAS if writes else _READER_PRAGMAS)):
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def create(path: Path) -> None:
    """Make the database's file, for its owner only, and its folder. StoreError where it cannot be written."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise _explained(error, path) from error


def find(path: Path) -> None:
    """StoreError where there is no database to read in `path`."""
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise _explained(error, path) from error


def lock(path: Path) -> int:
    """Claim the database for this process, until the descriptor that comes back is closed, or the process has
    ended in whatever way; StoreError where another has claimed it.

    The lock is on a file of its own: on the database's are SQLite's, and closing any descriptor of that file
    would drop those. The file is never removed; it holds the number of the process, for people.
    """
    beside = path.with_name(f"{path.name}.lock")
    try:
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _explained(error, path) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.read(descriptor, 20).decode(errors="replace").strip()
        os.close(descriptor)
        raise AlreadyRunning(
            f"{path} is in use by another desk (process {holder or 'unknown'}):"
            " stop that one, or give this one a database of its own"
        ) from error
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor


_WORDS = {
    sqlite3.SQLITE_NOTADB: "{path} is not a database: move it away, or set another path",
    sqlite3.SQLITE_CORRUPT: "{path} is damaged: restore it from a backup",
    sqlite3.SQLITE_FULL: "the disk that holds {path} is full: make room and start again",
    sqlite3.SQLITE_READONLY: "{path} cannot be written: let this user write the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "{path} cannot be opened: let this user write the file and its folder",
    sqlite3.SQLITE_BUSY: "{path} is held by another program: end that one",
    sqlite3.SQLITE_IOERR: "the disk that holds {path} failed: look at the system's log",
    sqlite3.SQLITE_CONSTRAINT: "{path} refused what breaks its rules ({error}): please report this",
}


def explained(error: DBAPIError, path: Path) -> StoreError:
    """What the database complained of, in a line that says what to do about it."""
    cause = error.orig
    code = getattr(cause, "sqlite_errorcode", None)
    words = _WORDS.get(code & 0xFF) if code is not None else None
    return StoreError((words or "{path} cannot be used: {error}").format(path=path, error=cause))


def _explained(error: OSError, path: Path) -> StoreError:
    match error.errno:
        case errno.EISDIR:
            return StoreError(f"{path} is a directory: name a file in it, such as {path / 'pkgdesk.sqlite'}")
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return StoreError(_WORDS[sqlite3.SQLITE_READONLY].format(path=path))
        case errno.ENOSPC | errno.EDQUOT:
            return StoreError(_WORDS[sqlite3.SQLITE_FULL].format(path=path))
        case errno.ENOENT:
            return StoreError(f"there is no database {path}: start the desk first, or set another path")
        case _:
            return StoreError(f"{path} cannot be opened ({error.strerror}): set another path")

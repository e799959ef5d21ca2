"""All that is particular to SQLite: its file, its lock, its connections, and the words for its errors.

Durability: WAL with `synchronous=FULL`, so that a commit that returned survives the loss of power; foreign
keys are only checked where each connection asks for it. (https://sqlite.org/pragma.html)

Transactions: Python's sqlite3 by itself begins one before a write but not before a read, so that two reads
could see two states. It is told to begin none, and SQLAlchemy's own begin is made to say so to SQLite.
(https://docs.sqlalchemy.org/en/20/dialects/sqlite.html, "Enabling Non-Legacy SQLite Transactional Modes")
"""

import errno
import fcntl
import os
import sqlite3
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError

from bot.store.errors import AlreadyRunning, StoreError

BUSY = 5.0
"""Seconds to wait for another process that holds the database, such as a backup."""

_PRAGMAS = ("foreign_keys = ON", "synchronous = FULL")
_WRITER_PRAGMAS = ("journal_mode = WAL",)
_READER_PRAGMAS = ("query_only = ON",)


class Sqlite:
    """The database in a file; a `bot.store.transactions.Database`. `path` is where the file really is: what
    lies beside it, the lock above all, must be the same for whoever comes by a symbolic link."""

    def __init__(self, path: Path) -> None:
        self.path = Path(os.path.realpath(path))

    @property
    def name(self) -> str:
        return str(self.path)

    def claim(self, *, create: bool = True) -> Callable[[], None]:
        """Without `create` the file may still be missing afterwards."""
        _look_at(self.path)
        make(self.path, file=create)
        return partial(os.close, lock(self.path))

    def find(self) -> None:
        _look_at(self.path)
        try:
            with self.path.open("rb"):
                pass
        except OSError as error:
            raise _explained(error, self.path) from error

    def engine(self, *, writes: bool) -> Engine:
        creator = partial(connect, self.path, writes)
        engine = create_engine("sqlite://", creator=creator, poolclass=NullPool, hide_parameters=True)
        event.listen(engine, "begin", _begin)
        return engine

    def lost(self, _error: DBAPIError) -> bool:
        return False

    def explained(self, error: DBAPIError) -> StoreError:
        return complaint(error.orig, self.path)


def complaint(cause: BaseException | None, path: Path) -> StoreError:
    """What SQLite complained of about the file, in a line that says what to do about it."""
    code = getattr(cause, "sqlite_errorcode", None)
    words = _WORDS.get(code & 0xFF) if code is not None else None
    return StoreError((words or "{path} cannot be used: {error}").format(path=path, error=cause))


def beside(path: Path) -> tuple[Path, Path]:
    """The files that SQLite keeps beside the one in `path` while it is open, or after a crash."""
    return path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def connect(path: Path, writes: bool) -> sqlite3.Connection:
    """A connection to the database in `path`; one that does not write cannot."""
    connection = sqlite3.connect(path, timeout=BUSY, isolation_level=None)
    try:
        for pragma in (*_PRAGMAS, *(_WRITER_PRAGMAS if writes else _READER_PRAGMAS)):
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _look_at(path: Path) -> None:
    """StoreError where a device, a pipe or a socket is in the place of the file. They are not opened: that
    might wait for ever, or do something."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return  # whoever opens it finds out why
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise StoreError(f"{path} is no regular file: set `database` to one")


def make(path: Path, *, file: bool = True) -> None:
    """Make the database's folder and its file, for its owner only. StoreError where it cannot be written."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if file:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise _explained(error, path) from error


def lock(path: Path) -> int:
    """Claim the database for this process, until the descriptor that comes back is closed, or the process has
    ended in whatever way; StoreError where another has claimed it.

    The lock is on a file of its own: on the database's are SQLite's, and closing any descriptor of that file
    would drop those. The file is never removed; it holds the number of the process, for people.
    """
    try:
        descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        if os.geteuid() == 0:
            # Root takes a backup back, say; the desk's own user must be able to claim it afterwards.
            owner = (path if path.exists() else path.parent).stat()
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
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
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
    except OSError as error:
        os.close(descriptor)
        raise _explained(error, path) from error
    return descriptor


_WORDS = {
    sqlite3.SQLITE_NOTADB: "{path} is not a database: move it away, or set `database` to another",
    sqlite3.SQLITE_CORRUPT: "{path} is damaged: take a backup (`pkgdesk db restore FILE`)",
    sqlite3.SQLITE_FULL: "the disk that holds {path} is full: make room",
    sqlite3.SQLITE_READONLY: "{path} cannot be written: let this user write the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "{path} cannot be opened: let this user write the file and its folder",
    sqlite3.SQLITE_BUSY: "{path} is held by another program: end that one",
    sqlite3.SQLITE_IOERR: "the disk that holds {path} failed ({error}): see whether it has room, and look at"
    " the system's log",
    sqlite3.SQLITE_CONSTRAINT: "{path} refused what breaks its rules ({error}): please report this",
}


def _explained(error: OSError, path: Path) -> StoreError:
    match error.errno:
        case errno.EISDIR:
            return StoreError(f"{path} is a directory: name a file in it, such as {path / 'pkgdesk.sqlite'}")
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return StoreError(_WORDS[sqlite3.SQLITE_READONLY].format(path=path))
        case errno.ENOSPC | errno.EDQUOT:
            return StoreError(_WORDS[sqlite3.SQLITE_FULL].format(path=path))
        case errno.ENOENT:
            return StoreError(f"there is no database {path}: start the desk first, or correct `database`")
        case _:
            return StoreError(f"{path} cannot be opened ({error.strerror}): correct `database`")

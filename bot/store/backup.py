"""An SQLite database copied while it is in use, and a copy put in its place.

The copy is SQLite's own (VACUUM INTO: one state of the database, whatever is written meanwhile), made under
another name, looked at, and only then given its own. A restored database goes its way in the same manner:
what is under the database's name is at every moment either the old one or the new one, whole.

What was queued when the copy was taken may have been written since. Nobody knows, so it is marked as under
way, and the desk never writes it again (see `bot.store.queue`).
"""

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from bot.store.errors import Foreign, StoreError, WrongFile
from bot.store.queue import mark_all_sending
from bot.store.schema import bring_up_to_date, revision_of
from bot.store.sqlite import Sqlite, beside, complaint, connect

_MAGIC = b"SQLite format 3\0"
"""How every file of SQLite begins (https://sqlite.org/fileformat.html)."""


def back_up(path: Path, copy: Path, *, force: bool) -> int:
    """Copy the database in `path` to `copy`, for the owner alone; its size in bytes. A desk may be writing.

    WrongFile where there is something already and it is not to be replaced by `force`, or where it is the
    database's own; StoreError where any of it fails, and then nothing is there that was not.
    """
    source = Sqlite(path)
    path = source.path
    source.find()
    revision(path)
    if copy.is_dir():
        raise WrongFile(f"{copy} is a directory: name a file in it, such as {copy / path.name}")
    if any(_same(copy, own) for own in (path, *beside(path))):
        raise WrongFile(f"{copy} is the database's own: name another file")
    if copy.exists() and not force:
        raise WrongFile(f"{copy} is there already: name another file, or replace it with --force")
    with _beginning(copy) as begun:
        _copy(path, begun)
        examine(begun)
        _put(begun, copy)
    return copy.stat().st_size


def restore(path: Path, copy: Path, at: datetime) -> Path | None:
    """Put `copy` in the place of the database in `path`, brought up to date; what was there is kept under
    the name that comes back, None where there was nothing. The desk must not be running: AlreadyRunning.

    StoreError where `copy` cannot be used; then everything is as it was.
    """
    database = Sqlite(path)
    path = database.path
    if _same(path, copy):
        raise WrongFile(f"{copy} is the database itself: name a copy of it")
    if not copy.is_file():
        raise WrongFile(f"there is no file {copy}: name a copy that `pkgdesk db backup` made")
    Sqlite(copy).find()
    release = database.claim(create=False)
    try:
        examine(copy)
        with _beginning(path) as begun:
            _copy(copy, begun)
            _renew(begun)
            _owned_like(path, begun)
            kept = _set_aside(path, at)
            _put(begun, path)
        return kept
    finally:
        release()


def examine(path: Path) -> None:
    """StoreError where the file is no database of ours, is of a newer version, or is damaged."""
    with path.open("rb") as file:
        begins = file.read(len(_MAGIC))
    try:
        ours = begins == _MAGIC and revision(path) is not None
    except Foreign:
        ours = False
    if not ours:
        raise StoreError(f"{path} is no copy of a desk's database: name one that `pkgdesk db backup` made")
    with _reading(path) as connection:
        found = " ".join(str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0]).split())
        astray = connection.execute("PRAGMA foreign_key_check").fetchone()
    if found != "ok" or astray:
        wrong = "rows are missing" if found == "ok" else found
        raise StoreError(f"{path} is damaged ({wrong}): take another")


def revision(path: Path) -> str | None:
    """Which version of the tables is in the file; None where there are none. StoreError, as `revision_of`."""
    database = Sqlite(path)
    engine = database.engine(writes=False)
    try:
        with engine.connect() as connection:
            return revision_of(connection, str(path))
    except DBAPIError as error:
        raise database.explained(error) from error


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(connect(path, writes=False)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise complaint(error, path) from error


def _copy(source: Path, copy: Path) -> None:
    """Into a file that is there and empty."""
    with _reading(source) as connection:
        connection.execute("PRAGMA query_only = OFF")  # which would count the copy, too
        try:
            connection.execute("VACUUM INTO ?", (str(copy),))
        except sqlite3.OperationalError as error:
            raise complaint(error, copy) from error  # the source was readable a moment ago


def _renew(path: Path) -> None:
    """Bring a restored database up to date; what waits in it may have been written since."""
    database = Sqlite(path)
    engine = database.engine(writes=True)
    try:
        with engine.connect() as connection, connection.begin():
            bring_up_to_date(connection, str(path), may_write=True)
            mark_all_sending(connection)
    except DBAPIError as error:
        raise database.explained(error) from error


@contextmanager
def _beginning(final: Path) -> Iterator[Path]:
    """An empty file beside `final`, for its owner only; gone in the end unless it was given its name."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{final.name}-", suffix=".part", dir=final.parent)
    except OSError as error:
        raise StoreError(
            f"nothing can be written to {final.parent} ({error.strerror}): name a file elsewhere, or let this"
            " user write there"
        ) from error
    os.close(descriptor)
    begun = Path(name)
    try:
        yield begun
    except OSError as error:
        raise StoreError(f"{final} cannot be written ({error.strerror})") from error
    finally:
        for part in (begun, *beside(begun)):
            part.unlink(missing_ok=True)


def _put(begun: Path, final: Path) -> None:
    """On the disk, then under its name, then the name on the disk."""
    _written_down(begun)
    begun.replace(final)
    _written_down(final.parent)


def _written_down(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _set_aside(path: Path, at: datetime) -> Path | None:
    """Keep the database in `path` under another name, too, and nothing of it beside `path`: what SQLite finds
    there it would take for the new one's."""
    if not path.exists():
        return None
    with contextlib.suppress(sqlite3.Error), closing(connect(path, writes=True)):
        pass  # who closes as the last one puts what is beside the file into it, unless it is damaged
    kept = path.with_name(f"{path.name}.replaced-{at:%Y%m%dT%H%M%SZ}")
    try:
        os.link(path, kept)
    except FileExistsError as error:
        raise WrongFile(f"{kept} is there already: try again in a second") from error
    except OSError:
        shutil.copy2(path, kept)  # a file system without hard links
    for part, kept_part in zip(beside(path), beside(kept), strict=True):
        with contextlib.suppress(FileNotFoundError):
            part.replace(kept_part)
    return kept


def _owned_like(path: Path, begun: Path) -> None:
    """Where root restores, the file is whose the database was, so that the desk can use it."""
    if os.geteuid() == 0:
        owner = (path if path.exists() else path.parent).stat()
        os.chown(begun, owner.st_uid, owner.st_gid)


def _same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)

"""A learned history, kept in a file that may be deleted at any time and loaded from anywhere.

What the file holds and how little of it is believed: `bot.maps.packed`. It is replaced whole or not at
all, by one writer at a time, and only its owner can read it.

Writing and reading take a second: they are for a thread, not for an event loop. Must import nothing of the
desk.
"""

import fcntl
import hashlib
import os
import stat
import time
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from bot.maps.packed import FORMAT, packed, unpacked
from routing.past.history import History

MOST_BYTES = 64 * 2**20
"""A larger file is not read. Xen's 25,000 commits take 4 MB."""

_PIECE = 65_536
_PART = ".part"
_NAME = 16
"""Letters of the name of a usual cache."""

LEFT_BEHIND = 86_400
"""Seconds after which nobody is still writing what is only begun."""


class CacheError(Exception):
    """A cache cannot be read or written: its file, what is wrong, and what to do."""


def default_cache(environ: Mapping[str, str], of: Path) -> Path:
    """Where the history is kept that belongs to a map, or to a repository: in the folder that systemd gives a
    service for such things (CacheDirectory), else in the user's (XDG Base Directory Specification)."""
    folder = Path(environ.get("CACHE_DIRECTORY", "").split(":")[0])
    if not folder.is_absolute():
        folder = Path(environ.get("XDG_CACHE_HOME", ""))
        if not folder.is_absolute():
            folder = Path(environ.get("HOME") or "/") / ".cache"
        folder /= "pkgdesk"
    name = hashlib.sha256(os.fsencode(os.path.realpath(of))).hexdigest()[:_NAME]
    return folder / f"{name}.history.gz"


def read_cache(path: Path) -> History:
    """The history that was kept. Raises CacheError, also where there is no such file."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ValueError("is no file")
            if status.st_size > MOST_BYTES:
                raise ValueError(f"is too large with {status.st_size:,} bytes")
            return unpacked(iter(lambda: file.read(_PIECE), b""))
    except FileNotFoundError as error:
        raise CacheError(f"{path}: is not there: `pkgdesk map learn` makes it") from error
    except OSError as error:
        raise CacheError(f"{path}: cannot be read: {_why(error)}") from error
    except ValueError as error:
        raise CacheError(f"{path}: {error}: `pkgdesk map learn --full` makes it anew") from error


def write_cache(path: Path, history: History) -> None:
    """Keep this history and no other. Raises CacheError, and then nothing has changed; also where the file
    holds something that was not made here, and that somebody may miss."""
    try:
        if not _may_be_replaced(path):
            raise CacheError(
                f"{path}: is not what `pkgdesk map learn` keeps, and is left as it is: name another file, or "
                "remove it"
            )
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _tidy(path.parent)
        _replace(path, history)
    except OSError as error:
        raise CacheError(f"{path}: cannot be written: {_why(error)}") from error
    except ValueError as error:
        raise CacheError(f"{path}: {error}: keep fewer commits (--commits)") from error


def _may_be_replaced(path: Path) -> bool:
    """Whether there is no such file, or one that begins as ours do, whatever became of the rest."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            begins = file.read(_PIECE)
    except FileNotFoundError:
        return True
    unpacking = zlib.decompressobj(wbits=31)
    try:
        return not begins or FORMAT.encode() in unpacking.decompress(begins, max_length=_PIECE)
    except zlib.error:
        return False


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _replace(path: Path, history: History) -> None:
    """Write beside the file, and rename. What a crash left there is written over by the next."""
    beside = path.parent / f"{path.name}{_PART}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    with os.fdopen(os.open(beside, flags, 0o600), "wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CacheError(f"{path}: is just being written by somebody else: try again later") from error
        if not _same(file.fileno(), beside):
            raise CacheError(f"{path}: has just been written by somebody else: try again")
        try:
            file.truncate(0)
            file.writelines(packed(history))
            file.flush()
            os.fsync(file.fileno())
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _tidy(folder: Path) -> None:
    """Remove what writers left here that were killed, of files that are named as `default_cache` does."""
    for each in folder.glob(f"{'[0-9a-f]' * _NAME}.history.gz{_PART}"):
        with suppress(OSError):
            if time.time() - each.lstat().st_mtime > LEFT_BEHIND:
                each.unlink()


def _same(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False

"""Files that hold what can be made again: where they are, and how they are read and written.

Such a file may be deleted, damaged or left behind by somebody else at any time: whoever keeps one says what a
file that is not right costs. It is replaced whole or not at all (rename), by one writer at a time; a second
one leaves it to the first. Imports nothing of the house.
"""

import fcntl
import hashlib
import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_PART = ".part"


class Foreign(ValueError):
    """Somebody else could have written it."""


@dataclass(frozen=True, slots=True)
class State:
    """Which file it is, and its size in bytes."""

    device: int
    inode: int
    size: int


def default_path(environ: Mapping[str, str], base: Path, ending: str) -> Path:
    """Where something about a base is kept: in the folder that systemd gives a service for such things
    (CacheDirectory), else in the user's (XDG Base Directory Specification)."""
    given = environ.get("CACHE_DIRECTORY", "").split(":")[0]
    folder = Path(given)
    if not folder.is_absolute():
        folder = Path(environ.get("XDG_CACHE_HOME", ""))
        if not folder.is_absolute():
            folder = Path(environ.get("HOME") or "/") / ".cache"
        folder /= "pkgdesk"
    name = hashlib.sha256(os.fsencode(base.absolute())).hexdigest()[:16]
    return folder / f"{name}{ending}"


def content(path: Path, most: int, *, own: bool = False) -> tuple[bytes, State]:
    """What is in a file of at most so many bytes, and its state. Raises OSError and ValueError; `Foreign`
    where it is to be our `own` and others may write it."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("is no file")
        if own and (status.st_uid != os.geteuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)):
            raise Foreign("is somebody else's")
        if status.st_size > most:
            raise ValueError(f"is too large with {status.st_size} bytes")
        read = file.read(status.st_size)
        return read, State(status.st_dev, status.st_ino, len(read))


def replace(path: Path, parts: Iterable[bytes]) -> State | None:
    """Write beside the file, and rename; the state that it has then. None where somebody else is at it. What
    a crash left there is written over by the next. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(path.name + _PART)
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    with os.fdopen(os.open(beside, flags, 0o600), "wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        if not _same(file.fileno(), beside):
            return None  # somebody else has just finished
        try:
            file.truncate(0)
            file.writelines(parts)
            file.flush()
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)  # where the disk is full, not to keep full what is left of it
            raise
        return _state(file.fileno())


def append(path: Path, state: State, parts: Iterable[bytes]) -> State | None:
    """Write to the end of the file, where it is still in this `state`; the state that it has then, else None.
    What a crash cuts off is for its readers to tell. Raises OSError."""
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK), "ab"
    ) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        if _state(file.fileno()) != state:
            return None
        file.writelines(parts)
        file.flush()
        return _state(file.fileno())


def why(error: OSError | ValueError) -> str:
    """What is wrong, for a note."""
    return (getattr(error, "strerror", None) or str(error)).lower()


def _state(descriptor: int) -> State:
    status = os.fstat(descriptor)
    return State(status.st_dev, status.st_ino, status.st_size)


def _same(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False

"""Files with keys: in a folder of our own, which nobody else can read, written whole or not at all.

Works without the extra: what can be told of keys must be told there, too.
"""

import contextlib
import fcntl
import os
import secrets
import sqlite3
import stat
from pathlib import Path
from urllib.parse import quote

from bot.transports.matrix.sealing import KeysUnusable

ANEW = "log in as a new device with `pkgdesk matrix login --again`"

FINGERPRINT = "fingerprint"
"""Under which name the public key of a device stands in its store (`bot.transports.matrix.crypto_store`)."""


def path_of(folder: Path, device: str) -> Path:
    """Where the keys of a device are."""
    return folder / f"device-{quote(device, safe='')[:150]}.keys"


def fingerprint(folder: Path, device: str) -> str | None:
    """The Ed25519 key of a device as it is kept, without disturbing a desk that runs; None where nothing is
    kept that can be read."""
    path = path_of(folder, device)
    try:
        with contextlib.closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as rows:
            row = rows.execute("SELECT value FROM about WHERE name = ?", (FINGERPRINT,)).fetchone()
    except sqlite3.Error:
        return None
    return None if row is None else str(row[0])


def private(folder: Path) -> None:
    """Make the folder, for us alone. Raises KeysUnusable."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if stat.S_IMODE(folder.stat().st_mode) & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise _denied(folder, error) from error


def write_private(path: Path, text: str, *, new: bool = False) -> None:
    """Write a file that only we can read, whole or not at all; `new`: only where there is none, else
    FileExistsError. Raises KeysUnusable."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if new:
                os.link(beside, path)
            else:
                beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except FileExistsError:
        raise
    except OSError as error:
        raise _denied(path, error) from error


def remove(path: Path) -> None:
    """Remove the keys of a device, which nobody uses. Raises KeysUnusable."""
    try:
        for each in (path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm"), path):
            each.unlink(missing_ok=True)
    except OSError as error:
        raise _denied(path, error) from error


def claim(path: Path) -> int:
    """Claim a device's keys for whoever opens them, until the descriptor that comes back is closed or the
    process has ended in whatever way. Two who use them take sessions and keys away from each other. To be
    closed after all other use: closing it drops locks of SQLite's. Raises KeysUnusable."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise _denied(path, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise KeysUnusable(
            path,
            "is in use by another desk",
            f"end that one, or give this one a `folder` of its own and {ANEW}",
        ) from error
    return descriptor


def read_private(path: Path) -> str | None:
    """What stands in a file; None where there is none. Raises KeysUnusable."""
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise KeysUnusable(path, "is damaged", f"put it back as it was, or {ANEW}") from None
    except OSError as error:
        raise _denied(path, error) from error


def _denied(path: Path, error: OSError) -> KeysUnusable:
    return KeysUnusable(
        path, f"cannot be used: {(error.strerror or str(error)).lower()}", "see to its place and permissions"
    )

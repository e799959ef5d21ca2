"""One process of ours at a time in one base: flock(2) on a file of ours.

Git inherits the descriptor, so that the lock lasts for as long as a git lives that a killed process had
started: whoever gets the lock knows that nothing of ours is at work any more. The file stays; what it says is
the number of the process that had it last.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.publishing.base import NotPublished

WAIT = 30.0
"""Seconds that another process of ours, or a git that a killed one left behind, may still take."""

_LOOK = 0.02


@contextmanager
def locked(path: Path, base: Path, wait: float = WAIT) -> Iterator[int]:
    """Hold the lock; its descriptor. Raises NotPublished where it cannot be had."""
    try:
        path.parent.mkdir(exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise NotPublished(
            f"{base}: {path} cannot be written ({(error.strerror or str(error)).lower()}): see who may write "
            "there, and whether there is room"
        ) from error
    try:
        until = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() >= until:
                    raise NotPublished(
                        f"{base}: another process of pkgdesk{_who(descriptor)} is at work in it: wait "
                        "for it, or end it, and publish again"
                    ) from error
                time.sleep(_LOOK)
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        except OSError:
            pass  # a full disk costs the number
        yield descriptor
    finally:
        os.close(descriptor)


def _who(descriptor: int) -> str:
    number = os.pread(descriptor, 32, 0).strip()
    return f" (number {int(number)})" if number.isdigit() else ""

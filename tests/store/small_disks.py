"""Disks that fill up: a small one in memory, where this process may mount it; and everywhere a limit that the
system sets to how large a process may let a file become."""

import os
import resource
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path


@cache
def mountable() -> bool:
    """Whether this process may mount a file system."""
    with tempfile.TemporaryDirectory() as folder:
        return mounted(Path(folder), "size=64k") and not umounted(Path(folder))


def mounted(folder: Path, options: str) -> bool:
    words = ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)]
    try:
        return subprocess.run(words, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def umounted(folder: Path) -> int:
    return subprocess.run(["umount", "--lazy", str(folder)], capture_output=True, check=False).returncode


class Limited:
    """A folder on an ordinary disk; what one process can write to files there ends where `fill` says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, process: int) -> None:
        """From now on no file of the process becomes any larger than the largest in the folder is."""
        largest = max(path.stat().st_size for path in self.folder.iterdir())
        resource.prlimit(process, resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))

    def free(self, process: int) -> None:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


class Mounted:
    """A disk of its own, of four megabytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, _process: int) -> None:
        """With a file, to the last byte."""
        with (self.folder / "filler").open("wb", buffering=0) as filler:
            for size in (1 << 16, 1 << 10, 1):
                while True:
                    try:
                        filler.write(os.urandom(size))
                    except OSError:
                        break

    def free(self, _process: int) -> None:
        (self.folder / "filler").unlink()


WAYS = ("limited", *(("mounted",) if mountable() else ()))


@contextmanager
def disk(way: str, folder: Path) -> Iterator[Limited | Mounted]:
    """A disk on which there is room until it is filled."""
    folder.mkdir()
    if way == "limited":
        yield Limited(folder)
        return
    assert mounted(folder, "size=4m")
    try:
        yield Mounted(folder)
    finally:
        umounted(folder)

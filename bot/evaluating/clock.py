"""What time and memory something takes.

Peak memory is that of the process so far (getrusage(2)); how much a thing takes is what the process has grown
by meanwhile (proc(5), statm), where the system says so. Imports nothing of the house.
"""

import gc
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Lap:
    """Seconds that passed, and MiB by which the process grew; None where the system does not say."""

    seconds: float
    memory: float | None


class Clock:
    """What passes from lap to lap. Garbage is taken away in between, and that is not counted."""

    def __init__(self) -> None:
        gc.collect()
        self._memory = _resident()
        self._began = time.perf_counter()

    def lap(self) -> Lap:
        """What has passed since the last one, or since the beginning."""
        seconds = time.perf_counter() - self._began
        gc.collect()
        before, self._memory = self._memory, _resident()
        self._began = time.perf_counter()
        return Lap(seconds, None if before is None or self._memory is None else self._memory - before)


def peak_memory() -> float:
    """The most memory that this process has had so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _resident() -> float | None:
    """The memory of this process now, in MiB."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:
        return None
    return pages * resource.getpagesize() / (1 << 20)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Nobody looks for garbage among what is there now, as a desk does it at its start (`gc.freeze`). What
    somebody else has frozen before stays so."""
    gc.collect()
    others = gc.get_freeze_count()
    gc.freeze()
    try:
        yield
    finally:
        if not others:
            gc.unfreeze()

"""Measuring in a process of its own: what one method leaves behind does not slow the next, and the memory
that it takes can be told.

The process is forked, so that large values need not be made again. Imports nothing of the house.
"""

import gc
import resource
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_FORK = get_context("fork")


def apart(measure: Callable[[], T]) -> T:
    """What `measure` gives, called in a process of its own. Raises `ChildProcessError` where that ended
    before it was done; the reason is on standard error."""
    here, there = _FORK.Pipe(duplex=False)
    process = _FORK.Process(target=_send, args=(measure, there))
    process.start()
    there.close()
    try:
        found: T = here.recv()
    except EOFError:
        process.join()
        raise ChildProcessError(f"the process that measured ended with {process.exitcode}") from None
    process.join()
    return found


def resident() -> float | None:
    """The memory of this process now, in MiB; None where the system does not say (proc(5), statm)."""
    gc.collect()
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:
        return None
    return pages * resource.getpagesize() / (1 << 20)


def _send(measure: Callable[[], T], there: Connection) -> None:
    there.send(measure())
    there.close()

"""The memory of the process: when garbage is looked for, what is given back. Must import nothing of ours."""

import contextlib
import ctypes
import gc
from collections.abc import Iterator

_RARELY = (20_000, 50, 50)
"""When garbage is looked for. One question makes thousands of values and hardly a circle: at Python's 700 a
tenth of the time until its answer went into looking."""


@contextlib.contextmanager
def nothing_collected() -> Iterator[None]:
    """For what makes much and leaves no garbage, such as imports and reading a base: looking for some would
    take a fifth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def keep() -> None:
    """Whatever is there now is there to stay, so that no collection of garbage goes through it again: with
    1,000 entries each took 70 to 400 ms, in which nothing else happens, whichever thread it falls to. An old
    reference has no circles and goes without being collected."""
    gc.freeze()


def collect_rarely() -> None:
    """From now on."""
    gc.set_threshold(*_RARELY)


def give_back() -> None:
    """Have the C library return to the system what is free: after the rounds of learning, which fill and free
    tens of megabytes in small pieces from a thread of their own, it would keep them for as long as the desk
    runs. That is glibc's; elsewhere there is no such function."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):
        return
    trim(0)

"""The memory of the process. Must import nothing of ours."""

import ctypes


def give_back() -> None:
    """Have the C library return to the system what is free: after the rounds of learning, which fill and free
    tens of megabytes in small pieces from a thread of their own, it would keep them for as long as the desk
    runs. That is glibc's; elsewhere there is no such function."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):
        return
    trim(0)

"""The gate to libraries that are no Python, and the end of the process.

When the interpreter ends it cuts daemon threads off where they next want its lock. If that is on the way out
of C++ or Rust that had let go of the lock, the whole process aborts (SIGABRT), and its exit code is lost.
Whoever calls such a library from a thread that may be cut off goes through the gate: when the end begins
nobody is let in any more, and those who are inside are waited for. What is inside should take milliseconds.

Imports nothing of ours.
"""

import atexit
import threading

WAITED_FOR = 2.0
"""Seconds at most; a process that is to end must end."""


class Gate:
    """`with gate:` around each call. Threads do not wait for each other."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._closed = False

    def __enter__(self) -> None:
        with self._changed:
            if self._closed and not threading.current_thread().daemon:
                raise RuntimeError("the process is ending")
            while self._closed:
                self._changed.wait()  # until the interpreter is gone, and this thread with it
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._inside -= 1
            self._changed.notify_all()

    def close(self) -> None:
        """Let nobody in any more, and wait for those who are inside."""
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: not self._inside, WAITED_FOR)


GATE = Gate()
atexit.register(GATE.close)

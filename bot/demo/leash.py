"""Runs a module as `python -m` does, but never longer than the process that started it.

    python -m bot.demo.leash bot.cli run --config config.yaml

Whoever sets the scene ends what is on it; this is for the case that they are killed themselves. Linux is
asked for a SIGTERM at the death of the parent (prctl(2), PR_SET_PDEATHSIG); elsewhere the module merely runs.
"""

import contextlib
import ctypes
import runpy
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()

"""Runs a module as `python -m` does, but never longer than the process that started it.

    python -m bot.demo.leash bot.cli run --config config.yaml
    python leash.py --kill synapse.app.homeserver --config-path homeserver.yaml    (of another environment)

Whoever sets the scene ends what is on it; this is for the case that they are killed themselves. Linux is
asked for a SIGTERM at the death of the parent, or, with `--kill`, for a SIGKILL, which reaches a stopped
process, too (prctl(2), PR_SET_PDEATHSIG; the parent is the thread that started it); elsewhere the module
merely runs.

Must import nothing but the standard library, so that any interpreter can run it.
"""

import contextlib
import ctypes
import runpy
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    del sys.argv[0]
    told = signal.SIGTERM
    if sys.argv[0] == "--kill":
        told = signal.SIGKILL
        del sys.argv[0]
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, told)
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()

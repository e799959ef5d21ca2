"""A play that can be broken off: whatever ends it, what was started for it is cleared away first."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any


def until_told_to_end(play: Coroutine[Any, Any, int]) -> int:
    """The exit code of `play`, or, where Ctrl-C, SIGTERM or the closing of the terminal came first, the one
    that says so; either way after everything was cleared away."""

    async def played() -> int:
        task = asyncio.ensure_future(play)
        told: list[int] = []

        def end_it(number: int) -> None:
            # Once: a second Ctrl-C must not keep what was started from being ended.
            if not told:
                told.append(number)
                task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, end_it, number)
        try:
            return await task
        except (asyncio.CancelledError, OSError):
            # A terminal that is gone cannot even be left as it was found.
            if not told:
                raise
            return 128 + told[0]

    return asyncio.run(played())

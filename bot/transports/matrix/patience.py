"""Asking a homeserver until it answers, with pauses that grow."""

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from bot.transports.base import backoff
from bot.transports.matrix.homeserver import Fatal, Refused, Unreachable
from bot.transports.matrix.settings import MatrixTimes

log = structlog.get_logger()

T = TypeVar("T")


async def patiently(
    what: str,
    ask: Callable[[], Awaitable[T]],
    times: MatrixTimes,
    rng: random.Random,
    *,
    unless_refused: bool,
    tries: int | None = None,
) -> T:
    """What `ask` gives at last; `what` it is about, for the log. Raises Fatal, what will not be otherwise
    where `unless_refused`, and after so many `tries`, if said how many, what came of the last one."""
    for attempt in itertools.count():
        try:
            return await ask()
        except Fatal:
            raise
        except (Refused, Unreachable) as error:
            if unless_refused and isinstance(error, Refused) and not error.passing:
                raise
            if attempt + 1 == tries:
                raise
            after = error.after
            pause = max(pause_of(attempt, times, rng), after or 0.0)
            log.warning(
                "the homeserver was asked in vain", about=what, why=str(error), again_in=f"{pause:.0f} s"
            )
        await asyncio.sleep(pause)
    raise AssertionError("for ever")


def pause_of(attempt: int, times: MatrixTimes, rng: random.Random) -> float:
    """Seconds until the next attempt, after so many."""
    return backoff(attempt, times.reconnect.total_seconds(), times.reconnect_most.total_seconds(), rng)

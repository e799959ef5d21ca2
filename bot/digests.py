"""The timer of the weekly digest: every hour it may be told, an event says so.

Nothing of it is kept here: which editors had which week's is in the store, and the event of an hour is in the
journal as soon as somebody was told, so that neither a restart nor a jump of the clock tells anybody twice.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.desk.digest import due
from bot.desk.events import DigestDue, Event

LOOK_AGAIN = 60.0
"""Seconds between two looks at the clock, which may jump."""


class Digests:
    """`run` until it is cancelled. `weekly`: when, as the settings say at that moment."""

    def __init__(
        self,
        put: Callable[[Event], Awaitable[None]],
        clock: Callable[[], datetime],
        weekly: Callable[[], str],
    ) -> None:
        self._put = put
        self._clock = clock
        self._weekly = weekly
        self._last: tuple[str, int] | None = None

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_AGAIN)  # at the start, too: first it must be known who is about
            await self.look()

    async def look(self) -> None:
        """Put the event of this hour, where that was not done yet."""
        now = self._clock()
        hour = due(self._weekly(), now)
        if hour is not None and hour != self._last:
            week, number = hour
            await self._put(DigestDue(f"digest/{week}/{number}", now, week))
        self._last = hour

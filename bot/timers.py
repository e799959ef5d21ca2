"""Deadlines: the earliest due rows become `DeadlinePassed`.

No deadline lives here: the rows do. This only sleeps until the next one, looks again, and looks at least
every half minute, so that neither a jump of the clock nor a missed wake-up can make a deadline die. A
deadline that could not be handled is tried again after a while, not at once.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from bot.desk.events import DeadlinePassed, Event, Fate
from bot.store.errors import StoreError
from bot.store.store import Store

log = structlog.get_logger()

LOOK_AGAIN = timedelta(seconds=30)
_RETRY = timedelta(seconds=60)
_AT_ONCE = 50


class Timers:
    """Feeds due deadlines into `put`; `wake` after a commit, `settled` after an event was handled."""

    def __init__(
        self, store: Store, put: Callable[[Event], Awaitable[None]], clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._put = put
        self._clock = clock
        self._woken = asyncio.Event()
        self._under_way: dict[str, datetime] = {}
        self._paused = False

    def wake(self) -> None:
        self._woken.set()

    @property
    def paused(self) -> bool:
        """Whether nothing falls due; the rows stay as they are."""
        return self._paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        self._paused = paused
        self.wake()

    def settled(self, event: Event, fate: Fate) -> None:
        """`event` was handled, or has failed and is to be tried again later."""
        if isinstance(event, DeadlinePassed):
            if fate is Fate.FAILED:
                self._under_way[event.id] = self._clock() + _RETRY
            else:
                self._under_way.pop(event.id, None)
            self.wake()

    async def run(self) -> None:
        """Watches until cancelled."""
        while True:
            self._woken.clear()
            try:
                wait = await self._until_next()
                if not wait:
                    await self.fire()
                    wait = LOOK_AGAIN  # what is due is under way: it wakes us when it is done
            except StoreError as error:
                log.error("deadlines wait for the database", why=str(error))
                wait = LOOK_AGAIN
            # Not wait_for: before Python 3.12 it swallows a cancellation that comes with the waking.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait.total_seconds()):
                    await self._woken.wait()

    async def fire(self) -> None:
        """Puts every deadline that is due and not under way; none while paused."""
        if self._paused:
            return
        now = self._clock()
        # However many cannot be handled, those behind them are seen, too.
        due = await self._store.due(now, limit=_AT_ONCE + len(self._under_way))
        self._under_way = {each.id: self._under_way[each.id] for each in due if each.id in self._under_way}
        for event in due:
            if self._under_way.get(event.id, now) <= now:
                # Handled or not, it comes back in a minute at the latest.
                self._under_way[event.id] = now + _RETRY
                await self._put(event)

    async def _until_next(self) -> timedelta:
        due = await self._store.next_due()
        if due is None:
            return LOOK_AGAIN
        return max(timedelta(), min(LOOK_AGAIN, due - self._clock()))

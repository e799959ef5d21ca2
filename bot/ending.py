"""The end of a desk: who orders it, who is told of it, and how long it may take.

    ordered    by a signal, or by an operator's `drain`; a second signal cuts it short
    goodbye    whoever ordered it is told; no other line is begun, and those under way get their fate; the
               doors say goodbye; what was put is decided

What is queued is sent after the next start. Must not import the store: whoever opened it closes it.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Collection
from typing import Any

import structlog

from bot.loop import River
from bot.outbox import Outbox
from bot.transports.base import Transport
from bot.transports.control import ControlTransport
from routing.presence import Venue

log = structlog.get_logger()

GOODBYE_WITHIN = 3.25
"""Seconds for all of it. With what the store takes to close (`bot.store.transactions.CLOSE_WITHIN`), less
than five."""

LAST_WORDS = 1.0
"""Seconds of these for whoever ordered the end to read that it comes."""

UNDER_WAY = 1.5
"""Seconds of these for the networks to confirm what was written."""


class Ending:
    """The end of one desk. `doors`: those to the networks; `control`: that of its operators."""

    def __init__(
        self, river: River, outbox: Outbox, doors: Collection[Transport], control: ControlTransport | None
    ) -> None:
        self._river = river
        self._outbox = outbox
        self._doors = doors
        self._control = control
        self._stop = asyncio.Event()
        self._at_once = asyncio.Event()
        self._told_in: Venue | None = None

    def signalled(self) -> None:
        """A signal orders it, and the next hurries it."""
        if self._stop.is_set():
            self._at_once.set()
        self._stop.set()

    def order(self, told_in: Venue) -> None:
        """Somebody orders it who is to read there that it comes."""
        self._told_in = told_in
        self._stop.set()

    async def ordered(self) -> None:
        """Returns when it is."""
        await self._stop.wait()

    async def take(self, tasks: Collection[asyncio.Task[Any]]) -> None:
        """Say goodbye within the time there is, and end what the desk did until now."""
        ending = asyncio.create_task(self._goodbye())
        hurry = asyncio.create_task(self._at_once.wait())
        await asyncio.wait({ending, hurry}, timeout=GOODBYE_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        if not ending.done():
            log.warning("ended before everybody was told", told_twice=self._at_once.is_set())
        every = {*tasks, ending, hurry}
        for task in every:
            task.cancel()
        await asyncio.gather(*every, return_exceptions=True)

    async def _goodbye(self) -> None:
        if self._told_in is not None:
            await _at_most(LAST_WORDS, self._outbox.idle(self._told_in))
        if self._control is not None:
            await _at_most(LAST_WORDS, self._control.told())
        await _at_most(UNDER_WAY, self._outbox.finish())
        doors: list[Transport] = [*self._doors, *([self._control] if self._control else [])]
        goodbyes = (door.close("the desk is closed for a moment") for door in doors)
        await asyncio.gather(*goodbyes, return_exceptions=True)
        await self._river.drained()


async def _at_most(seconds: float, work: Awaitable[None]) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await work

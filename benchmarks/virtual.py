"""A desk on virtual time: river, store, intake, roster and the outbox's rules are the real ones; the clock is
set by what happens, and networks take every line at once.

Nothing sleeps and nothing is timed here: whoever drives it says what happens when, and deadlines fall due in
between.
"""

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime
from types import TracebackType
from typing import Self

from bot.conditions import Destination, as_written, destination, refusal
from bot.desk.effects import Operate
from bot.desk.events import Delivered, DeliveryFailed, Event, Fate
from bot.desk.facts import Concern, Facts
from bot.desk.model import Failure, Line
from bot.desk.reference import Reference
from bot.intake import Intake
from bot.loop import River
from bot.store.store import Store

Deed = Callable[[], Awaitable[None]]
Reader = Callable[[Line], None]


class VirtualDesk:
    """One desk. `read` is called with every line as it is written, at `now`."""

    def __init__(self, url: str, reference: Reference, start: datetime, read: Reader) -> None:
        self.now = start
        self.reference = reference
        self._url = url
        self._read = read
        self._ids = itertools.count(1)
        self._deeds: list[tuple[datetime, int, Deed]] = []
        self._pending: deque[Line] = deque()
        self._due: datetime | None = None
        self._committed = True
        self._failed: list[Event] = []

    async def __aenter__(self) -> Self:
        self._store = await Store.open(self._url)
        self._river = River(
            self._store,
            self.reference,
            clock=lambda: self.now,
            intake=Intake(),
            committed=self._lines,
            settled=self._settled,
            ordered=_nobody_orders,
        )
        self._task = asyncio.get_running_loop().create_task(self._river.run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._store.close()

    def next_id(self) -> str:
        return f"virtual/{next(self._ids)}"

    def at(self, when: datetime, deed: Deed) -> None:
        """Have `deed` done at that time; of the same time in the order of the calls."""
        heapq.heappush(self._deeds, (when, next(self._ids), deed))

    async def happen(self, event: Event) -> None:
        """Something happens now, with all that follows from it at once."""
        await self._put(event)
        while self._pending:
            await self._write(self._pending.popleft())

    async def facts(self, concern: Concern) -> Facts:
        return await self._store.facts_for(concern, self.now)

    async def run(self, until: datetime) -> None:
        """Time passes: deeds are done and deadlines fall due, each at its time. Raises RuntimeError where the
        desk could not handle an event, or a deadline stays due."""
        stays = 0
        while True:
            if self._committed:
                self._committed = False
                self._due = await self._store.next_due()
            deed = self._deeds[0][0] if self._deeds else until
            when = min(until, deed if self._due is None else min(deed, self._due))
            stays = stays + 1 if when <= self.now else 0
            if stays > 10_000:
                raise RuntimeError("time does not go on")
            self.now = max(self.now, when)
            if self._failed:
                raise RuntimeError(f"the desk could not handle {self._failed[0]}")
            if self._due is not None and self._due <= self.now:
                self._committed = True
                for event in await self._store.due(self.now):
                    await self.happen(event)
            elif self._deeds and self._deeds[0][0] <= self.now:
                await heapq.heappop(self._deeds)[2]()
            elif self.now >= until:
                return

    async def _put(self, event: Event) -> None:
        await self._river.put(event)
        await self._river.drained()

    async def _write(self, line: Line) -> None:
        wanted = line.conditions
        numbers = (wanted.question,) if wanted.question is not None else ()
        facts = await self._store.facts_for(Concern(numbers=numbers, load=True), self.now)
        roster = self._river.roster
        going = destination(line, roster)
        refused = refusal(line, facts, roster, self.reference, self.now)
        line_id = line.id or 0
        if refused is not None or not isinstance(going, Destination):
            await self._put(DeliveryFailed(f"line/{line_id}", self.now, line_id, refused or Failure.ABSENT))
            return
        await self._store.mark_sending(line_id)
        self._read(as_written(line, going))
        await self._put(Delivered(f"line/{line_id}", self.now, line_id))

    def _lines(self, lines: tuple[Line, ...]) -> None:
        self._pending.extend(lines)
        self._committed = True

    def _settled(self, event: Event, fate: Fate) -> None:
        if fate is Fate.FAILED:
            self._failed.append(event)


def _nobody_orders(operate: Operate, event: Event) -> None:
    """What the process is to do; there is no operator here."""

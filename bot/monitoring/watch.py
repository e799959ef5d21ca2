"""Looks at a running desk and says how it does: gathers `Vitals` from its parts and from the database.

The database is asked in a task of its own, one at a time, which is never cancelled: where it takes too long,
the vitals say that it does not answer, and the next look waits for the same question. What it said last
stands for so long.

Must not import any particular transport, nor SQLModel.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.desk.facts import Concern
from bot.monitoring.vitals import Reloads, StoreVitals, Vitals
from bot.store.errors import StoreError
from bot.store.store import Store
from bot.transports.base import Attendance

PATIENCE = timedelta(seconds=2)
"""How long the database may take to answer before the vitals say that it does not."""


class Watch:
    """`attendance`, `lines`: of each network. `events`, `under_way`: of the river. `paused`: whether the desk
    is. `reloads` is set by whoever reads knowledge and map."""

    def __init__(
        self,
        store: Store,
        *,
        version: str,
        started: datetime,
        clock: Callable[[], datetime],
        attendance: Callable[[], Mapping[str, Attendance]],
        lines: Callable[[], Mapping[str, int]],
        events: Callable[[], int],
        under_way: Callable[[], timedelta],
        paused: Callable[[], bool],
    ) -> None:
        self.reloads = Reloads()
        self._store = store
        self._version = version
        self._started = started
        self._clock = clock
        self._attendance = attendance
        self._lines = lines
        self._events = events
        self._under_way = under_way
        self._paused = paused
        self._known = StoreVitals(answers=False, complaint="not asked yet")
        self._asking: asyncio.Task[StoreVitals] | None = None

    async def vitals(self, patience: timedelta = PATIENCE) -> Vitals:
        """How the desk does now. Takes as long as the database, `patience` at most; never raises for it."""
        store = await self._ask(patience)
        return Vitals(
            at=self._clock(),
            started=self._started,
            version=self._version,
            store=store,
            networks=self._attendance(),
            lines=self._lines(),
            events=self._events(),
            under_way=self._under_way(),
            paused=self._paused(),
            reloads=self.reloads,
        )

    async def _ask(self, patience: timedelta) -> StoreVitals:
        if self._asking is None:
            self._asking = asyncio.create_task(self._answer(), name="looking at the database")
        asking = self._asking
        await asyncio.wait({asking}, timeout=patience.total_seconds())
        if not asking.done():
            seconds = patience.total_seconds()
            silent = f"no answer within {seconds:g} s" if self._store.reached else "it cannot be reached"
            return replace(self._known, answers=False, reached=self._store.reached, complaint=silent)
        if self._asking is asking:
            self._asking = None
        self._known = asking.result()
        return self._known

    async def _answer(self) -> StoreVitals:
        at = self._clock()
        try:
            counts = (await self._store.facts_for(Concern(counts=True), at)).counts
            due = await self._store.next_due()
        except StoreError as error:
            return StoreVitals(answers=False, complaint=str(error))
        try:
            await self._store.probe()
        except StoreError as error:
            return StoreVitals(complaint=str(error), questions=counts, next_due=due)
        return StoreVitals(questions=counts, next_due=due)

"""Looks at a running desk and says how it does: gathers `Vitals` from its parts and from the database, keeps
the tally, and tells systemd and the log.

The database is asked in a task of its own, one at a time, which is never cancelled: where it takes too long,
the vitals say that it does not answer, and the next look waits for the same question. What it said last
stands for so long. A defect of the looking itself is logged; it neither ends the desk nor makes systemd
start it anew.

Must not import any particular transport, nor SQLModel.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.desk.events import Event, Fate, ReferenceChanged, RosterLost
from bot.desk.facts import Concern
from bot.desk.upstream import Upstream
from bot.monitoring.metrics import CONNECTIONS_LOST, EVENTS, RELOADS, Tally
from bot.monitoring.rhythm import PATIENCE, rhythm
from bot.monitoring.vitals import Health, Reloads, StoreVitals, Vitals, alive, health, status
from bot.store.errors import StoreError
from bot.store.store import Store
from bot.systemd import Notifier
from bot.transports.base import Attendance

log = structlog.get_logger()

DEFECT = "it could not be looked at, which is a defect: the log tells more"
"""What the vitals and the status say where the watch itself failed."""


class Watch:
    """`attendance`, `lines`: of each network. `events`, `under_way`: of the river. `paused`: whether the desk
    is. `entries`: how many of the knowledge base are in use; `upstream`: how that stands to its remote
    repository; `problems`: how many problems knowledge and map had at the start. Whatever is counted goes to
    `tally`."""

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
        entries: Callable[[], int],
        problems: int,
        upstream: Callable[[], Upstream] = Upstream,
    ) -> None:
        self.tally = Tally()
        self._reloads = Reloads(success=started, problems=problems)
        self._store = store
        self._version = version
        self._started = started
        self._clock = clock
        self._attendance = attendance
        self._lines = lines
        self._events = events
        self._under_way = under_way
        self._paused = paused
        self._entries = entries
        self._upstream = upstream
        self._known = StoreVitals(answers=False, complaint="not asked yet")
        self._asking: asyncio.Task[StoreVitals] | None = None
        self._in_vain: float | None = None
        """Since when the database has been asked in vain, in the loop's time."""

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
            reloads=replace(self._reloads, entries=self._entries()),
            upstream=self._upstream(),
        )

    def settled(self, event: Event, fate: Fate) -> None:
        """`event` has come to its end."""
        self.tally.counted(EVENTS, type(event).__name__, fate.value)
        match event:
            case RosterLost(network=network, venue=None) if network in self._attendance():
                self.tally.counted(CONNECTIONS_LOST, network)
            case ReferenceChanged():
                result = "failure" if event.kept else "success"
                self.tally.counted(RELOADS, result)
                self._reloads = replace(self._reloads, problems=len(event.problems))
                if event.kept:
                    self._reloads = replace(self._reloads, failure=event.at)
                else:
                    self._reloads = replace(self._reloads, success=event.at)

    async def run(self, notifier: Notifier) -> None:
        """Look again and again, until cancelled: systemd is told how the desk does and, unless it hangs, that
        it is alive; the log is told where it was not well at two looks, and when it is again."""
        at = rhythm(notifier.limit)
        before, told, lived, line = Health(), Health(), True, ""
        while True:
            try:
                vitals = await self.vitals(at.patience)
                found, living, line = health(vitals), alive(vitals, at.stuck), status(vitals)
            except Exception:  # a defect of ours is no reason to have the desk started anew
                if line != DEFECT:
                    log.exception("the desk could not be looked at")
                found, living, line = before, True, DEFECT
            notifier.beat(line, alive=living)
            if lived and not living:
                log.error("the desk hangs", reasons=list(found.reasons))
            if found.reasons != told.reasons and (found.well or not before.well):
                told = found
                if found.well:
                    log.info("the desk is well again")
                else:
                    log.warning("the desk is not well", reasons=list(found.reasons))
            before, lived = found, living
            await asyncio.sleep((at.every if living else at.soon).total_seconds())

    async def _ask(self, patience: timedelta) -> StoreVitals:
        if self._asking is None:
            if self._in_vain is None:
                self._in_vain = asyncio.get_running_loop().time()
            self._asking = asyncio.create_task(self._answer(), name="looking at the database")
        asking = self._asking
        await asyncio.wait({asking}, timeout=patience.total_seconds())
        if asking.done():
            if self._asking is asking:
                self._asking = None
            self._known = asking.result()
            return replace(self._known, silent=self._silent())
        if self._store.reached:
            seconds = patience.total_seconds()
            complaint = f"no answer within {seconds:g} s"
        else:
            # It is waited for, and what it is asked counts from when it is back.
            self._in_vain = asyncio.get_running_loop().time()
            complaint = "it cannot be reached"
        return replace(
            self._known,
            answers=False,
            reached=self._store.reached,
            silent=self._silent(),
            complaint=complaint,
        )

    def _silent(self) -> timedelta:
        if self._in_vain is None:
            return timedelta()
        return timedelta(seconds=asyncio.get_running_loop().time() - self._in_vain)

    async def _answer(self) -> StoreVitals:
        """What the database says. Never raises for it, nor for a defect of ours, which is no reason to start
        the desk anew."""
        try:
            found = await self._asked()
        except Exception:
            if self._known.complaint != DEFECT:  # once is enough to know
                log.exception("the database could not be looked at")
            found, answered = StoreVitals(answers=False, complaint=DEFECT), True
        else:
            answered = found.answers
        if answered:
            self._in_vain = None
        return found

    async def _asked(self) -> StoreVitals:
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

"""The composition root: the only place that knows every part, and wires them for one running desk.

Start: knowledge and map are read; the database is claimed and brought up to date; what was being sent when
the desk last ended is settled; then the doors open. End (SIGTERM, SIGINT): the doors say goodbye, what was
put is decided, the database is closed; five seconds at most.
"""

import asyncio
import contextlib
import gc
import random
import secrets
import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from bot.config import Settings
from bot.desk.effects import Operate, Order
from bot.desk.events import Event, ReferenceChanged
from bot.desk.model import Line
from bot.desk.reference import Reference
from bot.intake import Intake
from bot.loop import Fate, River
from bot.outbox import Outbox
from bot.sources import read_sources
from bot.store.store import Store
from bot.timers import Timers
from bot.transports.base import Transport
from bot.transports.irc.transport import IrcTransport
from knowledge.documents import DocumentError
from knowledge.library import recalibrated

log = structlog.get_logger()

GOODBYE_WITHIN = 4.0
"""Seconds for the doors to say goodbye and for what was put to be decided."""

_PRUNE_EVERY = timedelta(hours=6)


def run(settings: Settings) -> int:
    """Run one desk until it is told to end; the exit code. Its start raises StoreError and DocumentError."""
    return asyncio.run(_run(settings))


def _now() -> datetime:
    return datetime.now(UTC)


def _keep() -> None:
    """Whatever is there now is there to stay, so that no collection of garbage goes through it again: with
    1,000 entries each took 70 to 400 ms, in which nothing else happens, whichever thread it falls to. An old
    reference has no circles and goes without being collected."""
    gc.freeze()


async def _run(settings: Settings) -> int:
    # What is read holds no garbage: looking for some would take a fifth of the time.
    gc.disable()
    sources = read_sources(settings)
    _keep()
    gc.enable()
    if sources.reference is None:
        raise DocumentError(sources.problems)
    for problem in sources.problems:
        log.warning("left out", problem=str(problem))
    store = await Store.open(settings.database_url)
    try:
        return await _Desk(settings, store, sources.reference).serve()
    finally:
        await store.close()


class _Desk:
    """One running desk: its parts, and how they end."""

    def __init__(self, settings: Settings, store: Store, reference: Reference) -> None:
        self._settings = settings
        self._store = store
        self._stop = asyncio.Event()
        self._changed = asyncio.Event()
        self._changed.set()
        boot = secrets.token_hex(4)
        rng = random.Random(secrets.randbits(64))
        self._transports: dict[str, Transport] = {
            name: IrcTransport(name, network, clock=_now, rng=rng, boot=boot)
            for name, network in settings.networks.items()
        }
        self._river = River(
            store,
            reference,
            clock=_now,
            intake=Intake(bots=settings.bots),
            committed=self._committed,
            settled=self._settled,
            ordered=self._ordered,
        )
        self._timers = Timers(store, self._river.put, _now)
        self._outbox = Outbox(
            store,
            {name: (self._transports[name], network.pace) for name, network in settings.networks.items()},
            put=self._river.put,
            roster=lambda: self._river.roster,
            reference=lambda: self._river.reference,
            clock=_now,
        )

    async def serve(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, self._reload)
        await self._store.prune(_now())
        tasks: set[asyncio.Task[Any]] = {
            loop.create_task(coroutine, name=name)
            for name, coroutine in (
                ("river", self._river.run()),
                ("outbox", self._out()),
                ("timers", self._timers.run()),
                ("pruning", self._prune()),
                ("calibrating", self._calibrate()),
                *((f"network {name}", door.run(self._river.put)) for name, door in self._transports.items()),
            )
        }
        stopping = loop.create_task(self._stop.wait())
        done, _ = await asyncio.wait({*tasks, stopping}, return_when=asyncio.FIRST_COMPLETED)
        failed = [task for task in done if task is not stopping and task.exception() is not None]
        for task in failed:
            log.error("a part of the desk ended", part=task.get_name(), exc_info=task.exception())
        await self._end({*tasks, stopping})
        return 3 if failed else 0

    async def _out(self) -> None:
        await self._outbox.recover()
        await self._outbox.run()

    async def _calibrate(self) -> None:
        """Learn from the base how sure a match is. A base serves at once with the calibration at hand, and
        with its own as soon as that is there."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            reference = self._river.reference
            knowledge = await asyncio.to_thread(recalibrated, reference.knowledge)
            # Another reload may have come in between; it has set the flag again.
            if self._river.reference is reference:
                self._river.reference = replace(reference, knowledge=knowledge)
                _keep()
                log.info("calibrated on the base at hand", entries=len(knowledge.entries))

    async def _prune(self) -> None:
        while True:
            await asyncio.sleep(_PRUNE_EVERY.total_seconds())
            await self._store.prune(_now())

    async def _end(self, tasks: set[asyncio.Task[Any]]) -> None:
        log.info("ending")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_WITHIN):
                await asyncio.gather(
                    *(door.close("the desk is closed for a moment") for door in self._transports.values()),
                    return_exceptions=True,
                )
                await self._river.drained()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _committed(self, lines: tuple[Line, ...]) -> None:
        self._outbox.add(lines)
        self._timers.wake()

    def _settled(self, event: Event, fate: Fate) -> None:
        self._timers.settled(event, fate)

    def _ordered(self, operate: Operate, event: Event) -> None:
        """The process is to do something; see `Order`."""
        log.info("ordered", order=operate.order.value, by=operate.by.key, happened=event.id)
        match operate.order:
            case Order.RELOAD:
                self._reload()
            case Order.DRAIN:
                self._stop.set()

    def _reload(self) -> None:
        """Read knowledge and map anew; what does not load leaves the old ones in place."""
        loop = asyncio.get_running_loop()
        self._reading = loop.create_task(self._read())

    async def _read(self) -> None:
        sources = await asyncio.to_thread(read_sources, self._settings)
        problems = [str(problem) for problem in sources.problems]
        if sources.reference is None:
            log.error("the old knowledge and map stay in use", problems=problems)
        else:
            old = self._river.reference
            new = sources.reference
            if new.knowledge.problems:
                log.error("the old knowledge stays in use", problems=problems)
                new = replace(new, knowledge=old.knowledge)
            self._river.reference = new
            _keep()
            self._changed.set()
            log.info("knowledge and map were read anew", left_out=problems)
        await self._river.put(
            ReferenceChanged(id=f"reference/{secrets.token_hex(8)}", at=_now(), problems=tuple(problems))
        )

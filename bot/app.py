"""The composition root: the only place that knows every part, and wires them for one running desk.

Start: knowledge and map are read; the database is claimed and brought up to date; the control socket takes
its place; what was being sent when the desk last ended is settled; then the doors open.

End (SIGTERM, SIGINT, `drain`): everybody is told (`bot.ending`), the socket is removed and the database
closed. Five seconds at most, whatever hangs; a second signal cuts it short.
"""

import asyncio
import contextlib
import os
import random
import secrets
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog

from bot import log as logs
from bot.aside import Aside
from bot.at_the_socket import AtTheSocket
from bot.backscroll import MayAsk
from bot.config import Settings
from bot.config import secrets as passwords
from bot.desk.codes import Codes
from bot.desk.effects import Operate, Order
from bot.desk.events import Event, Fate, Heard
from bot.desk.facts import Running
from bot.desk.hearing import may_ask, wants_right
from bot.desk.model import CONTROL, Line
from bot.desk.reference import Reference
from bot.desk.vocabulary import refused, table
from bot.digests import Digests
from bot.doors import doors
from bot.ending import Ending
from bot.forgetting import forgetting
from bot.gaps.learning import Gaps
from bot.intake import Intake
from bot.learning import Learning
from bot.loop import River
from bot.maps.files import watched
from bot.memory import keep
from bot.monitoring.watch import Watch
from bot.outbox import Outbox
from bot.positions import Positions
from bot.precedents import Precedents
from bot.publishers import publisher_of
from bot.publishing.publisher import outcomes
from bot.reading_first import kept_by, read_first
from bot.reloading import Reloading
from bot.roster import out_of_sight
from bot.sources import heeding
from bot.stages import Stage, Stages
from bot.store.errors import StoreError
from bot.store.store import Store
from bot.systemd import Notifier
from bot.timers import Timers
from bot.transports.base import Clock, ShutOut, Transport
from bot.transports.control import ControlTransport
from bot.transports.pacing import PaceSettings
from bot.watching import Watching
from knowledge.documents import DocumentError
from knowledge.drafts import Draft
from knowledge.keeping import Keeping
from knowledge.votes import Vote

log = structlog.get_logger()

CLAIM_WITHIN = 10.0
"""Seconds in which whoever has the database at the start may be done with it: an operator's command that was
decided without a desk, or the desk before this one."""

CONTROL_PACE = PaceSettings(burst=100, rate=1000.0, target_rate=1000.0)
"""Nobody has to be spared at the control socket."""

LAST_POSITIONS = 0.5
"""Seconds to keep, at the end, up to when the networks were read."""

Page = Callable[[Watch], AbstractAsyncContextManager[None]]
"""What serves the page for programs that watch the desk, while it is open."""


def run(settings: Settings, source: Path | None = None, page: Page | None = None) -> int:
    """Run one desk until it is told to end; the exit code. `source`: the file of the settings, to be read
    anew on request. Raises StoreError, SocketError, NotServed and DocumentError at its start, and ShutOut."""
    return asyncio.run(_run(settings, source, page))


def _now() -> datetime:
    return datetime.now(UTC)


async def _run(settings: Settings, source: Path | None, page: Page | None) -> int:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(Aside())
    hung_up = asyncio.Event()  # SIGHUP, while there is nothing yet to be read anew
    loop.add_signal_handler(signal.SIGHUP, hung_up.set)
    sources, keeping = read_first(settings)
    if sources.reference is None:
        raise DocumentError(sources.problems)
    store = await Store.open(settings.database_url, wait=CLAIM_WITHIN)
    try:
        await store.prune(_now())
        votes = await store.votes()
        reference = heeding(sources.reference, votes) if votes else sources.reference
        reference = replace(reference, links=await store.links())
        desk = Desk(settings, source, store, reference, votes, len(sources.problems), keeping=keeping)
        async with page(desk.watch) if page is not None else contextlib.nullcontext():
            desk.listen()
            return await desk.serve(anew=hung_up)
    finally:
        await store.close()


class Desk:
    """One running desk: its parts, and what they say to each other. `clock` tells what time it is; `chance`
    draws pauses, and what makes the ids of this start's events unlike those of all others. `keeping`: where
    the base is kept for the next start."""

    def __init__(
        self,
        settings: Settings,
        source: Path | None,
        store: Store,
        reference: Reference,
        votes: tuple[Vote, ...],
        problems: int,
        *,
        clock: Clock = _now,
        chance: random.Random | None = None,
        keeping: Keeping | None = None,
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._started = clock()
        rng = chance or random.Random(secrets.randbits(64))
        boot = f"{rng.getrandbits(32):08x}"
        self._doors = doors(
            settings,
            clock=clock,
            rng=rng,
            boot=boot,
            journal=store,
            out_of_sight=self._out_of_sight,
            may_ask=MayAsk(self._may_ask, self._whose),
            wants_right=lambda heard: wants_right(heard, self._river.reference),
        )
        self._positions = Positions(store, {name: door.bookmarks for name, door in self._doors.irc.items()})
        self.watch = Watch(
            store,
            version=version("pkgdesk"),
            started=self._started,
            clock=clock,
            attendance=lambda: {name: door.attendance for name, door in self._doors.every.items()},
            lines=lambda: self._outbox.lines,
            events=lambda: self._river.waiting,
            under_way=lambda: self._river.under_way,
            paused=lambda: self._outbox.paused,
            entries=lambda: len(self._river.reference.knowledge.entries),
            problems=problems,
            upstream=lambda: self._publisher.upstream,
        )
        self._notifier = Notifier()
        self._stages = Stages(self._notifier)
        self._control = self._control_of(settings, boot)
        self._at_the_socket = AtTheSocket(self._control)
        codes = Codes(rng.randbytes(32) if chance else secrets.token_bytes(32), _nonce(chance))
        self._intake = Intake(settings.bots, settings.bridges, settings.ghosts)
        self._river = River(
            store,
            reference,
            clock=clock,
            intake=self._intake,
            committed=self._committed,
            settled=self._settled,
            ordered=self._ordered,
            unanswered=self._at_the_socket.unanswered,
            drafted=self._under_way,
            running=self._running,
            rooms=lambda: {name: door.room for name, door in self._doors.irc.items()},
            at_once=lambda line: self._outbox.may_begin(line),
            draw=codes.draw,
            tally=self.watch.tally,
        )
        self._timers = Timers(store, self._river.put, clock)
        networks: dict[str, tuple[Transport, PaceSettings]] = {
            name: (door, settings.networks[name].pace) for name, door in self._doors.every.items()
        }
        if self._control is not None:
            networks[CONTROL] = (self._control, CONTROL_PACE)
        self._outbox = Outbox(
            store,
            networks,
            put=self._river.put,
            roster=lambda: self._river.roster,
            reference=lambda: self._river.reference,
            clock=clock,
            floods=lambda speaker: self._intake.flooding(speaker, clock()),
            shown=codes.shown,
            tally=self.watch.tally,
        )
        self._ending = Ending(self._river, self._outbox, tuple(self._doors), self._control)
        self._reloading = Reloading(
            settings,
            source,
            current=lambda: self._river.reference,
            use=self._use,
            votes=store.votes,
            heeded=votes,
            applied=self._applied,
            busy=self._stages.reading,
            put=self._river.put,
            clock=clock,
            learn=Learning(settings, os.environ, keep=kept_by(keeping)),
            ours=lambda: self._publisher.lately(),
        )
        self._publisher = publisher_of(
            settings=lambda: self._reloading.settings,
            reference=lambda: self._river.reference,
            under_way=store.drafts_under_way,
            put=self._river.put,
            clock=clock,
            changed=self._reloading.notice,
        )
        self._precedents = Precedents(
            settings=lambda: self._reloading.settings,
            current=lambda: self._river.reference,
            use=self._use,
            corrections=store.corrections,
            environ=os.environ,
        )
        self._gaps = Gaps(
            current=lambda: self._river.reference,
            use=self._use,
            unanswered=store.unanswered,
            clock=clock,
            base=lambda: self._reloading.settings.knowledge,
            environ=os.environ,
        )
        self._digests = Digests(self._river.put, clock, lambda: self._river.reference.settings.digest)
        self._watching = Watching(
            lambda: (
                self._reloading.settings.knowledge,
                *watched(self._reloading.settings.map_sources),
            ),
            self._reloading.notice,
        )

    def _control_of(self, settings: Settings, boot: str) -> ControlTransport | None:
        if settings.control.socket is None:
            return None
        return ControlTransport(
            settings.control.socket,
            users=settings.control.operators,
            group=settings.control.group,
            clock=self._clock,
            boot=boot,
            refused=refused,
            commands=table,
            idle=lambda venue: self._outbox.idle(venue),
        )

    def listen(self) -> None:
        """Take the control socket's place. Raises SocketError."""
        if self._control is not None:
            self._control.listen()

    async def serve(self, *, anew: asyncio.Event) -> int:
        """Serve until the end; the exit code. `anew`: whether everything is to be read again at once."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.end)
        loop.add_signal_handler(signal.SIGHUP, self._reloading.ask)
        if anew.is_set():
            self._reloading.ask()
        await self._positions.resume()
        tasks: set[asyncio.Task[Any]] = {
            loop.create_task(coroutine, name=name)
            for name, coroutine in (
                ("river", self._river.run()),
                ("outbox", self._out()),
                ("timers", self._timers.run()),
                ("positions", self._positions.run()),
                ("forgetting", forgetting(self._store.prune, self._clock)),
                ("claim", self._store.displaced()),
                ("watch", self.watch.run(self._notifier)),
                ("reloading", self._reloading.run()),
                ("calibrating", self._reloading.calibrate()),
                ("votes", self._reloading.heed()),
                ("precedents", self._precedents.run()),
                ("publishing", self._publisher.run()),
                ("gaps", self._gaps.run()),
                ("digests", self._digests.run()),
                *((f"network {name}", door.run(self._river.put)) for name, door in self._doors.every.items()),
                *([("control", self._control.run(self._river.put))] if self._control else []),
                *([("watching", self._watching.run())] if self._settings.watch else []),
                *([("looking", self._reloading.look())] if self._settings.watch else []),
            )
        }
        stopping = loop.create_task(self._ending.ordered())
        self._stages.reach(Stage.SERVING)
        done, _ = await asyncio.wait({*tasks, stopping}, return_when=asyncio.FIRST_COMPLETED)
        failed = [task for task in done if task is not stopping and task.exception() is not None]
        for task in failed:
            if not isinstance(task.exception(), ShutOut):
                log.error("a part of the desk ended", part=task.get_name(), exc_info=task.exception())
        self._stages.reach(Stage.ENDING)
        await self._ending.take({*tasks, stopping})
        if not failed and not self._river.waiting:
            await self._positions.keep(within=LAST_POSITIONS)
        for task in failed:
            if isinstance(error := task.exception(), StoreError | ShutOut):
                raise error
        return 3 if failed else 0

    def end(self) -> None:
        """Have it end, as a signal does; a second call cuts the end short."""
        self._ending.signalled()

    async def _out(self) -> None:
        await self._outbox.recover()
        await self._outbox.run()

    # --- what the parts say to each other -------------------------------------------------------------------

    def _committed(self, lines: tuple[Line, ...]) -> None:
        self._outbox.add(lines)
        self._timers.wake()

    def _settled(self, event: Event, fate: Fate) -> None:
        self.watch.settled(event, fate)
        self._timers.settled(event, fate)
        self._outbox.settled(event, fate)
        for homeserver in self._doors.matrix.values():
            homeserver.settled(event, fate)
        self._at_the_socket.settled(event, fate)

    def _under_way(self, draft: Draft, event: Event) -> None:
        """A draft is to be brought into the base; whoever asked for it waits for what comes of that."""
        self._at_the_socket.leads_to(event, *outcomes(draft))
        self._publisher.look()

    def _ordered(self, operate: Operate, event: Event) -> None:
        """The process is to do something; see `Order`."""
        log.info("ordered", order=operate.order.value, by=operate.by.key, happened=event.id)
        match operate.order:
            case Order.RELOAD:
                self._at_the_socket.leads_to(event, self._reloading.ask((operate.by, operate.venue)))
            case Order.PAUSE:
                self._pause(paused=True)
            case Order.RESUME:
                self._pause(paused=False)
            case Order.DRAIN:
                self._ending.order(operate.venue)

    def _pause(self, *, paused: bool) -> None:
        self._outbox.paused = paused
        self._timers.paused = paused

    def _running(self) -> Running:
        return Running(
            started=self._started,
            paused=self._outbox.paused,
            networks=self._doors.sittings(self._settings.venues),
            waiting=self._outbox.waiting,
            problems=self._reloading.problems,
            gone=self._reloading.gone,
            upstream=self._publisher.upstream,
        )

    def _out_of_sight(self, network: str) -> tuple[str, ...]:
        people = self._river.reference.map.people.values()
        return out_of_sight(self._river.roster, people, network)

    def _may_ask(self, heard: Heard) -> bool:
        return may_ask(heard, self._river.reference, self._river.interest)

    def _whose(self, heard: Heard) -> Heard | None:
        return self._intake.bridges.whose(heard, self._river.roster)

    def _use(self, reference: Reference) -> None:
        before = self._river.reference
        anew = reference.map is not before.map
        was, is_ = before.knowledge, reference.knowledge
        with_model = (was.index.meaning is None) != (is_.index.meaning is None)
        changed = is_.entries is not was.entries or with_model
        # Who is linked with whom is the river's to say.
        self._river.reference = replace(reference, links=self._river.reference.links)
        if anew:
            self._precedents.look()
        if anew or changed:
            self._gaps.look()
        keep()

    def _applied(self, settings: Settings) -> None:
        logs.set_up(settings.log, passwords(settings))
        self._publisher.look()
        self._watching.look()


def _nonce(chance: random.Random | None) -> Callable[[], str]:
    """What makes one code unlike the others."""
    return partial(secrets.token_hex, 8) if chance is None else lambda: f"{chance.getrandbits(64):016x}"

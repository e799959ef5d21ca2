"""Drains the stored effects: each line is looked at once more, written, and its fate reported.

A row is marked `sending` in a transaction before a byte is written, and never queued again once one may have
been: a crash in between leaves it unconfirmed, not doubled. Where nothing keeps it waiting (`may_begin`) that
is the very transaction that queues it, otherwise one of its own. Its fate comes back through the river as
`Delivered` or `DeliveryFailed`, so that what follows from it is decided like everything else. On a network
that takes the same line only once (`idempotent`) a line of unknown fate is sent again, which settles it.
Where the database takes none of that, as on a full disk, line and fate wait here until it does.

Lines wait in lanes, one for each speaker in each target (`bot.lanes`), one line under way for each target;
between lanes `Pace` chooses. Conditions (`bot.conditions`) are checked again just before the writing. While
the desk is paused only operators are answered, and the time for which a line is worth saying stands still.
Who says more than anybody may (`floods`) is answered once a minute, and after all others.

Must not import SQLModel or any particular transport.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog

from bot.conditions import (
    after_pause,
    as_written,
    destination,
    hearer,
    may_appear,
    passes_pause,
    refusal,
)
from bot.desk.events import Delivered, DeliveryFailed, Event, Fate
from bot.desk.facts import Concern, Facts
from bot.desk.model import Failure, Line
from bot.desk.reference import Reference
from bot.lanes import Lanes, Target, lane_of
from bot.monitoring.metrics import LINE_SECONDS, LINES_FAILED, LINES_SENT, Tally
from bot.noting import spoken_of
from bot.store.errors import StoreError
from bot.store.store import Store
from bot.transports.base import Clock, NotSent, Transport, Unconfirmed
from bot.transports.pacing import Head, Lane, Pace, PaceSettings
from routing.presence import Roster, Venue, Visibility

log = structlog.get_logger()

_LOOK_AGAIN = 0.5
"""Seconds between two looks at lines that wait for a connection, for a channel, or for their addressee to
appear."""

_STORE_AGAIN, _STORE_AGAIN_MOST = 2.0, 60.0
"""Seconds until a line, or its fate, that the database did not take is tried again; they double."""

_THROTTLED, _THROTTLED_MOST = 5.0, 60.0
"""Seconds until a target is written to again that took no more, as the server said; they double."""


@dataclass(slots=True)
class _Network:
    """One network: what waits for it, where a line is under way, which target takes no more for now."""

    transport: Transport
    pace: Pace[Target]
    lanes: Lanes = field(default_factory=Lanes)
    busy: set[Target] = field(default_factory=set)
    throttled: dict[Target, float] = field(default_factory=dict)
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class Outbox:
    """`add` takes committed lines; `run` writes them until cancelled."""

    def __init__(
        self,
        store: Store,
        transports: Mapping[str, tuple[Transport, PaceSettings]],
        *,
        put: Callable[[Event], Awaitable[None]],
        roster: Callable[[], Roster],
        reference: Callable[[], Reference],
        clock: Clock,
        floods: Callable[[str], bool] = lambda _: False,
        shown: Callable[[str], str] = str,
        tally: Tally | None = None,
    ) -> None:
        self._store = store
        self._put = put
        self._roster = roster
        self._reference = reference
        self._clock = clock
        self._floods = floods
        self._shown = shown
        self._tally = tally or Tally()
        self._tasks: set[asyncio.Task[None]] = set()
        self._latest: frozenset[int] = frozenset()
        self._pauses: dict[int, float] = {}
        self._changed = asyncio.Event()
        self._finishing = False
        self._paused: datetime | None = None
        self._networks = {
            name: _Network(transport, Pace.start(pace, 0.0)) for name, (transport, pace) in transports.items()
        }

    def add(self, lines: tuple[Line, ...]) -> None:
        """Queue the lines of a commit, in their order. To be called after each commit, also of none."""
        self._latest = frozenset(line.id for line in lines)
        self._queue(lines)
        for line in lines:
            if line.begun:
                self._turn(self._networks[line.venue.network])

    def may_begin(self, line: Line) -> bool:
        """Whether `line`, which is about to be queued, will be written at once: nothing waits on its network,
        nothing that is stored has to be looked at before, and the pace allows it."""
        network = self._networks.get(line.venue.network)
        if network is None or network.lanes or line.conditions.person is not None:
            return False
        lane = lane_of(line)
        held = self._finishing or not network.transport.connected or not self._may_pass(line)
        if held or lane.target in network.busy or self._floods(lane.speaker) or self._may_appear(line):
            return False
        head = Head(line.purpose, line.id)
        return network.pace.pick({lane: head}, asyncio.get_running_loop().time()) is not None

    def _queue(self, lines: tuple[Line, ...]) -> None:
        for line in lines:
            network = self._networks.get(line.venue.network)
            if network is None:
                log.warning("a line for a network that is not configured", network=line.venue.network)
                continue
            network.lanes.add(line)
            network.woken.set()

    @property
    def paused(self) -> bool:
        """Whether only what `passes_pause` is written."""
        return self._paused is not None

    @paused.setter
    def paused(self, paused: bool) -> None:
        now = self._clock()
        since = self._paused or now
        self._paused = since if paused else None
        for network in self._networks.values() if not paused else ():
            network.lanes.change(lambda line: after_pause(line, since, now))
            network.woken.set()

    @property
    def waiting(self) -> int:
        """Lines that nobody has begun to write."""
        return sum(self.lines.values())

    @property
    def lines(self) -> Mapping[str, int]:
        """How many lines wait for each network."""
        return {name: len(network.lanes) for name, network in self._networks.items()}

    async def recover(self) -> None:
        """At the start: what was being written when the desk ended has an unknown fate and is never written
        again, but where the network takes the same line only once; what was queued still waits."""
        for line in await self._store.in_flight():
            network = self._networks.get(line.venue.network)
            if network is not None and network.transport.idempotent:
                self._queue((line,))
            else:
                await self._fate(line, Failure.UNCONFIRMED, "the desk ended while it was being written")
        self._queue(await self._store.queued())

    async def run(self) -> None:
        """Writes until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                for network in self._networks.values():
                    group.create_task(self._drain(network))
        finally:
            # They are in the store, which is closed when this has returned.
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def idle(self, venue: Venue | None = None) -> None:
        """Returns when nothing is queued or under way for any network that is connected, or for `venue`."""
        while self._works(venue):
            self._changed.clear()
            await self._changed.wait()

    async def finish(self) -> None:
        """Begin no other line; returns when those under way have their fate. What is queued stays queued, and
        what was marked and never written is queued again."""
        self._finishing = True
        while self._tasks:
            await asyncio.wait(list(self._tasks))
        unwritten = [line.id for network in self._networks.values() for line in network.lanes if line.begun]
        if unwritten:
            try:
                await self._store.put_back(unwritten)
            except StoreError as error:
                log.error("lines will count as unconfirmed", why=str(error), lines=len(unwritten))

    def _works(self, venue: Venue | None) -> bool:
        for network in self._networks.values() if venue is None else (self._networks[venue.network],):
            queued = {line.venue.key for line in network.lanes if self._may_pass(line)}
            working = queued | network.busy
            if network.transport.connected and (working if venue is None else venue.key in working):
                return True
        return False

    def _may_pass(self, line: Line) -> bool:
        return self._paused is None or passes_pause(line, self._reference())

    async def _drain(self, network: _Network) -> None:
        network.pace = Pace.start(network.pace.settings, asyncio.get_running_loop().time())
        while True:
            network.woken.clear()
            wait = self._turn(network)
            # Not wait_for: before Python 3.12 it swallows a cancellation that comes with the waking.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await network.woken.wait()

    def _turn(self, network: _Network) -> float | None:
        """Begin to write all that may be written now; in how many seconds to look again, unless woken."""
        loop = asyncio.get_running_loop()
        while True:
            turns = {
                lane: line
                for lane, line in network.lanes.turns(self._may_pass, self._floods).items()
                if lane.target not in network.busy and (line.begun or not self._finishing)
            }
            lines = {lane: line for lane, line in turns.items() if not self._may_appear(line)}
            heads = {lane: network.lanes.head(lane, line) for lane, line in lines.items()}
            now = loop.time()
            may_send = network.transport.connected
            lane = network.pace.pick(heads, now) if may_send else None
            if lane is not None:
                self._send(network, lane, lines[lane])
                continue
            ready = network.pace.ready_at(heads, now)
            if network.lanes and (ready is None or not may_send):
                return _LOOK_AGAIN
            wait = None if ready is None else max(ready - now, 0.0)
            return wait if wait is None or len(lines) == len(turns) else min(wait, _LOOK_AGAIN)

    def _may_appear(self, line: Line) -> bool:
        return may_appear(line, self._roster(), self._reference().settings.settle, self._clock())

    def _send(self, network: _Network, lane: Lane[Target], line: Line) -> None:
        network.lanes.take(line)
        network.busy.add(lane.target)
        network.pace = network.pace.sent(lane, asyncio.get_running_loop().time())
        self._begin(self._one(network, lane.target, line))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _one(self, network: _Network, target: Target, line: Line) -> None:
        try:
            await self._write(network, target, line)
        except StoreError as error:
            # A full disk, say: the row is what it was. Nothing else is said there before it.
            pause = self._next_try(line.id)
            log.error(
                "a line waits for the database", why=str(error), again_in=f"{pause:g} s", **_place(line)
            )
            network.lanes.put_back(line)
            asyncio.get_running_loop().call_later(pause, self._free, network, target)
            return
        except Exception:  # a defect costs this line
            log.exception("a line could not be sent", **_place(line))
        self._free(network, target)

    def _free(self, network: _Network, target: Target) -> None:
        network.busy.discard(target)
        network.woken.set()
        self._changed.set()

    def settled(self, event: Event, fate: Fate) -> None:
        """`event` was handled; the fate of a line that could not be stored is told again after a while."""
        if not isinstance(event, Delivered | DeliveryFailed):
            return
        if fate is not Fate.FAILED:
            self._pauses.pop(event.line, None)
            return
        loop = asyncio.get_running_loop()
        loop.call_later(self._next_try(event.line), lambda: self._begin(self._told_again(event)))

    async def _told_again(self, event: Event) -> None:
        await self._put(event)

    def _next_try(self, line: int) -> float:
        pause = self._pauses.get(line, _STORE_AGAIN)
        self._pauses[line] = min(pause * 2, _STORE_AGAIN_MOST)
        return pause

    async def _write(self, network: _Network, target: Target, line: Line) -> None:
        refused = await self._refused(line)
        if refused is not None:
            await self._fate(line, refused)
            return
        going = destination(line, self._roster())
        if isinstance(going, Failure):
            await self._fate(line, going)
            return
        if not line.begun and not await self._store.mark_sending(line.id):
            return
        try:
            receipt = await network.transport.send(
                as_written(line, going, self._shown), going.addressee, going.members
            )
        except NotSent as error:
            if error.later:
                network.lanes.put_back(replace(line, begun=True))
                if error.failure is Failure.THROTTLED:
                    self._throttle(network, line, error.after)
                    return
                # Nothing was written: who waits for a channel takes nothing from the others.
                network.pace = network.pace.unsent(lane_of(line))
                if network.transport.connected:
                    again = asyncio.get_running_loop().time() + _LOOK_AGAIN
                    network.pace = network.pace.throttled(target, again)
                return
            await self._fate(line, error.failure, error.detail)
        except Unconfirmed as error:
            await self._fate(line, error.failure, str(error))
        else:
            network.throttled.pop(target, None)
            at = self._clock()
            self._tally.counted(LINES_SENT, line.venue.network, line.purpose.value)
            if line.queued_at is not None:
                self._tally.took(LINE_SECONDS, (at - line.queued_at).total_seconds(), line.purpose.value)
            to = hearer(line, going)
            await self._put(
                Delivered(id=f"line/{line.id}", at=at, line=line.id, to=to, message=receipt.message)
            )

    def _throttle(self, network: _Network, line: Line, after: float | None) -> None:
        """Nothing goes there until the server said that it may, or else for a while that grows."""
        target = line.venue.key
        pause = network.throttled.get(target, _THROTTLED)
        network.throttled[target] = min(pause * 2, _THROTTLED_MOST)
        pause = pause if after is None else min(after, _THROTTLED_MOST)
        log.warning("the server takes no more there just now", again_in=f"{pause:g} s", **_place(line))
        network.pace = network.pace.throttled(target, asyncio.get_running_loop().time() + pause)

    async def _refused(self, line: Line) -> Failure | None:
        wanted = line.conditions
        facts = Facts()
        if line.id in self._latest and wanted.person is None:
            # Nothing was committed since: what is stored is what the line was decided on.
            line = replace(line, conditions=replace(wanted, question=None))
        elif wanted.question is not None or wanted.person is not None:
            numbers = (wanted.question,) if wanted.question is not None else ()
            concern = Concern(numbers=numbers, load=wanted.person is not None)
            facts = await self._store.facts_for(concern, self._clock())
        return refusal(line, facts, self._roster(), self._reference(), self._clock())

    async def _fate(self, line: Line, failure: Failure, detail: str = "") -> None:
        self._tally.counted(LINES_FAILED, line.venue.network, failure.value)
        # What a server says of a line may repeat some of it.
        public = line.venue.visibility is Visibility.PUBLIC
        told = detail if public else "(not said in public)" if detail else ""
        log.info("a line was not delivered", why=failure.value, detail=told, **_place(line))
        await self._put(
            DeliveryFailed(
                id=f"line/{line.id}", at=self._clock(), line=line.id, reason=failure, detail=detail
            )
        )


def _place(line: Line) -> dict[str, Any]:
    """What the log tells of a line: where it was to go and what it was about, never what it says."""
    return {
        "line": line.id,
        "network": line.venue.network,
        "venue": spoken_of(line.venue),
        "question": line.question,
        "purpose": line.purpose.value,
    }

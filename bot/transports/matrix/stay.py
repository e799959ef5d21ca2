"""One stay at a homeserver, from the login to the end: its parts, and what they say to each other.

    syncing -> gaps -> encryption -> rooms -> members, seats, doorbell (what has changed about rooms)
                                           -> telling                  (what was said) -> the queue of events

People do not vanish because our homeserver restarts: we are told of whoever went meanwhile. So the loss of
the connection is only told as `RosterLost` when it has lasted for a while (`grace`), for then whoever is also
seen on another network is better asked there. Whoever is there is told anew when it is back.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from bot.backscroll import MayAsk
from bot.desk.events import Event, Fate, Heard, RosterLost
from bot.desk.model import Failure, Line
from bot.received import Journal
from bot.transports.base import Attendance, Clock, NotSent, Receipt
from bot.transports.matrix import folding, members
from bot.transports.matrix.belated import Belated
from bot.transports.matrix.changes import Change
from bot.transports.matrix.delivery import Delivery
from bot.transports.matrix.device import Device
from bot.transports.matrix.doorbell import Doorbell
from bot.transports.matrix.doubles import Doubles
from bot.transports.matrix.encryption import KeysUnusable, encryption, unavailable
from bot.transports.matrix.folding import fold
from bot.transports.matrix.gaps import filled
from bot.transports.matrix.hearing import Ghosts
from bot.transports.matrix.homeserver import Fatal, Refused, Unreachable
from bot.transports.matrix.ledger import Ledger
from bot.transports.matrix.members import Census
from bot.transports.matrix.patience import patiently
from bot.transports.matrix.position import Position
from bot.transports.matrix.power import ranked
from bot.transports.matrix.rooms import Rooms
from bot.transports.matrix.seats import Seats
from bot.transports.matrix.session import opened
from bot.transports.matrix.settings import MatrixSettings
from bot.transports.matrix.syncing import Batch, Syncing
from bot.transports.matrix.telling import MOMENT, Telling
from routing.presence import Venue

log = structlog.get_logger()

TRIES_OF_A_GAP = 3
"""How often the homeserver is asked for a part of one room's history that it fails to give."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the transport gives to a stay. `tell` queues an event, `relief` waits while too many are queued,
    `numbered` makes an id for what is no event of the network's."""

    network: str
    settings: MatrixSettings
    journal: Journal
    may_ask: MayAsk
    clock: Clock
    rng: random.Random
    tell: Callable[[Event], None]
    relief: Callable[[], Awaitable[None]]
    numbered: Callable[[], str]
    grace: timedelta
    timeline: int


class Stay:
    """As `device`, from where the homeserver was read to, `position`."""

    def __init__(self, around: Surroundings, device: Device, position: Position) -> None:
        settings, network = around.settings, around.network
        self._around = around
        configured = {each.name: each.visibility for each in settings.rooms}
        self._rooms = Rooms.beginning(network, settings.user, configured)
        self._rights = {each.name: each.rights for each in settings.rooms}
        self._ghosts = Ghosts(settings.ghosts)
        self._ledger = Ledger()
        self._connected = self._seen = False
        self._losing: asyncio.TimerHandle | None = None
        self._end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._server = opened(settings, device)
        login = settings.login
        self._encryption = encryption(
            self._server,
            settings,
            clock=around.clock,
            rng=around.rng,
            password=login.password if login.has_password else None,
        )
        self._telling = Telling(network, settings.me, self._ghosts, around.may_ask, settings.times.backscroll)
        self._belated = Belated(
            network,
            self._encryption,
            self._telling,
            rooms=self._now,
            ghosts=self._ghosts,
            tell=around.tell,
            clock=around.clock,
        )
        self._census = Census(self._server, self._learned, around.rng)
        self._seats = Seats(self._server, settings, rooms=self._now, found=self._found, rng=around.rng)
        self._doorbell = Doorbell(
            self._server,
            settings.invitations,
            rooms=self._now,
            before=self._invited_before,
            mark=lambda user, room: self._delivery.mark(user, room),
            ghosts=self._ghosts,
            rng=around.rng,
        )
        self._delivery = Delivery(
            self._server,
            self._encryption,
            self._now,
            salt=position.salt,
            encrypt=settings.encryption and unavailable() is None,
            ghosts=self._ghosts,
            clock=around.clock,
            seconds=asyncio.get_running_loop().time,
            fatal=self._fatal,
            closed=lambda name: self._seats.reasons.get(name),
            missing=lambda: self._seats.missing,
            same_device=position.device in ("", device.id),
        )
        self._doubles = Doubles(settings.user, position.salt)
        self._syncing = Syncing(
            network,
            self._server,
            around.journal,
            settings.times,
            position=position,
            handle=self._handle,
            reach=self._reach,
            ledger=self._ledger,
            clock=around.clock,
            rng=around.rng,
            timeline=around.timeline,
        )

    @property
    def connected(self) -> bool:
        """Whether a line can be sent now."""
        return self._connected

    @property
    def attendance(self) -> Attendance:
        """How we sit there now."""
        seats, closed = self._seats, self._closed
        return Attendance(
            self._connected,
            missing=(*seats.missing, *(name for name in closed if name not in seats.missing)),
            identified=True,
            reasons={**seats.mute, **seats.reasons, **closed},
            waits=seats.waits,
            mute=tuple(seats.mute),
        )

    @property
    def _closed(self) -> dict[str, str]:
        """The rooms of the configuration that we are in and can neither read nor write in, and why."""
        network, found = self._around.network, {}
        for each in self._around.settings.rooms:
            room = self._rooms.room_for(Venue(network, each.name))
            why = None if room is None else self._encryption.refusal(room)
            if why is not None:
                found[each.name] = why
        return found

    async def run(self) -> None:
        """Until cancelled. Raises Fatal and KeysUnusable."""
        try:
            await self._patiently("our keys", self._encryption.start)
            await self._seats.begin(self._around.settings.times.request.total_seconds())
            await _together(
                self._syncing.run(),
                self._encryption.run(),
                self._census.run(),
                self._seats.run(),
                self._doorbell.run(),
                self._belated.run(),
                _waited(self._end),
            )
        finally:
            self._connected = False
            if self._losing is not None:
                self._losing.cancel()
            self._encryption.close()
            await self._server.close()

    async def leave(self) -> None:
        """Keep how far everything was read and handled."""
        await self._syncing.leave()

    async def send(self, line: Line, addressee: str | None, there: tuple[str, ...]) -> Receipt:
        """As `Transport.send`."""
        if not self._connected:
            raise NotSent(Failure.REFUSED, "not connected", later=True)
        return await self._delivery.send(line, addressee, there)

    async def ranked(self, event: Heard) -> Heard:
        """A line with what its speaker's rank in the room gives them, as it is now."""
        room, rights = self._rooms.room_for(event.venue), self._rights.get(event.venue.name)
        if room is None or not rights or not self._connected:
            return event
        try:
            return replace(event, speaker=await ranked(self._server, room.id, event.speaker, rights))
        except Fatal as fatal:
            self._fatal(fatal)
            return event

    def settled(self, event: str, fate: Fate) -> None:
        """Nothing more comes of an event."""
        if self._ledger.settled(event, fate):
            self._syncing.forget()
        self._belated.settled(event)

    # --- what is told ---------------------------------------------------------------------------------------

    async def _handle(self, batches: Sequence[Batch]) -> None:
        whole = [(batch, await self._encryption.take(await self._filled(batch))) for batch in batches]
        self._rooms, changes = fold(self._rooms, whole[-1][1])
        self._noticed(changes)
        self._census.noticed(changes)
        if not self._seen:
            self._seen = True
            self._census.begin(self._rooms.joined)
        if self._census.begun:
            news = [body for batch, body in whole if batch.read is not None]
            await self._census.asked(members.urgent(self._rooms, news))
        self._seats.noticed(changes)
        self._doorbell.noticed(changes)
        self._delivery.told()
        last = batches[-1]
        if last.since is not None and last.read is not None and last.at - last.read <= MOMENT:
            self._doubles.look(last.body)
        for batch, body in whole:
            await self._tell(batch, body)

    async def _filled(self, batch: Batch) -> Mapping[str, Any]:
        around = self._around
        return await filled(
            self._server,
            batch.body,
            me=around.settings.user,
            since=batch.since,
            read=batch.read,
            oldest=around.clock() - around.settings.times.backscroll,
            ask=self._asked_of_a_gap,
        )

    async def _asked_of_a_gap(self, ask: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        """The history of one room, which may be long in coming from elsewhere, or broken, holds up all others
        for a few tries only; a homeserver that is gone is waited for."""
        times, rng, what = self._around.settings.times, self._around.rng, "what was said meanwhile"
        try:
            return await patiently(what, ask, times, rng, unless_refused=True, tries=TRIES_OF_A_GAP)
        except Unreachable:
            there = partial(self._server.ask, "GET", "/_matrix/client/versions")
            with contextlib.suppress(Refused):
                await self._patiently("whether it is there", there, unless_refused=True)
            return await patiently(what, ask, times, rng, unless_refused=True, tries=1)

    async def _tell(self, batch: Batch, body: Mapping[str, Any]) -> None:
        if batch.id is not None:
            self._ledger.opens(batch.id)
        now = self._around.clock()
        told = self._telling.told(
            body, self._rooms, now=now, read=batch.read, since=batch.since, known=batch.known
        )
        for event in told:
            await self._around.relief()
            if batch.id is not None:
                self._ledger.expects(batch.id, event.id)
            self._around.tell(event)
        if batch.id is not None and self._ledger.closes(batch.id):
            self._syncing.forget()

    # --- the rooms ------------------------------------------------------------------------------------------

    def _now(self) -> Rooms:
        return self._rooms

    def _found(self, name: str, room: str) -> None:
        """A configured name is that room."""
        self._rooms, changes = folding.found(self._rooms, name, room)
        self._noticed(changes)
        self._delivery.told()

    def _invited_before(self, told: Mapping[str, Any]) -> None:
        """What /sync does not tell again after a restart."""
        self._rooms, changes = fold(self._rooms, told)
        self._seats.noticed(changes)
        self._doorbell.noticed(changes)

    def _noticed(self, changes: Sequence[Change]) -> None:
        around = self._around
        seen = members.seen(
            self._rooms, changes, ghosts=self._ghosts, numbered=around.numbered, at=around.clock()
        )
        for event in seen:
            around.tell(event)

    async def _learned(self, room: str, there: Mapping[str, str]) -> None:
        """These are in a room, and nobody else."""
        around, at = self._around, self._around.clock()
        before = self._rooms
        self._rooms, gone = before.learned(room, there)
        self._noticed(folding.moved(before, self._rooms, (room,)))
        numbered = around.numbered
        for left in members.absent(self._rooms, room, gone, numbered=numbered, at=at):
            around.tell(left)
        for found in members.present(self._rooms, room, there, ghosts=self._ghosts, numbered=numbered, at=at):
            around.tell(found)
        await around.relief()

    # --- the connection -------------------------------------------------------------------------------------

    def _reach(self, there: bool) -> None:
        if there is self._connected:
            return
        self._connected = there
        if there and self._losing is not None:
            self._losing.cancel()
            self._losing = None
        elif not there:
            loop, grace = asyncio.get_running_loop(), self._around.grace.total_seconds()
            self._losing = loop.call_later(grace, self._lost)

    def _lost(self) -> None:
        self._losing, self._seen = None, False
        around = self._around
        around.tell(RosterLost(around.numbered(), around.clock(), around.network))

    def _fatal(self, error: Fatal | KeysUnusable) -> None:
        if not self._end.done():
            self._end.set_exception(error)

    async def _patiently(self, what: str, ask: Callable[[], Awaitable[Any]], **how: bool) -> Any:
        async def noting() -> Any:
            try:
                return await ask()
            except Unreachable:
                self._reach(False)
                raise

        refused, times = how.get("unless_refused", False), self._around.settings.times
        return await patiently(what, noting, times, self._around.rng, unless_refused=refused)


async def _waited(future: asyncio.Future[None]) -> None:
    await future


async def _together(*parts: Coroutine[Any, Any, None]) -> None:
    """All of them until one fails; those that merely end are not missed."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        left = set(tasks)
        while left:
            done, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

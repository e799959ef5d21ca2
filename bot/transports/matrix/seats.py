"""Being in the rooms where the desk is to be: finding them, coming in, coming back, going along when one is
upgraded.

    GET  /directory/room/{alias}      which room an alias is, and which servers know it
    POST /join/{room}?via=…           come in
    POST /rooms/{room}/leave          out of a room that was no successor

When it is tried again, says `bot.transports.matrix.seat`. Into a room that nobody configured the desk does
not come back. An old room is not left after an upgrade: nothing is said there, and after a restart its state
tells where it goes on.

What there is to do is read off the rooms each time, so that nothing is done twice because it was told twice.
"""

import asyncio
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from urllib.parse import quote, urlencode

import structlog

from bot.transports.matrix import raw
from bot.transports.matrix.changes import Change, Invited, Unbanned, Upgraded, WeJoined, WeLeft
from bot.transports.matrix.doors import Door, door
from bot.transports.matrix.homeserver import Fatal, Homeserver, Refused, Unreachable
from bot.transports.matrix.rooms import Rooms
from bot.transports.matrix.seat import Seat
from bot.transports.matrix.settings import MatrixSettings
from bot.transports.matrix.speech import mute
from bot.transports.matrix.voice import Voice

log = structlog.get_logger(__name__)

PATIENCE = 300.0
"""Seconds that a join may take: of a large room on another server all is fetched."""

AT_ONCE = 4
"""Rooms that are entered side by side."""

MOST_SERVERS = 3
"""Servers that are named to ours as knowing a room."""

MOST_WRONG = 3
"""Rooms that were no successors of a room, after which no other one is believed to be."""

MOST_FOLLOWED = 500
"""Upgrades at once of rooms that nobody configured."""


class Seats:
    """Of one connection. `rooms` gives them as they are now; `found` is told which room a configured name
    is."""

    def __init__(
        self,
        homeserver: Homeserver,
        settings: MatrixSettings,
        *,
        rooms: Callable[[], Rooms],
        found: Callable[[str, str], None],
        rng: random.Random,
    ) -> None:
        self._homeserver = homeserver
        self._settings = settings
        self._rooms = rooms
        self._found = found
        self._rng = rng
        self._configured = {each.name: Seat(each.name) for each in settings.rooms}
        self._upgrades: dict[str, Seat] = {}
        self._following: dict[str, str] = {}
        self._wrong: dict[str, str] = {}
        self._left: set[str] = set()
        self._voice = Voice(settings.user)
        self._changed = asyncio.Event()

    # --- what others see --------------------------------------------------------------------------------

    @property
    def missing(self) -> tuple[str, ...]:
        """The configured rooms that we are not in, as they are today."""
        return tuple(name for name in self._configured if not self._inside(name))

    @property
    def reasons(self) -> Mapping[str, str]:
        """Why we are not, in a few words."""
        return {name: self._configured[name].why for name in self.missing if self._configured[name].why}

    @property
    def waits(self) -> Mapping[str, float]:
        """In how many seconds it is tried again to come into some of them."""
        now = _now()
        due = ((name, self._configured[name].again_at) for name in self.missing)
        return {name: at - now for name, at in due if at > now}

    @property
    def mute(self) -> Mapping[str, str]:
        """The configured rooms that we are in and may say nothing in, each with why, in a few words."""
        rooms = self._rooms()
        here = ((name, rooms.joined.get(self._today(name))) for name in self._configured)
        found = ((name, None if room is None else mute(room, rooms.me)) for name, room in here)
        return {name: why for name, why in found if why is not None}

    @property
    def _silent(self) -> Mapping[str, str]:
        """The same, with the rooms that we were only invited into: nobody else would tell of them. Not with
        conversations of two, nor with rooms that go on elsewhere, where nothing is to be said any more."""
        rooms, ours = self._rooms(), {self._today(name) for name in self._configured}
        found = dict(self.mute)
        for room in rooms.joined.values():
            if room.id not in ours and not room.direct and room.replacement is None:
                why = mute(room, rooms.me)
                found |= {room.id: why} if why is not None else {}
        return found

    # --- what happens -----------------------------------------------------------------------------------

    async def begin(self, within: float) -> None:
        """Find out which rooms the configured aliases are, before the first lines come: at most `within`
        seconds; what is not answered is asked again later. Raises Fatal."""

        async def ask(seat: Seat) -> None:
            try:
                await self._resolve(seat)
            except Fatal:
                raise
            except (Refused, Unreachable) as error:
                self._closed(seat, door(error, seat.name, self._rooms().me), error)

        asked = [asyncio.ensure_future(ask(each)) for each in self._seats() if raw.room(each.name) is None]
        try:
            async with asyncio.timeout(within):
                await asyncio.gather(*asked)
        except TimeoutError:
            log.warning("not all rooms of the configuration were found in time")
        finally:
            for each in asked:
                each.cancel()
            await asyncio.gather(*asked, return_exceptions=True)

    def noticed(self, changes: Iterable[Change]) -> None:
        """What an answer of /sync has changed, after `rooms` gives it."""
        for each in changes:
            match each:
                case WeJoined(room):
                    self._came_in(room)
                case WeLeft():
                    self._out(each)
                case Invited(room) | Unbanned(room):
                    self._hurry(room)
                case Upgraded():
                    self._upgraded(each)
        self._voice.look(self._silent, _now())
        self._changed.set()

    async def run(self) -> None:
        """Be where we are to be, until cancelled. Raises Fatal."""
        while True:
            self._changed.clear()
            for room in [
                each for each in self._wrong if each in self._rooms().joined and each not in self._left
            ]:
                await self._leave(room)
            now = _now()
            out = [each for each in self._seats() if not self._inside(each.name)]
            due = [each for each in out if each.again_at <= now][:AT_ONCE]
            if due:
                await asyncio.gather(*(self._enter(each) for each in due))
                continue
            soonest = min((each.again_at for each in out), default=None)
            try:
                async with asyncio.timeout_at(soonest):
                    await self._changed.wait()
            except TimeoutError:
                pass

    # --- coming in --------------------------------------------------------------------------------------

    async def _enter(self, seat: Seat) -> None:
        try:
            target, servers = await self._target(seat)
            # `server_name` is what servers of before version 1.12 of the specification want to be told.
            via = urlencode([(name, each) for name in ("via", "server_name") for each in servers])
            path = f"/_matrix/client/v3/join/{quote(target, safe='')}"
            told = await self._homeserver.ask("POST", f"{path}?{via}" if via else path, {}, timeout=PATIENCE)
        except Fatal:
            raise
        except (Refused, Unreachable) as error:
            self._closed(seat, door(error, seat.name, self._rooms().me), error)
            return
        seat.entering(_now())
        log.debug("entering a room", room=seat.name, id=raw.room(told.get("room_id")))

    async def _target(self, seat: Seat) -> tuple[str, tuple[str, ...]]:
        """The room to enter, and servers that know it. Raises Refused and Unreachable."""
        old = self._rooms().joined.get(self._today(seat.name))
        if old is not None and old.replacement is not None:
            self._following[old.replacement] = old.id
            seat.servers = tuple(each for each in (raw.server_of(old.replaced_by),) if each)
            return old.replacement, seat.servers
        if raw.room(seat.name) is None:
            return await self._resolve(seat), seat.servers
        return self._today(seat.name), seat.servers

    async def _resolve(self, seat: Seat) -> str:
        path = f"/_matrix/client/v3/directory/room/{quote(seat.name, safe='')}"
        told = await self._homeserver.ask("GET", path)
        room = raw.room(told.get("room_id"))
        if room is None:
            raise Unreachable("it does not say which room that is")
        servers = (each for each in raw.row(told.get("servers")) if isinstance(each, str) and len(each) < 256)
        seat.servers = tuple(servers)[:MOST_SERVERS]
        if self._rooms().names.get(seat.name) != room:
            self._found(seat.name, room)
        return room

    def _closed(self, seat: Seat, closed: Door, error: Refused | Unreachable) -> None:
        now = _now()
        after = error.after
        if seat.closed(closed, after, self._settings.times, now, self._rng):
            log.warning(
                "could not join",
                room=seat.name,
                why=closed.why,
                again_in=f"{seat.again_at - now:.0f} s",
                remedy=closed.remedy,
            )

    def _came_in(self, room: str) -> None:
        old = self._following.pop(room, None)
        if old is not None and self._rooms().today(old) != room:
            self._wrong[room] = old
            log.error(
                "a room says that it goes on in another, which says nothing of it: it is not followed",
                room=old,
                other=room,
                remedy="ask whoever upgraded the room, or configure the other one",
            )
        elif old is not None:
            log.info("a room was upgraded, and the desk went along", room=old, successor=room)
        for seat in self._seats():
            if self._inside(seat.name):
                if seat.inside():
                    log.info("joined at last", room=seat.name)
                self._upgrades.pop(seat.name, None)

    async def _leave(self, room: str) -> None:
        """Out of what was no successor; where that is not to be had, we stay, and say nothing."""
        self._left.add(room)
        if room in {self._today(name) for name in self._configured}:
            return
        try:
            await self._homeserver.ask("POST", f"/_matrix/client/v3/rooms/{quote(room, safe='')}/leave", {})
        except Fatal:
            raise
        except (Refused, Unreachable) as error:
            log.warning("could not leave a room", room=room, error=str(error))

    # --- being put out, being asked in ------------------------------------------------------------------

    def _out(self, left: WeLeft) -> None:
        seat = next((each for each in self._seats() if left.room in self._ids(each.name)), None)
        by = left.by or "ourselves"
        if seat is None or seat.name not in self._configured:
            if left.room not in self._wrong:
                log.warning("out of a room; nobody configured it", room=left.room, by=by, words=left.why)
            return
        pause = seat.out(by, left.why, banned=left.banned, now=_now(), rng=self._rng)
        log.warning(
            "put out of a room",
            room=seat.name,
            by=by,
            banned=left.banned,
            words=left.why,
            again_in=f"{pause:.0f} s",
            remedy=f"talk with the moderators of {seat.name}, or take it out of the configuration; whoever "
            "invites the desk has it back at once",
        )

    def _hurry(self, room: str) -> None:
        for seat in self._seats():
            if room in self._ids(seat.name):
                seat.hurry(_now())

    def _upgraded(self, upgraded: Upgraded) -> None:
        if self._rooms().today(upgraded.old) == upgraded.new or upgraded.new in self._wrong:
            return
        seat = next((each for each in self._seats() if self._today(each.name) == upgraded.old), None)
        if seat is None and len(self._upgrades) < MOST_FOLLOWED:
            seat = self._upgrades.setdefault(upgraded.old, Seat(upgraded.old))
        if seat is not None:
            seat.at_once()
        log.info("a room was upgraded", room=upgraded.old, successor=upgraded.new, by=upgraded.by)

    # --- which room a seat is ---------------------------------------------------------------------------

    def _seats(self) -> Iterator[Seat]:
        yield from tuple(self._configured.values())
        yield from tuple(self._upgrades.values())

    def _today(self, name: str) -> str:
        rooms = self._rooms()
        return rooms.today(rooms.names.get(name, name))

    def _inside(self, name: str) -> bool:
        """Whether there is nowhere else to go: we are in the room, and it goes on nowhere where we are not.
        A room that nobody configured and that we are out of is none to go to."""
        room = self._rooms().joined.get(self._today(name))
        if room is None:
            return name not in self._configured
        if room.replacement is None or room.replacement == room.id or room.replacement in self._wrong:
            return True
        return sum(old == room.id for old in self._wrong.values()) >= MOST_WRONG

    def _ids(self, name: str) -> set[str]:
        """All ids under which others know it."""
        rooms = self._rooms()
        first = rooms.names.get(name, name)
        room = rooms.joined.get(rooms.today(first))
        onwards = room.replacement if room is not None else None
        return {first, rooms.today(first), *((onwards,) if onwards is not None else ())}


def _now() -> float:
    return asyncio.get_running_loop().time()

"""Who is in the rooms, as the desk's roster wants to know it.

    Came, Went                  somebody joined or left                   -> Joined, Left
    Moved                       a room is another venue, or none          -> RosterLost, and who is there now
    WeJoined, Gap               it is asked who is there, at once         -> Joined, all of them `present`

All members come in one answer (`/joined_members`), whatever the size of the room: lazily loaded members are
told only with what they say. Somebody who is heard before that is there all the same. After a start all rooms
are asked about, and nothing is told of a room before that; the others do not wait for it.

A user is known by the user id, in the roster as everywhere; what they call themselves is for showing only and
made unique (client-server API, "Calculating the display name for a user").
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Container, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import structlog
from immutables import Map

from bot.desk.events import Joined, Left, RosterLost
from bot.desk.model import Speaker
from bot.transports.base import backoff
from bot.transports.matrix import raw
from bot.transports.matrix.changes import Came, Change, Gap, Moved, WeJoined, Went
from bot.transports.matrix.homeserver import Fatal, Homeserver, Refused, Unreachable
from bot.transports.matrix.room import MOST_MEMBERS
from bot.transports.matrix.rooms import Rooms
from routing.presence import Venue

log = structlog.get_logger(__name__)

AT_ONCE = 8
"""Rooms whose members are asked for side by side."""

FIRST, MOST = 5.0, 600.0
"""Seconds until that is tried again where it was not told, and at most."""

Numbered = Callable[[], str]
"""A new id for an event that has none of the network's."""


def seen(
    after: Rooms,
    changes: Iterable[Change],
    *,
    ghosts: Container[str],
    numbered: Numbered,
    at: datetime,
) -> Iterator[Joined | Left | RosterLost]:
    """What the roster learns of one answer of /sync. `ghosts`: user ids of bridges, which prove nothing;
    `numbered` gives the ids of what is no event."""
    changes = tuple(changes)
    moved = {each.room: each for each in changes if isinstance(each, Moved) and _elsewhere(each)}
    for each in changes:
        if isinstance(each, Came | Went) and each.room not in moved:
            venue = after.venue(each.room)
            if venue is None:
                continue
            id_ = f"{after.network}/{each.event}" if each.event is not None else numbered()
            if isinstance(each, Came):
                yield Joined(id_, at, _speaker(after.network, each.user, ghosts), venue)
            else:
                yield Left(id_, at, after.network, each.user, venue)
    left = {each.before for each in moved.values() if each.before is not None}
    for venue in sorted(left):
        yield RosterLost(numbered(), at, after.network, venue)
    filled = [each.room for each in moved.values() if each.after is not None]
    filled += [room for venue in left for room in _still(after, venue) if room not in filled]
    for room in filled:
        yield from present(after, room, after.names_of(room), ghosts=ghosts, numbered=numbered, at=at)


def present(
    rooms: Rooms, room: str, users: Iterable[str], *, ghosts: Container[str], numbered: Numbered, at: datetime
) -> Iterator[Joined]:
    """These users were found in a room; we ourselves are not told."""
    venue = rooms.venue(room)
    if venue is not None:
        for user in users:
            if user != rooms.me:
                yield Joined(numbered(), at, _speaker(rooms.network, user, ghosts), venue, present=True)


def absent(
    rooms: Rooms, room: str, users: Iterable[str], *, numbered: Numbered, at: datetime
) -> Iterator[Left]:
    """These users, of whom we had thought that they were there, are not."""
    venue = rooms.venue(room)
    if venue is not None:
        for user in users:
            yield Left(numbered(), at, rooms.network, user, venue)


def shown(names: Mapping[str, str], user: str) -> str:
    """What to call a user among those of a room, `names`: user id -> display name. Costs a look at each."""
    name = names.get(user, "")
    if not name or name == user:
        return user
    alone = sum(each == name for each in names.values()) == 1 and name not in names
    return name if alone else f"{name} ({user})"


async def all_members(homeserver: Homeserver, room: str) -> Map[str, str]:
    """Everybody who has joined a room, with the display names. Raises what `Homeserver.ask` does."""
    told = await homeserver.ask("GET", f"/_matrix/client/v3/rooms/{quote(room, safe='')}/joined_members")
    found: dict[str, str] = {}
    for user, profile in raw.table(told.get("joined")).items():
        if raw.user(user) is not None and len(found) < MOST_MEMBERS:
            found[user] = raw.words(raw.table(profile).get("display_name"))
    return Map(found)


def urgent(rooms: Rooms, bodies: Iterable[Mapping[str, Any]]) -> list[str]:
    """The rooms whose members must be known before anything of these answers of /sync is told: where
    something was said, who may be somebody of the configuration's, and what may be a conversation of two."""
    spoken = [
        room
        for body in bodies
        for room, told in raw.table(raw.table(body.get("rooms")).get("join")).items()
        if raw.row(raw.table(raw.table(told).get("timeline")).get("events"))
    ]
    configured = [rooms.today(first) for first in rooms.names.values()]
    unclear = [
        room.id
        for room in rooms.joined.values()
        if room.direct and (room.counts is None or rooms.other(room) is None)
    ]
    return [*spoken, *configured, *unclear]


class Census:
    """Asks who is in which room, of one connection. `learned` is told, room by room."""

    def __init__(
        self,
        homeserver: Homeserver,
        learned: Callable[[str, Mapping[str, str]], Awaitable[None]],
        rng: random.Random,
    ) -> None:
        self._rng = rng
        self._homeserver = homeserver
        self._learned = learned
        self._open: dict[str, None] = {}
        self._early: dict[str, asyncio.Event] = {}
        self._more = asyncio.Event()

    def begin(self, rooms: Iterable[str]) -> None:
        """After a start: nobody is known in any of these."""
        for room in rooms:
            self._open[room] = None
            self._early.setdefault(room, asyncio.Event())
        self._more.set()

    def noticed(self, changes: Iterable[Change]) -> None:
        """What /sync has told: whose members are to be asked for."""
        for each in changes:
            if isinstance(each, WeJoined | Gap):
                self._open[each.room] = None
                self._more.set()

    @property
    def begun(self) -> bool:
        """Whether some of those that there were at the start have not been asked for yet."""
        return bool(self._early)

    async def asked(self, rooms: Iterable[str]) -> None:
        """Until these, as far as they were there at the start, were asked for once, however that ended. They
        go before all others."""
        early = {room: self._early[room] for room in rooms if room in self._early}
        self._open = {room: None for room in early if room in self._open} | self._open
        for done in early.values():
            await done.wait()

    async def run(self) -> None:
        """Ask, until cancelled. Raises Fatal."""
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(AT_ONCE):
                    group.create_task(self._asks(group))
        except* Fatal as fatal:
            raise fatal.exceptions[0] from None

    async def _asks(self, group: asyncio.TaskGroup) -> None:
        while True:
            while not self._open:
                self._more.clear()
                await self._more.wait()
            room = next(iter(self._open))
            del self._open[room]
            await self._ask(room, 0, group)
            if room in self._early:
                self._early.pop(room).set()

    async def _ask(self, room: str, attempt: int, group: asyncio.TaskGroup) -> None:
        try:
            members = await all_members(self._homeserver, room)
        except Fatal:
            raise
        except (Refused, Unreachable) as error:
            if isinstance(error, Refused) and error.code == "M_FORBIDDEN":
                return  # we are out again
            if attempt == 0:
                log.warning("the server does not tell who is in a room", room=room, error=str(error))
            group.create_task(self._later(room, attempt + 1, group))
        else:
            await self._learned(room, members)

    async def _later(self, room: str, attempt: int, group: asyncio.TaskGroup) -> None:
        await asyncio.sleep(backoff(attempt - 1, FIRST, MOST, self._rng))
        await self._ask(room, attempt, group)


def _elsewhere(moved: Moved) -> bool:
    was, now = moved.before, moved.after
    return was is None or now is None or was.key != now.key


def _still(rooms: Rooms, venue: Venue) -> Iterator[str]:
    """The rooms that are this venue."""
    for room in rooms.joined:
        if rooms.venue(room) == venue:
            yield room


def _speaker(network: str, user: str, ghosts: Container[str]) -> Speaker:
    return Speaker(network, user, None if user in ghosts else user)

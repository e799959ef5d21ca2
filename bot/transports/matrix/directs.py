"""Direct conversations: the room in which somebody is told something privately, found or made.

    found   a room with the two of us in it, marked as direct (`Rooms.room_for`)
    taken   one of theirs in `m.direct` in which we are alone: they left, declined, or were never invited
    made    a new one: invite only, its history for those invited, encrypted where the desk can; only the desk
            may invite others

First the room is made and listed in `m.direct`, then its other half is invited, so that a crash in between,
or a refusal, leaves no second room. What is said before they come is there when they do. Whoever left or
declined is invited again a day later at the earliest; when they did is what the room's state says, so that a
restart changes nothing. Ghosts of bridges are never invited: what is private would be carried elsewhere.

Lines to one person come one at a time (`bot.transports.matrix.delivery`), so two make one room.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import structlog

from bot.desk.model import Failure
from bot.transports.base import Clock, NotSent
from bot.transports.matrix import raw
from bot.transports.matrix.hearing import Ghosts
from bot.transports.matrix.homeserver import Homeserver, Refused
from bot.transports.matrix.room import Room
from bot.transports.matrix.rooms import Rooms
from routing.presence import Venue

log = structlog.get_logger(__name__)

TOLD_WITHIN = 10.0
"""Seconds until /sync tells of a room that was made, or of whom we invited, at the latest."""

AGAIN_AFTER = 24 * 60 * 60
"""Seconds for which nobody is invited again into a conversation that they left."""

_CLIENT = "/_matrix/client/v3"
_ALGORITHM = "m.megolm.v1.aes-sha2"


@dataclass(slots=True)
class _Made:
    """A room that /sync may not have told of yet."""

    room: str
    listed: bool = False
    invited: bool = False


class Directs:
    """Of one homeserver. `rooms`: as they are now; `told` is to be called whenever they have changed.
    `encrypt`: whether new rooms are encrypted."""

    def __init__(
        self,
        homeserver: Homeserver,
        rooms: Callable[[], Rooms],
        *,
        encrypt: bool,
        ghosts: Ghosts,
        clock: Clock,
    ) -> None:
        self._homeserver = homeserver
        self._rooms = rooms
        self._encrypt = encrypt
        self._ghosts = ghosts
        self._clock = clock
        self._made: dict[str, _Made] = {}
        self._listing = asyncio.Lock()
        self._changed = asyncio.Event()

    def told(self) -> None:
        """The rooms have changed."""
        self._changed.set()

    async def room(self, venue: Venue) -> Room:
        """The room of a direct conversation. Raises `NotSent`, and what `Homeserver.ask` raises."""
        found, user = self._rooms().room_for(venue), venue.name
        if found is not None:
            self._made.pop(user, None)
            return found
        if raw.user(user) is None or user == self._rooms().me:
            raise NotSent(Failure.UNSENDABLE, "no user id of somebody else")
        if user in self._ghosts:
            raise NotSent(Failure.NOT_PRIVATELY, "they are behind a bridge")
        if venue.sealed and not self._encrypt:
            raise NotSent(Failure.REFUSED, "it must be encrypted, and the desk cannot")
        made = self._made.get(user)
        if made is None:
            alone = await self._alone_with(user, sealed=venue.sealed)
            made = self._made[user] = _Made(alone, listed=True) if alone else _Made(await self._create())
        if not made.listed:
            await self.mark(user, made.room)
            made.listed = True
        if not made.invited:
            await self._invite(made.room, user)
            made.invited = True
        return await self._appeared(venue)

    async def _appeared(self, venue: Venue) -> Room:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TOLD_WITHIN):
                while True:
                    self._changed.clear()
                    found = self._rooms().room_for(venue)
                    if found is not None:
                        self._made.pop(venue.name, None)
                        return found
                    await self._changed.wait()
        made = self._made.get(venue.name)
        if made is not None and made.room in self._rooms().joined:
            # It is told of, and is no conversation of two: they may have declined at once.
            del self._made[venue.name]
        raise NotSent(Failure.REFUSED, "the homeserver does not tell of the room yet", later=True)

    async def _alone_with(self, user: str, *, sealed: bool) -> str | None:
        """The conversation with `user` in which only we are left, if there is one."""
        rooms = self._rooms().joined
        for each in raw.row((await self._directs()).get(user)):
            room = rooms.get(each) if isinstance(each, str) else None
            if room is None or room.heads != 1 or room.join_rule != "invite" or room.replacement:
                continue
            if room.encrypted or not (sealed or self._encrypt):
                return room.id
        return None

    async def _create(self) -> str:
        state: list[dict[str, Any]] = [
            {"type": "m.room.history_visibility", "content": {"history_visibility": "invited"}},
            {"type": "m.room.guest_access", "content": {"guest_access": "forbidden"}},
        ]
        if self._encrypt:
            state.append({"type": "m.room.encryption", "content": {"algorithm": _ALGORITHM}})
        wanted = {
            "preset": "private_chat",
            "visibility": "private",
            "is_direct": True,
            "initial_state": [each | {"state_key": ""} for each in state],
            "power_level_content_override": {"invite": 100},
        }
        told = await self._homeserver.ask("POST", f"{_CLIENT}/createRoom", wanted)
        room = raw.room(told.get("room_id"))
        if room is None:
            raise NotSent(Failure.REFUSED, "the homeserver made a room without an id")
        log.info("made a room for a direct conversation", encrypted=self._encrypt)
        return room

    def _account_data(self) -> str:
        return f"{_CLIENT}/user/{quote(self._rooms().me, safe='')}/account_data/m.direct"

    async def _directs(self) -> dict[str, Any]:
        try:
            return await self._homeserver.ask("GET", self._account_data())
        except Refused as error:
            if error.status == 404:
                return {}
            raise

    async def mark(self, user: str, room: str) -> None:
        """The room is a direct conversation with `user`: that is known after a start, too. Raises what
        `Homeserver.ask` raises."""
        async with self._listing:
            directs = await self._directs()
            listed = [each for each in raw.row(directs.get(user)) if isinstance(each, str)]
            if room not in listed:
                await self._homeserver.ask("PUT", self._account_data(), directs | {user: [*listed, room]})

    async def _invite(self, room: str, user: str) -> None:
        """Into a room in which we are alone. Nobody is pressed who went out of it a short while ago."""
        path = f"{_CLIENT}/rooms/{quote(room, safe='')}/state/m.room.member/{quote(user, safe='')}"
        try:
            before: Mapping[str, Any] = await self._homeserver.ask("GET", path, query={"format": "event"})
        except Refused as error:
            if error.passing:
                raise
            before = {}
        # A server that does not know the format tells the content alone, and so not by whom and when.
        content = raw.table(before.get("content", before))
        membership, passed = content.get("membership"), 0.0
        if membership in ("join", "invite"):
            return
        if "content" in before:
            passed = self._clock().timestamp() - raw.number(before.get("origin_server_ts")) / 1000
        if membership is not None and before.get("sender", user) == user and passed < AGAIN_AFTER:
            self._made.pop(user, None)
            raise NotSent(Failure.NOT_PRIVATELY, "they left the direct conversation, or declined it")
        try:
            await self._homeserver.ask("PUT", path, {"membership": "invite", "is_direct": True})
        except Refused as error:
            if error.passing:
                raise
            failure = Failure.NOT_PRIVATELY if error.status == 403 else Failure.ABSENT
            raise NotSent(failure, str(error)) from None

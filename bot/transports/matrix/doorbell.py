"""Invitations as they come: followed or declined, each once.

    GET  /sync                    once, for the invitations of before: with a position to go on from no server
                                  tells them again
    POST /join/{room}             what is followed
    POST /rooms/{room}/leave      what is declined, and no word with it

Which, says `bot.transports.matrix.invitations`. Into a configured room the desk comes by itself
(`bot.transports.matrix.seats`), so that an invitation there is only a reason to hurry. A thousand invitations
are a thousand declined, at a pace that leaves the homeserver's limits to what the desk says.
"""

import asyncio
import contextlib
import itertools
import json
import random
import time
from collections.abc import Awaitable, Callable, Container, Iterable, Mapping
from typing import Any
from urllib.parse import quote

import structlog

from bot.transports.base import backoff
from bot.transports.matrix import raw
from bot.transports.matrix.changes import Change, Invited, Uninvited, WeJoined
from bot.transports.matrix.homeserver import Fatal, Homeserver, Refused, Unreachable
from bot.transports.matrix.invitations import Verdict, verdict
from bot.transports.matrix.rooms import Rooms
from bot.transports.matrix.settings import InvitationSettings

log = structlog.get_logger(__name__)

PACE = 0.2
"""Seconds between two that are declined."""

TRIES = 5
"""How often the homeserver is asked to do one where it cannot just then."""

FIRST, MOST = 2.0, 60.0
"""Seconds until the next try, doubling, and the most."""

TOLD, WITHIN = 5, 60.0
"""Declined invitations of which the log tells within so many seconds."""

PATIENCE = 300.0
"""Seconds that following one may take."""


class Doorbell:
    """Of one connection. `rooms` gives them as they are now; `ghosts`: user ids of bridges; `before` is told
    of the invitations of before, as a part of an answer of /sync, and tells of them by `noticed`.
    `mark` keeps that a room is a direct conversation with somebody."""

    def __init__(
        self,
        homeserver: Homeserver,
        settings: InvitationSettings,
        *,
        rooms: Callable[[], Rooms],
        before: Callable[[Mapping[str, Any]], None],
        mark: Callable[[str, str], Awaitable[None]],
        ghosts: Container[str],
        rng: random.Random,
    ) -> None:
        self._homeserver = homeserver
        self._settings = settings
        self._rooms = rooms
        self._before = before
        self._mark = mark
        self._ghosts = ghosts
        self._rng = rng
        self._welcome: set[str] = set()
        self._open: dict[str, None] = {}
        self._unwanted: dict[str, None] = {}
        self._following: set[str] = set()
        self._more = asyncio.Event()
        self._told: list[float] = []
        self._rung = asyncio.Event()

    def noticed(self, changes: Iterable[Change]) -> None:
        """What an answer of /sync has changed, after `rooms` gives it."""
        for each in changes:
            if isinstance(each, Invited):
                self._open[each.room] = None
                self._rung.set()
            elif isinstance(each, Uninvited | WeJoined):
                self._open.pop(each.room, None)
                self._unwanted.pop(each.room, None)

    async def run(self) -> None:
        """Answer, until cancelled. Raises Fatal."""
        await self._find_rooms()
        await self._ask_before()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._declines())
                while True:
                    while not self._open:
                        self._rung.clear()
                        await self._rung.wait()
                    room = next(iter(self._open))
                    del self._open[room]
                    self._decide(room, group)
        except* Fatal as fatal:
            raise fatal.exceptions[0] from None

    def _decide(self, room: str, group: asyncio.TaskGroup) -> None:
        rooms = self._rooms()
        invitation = rooms.invited.get(room)
        if invitation is None:
            return
        decided = verdict(invitation, rooms, self._settings, welcome=self._welcome, ghosts=self._ghosts)
        if decided is Verdict.CONFIGURED:
            return
        self._tell(room, invitation.by, decided)
        if decided.follow:
            server = quote(raw.server_of(invitation.by), safe="")
            path = f"join/{quote(room, safe='')}?via={server}&server_name={server}"
            if room not in self._following:
                self._following.add(room)
                direct = invitation.by if invitation.direct else None
                group.create_task(self._follow(room, path, direct))
        else:
            self._unwanted[room] = None
            self._more.set()

    async def _follow(self, room: str, path: str, direct: str | None) -> None:
        """`direct`: with whom it is a conversation of two, which only the invitation says."""
        try:
            if direct is not None:
                with contextlib.suppress(Refused, Unreachable):  # it is told again with our joining
                    await self._mark(direct, room)
            await self._do(room, path)
        finally:
            self._following.discard(room)

    async def _declines(self) -> None:
        """One after the other, so that those of a flood do not keep the others from being followed."""
        while True:
            while not self._unwanted:
                self._more.clear()
                await self._more.wait()
            room = next(iter(self._unwanted))
            del self._unwanted[room]
            await self._do(room, f"rooms/{quote(room, safe='')}/leave")
            await asyncio.sleep(PACE)

    async def _do(self, room: str, path: str) -> None:
        asked = await self._asked("POST", f"/_matrix/client/v3/{path}", room=room)
        if isinstance(asked, Exception):
            log.warning("an invitation could not be answered", room=room, error=str(asked))

    async def _asked(
        self, method: str, path: str, query: Mapping[str, str] | None = None, *, room: str | None = None
    ) -> Mapping[str, Any] | Refused | Unreachable:
        """The answer, or why there is none; tried a few times, as long as the `room` still lets us in.
        Raises Fatal."""
        body: Mapping[str, Any] | None = {} if method == "POST" else None
        for attempt in itertools.count():
            try:
                return await self._homeserver.ask(method, path, body, query=query, timeout=PATIENCE)
            except Fatal:
                raise
            except (Refused, Unreachable) as error:
                final = isinstance(error, Refused) and not error.passing
                if final or attempt == TRIES - 1:
                    return error
                after = error.after
                await asyncio.sleep(max(after or 0.0, backoff(attempt, FIRST, MOST, self._rng)))
                if room is not None and room not in self._rooms().invited:
                    return {}
        raise AssertionError

    async def _ask_before(self) -> None:
        """The invitations that nobody has answered yet."""
        query = {"filter": _nothing_else(), "timeout": "0", "set_presence": "offline"}
        told = await self._asked("GET", "/_matrix/client/v3/sync", query)
        if isinstance(told, Exception):
            log.warning("the invitations of before were not told", error=str(told))
            return
        rooms = self._rooms()
        invited = raw.table(raw.table(told.get("rooms")).get("invite"))
        open_ = {room: each for room, each in invited.items() if room not in {*rooms.joined, *rooms.invited}}
        if open_:
            self._before({"rooms": {"invite": open_}})

    def _tell(self, room: str, by: str, decided: Verdict) -> None:
        if decided.follow:
            log.info("an invitation is followed", room=room, by=by, why=decided.value)
            return
        now = asyncio.get_running_loop().time()
        self._told = [at for at in self._told if now - at < WITHIN]
        if len(self._told) < TOLD:
            self._told.append(now)
            log.warning(
                "an invitation is declined",
                room=room,
                by=by,
                why=decided.value,
                remedy=f"to follow such: put {by}, their server or the room into `invitations`",
            )

    async def _find_rooms(self) -> None:
        """Which rooms the aliases are to which anybody may invite."""
        for name in self._settings.rooms:
            if raw.room(name) is None:
                path = f"/_matrix/client/v3/directory/room/{quote(name, safe='')}"
                try:
                    room = raw.room((await self._homeserver.ask("GET", path)).get("room_id"))
                except Fatal:
                    raise
                except (Refused, Unreachable) as error:
                    log.warning("a room of `invitations` is not found", room=name, error=str(error))
                else:
                    self._welcome |= {room} if room is not None else set()


def _nothing_else() -> str:
    """A filter that leaves little but invitations. Synapse gives the same answer for two minutes to who asks
    the same, so each asks for something else."""
    none: Mapping[str, list[str]] = {"types": []}
    room = {
        "state": {"types": [f"org.pkgdesk.nothing.{time.time_ns()}"]},
        "timeline": {"types": [], "limit": 1},
        "ephemeral": none,
        "account_data": none,
    }
    return json.dumps({"room": room, "presence": none, "account_data": none})

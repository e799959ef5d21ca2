"""A desk that only sits in rooms, for tests: a loop around /sync, and beneath it what is tested."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Self

from matrix_town import PATIENCE, Town

from bot.demo.homeserver import Registered
from bot.desk.events import Joined, Left, RosterLost
from bot.transports.matrix.changes import Change
from bot.transports.matrix.doorbell import Doorbell
from bot.transports.matrix.folding import fold, found
from bot.transports.matrix.homeserver import Homeserver
from bot.transports.matrix.members import Census, absent, present, seen
from bot.transports.matrix.rooms import Rooms
from bot.transports.matrix.seats import Seats
from bot.transports.matrix.settings import MatrixSettings

FILTER = '{"room": {"state": {"lazy_load_members": true}, "timeline": {"limit": 50}}}'


class Sitting:
    """`changes` and `events`: all so far; `since`: how far it was read, by which another may go on."""

    def __init__(
        self, town: Town, got: Registered, *rooms: object, since: str = "", **settings: object
    ) -> None:
        self.settings = MatrixSettings.model_validate(
            {
                "homeserver": town.server.url,
                "user": got.user,
                "rooms": rooms,
                "folder": Path("unused"),
                "times": {"retry": "1s"},
                **settings,
            }
        )
        self.user = got.user
        self.homeserver = Homeserver(town.server.url, got.user, got.device, got.token)
        self.rooms = Rooms.beginning(
            "matrix", got.user, {each.name: each.visibility for each in self.settings.rooms}
        )
        self.changes: list[Change] = []
        self.marked: list[tuple[str, str]] = []
        self.events: list[Joined | Left | RosterLost] = []
        rng, ghosts = random.Random(1), frozenset[str]()
        self.seats = Seats(
            self.homeserver, self.settings, rooms=lambda: self.rooms, found=self._found, rng=rng
        )
        self.doorbell = Doorbell(
            self.homeserver,
            self.settings.invitations,
            rooms=lambda: self.rooms,
            before=self._invited_before,
            mark=self._mark,
            ghosts=ghosts,
            rng=rng,
        )
        self.census = Census(self.homeserver, self._learned, rng)
        self._ghosts = ghosts
        self._ids = count(1)
        self.since = since
        self._tasks: list[asyncio.Task[None]] = []
        self._told = asyncio.Condition()

    async def __aenter__(self) -> Self:
        await self.seats.begin(5.0)
        again = {"since": self.since, "full_state": "true"} if self.since else {}
        since = await self._sync({"filter": FILTER, **again})
        runs = (self._syncs(since), self.seats.run(), self.doorbell.run(), self.census.run())
        self._tasks = [asyncio.create_task(each) for each in runs]
        return self

    async def __aexit__(self, *_: object) -> None:
        for each in self._tasks:
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.homeserver.close()

    async def reads(self) -> None:
        """Once, and does nothing about it."""
        await self._sync({"filter": FILTER})
        await self.homeserver.close()

    async def until(self, what: Callable[[], object]) -> None:
        """Wait until it is so, and no longer than people are patient."""
        async with asyncio.timeout(PATIENCE), self._told:
            while not what():
                with contextlib.suppress(TimeoutError):  # not all that it may be about is told by /sync
                    async with asyncio.timeout(0.05):
                        await self._told.wait()

    def were(self, kind: type[Any]) -> list[Any]:
        return [each for each in self.changes if isinstance(each, kind)]

    async def _syncs(self, since: str) -> None:
        while True:
            since = await self._sync({"filter": FILTER, "since": since, "timeout": "10000"})

    async def _sync(self, query: Mapping[str, str]) -> str:
        told = await self.homeserver.ask("GET", "/_matrix/client/v3/sync", query=query)
        self.rooms, changes = fold(self.rooms, told)
        await self._take(changes)
        self.since = str(told["next_batch"])
        return self.since

    async def _take(self, changes: Iterable[Change]) -> None:
        changes = tuple(changes)
        self.changes += changes
        self.events += seen(
            self.rooms, changes, ghosts=self._ghosts, numbered=self._number, at=datetime.now(UTC)
        )
        for part in (self.seats, self.doorbell, self.census):
            part.noticed(changes)
        async with self._told:
            self._told.notify_all()

    def _invited_before(self, told: Mapping[str, Any]) -> None:
        self.rooms, changes = fold(self.rooms, told)
        self.changes += changes
        self.doorbell.noticed(changes)

    def _found(self, name: str, room: str) -> None:
        self.rooms, changes = found(self.rooms, name, room)
        self.changes += changes

    async def _learned(self, room: str, members: Mapping[str, str]) -> None:
        self.rooms, gone = self.rooms.learned(room, members)
        at = datetime.now(UTC)
        self.events += absent(self.rooms, room, gone, numbered=self._number, at=at)
        self.events += present(self.rooms, room, members, ghosts=self._ghosts, numbered=self._number, at=at)
        async with self._told:
            self._told.notify_all()

    async def _mark(self, user: str, room: str) -> None:
        self.marked.append((user, room))

    def _number(self) -> str:
        return f"matrix/boot/{next(self._ids)}"

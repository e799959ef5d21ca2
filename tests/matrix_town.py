"""A town on a real homeserver, for tests: rooms, people, and a bridge with its ghosts.

    async def test_…(town: Town) -> None:                 # fixtures: `town`, and `homeserver` beneath it
        alice, bob = await town.people("alice", "bob")
        room = await alice.create_room(bob)
        await bob.join(room)
        await alice.say(room, "hello")
        await bob.hears("^hello$", by=alice)
        ghost = await town.ghost("carol")                 # of the bridge: @irc_carol-a7:localhost
        desk = await town.account("pkgdesk")              # id, password, device and token; nobody acts for it

The server is shared by all tests of a run, so that everybody's name is made unique: alice is
@alice-a7:localhost. A module may share one town as well (`async with Town(homeserver) as town` in a fixture
of its own). Who crashes, pauses or configures a homeserver starts their own:
`Homeserver(folder, python=synapse())` of `bot.demo.homeserver`; `matrix_homeservers.synapse` skips the test
where there is none.
"""

import asyncio
import contextlib
import itertools
import os
import string
from pathlib import Path
from typing import Self

import aiohttp
from matrix_homeservers import Shared
from matrix_people import PATIENCE, Person, Refused
from matrix_sealed import SealedPerson

from bot.demo.homeserver import Registered
from bot.demo.synapse import GHOSTS

__all__ = ["PATIENCE", "Person", "Refused", "SealedPerson", "Town"]

_TOWNS = itertools.count(1)
_AT_ONCE = 8


class Town:
    """Who is there at a server; all leave at its end."""

    def __init__(self, server: Shared) -> None:
        self.server = server
        worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        self.suffix = f"{string.ascii_lowercase[worker % 26]}{next(_TOWNS)}"
        self._stack = contextlib.AsyncExitStack()
        self._sessions = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._sessions)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def called(self, name: str) -> str:
        """The local part that the name has in this town."""
        return f"{name}-{self.suffix}"

    def user(self, name: str) -> str:
        """The full id."""
        return f"@{self.called(name)}:{self.server.name}"

    def alias(self, name: str) -> str:
        """A room's alias that nobody else has; `create_room(alias=town.called(name))` makes it."""
        return f"#{self.called(name)}:{self.server.name}"

    async def account(self, name: str, *, admin: bool = False) -> Registered:
        """A new account for whoever is tested."""
        return self.server.register(self.called(name), admin=admin)

    async def person(self, name: str, *, listens: bool = True, admin: bool = False) -> Person:
        """Somebody new. One who does not listen only speaks, and costs less."""
        got = await self.account(name, admin=admin)
        person = self.client(got)
        if listens:
            await person.listens()
        return person

    async def people(self, *names: str) -> list[Person]:
        return list(await asyncio.gather(*map(self.person, names)))

    def client(self, got: Registered) -> Person:
        """A client of an account, with its own eyes; it does not listen yet."""
        person = Person(self._sessions, self.server.url, got.user, got.token, device=got.device)
        self._stack.push_async_callback(person.leaves_town)
        return person

    async def ghost(self, name: str, *, listens: bool = False) -> Person:
        """Somebody of the bridge, who has neither device nor password."""
        got = self.server.register(f"{GHOSTS}{self.called(name)}")
        ghost = Person(self._sessions, self.server.url, got.user, got.token, acts_as=True)
        self._stack.push_async_callback(ghost.leaves_town)
        if listens:
            await ghost.listens()
        return ghost

    async def crowd(self, room: str, count: int) -> list[Person]:
        """So many ghosts in a room that anybody may join."""
        few = asyncio.Semaphore(_AT_ONCE)

        async def comes(number: int) -> Person:
            async with few:
                ghost = await self.ghost(f"crowd{number}")
                await ghost.join(room)
                return ghost

        return list(await asyncio.gather(*map(comes, range(count))))

    async def sealed_person(self, name: str, folder: Path) -> SealedPerson:
        """Somebody who can read what is encrypted; the keys are kept in the folder."""
        got = await self.account(name)
        person = SealedPerson(
            self._sessions, self.server.url, got.user, got.token, password=got.password, folder=folder
        )
        self._stack.push_async_callback(person.leaves_town)
        await person.listens()
        return person

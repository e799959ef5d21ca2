"""A real homeserver for measuring, the people in its rooms, and one bot at a time, each a process of its own
that ends with its block.

People are ghosts of a bridge: they need no passwords, and one access token speaks for all of them. They only
speak; what a bot has answered is looked up afterwards, so that nobody's reading costs the homeserver more.
"""

import asyncio
import itertools
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import aiohttp
from yarl import URL

from benchmarks.bots import Kept
from benchmarks.figures import Setup
from benchmarks.matrix_findings import ALONE, OURS
from benchmarks.matrix_nio import ANSWERED, ASKED
from benchmarks.stage import FAST, Program, calibrated, configuration, memory, processor, started
from bot.demo.homeserver import Homeserver, Registered
from bot.demo.synapse import GHOSTS

SIMPLE = Kept("simplematrixbotlib", "2.13.1")

_AT_ONCE = 6
_PATIENCE = 60.0
_LOOKS_EVERY = 0.2

_SIMPLE = f"""\
import os, sys
import simplematrixbotlib as lib
url, user = sys.argv[1:]
bot = lib.Bot(lib.Creds(homeserver=url, username=user, access_token=os.environ["TOKEN"]))
@bot.listener.on_message_event
async def echo(room, message):
    match = lib.MessageMatch(room, message, bot, "!")
    if match.is_not_from_this_bot() and match.prefix() and match.command("{ASKED[1:]}"):
        await bot.api.send_text_message(room.room_id, "{ANSWERED}")
bot.run()
"""

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Party:
    """A bot that is in its rooms. `asked`: lines that it answers, without end."""

    name: str
    user: str
    process: Program
    asked: Iterable[str]

    @property
    def used(self) -> float:
        """Seconds of processor."""
        return processor(self.process.pid) or 0.0

    @property
    def memory(self) -> float | None:
        """MiB."""
        return memory(self.process.pid)


class Town:
    """The homeserver and everybody on it. `questions`: what the desk's base, `knowledge`, knows."""

    def __init__(
        self,
        setup: Setup,
        server: Homeserver,
        http: aiohttp.ClientSession,
        knowledge: Path,
        questions: Sequence[str],
    ) -> None:
        self.url = server.url
        self._setup = setup
        self._server = server
        self._http = http
        self._knowledge = knowledge
        self._questions = tuple(questions)
        self._numbers = itertools.count(1)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, setup: Setup, python: Path, knowledge: Path, questions: Sequence[str]
    ) -> AsyncIterator["Town"]:
        """Raises HomeserverFailed."""
        folder = setup.work / "homeserver"
        folder.mkdir()
        server = Homeserver(folder, python=python)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
            try:
                server.launch()
                await asyncio.to_thread(server.wait)
                yield cls(setup, server, http, knowledge, questions)
            finally:
                await asyncio.to_thread(server.kill)

    # --- people -------------------------------------------------------------------------------------------

    async def people(self, name: str, count: int) -> list[str]:
        """So many new ghosts; their user ids."""

        async def comes(number: int) -> str:
            got = await asyncio.to_thread(self._server.register, f"{GHOSTS}{name}{number}")
            return got.user

        return await few(comes, range(count))

    async def room(self, by: str, people: Sequence[str] = (), *, name: str = "") -> str:
        """A public room of somebody's, into which these came."""
        body = {"preset": "public_chat", "visibility": "private", "name": name or "packagers"}
        room: str = (await self._call("POST", "createRoom", body, by))["room_id"]
        await few(lambda user: self.join(room, user), people)
        return room

    async def join(self, room: str, user: str, token: str | None = None) -> None:
        """`token`: of whoever is no ghost."""
        await self._call("POST", f"join/{quote(room, safe='')}", {}, user, token)

    async def say(self, room: str, user: str, words: str) -> str:
        """The event."""
        content = {"msgtype": "m.text", "body": words}
        path = f"rooms/{quote(room, safe='')}/send/m.room.message/{next(self._numbers)}"
        event: str = (await self._call("PUT", path, content, user))["event_id"]
        return event

    async def moves(self, room: str, by: str, what: str, user: str) -> None:
        """`what`: invite, kick."""
        await self._call("POST", f"rooms/{quote(room, safe='')}/{what}", {"user_id": user}, by)

    async def said_by(self, user: str, room: str, by: str) -> list[str]:
        """The last lines of `user` there, as `by` sees them."""
        path = f"rooms/{quote(room, safe='')}/messages"
        told = await self._call("GET", path, None, by, dir="b", limit="100")
        lines = (
            each for each in told["chunk"] if each["sender"] == user and each["type"] == "m.room.message"
        )
        return [each["content"].get("body", "") for each in lines]

    async def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        user: str,
        token: str | None = None,
        **query: str,
    ) -> dict[str, Any]:
        query = query if token else {**query, "user_id": user}
        tail = "&".join(f"{key}={quote(value, safe='')}" for key, value in query.items())
        url = URL(f"{self.url}/_matrix/client/v3/{path}?{tail}", encoded=True)
        headers = {"Authorization": f"Bearer {token or self._server.secrets.bridge}"}
        async with self._http.request(method, url, json=body, headers=headers) as answer:
            told: dict[str, Any] = await answer.json(content_type=None)
            if answer.status != 200:
                raise RuntimeError(f"the homeserver refused {path}: {answer.status} {told}")
            return told

    # --- bots ---------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def desk(
        self, name: str, rooms: Sequence[str] = (), *, url: str = "", module: Sequence[str] = ()
    ) -> AsyncIterator[Party]:
        """`pkgdesk run` with a database of its own as `name`, in these rooms, or a `module` that takes a
        configuration. `url`: of a door before the homeserver."""
        got = await self._account(name, rooms)
        folder = self._setup.work / name
        folder.mkdir()
        (folder / "token").write_text(f"{got.token}\n", "utf-8")
        (folder / "token").chmod(0o600)
        written = json.loads(configuration(0, self._knowledge, "desk.sqlite", FAST))
        network = {
            "type": "matrix",
            "homeserver": url or self.url,
            "user": got.user,
            "login": {"token_file": str(folder / "token")},
            "rooms": list(rooms),
            "invitations": {"servers": [self._server.name]},
            "pace": FAST,
        }
        config = folder / "config.json"
        config.write_text(json.dumps({**written, "networks": {"demo": network}}), "utf-8")
        log = self._setup.work / f"{name}.log"
        command = (sys.executable, "-m", *(module or ("bot.cli", "run", "--config")), str(config))
        async with AsyncExitStack() as opened:
            program = Program(await started(opened, log, command, talks=bool(module)))
            await calibrated(log)
            mine = f"{got.user[1:].partition(':')[0]}: "
            yield Party(OURS, got.user, program, itertools.cycle(mine + each for each in self._questions))

    @asynccontextmanager
    async def alone(self, name: str, rooms: Sequence[str] = (), *, url: str = "") -> AsyncIterator[Party]:
        """The library alone."""
        got = await self._account(name, rooms)
        command = (sys.executable, "-m", "benchmarks.matrix_nio", url or self.url, got.user, got.device)
        async with self._other(ALONE, name, got, command, talks=True) as party:
            await party.process.reads()
            yield party

    @asynccontextmanager
    async def simple(self, name: str, rooms: Sequence[str] = (), *, url: str = "") -> AsyncIterator[Party]:
        """A bot of simplematrixbotlib that answers one word."""
        got = await self._account(name, rooms)
        command = (str(SIMPLE.python), "-c", _SIMPLE, url or self.url, got.user)
        async with self._other(f"{SIMPLE.name} {SIMPLE.version}", name, got, command) as party:
            yield party

    @asynccontextmanager
    async def _other(
        self, called: str, name: str, got: Registered, command: Sequence[str], *, talks: bool = False
    ) -> AsyncIterator[Party]:
        folder = self._setup.work / name
        folder.mkdir()
        async with AsyncExitStack() as opened:
            log = self._setup.work / f"{name}.log"
            here = {**os.environ, "TOKEN": got.token, "PYTHONPATH": str(Path(__file__).parents[1])}
            process = await started(opened, log, command, folder=folder, talks=talks, environment=here)
            yield Party(called, got.user, Program(process), itertools.repeat(ASKED))

    async def _account(self, name: str, rooms: Sequence[str]) -> Registered:
        got = await asyncio.to_thread(self._server.register, name)
        await few(lambda room: self.join(room, got.user, got.token), rooms)
        return got

    async def answers(self, party: Party, room: str, by: str) -> float:
        """Seconds until a new line of the bot's is in the room, after it was asked there; asks again where it
        is not yet there to hear."""
        before, began = len(await self.said_by(party.user, room, by)), time.perf_counter()
        while time.perf_counter() < began + _PATIENCE:
            await self.say(room, by, next(iter(party.asked)))
            until = time.perf_counter() + 3.0
            while time.perf_counter() < until:
                with suppress(TimeoutError):
                    if len(await self.said_by(party.user, room, by)) > before:
                        return time.perf_counter() - began
                await asyncio.sleep(_LOOKS_EVERY)
        raise RuntimeError(f"{party.name} does not answer")


async def few(do: Callable[[Any], Awaitable[Made]], values: Iterable[Any]) -> list[Made]:
    """What `do` makes of each, a few at a time."""
    turn = asyncio.Semaphore(_AT_ONCE)

    async def one(value: Any) -> Made:
        async with turn:
            return await do(value)

    return list(await asyncio.gather(*map(one, values)))

"""A room on a real homeserver as a place of the transports' contract, behind a door that can be shut: what
happens to connections is what happens to them when a server is killed and comes back."""

import asyncio
import contextlib
import random
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from irc_networks import Place, now
from matrix_desk import settings_of
from matrix_town import Person, Refused, Town

from bot.desk.events import Joined
from bot.desk.model import Failure
from bot.transports.matrix.transport import MatrixTransport
from routing.presence import Venue


class Door:
    """A port of this machine before another. Shut, it cuts all connections, and lets nobody in."""

    def __init__(self, port: int) -> None:
        self._behind = port
        self.port = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._through, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def shut(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._open:
            writer.transport.abort()

    async def _through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            behind, to = await asyncio.open_connection("127.0.0.1", self._behind)
            both = {writer, to}
            self._open |= both
            await asyncio.gather(_pumped(reader, to), _pumped(behind, writer))
            self._open -= both


async def _pumped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


class MatrixPlace(Place):
    """A room with alice in it. Nobody is highlighted by a name there, text is text and no bytes, and nobody
    is told of an end."""

    textual = True
    by_name = False
    nobody = "@nobody:elsewhere.invalid"
    missing = Failure.NOT_PRIVATELY

    def __init__(self, server: Any) -> None:
        super().__init__()
        self.town = Town(server)
        self.door = Door(server.port)
        self.alice: Person
        self._room = ""
        self._folder = tempfile.TemporaryDirectory(prefix="pkgdesk-matrix-")
        self._run: asyncio.Task[None] | None = None

    async def open(self) -> None:
        await self.town.__aenter__()
        await self.door.open()
        self.alice = await self.town.person("alice")
        self.other, self.called = self.alice.user, self.alice.name
        self._room = await self.alice.create_room(alias=self.town.called("packagers"))
        got = await self.town.account("pkgdesk")
        folder = Path(self._folder.name)
        (folder / "token").write_text(got.token)
        alias = self.town.alias("packagers")
        settings = settings_of(
            self.door.url, got.user, folder, rooms=[alias], login={"token_file": folder / "token"}
        )
        self.venue = Venue("net", alias)
        self.me, self.own = self.town.called("pkgdesk"), got.user
        self.transport = MatrixTransport(
            "net", settings, clock=now, rng=random.Random(7), boot="boot", grace=timedelta()
        )
        self._run = asyncio.create_task(self.transport.run(self.ears))
        await self.present()

    async def present(self, after: int = 0) -> None:
        """The desk is in the room, and knows that alice is."""
        await self.ears.until(
            lambda event: isinstance(event, Joined) and event.speaker.nick == self.other, after
        )

    async def someone_says(self, text: str | bytes) -> None:
        words = text if isinstance(text, str) else text.decode("utf-8", "replace")
        with contextlib.suppress(Refused):  # the homeserver takes no NUL
            await self.alice.say(self._room, words)

    async def sees(self, text: str) -> None:
        await self.alice.until(lambda: text in self.seen(), wanted=text)

    def seen(self) -> list[str]:
        return self.alice.said_by(self.own)

    def forget(self) -> None:
        super().forget()
        self.alice.events.clear()

    async def crash(self) -> None:
        self.door.shut()

    async def restore(self) -> None:
        before = len(self.ears.events)
        await self.door.open()
        await self.present(before)

    async def goodbye(self, reason: str) -> None:
        """There is none."""
        assert (await self.alice.members(self._room))[self.own] == "join"

    async def untouched(self) -> None:
        await self.someone_says("is that all?")
        await self.ears.heard("is that all?")
        last = self.seen()[-1] if self.seen() else None
        if last is not None:
            await self.sees(last)
        desk = [event for event in self.alice.events if event["sender"] == self.own]
        assert {event["type"] for event in desk} <= {"m.room.message", "m.room.member"}
        assert not [text for text in self.seen() if text[0] in "!/\x01" or not text.isprintable()]
        assert all(event["content"]["m.mentions"] == {} for event in desk if "msgtype" in event["content"])

    async def shut(self) -> None:
        if self._run is not None:
            await self.transport.close("the test is over")
            await self._run
        self.door.shut()
        await self.town.__aexit__(None, None, None)
        self._folder.cleanup()

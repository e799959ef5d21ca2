"""The encryption of a desk on a real homeserver, without the rest of it, for tests: it logs in, reads /sync,
has each answer taken, and remembers what came of it."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from irc_networks import PATIENCE, now
from matrix_desk import settings_of
from matrix_town import Town

from bot.demo.homeserver import Registered
from bot.transports.matrix.encryption import Encryption, Opened, Unopened, encryption
from bot.transports.matrix.folding import fold
from bot.transports.matrix.homeserver import Homeserver
from bot.transports.matrix.room import Room
from bot.transports.matrix.rooms import Rooms
from bot.transports.matrix.sealing import is_opened

KEYS = timedelta(seconds=0.2)


class SealedDesk:
    """`folder`: where its keys are kept. `bodies`: all answers, as they came; `late`: what came late."""

    def __init__(self, town: Town, got: Registered, folder: Path, **more: Any) -> None:
        more.setdefault("times", {"keys": KEYS, "reconnect": timedelta(milliseconds=20)})
        self.settings = settings_of(
            town.server.url, got.user, folder / "keys", **{"encryption": True, **more}
        )
        self.got = got
        self.user = got.user
        self.device = got.device
        self.server = Homeserver(town.server.url, got.user, got.device, got.token)
        self.encryption: Encryption
        self.rooms = Rooms("net", got.user, {})
        self.bodies: list[Mapping[str, Any]] = []
        self.events: list[Mapping[str, Any]] = []
        self.late: list[Opened | Unopened] = []
        self.twice = False
        """Whether every answer is taken twice, as after a crash."""
        self._since: str | None = None
        self._numbers = 0
        self._changed = asyncio.Condition()

    @contextlib.asynccontextmanager
    async def serving(self, *, password: str | None = None) -> AsyncIterator["SealedDesk"]:
        """From one start to the end."""
        self.open(password)
        tasks: list[asyncio.Task[None]] = []
        try:
            await self.encryption.start()
            tasks = [
                asyncio.create_task(each) for each in (self._read(), self.encryption.run(), self._wait())
            ]
            yield self
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            self.encryption.close()
            await self.server.close()
            failed = [each for each in ended if isinstance(each, Exception)]
            assert not failed, failed

    def open(self, password: str | None = None) -> Encryption:
        """The encryption with the keys that are kept; the caller starts and closes it."""
        given = None if password is None else lambda: password
        rng = random.Random(7)
        self.encryption = encryption(self.server, self.settings, clock=now, rng=rng, password=given)
        return self.encryption

    async def join(self, room: str) -> None:
        await self.server.ask("POST", f"/_matrix/client/v3/join/{room}", {})
        await self.until(lambda: room in self.rooms.joined)

    def room(self, room: str) -> Room:
        return self.rooms.joined[room]

    async def says(self, room: str, body: str, **more: Any) -> str:
        """The id of the event."""
        self._numbers += 1
        content = {"msgtype": "m.notice", "body": body, **more}
        room_ = self.room(room)
        return await self.encryption.send(room_, "m.room.message", content, f"test-{self._numbers}")

    async def hears(self, body: str) -> Mapping[str, Any]:
        """The first event with that text, wherever it came from: it must have been encrypted."""

        def found() -> Mapping[str, Any] | None:
            opened = (each.event for each in self.late if isinstance(each, Opened))
            for event in (*self.events, *opened):
                if event["content"].get("body") == body:
                    return event
            return None

        await self.until(lambda: found() is not None)
        event = found()
        assert event is not None
        assert is_opened(event)
        return event

    async def until(self, holds: Any) -> None:
        """Looks whenever something has come."""
        async with asyncio.timeout(PATIENCE), self._changed:
            while not holds():
                await self._changed.wait()

    async def takes(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """One answer."""
        told = await self.encryption.take(body)
        self.rooms, _ = fold(self.rooms, told)
        async with self._changed:
            for joined in told.get("rooms", {}).get("join", {}).values():
                self.events += joined.get("timeline", {}).get("events", [])
            self._changed.notify_all()
        return told

    async def _read(self) -> None:
        while True:
            query = {"timeout": "10000" if self._since else "0"}
            if self._since:
                query["since"] = self._since
            body = await self.server.ask("GET", "/_matrix/client/v3/sync", query=query)
            self._since = body["next_batch"]
            self.bodies.append(body)
            await self.takes(body)
            if self.twice:
                await self.encryption.take(body)

    async def _wait(self) -> None:
        async for each in self.encryption.readable():
            async with self._changed:
                self.late.append(each)
                self._changed.notify_all()

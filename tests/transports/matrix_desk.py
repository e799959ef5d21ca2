"""A desk's transport on a real homeserver, for tests: short pauses, a journal, an inbox to wait for."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from irc_networks import Ears, now
from matrix_town import Town

from bot.demo.homeserver import Registered
from bot.desk.events import Event, Fate
from bot.received import Journal
from bot.transports.matrix.settings import MatrixSettings
from bot.transports.matrix.transport import MatrixTransport

QUICK = {
    "reconnect": timedelta(milliseconds=20),
    "reconnect_most": timedelta(milliseconds=100),
    "retry": timedelta(milliseconds=50),
    "request": timedelta(seconds=10),
}


def settings_of(url: str, user: str, folder: Path, **more: Any) -> MatrixSettings:
    """What a configuration would say."""
    return MatrixSettings.model_validate(
        {"homeserver": url, "user": user, "folder": folder, "times": QUICK, "encryption": False, **more}
    )


class MatrixDesk:
    """The desk of one test. Every event is settled when it was taken, unless `unsettled`."""

    def __init__(self, town: Town, got: Registered, folder: Path, **more: Any) -> None:
        self.ears = Ears()
        self.unsettled = False
        self.account = got
        token = folder / f"token-{got.device}"
        token.write_text(got.token)
        more.setdefault("login", {"token_file": token})
        self.settings = settings_of(town.server.url, got.user, folder, **more)
        self.transport: MatrixTransport
        self.run: asyncio.Task[None] | None = None
        self._boots = 0

    @contextlib.asynccontextmanager
    async def serving(self, journal: Journal | None = None, **more: Any) -> AsyncIterator["MatrixDesk"]:
        """From one start to the end."""
        self._boots += 1
        boot = f"boot{self._boots}"
        self.transport = MatrixTransport(
            "net", self.settings, rng=random.Random(7), boot=boot, journal=journal, **{"clock": now, **more}
        )
        self.run = asyncio.create_task(self.transport.run(self._takes))
        try:
            yield self
        finally:
            await self.transport.close("the test is over")
            await self.run

    async def _takes(self, event: Event) -> None:
        await self.ears(event)
        if not self.unsettled:
            self.transport.settled(event, Fate.WELL)

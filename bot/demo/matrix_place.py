"""The demo on Matrix: a room of a Synapse that is started for it.

User ids are `@alice:localhost`; players' clients show them as `alice`, as clients do. That somebody's client
has died nobody sees there: the desk stays in the room, and has read on when it is back.
"""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

from bot.demo.actor import CHANNEL, DESK, NoPlace, SceneFailed
from bot.demo.homeserver import Homeserver, HomeserverFailed
from bot.demo.place import ACCOUNTS, Start, port_is_taken
from bot.demo.synapse import NoSynapse, find

_KEEPER = "bob"
"""Who makes the room, and so is in it before the others: nobody can come into an empty one."""

_TOKEN = "token"  # noqa: S105 (a file's name)


class MatrixPlace:
    """`port`: of the homeserver, 0 for any. Raises NoPlace where there is no Synapse."""

    shows_absence = False
    has_reactions = True

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self._server: Homeserver | None = None
        self._folder = Path()
        try:
            self._python = find()
        except NoSynapse as error:
            raise NoPlace(str(error)) from error

    async def open(self, state: Path, start: Start) -> None:  # noqa: ARG002 (it starts no module of ours)
        self._folder = state / "homeserver"
        self._folder.mkdir(exist_ok=True)
        self._server = server = Homeserver(self._folder, python=self._python, port=self.port)
        try:
            server.launch()
            await asyncio.to_thread(server.wait)
            self.port = server.port
            if not (self._folder / _TOKEN).exists():
                await asyncio.to_thread(self._settle, server)
        except HomeserverFailed as error:
            raise SceneFailed(port_is_taken(self.port) if server.port_is_taken else str(error)) from error

    async def close(self) -> None:
        if self._server is not None:
            await asyncio.to_thread(self._server.stop)

    def account(self, name: str) -> str:
        return f"@{name}:localhost"

    def uncalled(self, name: str) -> str:
        # Only those are called whom `m.mentions` lists.
        return name

    @property
    def _alias(self) -> str:
        return f"{CHANNEL}:localhost"

    def network(self) -> dict[str, Any]:
        assert self._server is not None
        return {
            "type": "matrix",
            "homeserver": self._server.url,
            "user": self.account(DESK),
            "login": {"token_file": str(self._folder / _TOKEN)},
            "rooms": [self._alias],
            "invitations": {"servers": ["localhost"]},
            "encryption": False,  # the players' clients cannot read what is encrypted
            "times": {"reconnect": "1s"},
        }

    def player(self, name: str) -> tuple[str, ...]:
        assert self._server is not None
        return (
            "bot.demo.matrix_player",
            "--homeserver",
            self._server.url,
            "--nick",
            name,
            "--channel",
            self._alias,
        )

    def doors(self) -> tuple[str, ...]:
        assert self._server is not None
        return (
            f"with any client that lets you name the homeserver: {self._server.url}",
            "as         erin, whose password is erin",
            f"the room   {self._alias}",
        )

    def _settle(self, server: Homeserver) -> None:
        """Everybody has an account, and there is a room; kept with the homeserver, so it is done once."""
        registered = {name: server.register(name) for name in (*ACCOUNTS, DESK)}
        room = {
            "preset": "public_chat",
            "room_alias_name": CHANNEL.lstrip("#"),
            "name": CHANNEL.lstrip("#"),
            "room_version": "11",
        }
        server.call("/_matrix/client/v3/createRoom", room, registered[_KEEPER].token)
        path = self._folder / _TOKEN
        with contextlib.suppress(FileExistsError):
            path.touch(mode=0o600, exist_ok=False)
        path.write_text(f"{registered[DESK].token}\n", "utf-8")

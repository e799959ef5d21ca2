"""Where the demo takes place: a network of its own on this machine, with a room that all who play come into.

What is different on IRC and on Matrix stands in `IrcPlace` here and in `bot.demo.matrix_place`; scene, story
and table know a `Place`. Everybody has a short name, by which they are called whatever their account is.
"""

import asyncio
import contextlib
import errno
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

from bot.demo.actor import CHANNEL, READY_WITHIN, SceneFailed, end

HOST = "127.0.0.1"
ACCOUNTS = ("alice", "bob", "carol", "dave", "erin")
"""Who plays, and one who may join; name, account and password are the same."""

_LOG_SHOWN = 25

Start = Callable[..., Awaitable[asyncio.subprocess.Process]]
"""Starts a module of ours, `start(log, module, *arguments)`, with that file of the state for its errors."""


class Place(Protocol):
    """A network; `port` is known once it is open."""

    port: int

    @property
    def shows_absence(self) -> bool:
        """Whether others see it when somebody's client dies."""

    @property
    def has_reactions(self) -> bool:
        """Whether a line can be answered by a reaction."""

    async def open(self, state: Path, start: Start) -> None:
        """Start its server, which keeps what it must in the folder `state`. SceneFailed where it does not."""

    async def close(self) -> None:
        """End the server; it may be opened again, at the same port."""

    def account(self, name: str) -> str:
        """Whose account is called so."""

    def uncalled(self, name: str) -> str:
        """How the desk writes the name of somebody whom a line does not call."""

    def network(self) -> dict[str, Any]:
        """The desk's settings of this network."""

    def player(self, name: str) -> tuple[str, ...]:
        """The module of a player, and the arguments with which they come here."""

    def doors(self) -> tuple[str, ...]:
        """How one comes in with a client of one's own, for people."""


class IrcPlace:
    """A channel of the demo's own IRC server. `port`: 0 for any."""

    shows_absence = True
    has_reactions = False

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self._server: asyncio.subprocess.Process | None = None

    async def open(self, state: Path, start: Start) -> None:
        accounts = ",".join(f"{name}={name}" for name in ACCOUNTS)
        self._server = await start(
            "server.log", "bot.demo.server", "--port", str(self.port), "--accounts", accounts
        )
        assert self._server.stdout is not None
        line = b""
        with contextlib.suppress(TimeoutError):
            line = await asyncio.wait_for(self._server.stdout.readline(), READY_WITHIN)
        told = json.loads(line or b"{}")
        match told:
            case {"port": port}:
                self.port = port
            case {"refused": errno.EADDRINUSE}:
                raise SceneFailed(port_is_taken(self.port))
            case {"refused": _, "why": why}:
                raise SceneFailed(f"port {self.port} cannot be had: {why}. Name another with --port.")
            case _:
                said = tail(state / "server.log").rpartition("\n")[2] or "nothing"
                raise SceneFailed(f"the IRC server did not start; it last said: {said}")

    async def close(self) -> None:
        if self._server is not None:
            await end(self._server)

    def account(self, name: str) -> str:
        return name

    def uncalled(self, name: str) -> str:
        # A client there marks every line that holds the name unbroken.
        return f"{name[0]}\u200b{name[1:]}"

    def network(self) -> dict[str, Any]:
        return {
            "host": HOST,
            "port": str(self.port),
            "tls": False,
            "nick": "pkgdesk",
            "channels": [CHANNEL],
            "times": {"reconnect": "1s"},
        }

    def player(self, name: str) -> tuple[str, ...]:
        return (
            "bot.demo.player",
            "--host",
            HOST,
            "--port",
            str(self.port),
            "--nick",
            name,
            "--channel",
            CHANNEL,
        )

    def doors(self) -> tuple[str, ...]:
        return (
            f"irssi      irssi -c {HOST} -p {self.port} -n erin",
            f"WeeChat    /server add demo {HOST}/{self.port} -notls -nicks=erin",
            "           /connect demo",
            "and there  /msg NickServ IDENTIFY erin erin",
            f"           /join {CHANNEL}",
        )


def port_is_taken(port: int) -> str:
    return (
        f"port {port} is taken: another program listens there. Name another with --port, or leave it out, "
        "and any free one is taken."
    )


def tail(log: Path) -> str:
    """The last lines of a log; nothing where there is none."""
    try:
        return "\n".join(log.read_text("utf-8", "replace").splitlines()[-_LOG_SHOWN:])
    except OSError:
        return ""

"""Real bots in one channel, on a server that marks none of them: two desks, and Limnoria. They are made to
speak to each other, and soon nobody says anything any more."""

import asyncio
import contextlib
import importlib.util
import itertools
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from desk_process import CHANNEL, Client, Stage
from limnoria_process import NICK, Limnoria

OTHER = "otherdesk"
_GUESTS = itertools.count(1)
AS_FOR_PEOPLE = {"settle": "0s", "ping_after": "0s"}


class Wire:
    """A bot's connection on its way to the server. Somebody can put lines into it, so the bot is made to
    speak; and what it says of its mode, that it is a bot, is lost."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._towards: asyncio.StreamWriter | None = None

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[int]:
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]

    def puts(self, line: str) -> None:
        assert self._towards is not None
        self._towards.write(f"{line}\r\n".encode())

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, self._towards = await asyncio.open_connection("127.0.0.1", self._port)
        with contextlib.suppress(ConnectionError):
            await asyncio.gather(_pour(reader, self._towards), _pour(back, writer))


async def _pour(source: asyncio.StreamReader, into: asyncio.StreamWriter) -> None:
    while line := await source.readline():
        if not re.match(rb"(@\S+ )?MODE ", line):
            into.write(line)
    into.close()


def said(alice: Client, who: str, to: str = "") -> list[str]:
    """What a bot said in the channel, to somebody by name."""
    start = f"PRIVMSG {CHANNEL} :{to}"
    return [line for line in alice.heard if line.startswith(f":{who}!") and start in line]


async def is_quiet(stage: Stage, *bots: str) -> None:
    """Whatever was on its way has been said: one after the other has answered a person who spoke later."""
    for bot in bots:
        person = await stage.enter(f"guest{next(_GUESTS)}")
        person.says(CHANNEL, f"{bot}: status")
        await person.hears(rf":{bot}!\S+ PRIVMSG \S+ :{person.nick}: ")


@contextlib.asynccontextmanager
async def desk(stage: Stage, folder: Path, nick: str) -> AsyncIterator[Wire]:
    """A desk on the stage's server that nothing marks as a bot."""
    await asyncio.to_thread(folder.mkdir)
    wire = Wire(stage.port)
    async with wire.opened() as port:
        other = Stage(folder, network={"nick": nick}, desk=AS_FOR_PEOPLE)
        other.port = port
        other.configure()
        try:
            await other.start()
            yield wire
        finally:
            await other.__aexit__()


async def test_two_desks_fall_silent(tmp_path: Path) -> None:
    async with (
        Stage(tmp_path) as stage,
        desk(stage, tmp_path / "one", "pkgdesk"),
        desk(stage, tmp_path / "two", OTHER) as wire,
    ):
        alice = await stage.enter("alice")
        await alice.hears(rf"({OTHER}!\S+ JOIN|353 .*\b{OTHER}\b)")
        wire.puts(f"PRIVMSG {CHANNEL} :pkgdesk: hello, who are you?")
        await alice.hears(rf":pkgdesk!\S+ PRIVMSG {CHANNEL} :{OTHER}: ")
        await is_quiet(stage, "pkgdesk", OTHER, "pkgdesk")
        # The first line of the other desk was not its own.
        exchanged = [*said(alice, "pkgdesk", f"{OTHER}: "), *said(alice, OTHER, "pkgdesk: ")[1:]]
        assert len(exchanged) <= 2, exchanged


@pytest.mark.skipif(importlib.util.find_spec("supybot") is None, reason="limnoria is not installed")
async def test_the_desk_and_limnoria_fall_silent(tmp_path: Path) -> None:
    bot = Limnoria(tmp_path / "limnoria")
    async with (
        Stage(tmp_path) as stage,
        desk(stage, tmp_path / "one", "pkgdesk"),
        Wire(stage.port).opened() as port,
        bot.sitting(port),
    ):
        alice = await stage.enter("alice")
        await alice.hears(rf"({NICK}!\S+ JOIN|353 .*\b{NICK}\b)")
        for provoked in ("status", "hello, who are you?"):
            before = len(said(alice, "pkgdesk", f"{NICK}: "))
            alice.says(CHANNEL, f"{NICK}: echo pkgdesk: {provoked}")
            await alice.hears(rf":{NICK}!\S+ PRIVMSG \S+ :pkgdesk: {re.escape(provoked)}")
            await is_quiet(stage, "pkgdesk", NICK, "pkgdesk")
            assert len(said(alice, "pkgdesk", f"{NICK}: ")) - before <= 2, alice.heard
        assert any("is not a valid command" in line for line in said(alice, NICK, "pkgdesk: ")), "\n".join(
            each for each in alice.heard if "PRIVMSG" in each
        )

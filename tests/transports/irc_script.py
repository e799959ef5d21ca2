"""A server of IRC that does what a test tells it to: for what real servers do rarely, or never to order."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

from irc_networks import AT_ONCE, CHANNEL, PATIENCE, QUICK, Ears, now

from bot.transports.irc.settings import IrcSettings
from bot.transports.irc.transport import IrcTransport
from routing.presence import Venue

SERVER = ":irc.script.test"
CAPS = "account-tag away-notify account-notify extended-join message-tags server-time batch multi-prefix"
ALL_CAPS = f"{CAPS} echo-message labeled-response"


class Connection:
    """One client's connection, seen by the server: `hears` what the client wrote, `says` something to it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self.passed: list[str] = []

    async def next(self) -> str:
        """The next line of the client."""
        async with asyncio.timeout(PATIENCE):
            raw = await self._reader.readline()
        if not raw:
            raise EOFError(f"the client has hung up; before that it said {self.passed[-3:]}")
        assert raw.endswith(b"\r\n")
        return raw.decode().removesuffix("\r\n")

    async def hears(self, beginning: str) -> str:
        """The next line that begins so; those before it go to `passed`."""
        while not (text := await self.next()).startswith(beginning):
            self.passed.append(text)
        return text

    async def ends(self) -> None:
        """Waits until the client has hung up."""
        with contextlib.suppress(EOFError, ConnectionError):
            while True:
                self.passed.append(await self.next())

    def says(self, *lines: str | bytes) -> None:
        for each in lines:
            self.writer.write((each if isinstance(each, bytes) else each.encode()) + b"\r\n")

    def tells(self, *numerics: str) -> None:
        """Lines of the server itself: `001 pkgdesk :Welcome`."""
        self.says(*(f"{SERVER} {each}" for each in numerics))

    async def alive(self) -> None:
        """The client has dealt with all that was said, and is still there. What it wrote goes to `passed`."""
        self.says("PING :are-you-there")
        await self.hears("PONG :are-you-there")

    async def hang_up(self) -> None:
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()

    # --- the usual course of things --------------------------------------------------------------------

    async def negotiates(self, caps: str = CAPS) -> None:
        """Capabilities, up to and without CAP END."""
        await self.hears("CAP LS 302")
        self.tells(f"CAP * LS :{caps}")
        if caps:
            asked = await self.hears("CAP REQ :")
            self.tells(f"CAP * ACK :{asked.removeprefix('CAP REQ :')}")

    async def is_looked_at(self, caps: str) -> None:
        """Before it tries again to log in, the client looks what there is."""
        assert await self.hears("CAP") == "CAP LS 302"
        self.tells(f"CAP pkgdesk LS :{caps}")

    def welcomes(self, nick: str = "pkgdesk", isupport: str = "WHOX CHANTYPES=#") -> None:
        self.tells(
            f"001 {nick} :Welcome",
            f"005 {nick} {isupport} :are supported by this server",
            f"422 {nick} :There is no message of the day",
        )

    async def lets_join(self, *names: str, nick: str = "pkgdesk", channel: str = CHANNEL) -> None:
        await self.hears(f"JOIN {channel}")
        self.says(f":{nick}!~desk@desk.example JOIN {channel}")
        self.tells(
            f"353 {nick} = {channel} :{' '.join((nick, *names))}", f"366 {nick} {channel} :End of NAMES list"
        )

    async def lets_in(self, caps: str = CAPS, *names: str, isupport: str = "WHOX CHANTYPES=#") -> None:
        """All of it, until the client is in the channel and has been told who is there."""
        await self.negotiates(caps)
        await self.hears("CAP END")
        self.welcomes(isupport=isupport)
        await self.lets_join(*(names or ("alice",)))
        if "WHOX" in isupport.split():
            await self.hears(f"WHO {CHANNEL} %tcnaf,")
            self.tells(f"315 pkgdesk {CHANNEL} :End of WHO list")
        await self.hears(f"MODE {CHANNEL}")


class World:
    """The scripted server, the transport that connects to it, and what the transport tells."""

    def __init__(self, transport: IrcTransport, ears: Ears, connections: "asyncio.Queue[Connection]") -> None:
        self.transport = transport
        self.ears = ears
        self.channel = Venue("net", CHANNEL)
        self._connections = connections

    async def connection(self) -> Connection:
        """The next connection that the transport makes."""
        async with asyncio.timeout(PATIENCE):
            return await self._connections.get()

    @property
    def was_reached(self) -> bool:
        """Whether a connection waits to be looked at."""
        return not self._connections.empty()

    async def told(self, kind: type, after: int = 0) -> Any:
        return await self.ears.until(lambda event: isinstance(event, kind), after)


@contextlib.asynccontextmanager
async def scripted(
    *, clock: Callable[[], datetime] = now, times: dict[str, Any] | None = None, **settings: Any
) -> AsyncIterator[World]:
    """A scripted server and a transport that runs against it; `ahead`: servers that it is to try before."""
    connections: asyncio.Queue[Connection] = asyncio.Queue()
    made: list[Connection] = []

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        made.append(Connection(reader, writer))
        await connections.put(made[-1])

    tls = settings.pop("server_tls", None)
    look_out, ahead = settings.pop("look_out", tuple), settings.pop("ahead", ())
    server = await asyncio.start_server(accepted, "127.0.0.1", 0, ssl=tls, limit=1 << 20)
    port = server.sockets[0].getsockname()[1]
    options = {"host": "127.0.0.1", "port": port, "tls": False, "nick": "pkgdesk", "channels": [CHANNEL]}
    if ahead:
        options["servers"] = [*ahead, {name: options.pop(name) for name in ("host", "port", "tls")}]
    options["pace"] = AT_ONCE
    ears = Ears()
    transport = IrcTransport(
        "net",
        IrcSettings.model_validate({**options, "times": {**QUICK, **(times or {})}, **settings}),
        clock=clock,
        rng=random.Random(7),
        boot="boot",
        look_out=look_out,
    )
    run = asyncio.create_task(transport.run(ears))
    try:
        yield World(transport, ears, connections)
    finally:
        server.close()
        for each in made:
            each.writer.close()
        await transport.close("the test is over")
        await run

"""A small IRC client of the demo: one connection, one nick, one channel, and a report of all that happens.

It knows as much of RFC 1459 and of SASL PLAIN as its server asks for. The password is the account's name, as
everywhere in the demo. What a report is like stands in `bot.demo.player`.

Must not import anything else of the bot: it is a client like any other.
"""

import asyncio
import base64
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

COMING = 10.0
"""Seconds that connecting, identifying and joining may take together."""

_LONGEST_LINE = 2**16

Tell = Callable[[dict[str, Any]], None]


class Trouble(Exception):
    """The server did not do what a client needs; the words are for people."""


@dataclass(frozen=True, slots=True)
class Message:
    """A line of the protocol (RFC 1459, section 2.3.1), its tags left out."""

    source: str
    command: str
    params: tuple[str, ...]

    @property
    def nick(self) -> str:
        return self.source.partition("!")[0]

    @classmethod
    def parse(cls, line: str) -> "Message":
        if line.startswith("@"):
            line = line.partition(" ")[2].lstrip()
        source = ""
        if line.startswith(":"):
            source, _, line = line[1:].partition(" ")
        head, colon, trailing = line.partition(" :")
        words = head.split()
        params = (*words[1:], *((trailing,) if colon else ()))
        return cls(source, words[0].upper() if words else "", params)


class Client:
    """A connection to an IRC server as one nick in one channel; `tell` receives the reports."""

    def __init__(self, host: str, port: int, nick: str, channel: str, tell: Tell) -> None:
        self.nick = nick
        self.channel = channel
        self._address = host, port
        self._tell = tell
        self._writer: asyncio.StreamWriter | None = None
        self._listening: asyncio.Task[None] | None = None

    async def come(self) -> None:
        """Be in the channel, identified. Raises Trouble where that cannot be had."""
        try:
            async with asyncio.timeout(COMING):
                reader, self._writer = await asyncio.open_connection(*self._address, limit=_LONGEST_LINE)
                await self._register(reader)
        except TimeoutError:
            raise Trouble(f"{self.nick} was not in {self.channel} after {COMING:.0f} s") from None
        except OSError as error:
            raise Trouble(f"{self.nick} cannot reach port {self._address[1]}: {error}") from None
        self._listening = asyncio.create_task(self._listen(reader))
        self._tell({"tell": "came"})

    async def say(self, where: str, what: str) -> None:
        await self._send(f"PRIVMSG {where} :{what}")
        self._tell({"tell": "said", "where": where, "what": what})

    async def react(self, event: str, what: str, to: str) -> None:  # noqa: ARG002 (IRC has no reactions)
        """There is no such thing here."""
        raise Trouble(f"{self.nick} cannot react on IRC")

    async def leave(self, why: str = "bye") -> None:
        """Say goodbye and wait until the server has let go."""
        if self._writer is None or self._listening is None:
            return
        with contextlib.suppress(OSError):
            await self._send(f"QUIT :{why}")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._listening, 2.0)
        self._writer.close()
        self._writer = self._listening = None

    async def _register(self, reader: asyncio.StreamReader) -> None:
        for line in ("CAP LS 302", f"NICK {self.nick}", f"USER {self.nick} 0 * :{self.nick} of the demo"):
            await self._send(line)
        while True:
            message = await self._next(reader)
            match message.command, message.params:
                case "CAP", (_, "LS", *more, _) if not more:
                    await self._send("CAP REQ :sasl")
                case "CAP", (_, "ACK", *_):
                    await self._send("AUTHENTICATE PLAIN")
                case "AUTHENTICATE", ("+", *_):
                    proof = f"{self.nick}\0{self.nick}\0{self.nick}".encode()
                    await self._send(f"AUTHENTICATE {base64.b64encode(proof).decode()}")
                case "903", _:
                    await self._send("CAP END")
                case "001", _:
                    await self._send(f"JOIN {self.channel}")
                case "353", (*_, names):
                    self._tell({"tell": "present", "who": names.split()})
                case "366", _:
                    return
                case ("433" | "904" | "906" | "403" | "473" | "474") | "ERROR", _:
                    raise Trouble(f"{self.nick} is not let in: {' '.join(message.params)}")
                case "CAP", (_, "NAK", *_):
                    raise Trouble(f"{self.nick} cannot identify: the server has no SASL")

    async def _next(self, reader: asyncio.StreamReader) -> Message:
        """The next message that is no PING."""
        while True:
            line = await reader.readline()
            if not line:
                raise Trouble(f"{self.nick}: the server hung up")
            message = Message.parse(line.decode("utf-8", "replace").rstrip("\r\n"))
            if message.command != "PING":
                return message
            await self._send(f"PONG :{message.params[-1] if message.params else ''}")

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(Trouble, OSError):
            while True:
                message = await self._next(reader)
                match message.command, message.params:
                    case "PRIVMSG", (where, what):
                        self._tell({"tell": "heard", "who": message.nick, "where": where, "what": what})
                    case "JOIN", _:
                        self._tell({"tell": "joined", "who": message.nick})
                    case (("QUIT" | "PART"), (*_, what)):
                        self._tell({"tell": "gone", "who": message.nick, "what": what})
                    case (("401" | "404"), (*_, what)):
                        self._tell({"tell": "trouble", "what": what})
        self._tell({"tell": "left"})

    async def _send(self, line: str) -> None:
        if self._writer is None:
            raise Trouble(f"{self.nick} is not there")
        self._writer.write(f"{line}\r\n".encode())
        await self._writer.drain()

"""Somebody at a plain client on any server: no account, no capabilities, one connection.

What others say is kept with the moment at which it was read, for whoever counts lines and takes times.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from benchmarks.ircd import HOST

_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Spoken:
    """A line that was read: when (monotonic seconds), by whom, to where, what."""

    at: float
    who: str
    where: str
    what: str


class Guest:
    """`about`: whose lines are kept; other people's are read and forgotten. `joined`: into how many of our
    channels somebody came who is still there."""

    def __init__(self, port: int, nick: str, channels: Sequence[str], about: Sequence[str] = ()) -> None:
        self.nick = nick
        self.read: list[Spoken] = []
        self.joined: Counter[str] = Counter()
        self._port = port
        self._channels = tuple(channels)
        self._about = frozenset(about)
        self._changed = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._inside = 0

    async def come(self) -> None:
        """Log on, and into the channels."""
        reader, self._writer = await asyncio.open_connection(HOST, self._port)
        self._reading = asyncio.create_task(self._read(reader))
        self._write(f"NICK {self.nick}", f"USER {self.nick} 0 * :{self.nick}")
        await self.until(lambda: self._inside >= len(self._channels))

    async def leave(self) -> None:
        if self._writer is not None:
            self._writer.close()
        if self._reading is not None:
            self._reading.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await self._reading

    def say(self, what: str, where: str) -> None:
        self._write(f"PRIVMSG {where} :{what}")

    async def ask(
        self, bot: str, what: str, where: str, sign: str = "", within: float = _PATIENCE
    ) -> float | None:
        """Seconds until the bot says something in that channel in which `sign` stands, or else our nick; None
        where it does not."""
        before, began = len(self.read), time.perf_counter()
        self.say(what, where)

        def told() -> Spoken | None:
            lines = (said for said in self.read[before:] if said.who == bot and said.where == where)
            return next((said for said in lines if (sign or self.nick) in said.what), None)

        with suppress(TimeoutError):
            await self.until(lambda: told() is not None, within)
        answer = told()
        return None if answer is None else answer.at - began

    async def until(self, so: Callable[[], bool], within: float = _PATIENCE) -> None:
        """Returns when `so` holds. Raises TimeoutError."""
        async with asyncio.timeout(within):
            while not so():
                self._changed.clear()
                await self._changed.wait()

    def _write(self, *lines: str) -> None:
        assert self._writer is not None
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while raw := await reader.readline():
            words = raw.decode("utf-8", "replace").rstrip("\r\n").split(" ", 3)
            if words[0] == "PING":
                self._write(f"PONG {words[1]}")
            elif len(words) > 1:
                self._took(words)

    def _took(self, words: list[str]) -> None:
        who = words[0][1:].partition("!")[0]
        match words[1]:
            case "001":
                self._write(*(f"JOIN {channel}" for channel in self._channels))
            case "366":
                self._inside += 1
            case "JOIN":
                self.joined[who] += 1
            case "QUIT":
                del self.joined[who]
            case "PRIVMSG" | "NOTICE" if who in self._about:
                what = words[3].removeprefix(":") if len(words) > 3 else ""
                self.read.append(Spoken(time.perf_counter(), who, words[2], what))
            case _:
                return
        self._changed.set()

"""The console: whoever types here talks to the desk in private. Same seam, no network.

    you  ── a line ──>  Heard, in a venue that nobody else is in, from the account that the desk was given
    you <── pkgdesk> …  what the desk says

What the desk says is made plain first (`bot.transports.plain`), so that nothing in it reaches the terminal as
an escape. What is typed is read as IRC is: any bytes, a line at a time, over-long ones dropped. The end of
the input ends `run`: whoever has left does not come back by reconnecting.
"""

import asyncio
import contextlib
import os
import sys
import threading
from typing import BinaryIO, Protocol

from bot.desk.events import Event, Heard, Joined, RosterLost
from bot.desk.model import Failure, Line, Speaker
from bot.transports.base import Clock, Inbox, NotSent, Receipt, hand_over
from bot.transports.framing import Framing, decode
from bot.transports.plain import plain, unformatted
from routing.presence import Venue, Visibility

NICK = "pkgdesk"


class Paper(Protocol):
    """Where the desk's lines are printed: an `asyncio.StreamWriter`, or what is like it."""

    def write(self, data: bytes, /) -> None: ...

    async def drain(self) -> None: ...


class ConsoleTransport:
    """A transport on a pair of streams. `account` is who types; `boot` makes the ids of events unique."""

    idempotent = False

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: Paper,
        *,
        account: str,
        clock: Clock,
        boot: str,
        network: str = "console",
        me: str = NICK,
    ) -> None:
        self.network = network
        self.me = me
        self.connected = False
        self._reader = reader
        self._writer = writer
        self._clock = clock
        self._prefix = f"{network}/{boot}"
        self._count = 0
        self._speaker = Speaker(network, account, account)
        self._venue = Venue(network, account, Visibility.PRIVATE)
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._ended = asyncio.Event()
        self._leaving = False
        self._running = False

    async def run(self, inbox: Inbox) -> None:
        """Listen until the input ends or `close`; see `base.Transport`."""
        self._running = self.connected = True
        self._put(Joined(self._next_id(), self._clock(), self._speaker, self._venue, present=True))
        reading = asyncio.create_task(self._read())
        try:
            while (event := await self._events.get()) is not None:
                # What was typed before the end of the input may still be answered.
                self.connected = not isinstance(event, RosterLost)
                await hand_over(event, inbox)
        finally:
            self.connected = False
            reading.cancel()
            self._ended.set()

    async def send(self, line: Line, addressee: str | None, members: tuple[str, ...]) -> Receipt:  # noqa: ARG002 (as `base.Transport`)
        """Print one line; see `base.Transport`. Nobody is there to be highlighted by it."""
        if not self.connected:
            raise NotSent(Failure.REFUSED, "the console is closed")
        if line.venue.key != self._venue.key:
            raise NotSent(Failure.ABSENT, "nobody but the one who types is here")
        said = plain(line.text)
        if not said:
            raise NotSent(Failure.UNSENDABLE, "there is nothing to say")
        try:
            await self._print(f"{self.me}> {said}")
        except OSError as error:
            raise NotSent(Failure.REFUSED, str(error)) from None
        self._put(self._heard(Speaker(self.network, self.me), said, own=True))
        return Receipt(self._clock(), said)

    async def close(self, reason: str) -> None:
        """Print the reason and end `run`; see `base.Transport`."""
        was_open = not self._leaving
        self._leave()
        if self._running:
            await self._ended.wait()
        if was_open:
            with contextlib.suppress(OSError):
                await self._print(f"* {self.me}: {plain(reason)}")

    async def _read(self) -> None:
        framing = Framing()
        with contextlib.suppress(OSError):
            while data := await self._reader.read(1 << 16):
                for line in framing.feed(data):
                    text = unformatted(decode(line)).strip()
                    if text:
                        self._put(self._heard(self._speaker, text))
        self._leave()

    async def _print(self, text: str) -> None:
        self._writer.write(text.encode() + b"\n")
        await self._writer.drain()

    def _leave(self) -> None:
        if not self._leaving:
            self._leaving = True
            self._put(RosterLost(self._next_id(), self._clock(), self.network))
            self._put(None)

    def _heard(self, speaker: Speaker, text: str, *, own: bool = False) -> Heard:
        return Heard(self._next_id(), self._clock(), speaker, self._venue, text, self.me, own=own)

    def _put(self, event: Event | None) -> None:
        self._events.put_nowait(event)

    def _next_id(self) -> str:
        self._count += 1
        return f"{self._prefix}/{self._count}"


class _Output:
    """Standard output as `Paper`."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, data: bytes, /) -> None:
        self._stream.write(data)

    async def drain(self) -> None:
        self._stream.flush()


def standard_streams() -> tuple[asyncio.StreamReader, Paper]:
    """Standard input and output, whatever they are. A thread reads: a file or a terminal cannot be waited for
    in every event loop, and a thread that hangs in a read does not hold up the end of the process."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()

    def read() -> None:
        try:
            while data := os.read(sys.stdin.fileno(), 1 << 16):
                loop.call_soon_threadsafe(reader.feed_data, data)
            loop.call_soon_threadsafe(reader.feed_eof)
        except RuntimeError:
            return  # the event loop has ended before the input

    threading.Thread(target=read, name="console", daemon=True).start()
    return reader, _Output(sys.stdout.buffer)

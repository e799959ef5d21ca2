"""Networks for the transports' tests: real servers in processes of their own, a console, and people on them.

A `Place` is where a transport and one other person meet. Everything waits for something to happen, with a
limit; nothing sleeps.
"""

import asyncio
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from irc_daemons import InspircdProcess
from irc_people import CHANNEL, PATIENCE, Person

from bot.desk.events import Event, Heard, Joined
from bot.desk.model import Failure, Line, Purpose
from bot.transports.base import Transport
from bot.transports.console import ConsoleTransport
from bot.transports.control import ControlTransport
from bot.transports.irc.settings import IrcSettings
from bot.transports.irc.transport import IrcTransport
from bot.unix_socket import account_of
from routing.presence import Venue, Visibility

ROOT = Path(__file__).parents[2]
QUICK = {
    "reconnect": timedelta(milliseconds=20),
    "reconnect_most": timedelta(milliseconds=100),
    "retry": timedelta(milliseconds=50),
}
"""Pauses of a connection that a test can wait for; what is never to happen in one keeps its long default."""
AT_ONCE = {"burst": 100, "rate": 1000.0}
"""A pace that lets errands leave at once."""


def now() -> datetime:
    return datetime.now(UTC)


def line(venue: Venue, text: str, *, unbroken: tuple[str, ...] = ()) -> Line:
    return Line(venue, text, Purpose.REPLY, unbroken=unbroken)


class Ears:
    """An inbox that remembers, and can be waited for. It fails on the text `hurts`, takes nothing while it is
    not `open`, and tells `witness` of each event as it comes."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.hurts: str | None = None
        self.witness: Callable[[Event], None] | None = None
        self.open = asyncio.Event()
        self.open.set()
        self._changed = asyncio.Condition()

    async def __call__(self, event: Event) -> None:
        await self.open.wait()
        if self.hurts is not None and getattr(event, "text", None) == self.hurts:
            raise RuntimeError("a defect")
        if self.witness is not None:
            self.witness(event)
        async with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    async def until(self, wanted: Callable[[Event], bool], after: int = 0) -> Any:
        """The first event from number `after` on that is `wanted`."""
        async with asyncio.timeout(PATIENCE), self._changed:
            while True:
                for event in self.events[after:]:
                    if wanted(event):
                        return event
                after = len(self.events)
                await self._changed.wait()

    async def heard(self, text: str, *, own: bool = False) -> Heard:
        heard: Heard = await self.until(
            lambda event: isinstance(event, Heard) and event.text == text and event.own is own
        )
        return heard

    def texts(self, *, own: bool = False) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Heard) and event.own is own]


class DemoProcess:
    """The demo's server in a process of its own."""

    def __init__(self, accounts: str = "pkgdesk=sesame,alice=wonder") -> None:
        self.port = 0
        self._accounts = accounts
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "bot.demo.server", "--port", str(self.port)),
                *("--accounts", self._accounts),
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        self.port = json.loads(self._process.stdout.readline())["port"]

    def crash(self) -> None:
        assert self._process is not None
        self._process.kill()
        # It also closes the pipes.
        self._process.communicate(timeout=PATIENCE)

    def stop(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self.crash()


# --- places ---------------------------------------------------------------------------------------------


class Place:
    """Where a transport and somebody else meet. `comes_back`: they meet again when the other end crashed;
    `stays`: the transport is not gone with it; `other`: what the other one is called; `first`: they were
    there before the desk. `me`: the desk's name, and `own`, as whom it speaks. `by_name`: whoever is named is
    highlighted; `textual`: what is said is text, and no bytes. `nobody`: somebody who cannot be reached, and
    `missing` how that is told; `called`: what the other one is called in a line."""

    comes_back = True
    stays = False
    other = "alice"
    first = True
    me = own = "pkgdesk"
    by_name = True
    textual = False
    nobody = "nobody-here"
    missing = Failure.ABSENT
    called = "alice"
    transport: Transport
    venue: Venue

    def __init__(self) -> None:
        self.ears = Ears()

    async def open(self) -> None:
        raise NotImplementedError

    async def someone_says(self, text: str | bytes) -> None:
        raise NotImplementedError

    async def sees(self, text: str) -> None:
        """The other one reads exactly `text` from the desk."""
        raise NotImplementedError

    def seen(self) -> list[str]:
        """All that the other one read from the desk."""
        raise NotImplementedError

    async def crash(self) -> None:
        raise NotImplementedError

    async def restore(self) -> None:
        raise NotImplementedError

    async def goodbye(self, reason: str) -> None:
        """The other one learns that the desk left with `reason`."""
        raise NotImplementedError

    async def untouched(self) -> None:
        """Nothing but words reached the other side."""
        raise NotImplementedError

    async def shut(self) -> None:
        raise NotImplementedError

    def forget(self) -> None:
        """What happened so far is of no interest."""
        self.ears.events.clear()

    @contextlib.asynccontextmanager
    async def visited(self) -> AsyncIterator["Place"]:
        try:
            await self.open()
            yield self
        finally:
            await self.shut()


class IrcPlace(Place):
    """A channel on a real server, with alice in it."""

    def __init__(self, server: DemoProcess | InspircdProcess, **settings: Any) -> None:
        super().__init__()
        self.server = server
        self.venue = Venue("net", CHANNEL)
        self._extra = settings
        self._run: asyncio.Task[None] | None = None
        self.alice: Person | None = None

    async def open(self) -> None:
        self.server.start()
        self.alice = await Person.comes(self.server.port, "alice")
        options = {"host": "127.0.0.1", "port": self.server.port, "tls": False, "nick": "pkgdesk"}
        settings = IrcSettings.model_validate(
            {**options, "channels": [CHANNEL], "times": QUICK, "pace": AT_ONCE, **self._extra}
        )
        self.transport = IrcTransport("net", settings, clock=now, rng=random.Random(7), boot="boot")
        self._run = asyncio.create_task(self.transport.run(self.ears))
        await self.present()

    async def present(self, after: int = 0) -> None:
        """The desk is in the channel, and knows that alice is."""
        await self.ears.until(
            lambda event: getattr(getattr(event, "speaker", None), "nick", "") == "alice", after
        )

    async def someone_says(self, text: str | bytes) -> None:
        assert self.alice is not None
        raw = text if isinstance(text, bytes) else text.encode()
        self.alice.writes(f"PRIVMSG {CHANNEL} :".encode() + raw)

    async def sees(self, text: str) -> None:
        assert self.alice is not None
        await self.alice.reads(lambda read: read.endswith(f" PRIVMSG {CHANNEL} :{text}"))

    def seen(self) -> list[str]:
        assert self.alice is not None
        return self.alice.said_by(self.transport.me)

    async def crash(self) -> None:
        self.server.crash()

    def forget(self) -> None:
        super().forget()
        if self.alice is not None:
            self.alice.lines.clear()

    async def restore(self) -> None:
        before = len(self.ears.events)
        assert self.alice is not None
        await self.alice.leaves()
        self.server.start()
        self.alice = await Person.comes(self.server.port, "alice")
        await self.present(before)

    async def goodbye(self, reason: str) -> None:
        assert self.alice is not None
        await self.alice.reads(
            lambda read: read.startswith(":pkgdesk!") and " QUIT " in read and read.endswith(reason)
        )

    async def untouched(self) -> None:
        assert self.alice is not None
        await self.alice.settles()
        desk = [text.split()[1] for text in self.alice.lines if text.startswith(":pkgdesk!")]
        assert set(desk) <= {"JOIN", "PRIVMSG"}, desk
        assert not [text for text in self.seen() if text[0] in "!/\x01" or not text.isprintable()]
        self.alice.writes(f"TOPIC {CHANNEL}")
        await self.alice.reads(lambda read: read.split()[1:2] == ["331"])

    async def shut(self) -> None:
        if self._run is not None:
            await self.transport.close("the test is over")
            await self._run
        if self.alice is not None:
            await self.alice.leaves()
        self.server.stop()


class ConsolePlace(Place):
    """A console at the two ends of pipes."""

    comes_back = False

    def __init__(self) -> None:
        super().__init__()
        self.venue = Venue("console", "alice", Visibility.PRIVATE)
        self.printed = b""
        self._reader = asyncio.StreamReader()
        self._torn = False
        self._run: asyncio.Task[None] | None = None

    def write(self, data: bytes, /) -> None:
        if self._torn:
            raise BrokenPipeError("nobody reads")
        self.printed += data

    async def drain(self) -> None:
        """Nothing is ever left to be written."""

    async def open(self) -> None:
        self.transport = ConsoleTransport(self._reader, self, account="alice", clock=now, boot="boot")
        self._run = asyncio.create_task(self.transport.run(self.ears))
        await self.ears.until(lambda event: getattr(event, "present", False))

    async def someone_says(self, text: str | bytes) -> None:
        self._reader.feed_data((text if isinstance(text, bytes) else text.encode()) + b"\r\n")

    async def sees(self, text: str) -> None:
        assert text in self.seen()

    def seen(self) -> list[str]:
        lines = self.printed.decode().splitlines()
        return [text.removeprefix("pkgdesk> ") for text in lines if text.startswith("pkgdesk> ")]

    async def crash(self) -> None:
        self._torn = True
        self._reader.feed_eof()

    def forget(self) -> None:
        super().forget()
        self.printed = b""

    async def goodbye(self, reason: str) -> None:
        assert self.printed.decode().endswith(f"* pkgdesk: {reason}\n")

    async def untouched(self) -> None:
        text = self.printed.decode()
        assert all(char.isprintable() or char == "\n" for char in text), text
        assert all(each.startswith("pkgdesk> ") for each in text.splitlines())

    async def shut(self) -> None:
        if self._run is not None:
            await self.transport.close("the test is over")
            await self._run


class ControlPlace(Place):
    """A control socket in a folder of its own, with the user who runs the tests at the other end."""

    stays = True
    other = account_of(os.geteuid())
    first = False

    def __init__(self) -> None:
        super().__init__()
        self.venue = Venue("control", self.other, Visibility.PRIVATE)
        self.said: list[dict[str, Any]] = []
        self._changed = asyncio.Condition()
        # A short path, not pytest's: an address of a socket is no longer than 107 bytes.
        self._folder = Path(tempfile.mkdtemp(prefix="pkgdesk-control-"))
        self._run: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None

    @property
    def path(self) -> Path:
        return self._folder / "pkgdesk.sock"

    async def open(self) -> None:
        async def at_once(_: Venue) -> None:
            """Nothing is ever left to be sent."""

        self.transport = self.control = ControlTransport(
            self.path,
            users={os.geteuid()},
            clock=now,
            boot="boot",
            refused=lambda _: None,
            commands=list,
            idle=at_once,
        )
        self.control.listen()
        self._run = asyncio.create_task(self.transport.run(self._settling))
        await self.restore()

    async def _settling(self, event: Event) -> None:
        await self.ears(event)
        self.control.settled(event.id, "well")

    async def someone_says(self, text: str | bytes) -> None:
        assert self._writer is not None
        raw = text if isinstance(text, bytes) else json.dumps({"say": text}).encode()
        self._writer.write(raw + b"\n")

    async def sees(self, text: str) -> None:
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: text in self.seen())

    def seen(self) -> list[str]:
        return [each["news"] for each in self.said if "news" in each]

    async def crash(self) -> None:
        assert self._writer is not None
        self._writer.transport.abort()

    async def restore(self) -> None:
        before = len(self.ears.events)
        reader, self._writer = await asyncio.open_unix_connection(str(self.path), limit=1 << 20)
        self._reading = asyncio.create_task(self._read(reader))
        await self.ears.until(
            lambda event: isinstance(event, Joined) and event.speaker.nick == self.other, before
        )

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while raw := await reader.readline():
                async with self._changed:
                    self.said.append(json.loads(raw))
                    self._changed.notify_all()

    def forget(self) -> None:
        super().forget()
        self.said.clear()

    async def goodbye(self, reason: str) -> None:
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: {"goodbye": reason} in self.said)

    async def untouched(self) -> None:
        await self.transport.send(line(self.venue, "all of it"), None, ())
        await self.sees("all of it")
        assert {key for each in self.said for key in each} <= {"news", "end"}, self.said
        assert all(text.isprintable() for text in self.seen())
        self.said = [each for each in self.said if each != {"news": "all of it"}]

    async def shut(self) -> None:
        if self._run is not None:
            await self.transport.close("the test is over")
            await self._run
        if self._reading is not None:
            self._reading.cancel()
        if self._writer is not None:
            self._writer.close()
        assert not self.path.exists()
        self._folder.rmdir()


PLACES: dict[str, Callable[[], Place]] = {
    "demo": lambda: IrcPlace(DemoProcess()),
    "inspircd": lambda: IrcPlace(InspircdProcess()),
    "console": ConsolePlace,
    "control": ControlPlace,
}

"""One connection to the control socket: what is held for it, and what of it is under way.

What is held is bounded: a line of the operator (`LINE`), lines that wait their turn (more are not read),
lines of the desk that are not read (the connection ends). Nobody waits for a client.
"""

import asyncio
import json
import select
import socket
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import structlog

from bot.desk.model import Speaker
from bot.transports.control_protocol import LINE, ListCommands, Propose, Say, Wrong, asked
from bot.transports.framing import Framing
from bot.transports.plain import plain
from bot.unix_socket import peer
from routing.presence import Venue, Visibility

log = structlog.get_logger(__name__)

TURNS = 32
"""Lines of one connection that may wait for their turn."""

HELD = 512 * 1024
"""Bytes of such lines after which no more are read."""

UNREAD = 1024 * 1024
"""Bytes that a client may leave unread."""


class Owner(Protocol):
    """Whose connections they are. `refused`: what to tell somebody who says words that are no command, None
    where they are one. `commands`: what `list` gives."""

    refused: Callable[[str], str | None]
    commands: Callable[[], list[dict[str, Any]]]

    def admit(self, client: "Connection", uid: int) -> str | None:
        """Let a connection in, under a name; or why it may not be."""

    def said(self, client: "Connection", happened: str, said: Say | Propose) -> None:
        """Somebody said something, and the event of it is to have the id `happened`."""

    def gone(self, client: "Connection") -> None:
        """A connection has ended."""


class Connection(asyncio.Protocol):
    """One connection: its lines, one after the other, each from its words to its end."""

    speaker = Speaker("", "")
    venue = Venue("", "", Visibility.PRIVATE)
    prefix = ""

    def __init__(self, owner: Owner) -> None:
        self.over = asyncio.Event()
        self._owner = owner
        self._framing = Framing(LINE)
        self._turns: deque[bytes] = deque()
        self._held = 0
        self._transport: asyncio.Transport | None = None
        self._count = 0
        self._under_way = ""
        self._events: set[str] = set()
        self._open: set[tuple[str, ...]] = set()  # of each, one event is waited for
        self._end = ""
        self._no_more = False

    # --- asyncio ------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        try:
            why = self._owner.admit(self, peer(transport.get_extra_info("socket")))
        except OSError:  # gone already
            why = "who connects cannot be told"
        if why is not None:
            self._fail(why)

    def data_received(self, data: bytes) -> None:
        if self._no_more:
            return
        lines = self._framing.feed(data)
        self._turns.extend(lines)
        self._held += sum(map(len, lines))
        if self._framing.dropped:
            self._fail(f"a line is longer than {LINE} bytes")
            return
        self._hold()
        self._next()

    def eof_received(self) -> bool:
        """They say no more; what they said is still answered, unless they do not listen either."""
        self._no_more = True
        if self._transport is None or _hung_up(self._transport.get_extra_info("socket")):
            return False
        self._next()
        return True

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio calls it so)
        self._no_more = True
        self._turns.clear()
        self._held = 0
        self._transport = None
        self._owner.gone(self)
        self.over.set()

    # --- what the owner asks ------------------------------------------------------------------------------

    def awaits(self, happened: str) -> bool:
        """Whether what came of the event `happened` is about what is under way."""
        return happened in self._events

    def settled(self, happened: str, end: str) -> bool:
        """Whether all that is under way is settled with this."""
        self._open = {each for each in self._open if happened not in each}
        # The worst of several ends is the end of them all.
        self._end = max(self._end, end, key=("", "well", "complained", "failed").index)
        return not self._open

    def leads_to(self, then: tuple[str, ...]) -> bool:
        """Wait for one of these events, too; whether anything is under way that could."""
        if not self._open:
            return False
        self._open.add(then)
        self._events.update(then)
        return True

    def instead(self, happened: str) -> list[str]:
        """The events that are waited for no more once this one has happened."""
        return [other for each in self._open if happened in each for other in each if other != happened]

    def finish(self) -> None:
        """What is under way is over and told."""
        self.write(end=self._end)
        self._under_way = ""
        self._next()

    def write(self, **said: object) -> bool:
        """Write one object; whether there still is a connection."""
        if self._transport is None or self._transport.is_closing():
            return False
        self._transport.write(json.dumps(said, ensure_ascii=False).encode() + b"\n")
        if self._transport.get_write_buffer_size() > UNREAD:
            log.warning("a client of the control socket does not read", user=self.speaker.account)
            self._transport.abort()
            return False
        return True

    def hang_up(self) -> None:
        """End the connection once everything that was written has left."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # --- inside -------------------------------------------------------------------------------------------

    def _next(self) -> None:
        """Take up the next line, or part with who has no more."""
        while self._turns and not self._under_way and self._transport is not None:
            self._take(self._turns.popleft())
        self._hold()
        if self._no_more and not self._turns and not self._under_way:
            self.hang_up()

    def _take(self, line: bytes) -> None:
        self._held -= len(line)
        said = asked(line)
        match said:
            case Say(words) if (why := self._owner.refused(words)) is not None:
                self._wrong(why)
            case Say() | Propose():
                self._begin(said)
            case ListCommands():
                self.write(commands=self._owner.commands())
                self.write(end="well")
            case Wrong(why):
                self._wrong(why)

    def _begin(self, said: Say | Propose) -> None:
        self._count += 1
        self._under_way = f"{self.prefix}/{self._count}"
        self._events = {self._under_way}
        self._open = {(self._under_way,)}
        self._end = ""
        self._owner.said(self, self._under_way, said)

    def _wrong(self, why: str) -> None:
        self.write(line=plain(why))
        self.write(end="wrong")

    def _fail(self, why: str) -> None:
        self._no_more = True
        self._turns.clear()
        self._held = 0
        self.write(error=plain(why))
        self.hang_up()

    def _hold(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if len(self._turns) > TURNS or self._held > HELD:
            self._transport.pause_reading()
        elif not self._transport.is_reading() and not self._no_more:
            self._transport.resume_reading()


def _hung_up(connection: socket.socket) -> bool:
    """Whether the other end is closed both ways (poll(2), POLLHUP); an end of input alone does not tell."""
    looking = select.poll()
    looking.register(connection.fileno(), 0)
    return any(event & select.POLLHUP for _, event in looking.poll(0))

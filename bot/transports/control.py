"""The control socket: operators on the desk's own machine talk to it here, each in private. Same seam.

Who may: the kernel says which user is at the other end (`bot.unix_socket.peer`); those whose number is among
`users` are operators, everybody else is told so and cut off. The account is the user's name. Each connection
is a venue of its own, which nobody else is in; of several at once the second bears the name `NAME-2`.

Protocol: a JSON object on each line, UTF-8, both ways. The operator says one of

    {"say": "why 42"}            the words of a command, as in chat
    {"list": "commands"}         what there is

and a line that is no JSON object is taken as words; one with nothing in it is passed over. For each, in
order, and one after the other, the desk answers with any number of lines, and then with its end:

    {"line": "…"}                what it says to that
    {"commands": [{"usage": "why [NUMBER]", "meaning": "…", "names": ["why"]}, …]}
    {"end": "well"}              or "complained": it was of no use, and the line says why; "failed": the desk
                                 could not; "wrong": that is no command, nothing was done

The end comes when everything that the words set off was decided and told. Besides, at any time:

    {"news": "…"}                what the desk says to that user and nobody on this connection has asked for
    {"error": "…"}               the connection is of no use, and ends
    {"goodbye": "…"}             the desk ends

What is held for one connection is bounded: a line of the operator (`LINE`), lines that wait their turn (more
are not read), lines of the desk that are not read (the connection ends). Nobody waits for a client.
"""

import asyncio
import contextlib
import itertools
import json
import os
import select
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Any

import structlog

from bot.desk.events import Event, Heard, Joined, Left, RosterLost
from bot.desk.model import CONTROL, Failure, Line, Speaker
from bot.transports.base import Clock, Inbox, NotSent, Receipt, hand_over
from bot.transports.framing import Framing, decode
from bot.transports.plain import plain, unformatted
from bot.unix_socket import account_of, listen, peer, remove
from routing.presence import Venue, Visibility, fold

log = structlog.get_logger(__name__)

NICK = "pkgdesk"

LINE = 16 * 1024
"""Bytes of an operator's line; of what it says the desk looks at the first 2,000 characters."""

MOST = 64
"""Connections at a time."""

TURNS = 32
"""Lines of one connection that may wait for their turn."""

UNREAD = 1024 * 1024
"""Bytes that a client may leave unread."""

GOODBYE = 0.5
"""Seconds for what was written to leave at the end."""


class ControlTransport:
    """A transport on a unix socket.

    `users`: the numbers of those who may connect. `boot`: different at each start, makes the ids of events
    unique. `refused`: what to tell somebody who says words that are no command, None where they are one.
    `commands`: what `list` gives. `idle`: returns when nothing more is to be sent to a venue.
    """

    def __init__(
        self,
        path: Path,
        *,
        users: Collection[int],
        group: str | None = None,
        clock: Clock,
        boot: str,
        refused: Callable[[str], str | None],
        commands: Callable[[], list[dict[str, Any]]],
        idle: Callable[[Venue], Awaitable[None]],
        network: str = CONTROL,
        me: str = NICK,
    ) -> None:
        self.network = network
        self.me = me
        self.connected = False
        self.users = frozenset(users)
        self.refused = refused
        self.commands = commands
        self._path = path
        self._group = group
        self._clock = clock
        self._idle = idle
        self._prefix = f"{network}/{boot}"
        self._ids = itertools.count(1)
        self._numbers = itertools.count(1)
        self._clients: dict[str, _Client] = {}
        self._waiting: dict[str, _Client] = {}
        self._finishing: set[asyncio.Task[None]] = set()
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._listening: socket.socket | None = None
        self._made: os.stat_result | None = None
        self._server: asyncio.Server | None = None
        self._ended = asyncio.Event()
        self._leaving = False
        self._running = False

    def listen(self) -> None:
        """Take the socket's place; `run` serves it. Raises SocketError."""
        self._listening = listen(self._path, self._group)
        self._made = self._path.lstat()

    async def run(self, inbox: Inbox) -> None:
        """Serve until `close`; see `base.Transport`. Raises SocketError where `listen` was left to it."""
        if self._leaving:
            return
        if self._listening is None:
            self.listen()
        self._running = self.connected = True
        # That we are there shows that we see the place: who is not there is absent, not yet to be seen.
        desk = Venue(self.network, self.me, Visibility.PRIVATE)
        self._put(Joined(self._id(), self._clock(), Speaker(self.network, self.me), desk, present=True))
        try:
            self._server = await asyncio.get_running_loop().create_unix_server(
                lambda: _Client(self), sock=self._listening
            )
            while (event := await self._events.get()) is not None:
                self.connected = self.connected and not isinstance(event, RosterLost)
                await hand_over(event, self._knocking(inbox))
        finally:
            self.connected = False
            self._shut()
            self._ended.set()

    async def send(self, line: Line, addressee: str | None, members: tuple[str, ...]) -> Receipt:  # noqa: ARG002
        """Write one line; see `base.Transport`. Nobody is there to be highlighted by it."""
        if not self.connected:
            raise NotSent(Failure.REFUSED, "the control socket is closed")
        ours = line.venue.private and line.venue.network == self.network
        client = self._clients.get(fold(line.venue.name)) if ours else None
        # What one connection asked for is not said to the next that bears its name.
        elsewhere = line.event.startswith(f"{self.network}/")
        if client is None or (elsewhere and not line.event.startswith(f"{client.prefix}/")):
            raise NotSent(Failure.ABSENT, "whom it is for is not connected")
        said = plain(line.text)
        if not said:
            raise NotSent(Failure.UNSENDABLE, "there is nothing to say")
        if not client.write(**{"line" if client.awaits(line.event) else "news": said}):
            raise NotSent(Failure.ABSENT, "the connection ended")
        own = Speaker(self.network, self.me)
        self._put(Heard(self._id(), self._clock(), own, client.venue, said, self.me, own=True))
        return Receipt(self._clock(), said)

    async def close(self, reason: str) -> None:
        """Say goodbye and end `run`; see `base.Transport`."""
        if not self._leaving:
            self._leaving = True
            if self._server is not None:
                self._server.close()
            for client in list(self._clients.values()):
                client.write(goodbye=plain(reason))
                client.hang_up()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GOODBYE):
                    for client in list(self._clients.values()):
                        await client.over.wait()
            self._put(RosterLost(self._id(), self._clock(), self.network))
            self._put(None)
        if self._running:
            await self._ended.wait()
        else:
            self._shut()

    def settled(self, happened: str, end: str) -> None:
        """The event with the id `happened` was dealt with, and this is how it ended."""
        client = self._waiting.pop(happened, None)
        if client is not None and client.settled(happened, end):
            task = asyncio.get_running_loop().create_task(self._finish(client))
            self._finishing.add(task)
            task.add_done_callback(self._finishing.discard)

    def leads_to(self, happened: str, then: str) -> None:
        """What was asked with the event `happened` ends no sooner than the event `then` is settled."""
        client = self._waiting.get(happened)
        if client is not None and client.leads_to(then):
            self._waiting[then] = client

    async def told(self) -> None:
        """Returns when nobody waits for the end of what they asked."""
        while self._finishing:
            await asyncio.wait(list(self._finishing))

    # --- for the connections ------------------------------------------------------------------------------

    def admit(self, client: "_Client", uid: int) -> str | None:
        """Let a connection in, under a name; or why it may not be."""
        if uid not in self.users:
            log.warning("refused at the control socket", user=account_of(uid))
            return f"{account_of(uid)} is no operator of this desk: its operator may add you (control.users)"
        if self._leaving:
            return "the desk is ending"
        if len(self._clients) >= MOST:
            return f"{MOST} connections are open, and more are not taken: end one of them"
        account = account_of(uid)
        names = itertools.chain([account], (f"{account}-{number}" for number in itertools.count(2)))
        name = next(each for each in names if fold(each) not in (fold(self.me), *self._clients))
        client.speaker = Speaker(self.network, name, account)
        client.venue = Venue(self.network, name, Visibility.PRIVATE)
        client.prefix = f"{self._prefix}/{next(self._numbers)}"
        self._clients[fold(name)] = client
        self._put(Joined(self._id(), self._clock(), client.speaker, client.venue))
        return None

    def said(self, client: "_Client", happened: str, text: str) -> None:
        self._waiting[happened] = client
        self._put(Heard(happened, self._clock(), client.speaker, client.venue, text, self.me))

    def gone(self, client: "_Client") -> None:
        if self._clients.get(fold(client.speaker.nick)) is client:
            del self._clients[fold(client.speaker.nick)]
            self._waiting = {each: other for each, other in self._waiting.items() if other is not client}
            self._put(Left(self._id(), self._clock(), self.network, client.speaker.nick))

    # --- inside -------------------------------------------------------------------------------------------

    def _knocking(self, inbox: Inbox) -> Inbox:
        async def knock(event: Event) -> None:
            try:
                await inbox(event)
            except Exception:
                self.settled(event.id, "failed")
                raise

        return knock

    async def _finish(self, client: "_Client") -> None:
        await self._idle(client.venue)
        client.finish()

    def _shut(self) -> None:
        for task in self._finishing:
            task.cancel()
        for client in list(self._clients.values()):
            client.abort()
        if self._server is not None:
            self._server.close()
        if self._listening is not None:
            self._listening.close()
        if self._made is not None:
            remove(self._path, self._made)
            self._made = None

    def _put(self, event: Event | None) -> None:
        self._events.put_nowait(event)

    def _id(self) -> str:
        return f"{self._prefix}/{next(self._ids)}"


class _Client(asyncio.Protocol):
    """One connection: its lines, one after the other, each from its words to its end."""

    speaker = Speaker("", "")
    venue = Venue("", "", Visibility.PRIVATE)
    prefix = ""

    def __init__(self, owner: ControlTransport) -> None:
        self.over = asyncio.Event()
        self._owner = owner
        self._framing = Framing(LINE)
        self._turns: deque[bytes] = deque()
        self._transport: asyncio.Transport | None = None
        self._count = 0
        self._under_way = ""
        self._events: set[str] = set()
        self._open: set[str] = set()
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
        self._turns.extend(self._framing.feed(data))
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

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._no_more = True
        self._turns.clear()
        self._transport = None
        self._owner.gone(self)
        self.over.set()

    # --- what the owner asks ------------------------------------------------------------------------------

    def awaits(self, happened: str) -> bool:
        """Whether what came of the event `happened` is about what is under way."""
        return happened in self._events

    def settled(self, happened: str, end: str) -> bool:
        """Whether all that is under way is settled with this."""
        self._open.discard(happened)
        # The worst of several ends is the end of them all.
        self._end = max(self._end, end, key=("", "well", "complained", "failed").index)
        return not self._open

    def leads_to(self, happened: str) -> bool:
        if not self._open:
            return False
        self._open.add(happened)
        self._events.add(happened)
        return True

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
            self._take(decode(self._turns.popleft()))
        self._hold()
        if self._no_more and not self._turns and not self._under_way:
            self.hang_up()

    def _take(self, text: str) -> None:
        match _read(text):
            case {"say": str(words), **rest} if not rest:
                self._say(unformatted(words).strip())
            case {"list": "commands", **rest} if not rest:
                self.write(commands=self._owner.commands())
                self.write(end="well")
            case _:
                self._wrong('say {"say": "WORDS"} or {"list": "commands"}')

    def _say(self, words: str) -> None:
        why = self._owner.refused(words) if words else "nothing was said"
        if why is not None:
            self._wrong(why)
            return
        self._count += 1
        self._under_way = f"{self.prefix}/{self._count}"
        self._events = {self._under_way}
        self._open = {self._under_way}
        self._end = ""
        self._owner.said(self, self._under_way, words)

    def _wrong(self, why: str) -> None:
        self.write(line=plain(why))
        self.write(end="wrong")

    def _fail(self, why: str) -> None:
        self._no_more = True
        self._turns.clear()
        self.write(error=plain(why))
        self.hang_up()

    def _hold(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if len(self._turns) > TURNS:
            self._transport.pause_reading()
        elif not self._transport.is_reading() and not self._no_more:
            self._transport.resume_reading()


def _hung_up(connection: socket.socket) -> bool:
    """Whether the other end is closed both ways (poll(2), POLLHUP); an end of input alone does not tell."""
    looking = select.poll()
    looking.register(connection.fileno(), 0)
    return any(event & select.POLLHUP for _, event in looking.poll(0))


def _read(text: str) -> object:
    """The object in a line, or the line as words where there is none."""
    text = text.strip()
    if not text.startswith("{"):
        return {"say": text}
    try:
        # Controls inside of strings are taken out with all others.
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None

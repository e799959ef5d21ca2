"""The control socket: operators on the desk's own machine talk to it here, each in private. Same seam.

Who may: the kernel says which user is at the other end (`bot.unix_socket.peer`); those whose number is among
`users` are operators, everybody else is told so and cut off. The account is the user's name. Each connection
is a venue of its own, which nobody else is in; of several at once the second bears the name `NAME-2`.

What is said there is `bot.transports.control_protocol`, one connection `bot.transports.control_connection`.
"""

import asyncio
import contextlib
import itertools
import os
import socket
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Any

import structlog

from bot.desk.events import Event, Heard, Joined, Left, Proposed, RosterLost
from bot.desk.model import CONTROL, Failure, Line, Speaker
from bot.transports.base import Clock, Inbox, NotSent, Receipt, hand_over
from bot.transports.control_connection import Connection
from bot.transports.control_protocol import Propose, Say
from bot.transports.plain import plain
from bot.unix_socket import account_of, listen, remove
from routing.presence import Venue, Visibility, fold

log = structlog.get_logger(__name__)

NICK = "pkgdesk"

MOST = 64
"""Connections at a time."""

GOODBYE = 0.5
"""Seconds for what was written to leave at the end."""


class ControlTransport:
    """A transport on a unix socket.

    `users`: the numbers of those who may connect. `boot`: different at each start, makes the ids of events
    unique. `refused`: what to tell somebody who says words that are no command, None where they are one.
    `commands`: what `list` gives. `idle`: returns when nothing more is to be sent to a venue.
    """

    idempotent = False

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
        self._clients: dict[str, Connection] = {}
        self._waiting: dict[str, Connection] = {}
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
                lambda: Connection(self), sock=self._listening
            )
            while (event := await self._events.get()) is not None:
                self.connected = self.connected and not isinstance(event, RosterLost)
                await hand_over(event, self._knocking(inbox))
        finally:
            self.connected = False
            self._shut()
            self._ended.set()

    async def send(self, line: Line, addressee: str | None, members: tuple[str, ...]) -> Receipt:  # noqa: ARG002 (as `base.Transport`)
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
        if client is not None:
            for other in client.instead(happened):
                self._waiting.pop(other, None)
        if client is not None and client.settled(happened, end):
            task = asyncio.get_running_loop().create_task(self._finish(client))
            self._finishing.add(task)
            task.add_done_callback(self._finishing.discard)

    def leads_to(self, happened: str, *then: str) -> None:
        """What was asked with the event `happened` ends no sooner than one of `then` is settled."""
        client = self._waiting.get(happened)
        if client is not None and client.leads_to(then):
            self._waiting |= dict.fromkeys(then, client)

    async def told(self) -> None:
        """Returns when nobody waits for the end of what they asked."""
        while self._finishing:
            await asyncio.wait(list(self._finishing))

    # --- for the connections ------------------------------------------------------------------------------

    def admit(self, client: Connection, uid: int) -> str | None:
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

    def said(self, client: Connection, happened: str, said: Say | Propose) -> None:
        """Somebody said something; the event of it gets the id `happened`."""
        self._waiting[happened] = client
        at, who, where = self._clock(), client.speaker, client.venue
        match said:
            case Say(words):
                self._put(Heard(happened, at, who, where, words, self.me))
            case Propose(now, was, note, number):
                self._put(Proposed(happened, at, who, where, now, was, note, number))

    def gone(self, client: Connection) -> None:
        """A connection has ended."""
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

    async def _finish(self, client: Connection) -> None:
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

"""One connection to an IRC server, over the reactor of the library `irc`.

The library connects, logs on and takes lines apart; everything by which it could lose a connection or a
line is done here instead: framing and decoding (`bot.transports.framing`), bytes (`bot.transports.wire`),
PONG, and a barrier around each line, so that one that cannot be understood costs only itself. CTCP is left
quoted: the library's unquoting puts line ends into text.

Lines are handled a few at a time, so that a flood leaves the event loop to others; beyond `MOST_WAITING`
nothing more is read until they are done, and in a crowd of lines it is read some fifty times a second.
Every attempt makes a new link with a reactor of its own: a late end of an old connection must not touch a new
one.
"""

import asyncio
import re
import ssl
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from irc.client import Event
from irc.client_aio import AioConnection, AioReactor
from irc.connection import AioFactory

from bot.transports import certificate, wire
from bot.transports.framing import Framing, decode
from bot.transports.irc.isupport import Isupport
from bot.transports.irc.settings import IrcServer, IrcSettings

log = structlog.get_logger(__name__)

AT_ONCE = 50
"""Lines handled before others get their turn: about 2 ms."""

MOST_WAITING = 2000

CROWDED, CROWD = 0.012, 10
"""Seconds between two reads below which, so many times in a row, lines come in a crowd."""

REST = 0.02
"""Seconds without reading in a crowd: being woken costs more than handling a line, so they come together."""

TOLD_EVERY = 60.0
"""Seconds between two warnings that lines could not be read."""

TLS_SHARE = 0.75
"""Of the time for connecting, what the server has for answering TLS: that it does not is known before all of
it is over, and is another trouble than that there is no connection at all."""

_VERB = re.compile(r"(?:@[^ ]* +)?(?::[^ ]+ +)?([^ ]+)")
_RAW = "all_raw_messages"


@dataclass(frozen=True, slots=True)
class Message:
    """One line of the server, taken apart. `verb`: the numeric as three digits, or a command in capitals."""

    verb: str
    parameters: tuple[str, ...] = ()
    source: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, index: int) -> str:
        """A parameter, counted from 0, or from -1 at the end; empty where there is none."""
        try:
            return self.parameters[index]
        except IndexError:
            return ""

    @property
    def nick(self) -> str:
        """Who said it; empty where a server did, or nobody is named."""
        nick, mask, _ = self.source.partition("!")
        return nick if mask else ""

    @property
    def mask(self) -> tuple[str, str]:
        """User and host, each empty where it is not told."""
        user, _, host = self.source.partition("!")[2].partition("@")
        return user, host


def _nobody_listens(_: Message) -> None:
    """Stands where `heard` will be."""


def _nobody_waits(_: str) -> None:
    """Stands where `lost` will be, and again once it has been called."""


class Link(AioConnection):  # type: ignore[misc]
    """The library's connection, made safe. `heard` gets every message, `lost` is called once, at the end."""

    buffer_class = Framing
    transport: asyncio.Transport | None = None

    def __init__(self, reactor: AioReactor) -> None:
        super().__init__(reactor)
        self.features = Isupport()
        self.heard: Callable[[Message], None] = _nobody_listens
        self.lost: Callable[[str], None] = _nobody_waits
        self._waiting: deque[bytes] = deque()
        self._working = False
        self._held = False
        self._resting = False
        self._read_at = -REST
        self._in_a_row = 0
        self._over: str | None = None
        self._passed_over = 0
        self._told_at: float | None = None
        self.verb = ""

    def process_data(self, new_data: bytes) -> None:
        self._waiting.extend(self.buffer.feed(new_data))
        if not self._working:
            self._work()
        now = self.reactor.loop.time()
        self._in_a_row = self._in_a_row + 1 if now - self._read_at < CROWDED else 0
        if self._in_a_row >= CROWD and not self._resting:
            self._resting = True
            self.reactor.loop.call_later(REST, self._rested)
        self._read_at = now
        self._gate()

    def _rested(self) -> None:
        self._resting = False
        self._read_at = self.reactor.loop.time()  # what has come meanwhile belongs to the crowd
        self._gate()

    def hold(self, held: bool) -> None:
        """Stop reading, or go on."""
        self._held = held
        self._gate()

    def send(self, line: bytes) -> None:
        """Write what `wire` made. Raises ConnectionError where there is nothing to write to."""
        if not self.connected or self.transport is None or self.transport.is_closing():
            raise ConnectionError("not connected")
        self.transport.write(wire.checked(line))

    def send_raw(self, string: str) -> None:
        """What the library itself says: NICK and USER as it logs on."""
        self.send(wire.given(string))

    def disconnect(self, message: str = "") -> None:
        """The connection ended, or is to end: nothing is said to the server, `lost` is called when the lines
        that came before are done."""
        if self._over is None:
            self._over = message or "the connection was closed"
            self.connected = False
            if self.transport is not None:
                self.transport.abort()
            self._work_on()

    def _gate(self) -> None:
        if self._over is None and self.transport is not None:
            if self._held or self._resting or len(self._waiting) > MOST_WAITING:
                self.transport.pause_reading()
            else:
                self.transport.resume_reading()

    def _work_on(self) -> None:
        if not self._working:
            self._working = True
            self.reactor.loop.call_soon(self._work)

    def _work(self) -> None:
        self._working = False
        for _ in range(min(AT_ONCE, len(self._waiting))):
            line = self._waiting.popleft()
            try:
                self._read(decode(line))
            except Exception as error:  # a defect costs this line
                self._unread(error, len(line))
        if self._waiting:
            self._work_on()
        elif self._over is not None:
            over, self.lost = self.lost, _nobody_waits
            over(self._over)
        else:
            self._gate()

    def _unread(self, error: Exception, size: int) -> None:
        """Tell it, once a minute: a server that says nothing else fills no disk. No text of the line stands
        there, it may be anybody's words."""
        self._passed_over += 1
        now = self.reactor.loop.time()
        if self._told_at is None or now - self._told_at >= TOLD_EVERY:
            kind = type(error).__name__
            log.warning("a line could not be read", error=kind, size=size, lines=self._passed_over)
            self._passed_over, self._told_at = 0, now

    def _read(self, line: str) -> None:
        """Have the library take the line apart. It calls a numeric by a name, and AWAY by the name of 301, so
        the verb is kept as it was written."""
        found = _VERB.match(line)
        self.verb = found[1].upper() if found else ""
        self._process_line(line)

    def _handle_message(self, arguments: Any, command: Any, source: Any, tags: Any) -> None:
        self._handle_other(arguments, command, source, tags)

    def _handle_other(self, arguments: Any, command: Any, source: Any, tags: Any) -> None:
        if command == "ping":
            self.send(wire.command("PONG", *arguments[:1], trailing=bool(arguments)))
            return
        target = arguments[0] if arguments else None
        self._handle_event(Event(command, source, target, arguments[1:], tags))

    def _handle_event(self, event: Event) -> None:
        """Not by the reactor's handlers: finding the one that there is costs as much as all the rest."""
        if event.type != _RAW:
            self.heard(message(self.verb, event))


def message(verb: str, event: Event) -> Message:
    """The library's event as our value."""
    target = () if event.target is None else (event.target,)
    return Message(
        verb=verb,
        parameters=(*target, *event.arguments),
        source=event.source or "",
        tags={tag["key"]: tag["value"] or "" for tag in event.tags},
    )


async def open_link(
    settings: IrcSettings,
    server: IrcServer,
    opening: Callable[[Link], None],
    heard: Callable[[Message], None],
    lost: Callable[[str], None],
) -> Link:
    """Connect to `server` and log on. `opening` may write before the library sends NICK and USER; `heard` and
    `lost` are called from the event loop, from then on. Raises OSError (also for TLS that is not verified)
    and `certificate.Unusable`."""
    loop = asyncio.get_running_loop()
    context = await loop.run_in_executor(None, _context, settings, server) if server.tls else None

    reactor = AioReactor(on_connect=lambda *_: opening(link), loop=loop)
    reactor.connection_class = Link
    link: Link = reactor.server()
    link.heard, link.lost = heard, lost
    patience = TLS_SHARE * settings.times.connect.total_seconds()
    secured = (
        {}
        if context is None
        else {"ssl": context, "server_hostname": server.host, "ssl_handshake_timeout": patience}
    )
    await link.connect(
        server.host,
        server.port,
        settings.nick,
        username=settings.username,
        ircname=settings.real_name,
        connect_factory=AioFactory(**secured),
    )
    return link


def _context(settings: IrcSettings, server: IrcServer) -> ssl.SSLContext:
    context = certificate.context(server.ca_file)
    if settings.certificate is not None:
        certificate.load(context, settings.certificate, settings.certificate_key)
    return context

"""The IRC transport: sessions one after the other, until it is closed.

A lost connection is made again after a growing pause; every attempt is a new `Session` that shares nothing
with the one before. Events wait in one queue on their way to the inbox, so that a slow inbox delays neither
PONG nor the confirmation of lines; when too many wait, nothing more is read from the server.
"""

import asyncio
import contextlib
import random
from dataclasses import dataclass
from typing import Any

import structlog

from bot.backscroll import Bookmarks, MayAsk, to_me
from bot.desk.events import Event
from bot.desk.model import Failure, Line
from bot.transports import certificate, wire
from bot.transports.base import Attendance, Clock, Inbox, NotSent, Receipt, hand_over
from bot.transports.irc.course import Course, Farewell, farewell
from bot.transports.irc.guestbook import Guestbook
from bot.transports.irc.monitor import LookOut
from bot.transports.irc.renewal import Renewals
from bot.transports.irc.session import Session
from bot.transports.irc.settings import IrcServer, IrcSettings
from bot.transports.irc.unreached import Trouble, trouble
from bot.transports.irc.voice import NO_VOICE
from bot.transports.plain import plain

log = structlog.get_logger(__name__)

HIGH, LOW = 2000, 500
"""How many events may wait before reading stops, and until it goes on."""

GOODBYE = 2.0
"""Seconds that the server has to end the connection after QUIT."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """How one connection went: whether the server let us in, what it asked of us at the end, in which words;
    why it ended, where there was one, or else the trouble."""

    welcomed: bool
    said: Farewell
    parting: str
    why: str | None
    trouble: Trouble | None


class IrcTransport:
    """One IRC network. `boot` is different at each start of the desk: with it ids of events are unique.
    `look_out`: whom to look out for, by account, of those who are in none of our channels. `bookmarks`: up to
    when each venue was read; they move on as lines come. `may_ask`: how lines that were said while it was
    away are judged."""

    idempotent = False

    def __init__(
        self,
        network: str,
        settings: IrcSettings,
        *,
        clock: Clock,
        rng: random.Random,
        boot: str,
        look_out: LookOut = tuple,
        bookmarks: Bookmarks | None = None,
        may_ask: MayAsk = to_me,
    ) -> None:
        self.network = network
        self.bookmarks = Bookmarks() if bookmarks is None else bookmarks
        self._may_ask = may_ask
        self._settings = settings
        self._clock = clock
        self._rng = rng
        self._boot = boot
        self._look_out = look_out
        self._guestbook = Guestbook()
        self._renewals = Renewals()
        self._session: Session | None = None
        self._connections = 0
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._closing = asyncio.Event()
        self._ended = asyncio.Event()
        self._reason = ""
        self._running = False

    @property
    def me(self) -> str:
        return self._session.me if self._session is not None else self._settings.nick

    @property
    def connected(self) -> bool:
        return self._session is not None and self._session.ready

    @property
    def account(self) -> str | None:
        """The services account that the server says we are logged in to; connected without it is possible."""
        return self._session.account if self._session is not None else None

    @property
    def room(self) -> int:
        """Bytes that a venue's name and a text share on one line now; the fewest without a connection."""
        return self._session.room() if self._session is not None else wire.room("", self.me)

    @property
    def attendance(self) -> Attendance:
        """How we sit there now."""
        configured = tuple(channel.name for channel in self._settings.channels)
        session = self._session if self.connected else None
        return Attendance(
            connected=session is not None,
            missing=session.missing if session is not None else configured,
            identified=self.account is not None if self._settings.sasl is not None else None,
            reasons={**session.reasons, **dict.fromkeys(session.mute, NO_VOICE)}
            if session is not None
            else {},
            waits=session.waits if session is not None else {},
            mute=session.mute if session is not None else (),
        )

    async def run(self, inbox: Inbox) -> None:
        """Be connected until `close`; see `base.Transport`."""
        # Whatever is logged on the way belongs to this network: tasks and callbacks inherit it.
        structlog.contextvars.bind_contextvars(network=self.network)
        self._running = True
        handing = asyncio.create_task(self._hand_over(inbox))
        try:
            course = Course(self._settings.in_turn)
            while not self._closing.is_set():
                began = asyncio.get_running_loop().time()
                server = course.servers[0]
                ended = await self._attend(server)
                lasted = asyncio.get_running_loop().time() - began if ended.welcomed else None
                course, pause = course.after(lasted, ended.said, self._settings.times, self._rng)
                self._tell(server, ended, pause)
                # Not wait_for: before Python 3.12 it swallows a cancellation that comes with the end.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._closing.wait()
            await self._events.join()
        finally:
            handing.cancel()
            self._ended.set()

    async def send(self, line: Line, addressee: str | None, members: tuple[str, ...]) -> Receipt:
        """Write one line; see `base.Transport`."""
        session = self._session
        if session is None or not session.ready:
            raise NotSent(Failure.REFUSED, "not connected", later=True)
        venue = line.venue
        # Our own name is no highlight of anybody: people copy `pkgdesk: more`.
        unbroken = (*line.unbroken, session.me)
        try:
            said = wire.spoken(venue, line.text, addressee, unbroken, members, session.room(venue.name))
        except wire.Unsendable as error:
            raise NotSent(Failure.UNSENDABLE, str(error)) from None
        return await session.say(venue, said)

    async def close(self, reason: str) -> None:
        """Say goodbye and end `run`; see `base.Transport`."""
        self._reason = reason
        self._closing.set()
        if self._running:
            await self._ended.wait()

    async def _attend(self, server: IrcServer) -> "_Ended":
        """One connection, from the attempt to its end."""
        self._connections += 1
        session = Session(
            self.network,
            self._settings,
            server,
            emit=self._emit,
            clock=self._clock,
            rng=self._rng,
            prefix=f"{self.network}/{self._boot}/{self._connections}",
            look_out=self._look_out,
            guestbook=self._guestbook,
            renewals=self._renewals,
            bookmarks=self.bookmarks,
            may_ask=self._may_ask,
        )
        self._session = session
        closing = asyncio.create_task(self._closing.wait())
        opening = asyncio.create_task(session.open())
        found, why = None, None
        try:
            await _first(opening, closing)
            if opening.done():
                opening.result()
                await _first(session.over, closing)
                await self._part(session)
                why = session.over.result()
        except (OSError, UnicodeError, certificate.Unusable) as error:
            found = trouble(error, server)
        finally:
            for task in (opening, closing):
                task.cancel()
            session.hang_up("the desk hangs up")
            self._session = None
        said = farewell(session.parting) if not self._closing.is_set() else Farewell.NOTHING
        return _Ended(session.welcomed, said, session.parting, why, found)

    def _tell(self, server: IrcServer, ended: "_Ended", pause: float) -> None:
        """The log: how it ended, and in how many seconds it is tried again."""
        again = {} if self._closing.is_set() else {"again_in": f"{pause:.0f} s"}
        if ended.trouble is not None:
            told = log.error if ended.trouble.lasting else log.warning
            remedy = {"remedy": ended.trouble.remedy} if ended.trouble.remedy else {}
            error = f"{server}: {ended.trouble.why}"
            told("could not connect", network=self.network, error=error, **again, **remedy)
        elif ended.why is not None:
            log.info("connection ended", network=self.network, why=ended.why, **again)
        if ended.said is Farewell.BANNED:
            log.error(
                "the server does not want the desk",
                server=str(server),
                words=plain(ended.parting),
                **again,
                remedy="talk with the network's staff; until then it is tried again rarely",
            )

    async def _part(self, session: Session) -> None:
        """Leave in good order if we are the one who leaves."""
        if not session.over.done():
            session.quit(self._reason)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GOODBYE):
                    await asyncio.shield(session.over)
            session.hang_up(self._reason)
            await session.over

    def _emit(self, event: Event) -> None:
        self._events.put_nowait(event)
        if self._events.qsize() >= HIGH and self._session is not None:
            self._session.hold(True)

    async def _hand_over(self, inbox: Inbox) -> None:
        while True:
            event = await self._events.get()
            await hand_over(event, inbox)
            self._events.task_done()
            if self._events.qsize() < LOW and self._session is not None:
                self._session.hold(False)


async def _first(*waited: asyncio.Future[Any]) -> None:
    await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)

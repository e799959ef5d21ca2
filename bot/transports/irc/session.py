"""One connection to a network, from its first line to its end: the parts put together.

Each message goes to the parts in a fixed order: first it is heard (while our nick is still the one that the
line was written under), then registration, ourselves, channels, voice, monitor, history and receipts act on
it. A server that has been silent is asked for a sign of life, and the connection is ended if none comes: a
dead peer says nothing. That is measured on the loop's clock, which no step of the system's clock disturbs.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from itertools import count

import structlog

from bot.backscroll import Bookmarks, MayAsk, to_me
from bot.desk.events import Event, Heard
from bot.desk.model import Failure
from bot.transports import wire
from bot.transports.base import Clock, NotSent, Receipt, Unconfirmed
from bot.transports.irc.channels import Channels
from bot.transports.irc.guestbook import Guestbook
from bot.transports.irc.hearing import Hearing
from bot.transports.irc.history import History
from bot.transports.irc.link import Link, Message, open_link
from bot.transports.irc.monitor import LookOut, Monitor
from bot.transports.irc.ourselves import Ourselves
from bot.transports.irc.receipts import Receipts
from bot.transports.irc.registration import Registration
from bot.transports.irc.renewal import Renewals
from bot.transports.irc.settings import IrcServer, IrcSettings
from bot.transports.irc.standing import Standing
from bot.transports.irc.voice import Voice
from bot.transports.plain import plain
from routing.presence import Venue

log = structlog.get_logger(__name__)

_LABELS = frozenset({"labeled-response", "batch", "message-tags"})


def _nobody_watches(_: Message) -> None:
    """Stands where nobody wants to see the messages."""


class Session:
    """`emit` gets the events, `witness` every message of the server, before anything is done about it.
    `ready`: lines can be written. `welcomed`: the server had let us in."""

    def __init__(
        self,
        network: str,
        settings: IrcSettings,
        server: IrcServer,
        *,
        emit: Callable[[Event], None],
        clock: Clock,
        rng: random.Random,
        prefix: str,
        look_out: LookOut,
        guestbook: Guestbook,
        renewals: Renewals,
        bookmarks: Bookmarks | None = None,
        may_ask: MayAsk = to_me,
        witness: Callable[[Message], None] = _nobody_watches,
    ) -> None:
        self.network = network
        self.ready = False
        self.welcomed = False
        self.over: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._settings = settings
        self._server = server
        self._emit = emit
        self._witness = witness
        self._standing = Standing(settings, rng)
        self._hearing = Hearing(network, self._standing, clock, prefix)
        self._registration = Registration(self._standing, self._welcomed, renewals)
        self._ourselves = Ourselves(self._standing)
        self._channels = Channels(self._standing, guestbook)
        self._voice = Voice(self._standing)
        self._monitor = Monitor(
            self._standing, look_out, lambda nick: emit(self._hearing.sighted(nick, None))
        )
        self._history = History(
            self._standing, self._hearing, bookmarks or Bookmarks(), may_ask, emit=emit, clock=clock
        )
        self._receipts = Receipts(self._standing, clock)
        self._keys = count(1)
        self._heard_at = 0.0
        self._held = False
        self._asked: asyncio.TimerHandle | None = None
        self._leaving = False

    @property
    def standing(self) -> Standing:
        """Who and where we are, for looking at."""
        return self._standing

    @property
    def me(self) -> str:
        return self._standing.nick

    @property
    def account(self) -> str | None:
        """The services account that we are logged in to, as the server says."""
        return self._standing.account

    @property
    def parting(self) -> str:
        """The server's words for why it ended the connection, as far as it said any."""
        return self._registration.parting

    @property
    def missing(self) -> tuple[str, ...]:
        """The configured channels that we are not in."""
        return self._channels.missing

    @property
    def reasons(self) -> Mapping[str, str]:
        """Why we are not in some of them, in a few words each."""
        return self._channels.reasons

    @property
    def waits(self) -> Mapping[str, float]:
        """In how many seconds it is tried again to come into some of them."""
        return self._channels.waits

    @property
    def mute(self) -> tuple[str, ...]:
        """The channels that we are in and may say nothing in."""
        return self._voice.mute

    async def open(self) -> None:
        """Connect. Raises OSError or TimeoutError. From then on `over` tells when and why it ended."""
        within = self._settings.times.connect.total_seconds()
        async with asyncio.timeout(within):
            await open_link(self._settings, self._server, self._opening, self._heard, self._lost)
        self._heard_at = self._standing.now()
        self._standing.later(within, self._overdue)
        self._watch()

    def hold(self, held: bool) -> None:
        """Stop reading from the server, or go on. While nothing is read, silence says nothing."""
        if held != self._held and self._standing.link is not None:
            self._held = held
            self._standing.link.hold(held)
            self._alive()

    def room(self, target: str = "") -> int:
        """Bytes of text that a line to `target` can hold, with our mask before it as others get it."""
        return wire.room(target, self.me, self._standing.user, self._standing.host)

    async def say(self, venue: Venue, said: str) -> Receipt:
        """Write one line. Raises `NotSent` and `Unconfirmed`, as `Transport.send` does."""
        try:
            line = wire.message(venue, said)
        except wire.Unsendable as error:
            raise NotSent(Failure.UNSENDABLE, str(error)) from None
        if not venue.private and not self._channels.inside(venue.name):
            closed = self._channels.closed(venue.name)
            later = closed is None and self._channels.wanted(venue.name)
            raise NotSent(Failure.REFUSED, closed or "not in the channel", later=later)
        link, key = self._standing.link, str(next(self._keys))
        labelled = self._standing.caps >= _LABELS
        if link is None or not self.ready:
            raise NotSent(Failure.REFUSED, "not connected", later=True)
        fate = self._receipts.expect(key, venue.name, said, labelled=labelled)
        try:
            if labelled:
                link.send(wire.labelled(line, key))
            else:
                link.send(line)
                link.send(wire.command("PING", key, trailing=True))
            async with asyncio.timeout(self._settings.times.confirm.total_seconds()):
                return await fate
        except ConnectionError:
            raise NotSent(Failure.REFUSED, "not connected", later=True) from None
        except TimeoutError:
            raise Unconfirmed("the server did not say what became of it") from None
        finally:
            self._receipts.forget(fate)

    def quit(self, reason: str) -> None:
        """Say goodbye; the server ends the connection."""
        self._leaving = True
        try:
            self._standing.say("QUIT", wire.fit(plain(reason), 200)[0], trailing=True)
        except ConnectionError:
            self.hang_up(reason)

    def hang_up(self, why: str) -> None:
        """End the connection without waiting for anybody."""
        if self._standing.link is not None:
            self._standing.link.disconnect(why)

    def _opening(self, link: Link) -> None:
        self._standing.link = link
        self._registration.open()

    def _welcomed(self) -> None:
        if not self.ready:
            self.ready = self.welcomed = True
            log.info("connected", network=self.network, nick=self.me, identified=self.account is not None)
            self._channels.join()
            self._history.begin()
            self._monitor.begin()

    def _heard(self, message: Message) -> None:
        self._alive()
        self._witness(message)
        if message.verb == "ERROR":
            told = log.info if self._leaving else log.warning
            told("the server ends the connection", network=self.network, why=message[-1])
        for event in self._hearing.events(message):
            self._emit(event)
            if isinstance(event, Heard):
                self._history.heard(event)
        self._standing.learn(message)
        self._registration.handle(message)
        self._ourselves.handle(message)
        self._channels.handle(message)
        self._voice.handle(message)
        self._monitor.handle(message)
        self._history.handle(message)
        self._receipts.handle(message)

    def _overdue(self) -> None:
        if not self.ready:
            self.hang_up("logging on took too long")

    def _alive(self) -> None:
        self._heard_at = self._standing.now()
        if self._asked is not None:
            self._asked.cancel()
            self._watch()

    def _watch(self) -> None:
        """Ask for a sign of life when the server has been silent for too long."""
        self._asked = None
        silence = self._settings.times.silence.total_seconds()
        left = silence if self._held else self._heard_at + silence - self._standing.now()
        if left > 0:
            self._standing.later(left, self._watch)
        else:
            self._standing.say("PING", "alive", trailing=True)
            patience = self._settings.times.sign_of_life.total_seconds()
            self._asked = self._standing.later(patience, lambda: self.hang_up("no sign of life"))

    def _lost(self, why: str) -> None:
        self.ready = False
        self._standing.stop()
        self._receipts.lost()
        self._emit(self._hearing.lost())
        if not self.over.done():
            self.over.set_result(why)

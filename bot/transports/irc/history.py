"""Reading back: what was said in our channels, and privately, while we were not there.

    Ergo and others      CHATHISTORY AFTER #c timestamp=… n      asked for once it is known who is there, a
                         BATCH + chathistory #c … BATCH -        page after the other
                         CHATHISTORY TARGETS …, AFTER nick …     for what was said privately
    InspIRCd, +H         BATCH + chathistory #c … BATCH -        by itself, after a JOIN
    bouncers             BATCH + znc.in/playback #c, or lines that are merely old

(IRCv3, "chathistory" and "batch"; Solanum keeps no history.) What comes is replayed for everybody else
(`bot.transports.irc.hearing`). Here it is gathered, venue by venue, with what is said live meanwhile, and
when there is no more to come `bot.backscroll` says which of it is still to be handled: those lines are told
again, late. Where a venue was never read before, nothing of the past is handled.

Up to when each venue was read is kept in the bookmarks, in our time. A mark does not move while its venue is
being read back: if the connection ends, it begins anew with the next.

Bounded: so many lines and answers of a venue (`bot.transports.irc.catching`); `PATIENCE` seconds for each.
One venue is asked for at a time.
"""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.backscroll import Bookmarks, MayAsk, unheard
from bot.desk.events import Event, Heard
from bot.transports.base import Clock
from bot.transports.irc.catching import Catching, Stage
from bot.transports.irc.hearing import Hearing
from bot.transports.irc.link import Message
from bot.transports.irc.standing import Standing
from bot.transports.wire import is_nick

log = structlog.get_logger(__name__)

PAGE = 200
"""Lines that are asked for at once, where the server gives so many."""

TALKS = 20
"""Direct conversations that are read back."""

PATIENCE = 60.0
"""Seconds for an answer, or for history that comes by itself to end."""

QUIET = 2.0
"""Seconds without another old line after which a bouncer that marks no end has ended."""

SLACK = timedelta(seconds=2)
"""By how much our time of a line may differ from one connection to the next."""

PRIVATE = ""
"""The bookmark of direct conversations."""

MOST_BATCHES = 100
_CAPS = frozenset({"chathistory", "draft/chathistory"})
_KINDS = ("chathistory", "playback")
_TALKS_KIND = "chathistory-targets"


class History:
    """What one connection reads back. `emit` gets the lines that are still to be handled."""

    def __init__(
        self,
        standing: Standing,
        hearing: Hearing,
        bookmarks: Bookmarks,
        may_ask: MayAsk,
        *,
        emit: Callable[[Event], None],
        clock: Clock,
    ) -> None:
        self._standing = standing
        self._hearing = hearing
        self._bookmarks = bookmarks
        self._may_ask = may_ask
        self._emit = emit
        self._clock = clock
        self._within = standing.settings.times.backscroll
        self._catching: dict[str, Catching] = {}
        self._queue: deque[str] = deque()
        self._batches: dict[str, str] = {}
        self._talks_batch = ""
        self._talks: list[str] = []
        self._privately_since = bookmarks.get(PRIVATE)
        self._privately = False
        self._talks_asked = False
        self._clock_asked = -PATIENCE

    def begin(self) -> None:
        """We are let in: direct conversations can be read back. First come the channels, for there people
        show who they are."""
        if self._privately_since is None:
            self._bookmarks.read(PRIVATE, self._clock())
            return
        self._privately = True
        if self._standing.settings.channels:
            self._standing.later(PATIENCE, self._ask_for_talks)
        else:
            self._ask_for_talks()

    def heard(self, heard: Heard) -> None:
        """A line was heard, live or not."""
        venue = heard.venue
        if self._catching or (self._privately and heard.venue.private):
            key = self._fold(venue.name)
            if heard.replayed and venue.private and self._privately and key not in self._catching:
                self._catch(key, Catching(venue.name, self._privately_since, Stage.COMES, private=True))
            if (catching := self._catching.get(key)) is not None:
                catching.lines.append(heard)
                if catching.stage is Stage.COMES:
                    self._comes(key, catching, heard)
                return
        if heard.replayed:
            self._unexpected()
        elif not (venue.private and self._privately):
            self._bookmarks.read(PRIVATE if venue.private else venue.name, heard.at)

    def _unexpected(self) -> None:
        """An old line, where none is waited for: the server's clock may have been put back."""
        now = self._standing.now()
        if now - self._clock_asked >= PATIENCE:
            self._clock_asked = now
            self._standing.errand("PING", "clock", trailing=True)

    def handle(self, message: Message) -> None:
        match message.verb:
            case "PRIVMSG" | "NOTICE" if self._batches:
                self._count(message)
            case "BATCH":
                self._batch(message)
            case "JOIN" if self._standing.is_me(message.nick):
                for channel in message[0].split(","):
                    self._joined(channel)
            case "PART" if self._standing.is_me(message.nick):
                self._left(message[0])
            case "KICK" if self._standing.is_me(message[1]):
                self._left(message[0])
            case "366" if not self._standing.isupport.whox:
                self._known(message[1])
            case "315":
                self._known(message[1])
            case "CHATHISTORY" if message[0].upper() == "TARGETS" and self._talks_batch:
                self._talk(message)
            case "FAIL" if message[0].upper() == "CHATHISTORY":
                self._failed(message)
            case "421" if message[1].upper() == "CHATHISTORY":
                self._failed(message)

    # --- channels --------------------------------------------------------------------------------------

    def _joined(self, channel: str) -> None:
        name, key = self._hearing.venue(channel).name, self._fold(channel)
        self._catch(key, Catching(name, self._bookmarks.get(name)))
        # WHO is asked for one channel after the other, and need not be answered.
        self._standing.later(PATIENCE, lambda: self._known(channel))

    def _left(self, channel: str) -> None:
        catching = self._catching.pop(self._fold(channel), None)
        if catching is not None and catching.turn is not None:
            catching.turn.cancel()

    def _known(self, channel: str) -> None:
        """It is known who is there, as far as it ever will be."""
        key = self._fold(channel)
        catching = self._catching.get(key)
        if catching is None or catching.stage is not Stage.UNKNOWN:
            return
        if catching.since is None or not self._within:
            self._finish(key)
        elif self._may_be_asked:
            self._ask_later(key, catching)
        elif catching.ended and key not in self._batches.values():
            self._finish(key)
        else:
            catching.stage = Stage.COMES
            self._wait(key, catching, PATIENCE if key in self._batches.values() else QUIET)

    def _catch(self, key: str, catching: Catching) -> Catching:
        self._left(catching.name)
        self._catching[key] = catching
        return catching

    def _comes(self, key: str, catching: Catching, heard: Heard) -> None:
        """A line, where history comes by itself: a live one is behind the end of it."""
        if not heard.replayed:
            self._finish(key)
        elif key not in self._batches.values():
            self._wait(key, catching, QUIET)

    # --- asking ----------------------------------------------------------------------------------------

    @property
    def _may_be_asked(self) -> bool:
        return not _CAPS.isdisjoint(self._standing.caps) and "batch" in self._standing.caps

    def _ask_later(self, key: str, catching: Catching) -> None:
        catching.stage = Stage.WAITS
        self._queue.append(key)
        self._next()

    def _next(self) -> None:
        while self._queue and not any(each.stage is Stage.ASKED for each in self._catching.values()):
            key = self._queue.popleft()
            catching = self._catching.get(key)
            if catching is not None and catching.stage is Stage.WAITS and catching.since is not None:
                catching.stage = Stage.ASKED
                after = max(catching.since - SLACK, self._clock() - self._within)
                self._ask(key, catching, self._timestamp(after))

    def _ask(self, key: str, catching: Catching, after: str) -> None:
        catching.turn_page()
        limit = str(self._limit)
        self._standing.errand("CHATHISTORY", "AFTER", catching.name, after, limit)
        self._wait(key, catching, PATIENCE)

    @property
    def _limit(self) -> int:
        told = self._standing.isupport.tokens.get("CHATHISTORY", "")
        limit = int(told) if told.isascii() and told.isdigit() and len(told) < 9 else 0
        return min(limit or PAGE, PAGE)

    def _timestamp(self, at: datetime) -> str:
        there = self._hearing.told_at(at)
        return f"timestamp={there:%Y-%m-%dT%H:%M:%S}.{there.microsecond // 1000:03}Z"

    def _batch(self, message: Message) -> None:
        reference, kind = message[0], message[1]
        if reference.startswith("+"):
            if len(self._batches) >= MOST_BATCHES:
                self._batches.pop(next(iter(self._batches)))
            if kind.endswith(_TALKS_KIND):
                self._talks_batch = reference[1:]
            elif kind.endswith(_KINDS):
                self._batches[reference[1:]] = self._fold(message[2])
        elif self._talks_batch and reference[1:] == self._talks_batch:
            self._talks_batch = ""
            self._talks_told()
        elif (key := self._batches.pop(reference[1:], None)) is not None:
            self._page_ended(key)

    def _count(self, message: Message) -> None:
        catching = self._catching.get(self._batches.get(message.tags.get("batch", ""), ""))
        if catching is not None:
            catching.count(message.tags.get("time", ""))

    def _page_ended(self, key: str) -> None:
        catching = self._catching.get(key)
        if catching is None:
            return
        catching.ended = True
        if catching.stage is Stage.COMES:
            self._finish(key)
        elif catching.stage is Stage.ASKED:
            if catching.goes_on(self._limit):
                self._ask(key, catching, f"timestamp={catching.last}")
            else:
                self._finish(key)

    def _failed(self, message: Message) -> None:
        """The server refuses: what it gave by itself is all there is."""
        log.info("the server gives no history", why=message[-1])
        asked = [key for key, each in self._catching.items() if each.stage is Stage.ASKED]
        for key in asked:
            self._finish(key)
        if not asked and self._talks_asked:
            self._talks_told()

    # --- direct conversations --------------------------------------------------------------------------

    def _ask_for_talks(self) -> None:
        """Once, when no channel is left to be read back."""
        if not self._privately or self._privately_since is None or self._talks_asked:
            return
        self._talks_asked = True
        if self._may_be_asked and self._within:
            now = self._clock()
            after = self._timestamp(max(self._privately_since - SLACK, now - self._within))
            before = self._timestamp(now + SLACK)
            self._standing.errand("CHATHISTORY", "TARGETS", after, before, str(TALKS))
        self._standing.later(PATIENCE, self._talks_told)

    def _talk(self, message: Message) -> None:
        nick = message[1]
        if is_nick(nick) and not self._standing.is_me(nick) and len(self._talks) < TALKS:
            self._talks.append(nick)

    def _talks_told(self) -> None:
        """With whom we talked is told, or will not be any more."""
        talks, self._talks = self._talks, []
        for nick in talks:
            key = self._fold(nick)
            self._ask_later(key, self._catch(key, Catching(nick, self._privately_since, private=True)))
        if not self._catching and self._privately:
            self._privately = False
            self._bookmarks.read(PRIVATE, self._clock())

    # --- the end ---------------------------------------------------------------------------------------

    def _wait(self, key: str, catching: Catching, seconds: float) -> None:
        if catching.turn is not None:
            catching.turn.cancel()
        catching.turn = self._standing.later(seconds, lambda: self._finish(key))

    def _finish(self, key: str) -> None:
        """All of a venue's history that will come is here."""
        catching = self._catching.pop(key, None)
        if catching is None:
            return
        if catching.turn is not None:
            catching.turn.cancel()
        now = self._clock()
        if catching.since is not None:
            late = unheard(
                tuple(catching.lines),
                since=catching.since - SLACK,
                now=now,
                within=self._within,
                may_ask=self._may_ask,
            )
            if catching.lines:
                log.info("read back", lines=len(catching.lines), still_to_be_handled=len(late))
            for line in late:
                self._emit(line)
        if not catching.private:
            self._bookmarks.read(catching.name, now)
        self._next()
        if not self._catching:
            if self._talks_asked:
                self._talks_told()
            else:
                self._ask_for_talks()

    def _fold(self, name: str) -> str:
        return self._standing.isupport.fold(name)

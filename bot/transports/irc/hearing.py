"""What the lines of a server mean to the desk: messages into events.

    PRIVMSG NOTICE          Heard
    JOIN 353 354            Joined (the numerics: found there)
    PART QUIT KICK          Left; our own PART and KICK: RosterLost of that venue
    NICK ACCOUNT AWAY       Renamed, AccountChanged, AwayChanged
    731 354                 Sighted: who is looked out for is offline, or there under an account
    BATCH                   remembered: what stands in a batch of history is replayed

An account is believed on the very line that bears its tag (account-tag), on a JOIN (extended-join), in WHOX
and in ACCOUNT; nothing is concluded from a nick. A line for some members of a channel only (STATUSMSG) is a
line of that channel. CTCP is no conversation: ACTION becomes `* nick words`, everything else is passed over.

A line is replayed if it stands in a batch of history, or if its server-time is older than any live line can
be (bouncers replay without a batch). The server's clock may be wrong, so the difference to ours is measured
on lines that are live by their nature.

Nothing is asked or answered here; the clock comes in.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bot.desk.events import (
    AccountChanged,
    AwayChanged,
    Event,
    Heard,
    Joined,
    Left,
    Renamed,
    RosterLost,
    Sighted,
)
from bot.desk.model import Speaker
from bot.transports.base import Clock
from bot.transports.irc.channels import WHO_TOKEN
from bot.transports.irc.link import Message
from bot.transports.irc.monitor import MONITOR_TOKEN, nicks
from bot.transports.irc.standing import Standing
from bot.transports.plain import unformatted
from routing.presence import Venue, Visibility, fold

OLD = timedelta(minutes=2)
"""Older than a dead connection is noticed, with the times that are set by default."""

MOST_BATCHES = 100
_HISTORY = ("chathistory", "playback")
_MESSAGE_ID = re.compile(r"[!-~]{1,200}")
_BOT_TAGS = frozenset({"bot", "draft/bot", "inspircd.org/bot"})
_REPLY_TAGS = ("+reply", "+draft/reply")


class Hearing:
    """The ear of one connection. `prefix` begins the ids of its events; nothing else ever used it."""

    def __init__(self, network: str, standing: Standing, clock: Clock, prefix: str) -> None:
        self._network = network
        self._standing = standing
        self._clock = clock
        self._prefix = prefix
        self._count = 0
        self._history: dict[str, bool] = {}
        self._skew = timedelta()
        self._visibilities = {
            fold(channel.name): channel.visibility for channel in standing.settings.channels
        }

    def lost(self, channel: str | None = None) -> RosterLost:
        """We see no more of a channel, or (None) of the network."""
        return RosterLost(
            self._next_id(), self._clock(), self._network, self._venue(channel) if channel else None
        )

    def sighted(self, nick: str, account: str | None, *, away: bool = False) -> Sighted:
        """A nick that we look out for is there under an account, or (None) offline."""
        return Sighted(self._next_id(), self._clock(), self._network, nick, account, away)

    def events(self, message: Message) -> Iterator[Event]:
        """What the message tells, in order."""
        if message.verb == "BATCH":
            self._batch(message)
        elif message.verb in ("PONG", "001"):
            self._measure(message)
        elif message.verb in ("PRIVMSG", "NOTICE"):
            heard = self._heard(message)
            if heard is not None:
                yield heard
        elif not self._in_history(message):
            yield from self._presence(message)

    # --- presence --------------------------------------------------------------------------------------

    def _presence(self, message: Message) -> Iterator[Event]:
        nick, me = message.nick, self._standing.is_me(message.nick)
        match message.verb:
            case "JOIN" if nick and not me:
                extended = "extended-join" in self._standing.caps and len(message.parameters) > 1
                yield self._joined(nick, message[0], self._account(message[1]) if extended else None)
            case "353":
                for name in message[3].split():
                    yield from self._found(name.lstrip(self._standing.isupport.prefixes), message[2])
            case "354" if message[1] == WHO_TOKEN and len(message.parameters) == 6:
                away = message[4].startswith("G")
                yield from self._found(message[3], message[2], self._account(message[5]), away=away)
            case "354" if message[1] == MONITOR_TOKEN and len(message.parameters) == 6:
                yield self._behind(message[3], self._account(message[5]), away=message[4].startswith("G"))
            case "731":
                yield from (self.sighted(gone, None) for gone in nicks(message[1]))
            case "PART" if me:
                yield self.lost(message[0])
            case "KICK" if self._standing.is_me(message[1]):
                yield self.lost(message[0])
            case "PART" if nick:
                yield Left(self._id(message), self._clock(), self._network, nick, self._venue(message[0]))
            case "KICK" if message[1]:
                channel = self._venue(message[0])
                yield Left(self._id(message), self._clock(), self._network, message[1], channel)
            case "QUIT" if nick and not me:
                yield Left(self._id(message), self._clock(), self._network, nick)
            case "NICK" if nick and not me and message[0]:
                yield Renamed(self._id(message), self._clock(), self._network, nick, message[0])
            case "ACCOUNT" if nick and not me:
                account = self._account(message[0])
                yield AccountChanged(self._id(message), self._clock(), self._network, nick, account)
            case "AWAY" if nick and not me:
                yield AwayChanged(self._id(message), self._clock(), self._network, nick, bool(message[0]))

    def _found(
        self, name: str, channel: str, account: str | None = None, *, away: bool = False
    ) -> Iterator[Event]:
        """Somebody who was there already; with userhost-in-names the name is a whole mask."""
        nick = name.partition("!")[0]
        if nick and not self._standing.is_me(nick):
            yield self._joined(nick, channel, account, present=True, away=away)

    def _behind(self, nick: str, account: str | None, *, away: bool) -> Event:
        """Who is behind a nick that we look out for; whoever that is, a talk with them goes on."""
        if account is None:
            return AccountChanged(self._next_id(), self._clock(), self._network, nick, None)
        return self.sighted(nick, account, away=away)

    def _joined(
        self, nick: str, channel: str, account: str | None, *, present: bool = False, away: bool = False
    ) -> Joined:
        speaker = Speaker(self._network, nick, account)
        return Joined(self._next_id(), self._clock(), speaker, self._venue(channel), present, away)

    def _account(self, told: str) -> str | None:
        return None if told in ("", "*", "0") else told

    # --- what is said ----------------------------------------------------------------------------------

    def _heard(self, message: Message) -> Heard | None:
        venue, text = self._addressed(message), self._words(message)
        if venue is None or text is None:
            return None
        at, said_at = self._clock(), self._time(message)
        replayed = self._in_history(message) or (said_at is not None and at - said_at > OLD)
        own = self._standing.is_me(message.nick)
        tagged = "account-tag" in self._standing.caps
        return Heard(
            id=self._id(message),
            at=min(said_at, at) if replayed and said_at is not None else at,
            speaker=Speaker(
                self._network,
                message.nick,
                self._account(message.tags.get("account", "")) if tagged else None,
            ),
            venue=venue,
            text=text,
            me=self._standing.nick,
            message=self._message_id(message),
            relates_to=next((message.tags[tag] for tag in _REPLY_TAGS if message.tags.get(tag)), None),
            replayed=replayed,
            from_bot=not _BOT_TAGS.isdisjoint(message.tags),
            notice=message.verb == "NOTICE",
            own=own,
        )

    def _addressed(self, message: Message) -> Venue | None:
        """Where it was said; None where a server says it, or not to us."""
        target, isupport = message[0], self._standing.isupport
        if not message.nick or not target:
            return None
        if target[0] not in isupport.chantypes and target[0] in isupport.statusmsg:
            target = target.lstrip(isupport.statusmsg)
        if target[:1] and target[0] in isupport.chantypes:
            return self._venue(target)
        if self._standing.is_me(target):
            return Venue(self._network, message.nick, Visibility.PRIVATE)
        if self._standing.is_me(message.nick):
            return Venue(self._network, target, Visibility.PRIVATE)
        return None

    def _words(self, message: Message) -> str | None:
        said = message[1]
        if not said.startswith("\x01"):
            return unformatted(said)
        kind, _, words = said.strip("\x01").partition(" ")
        if kind.upper() != "ACTION" or message.verb != "PRIVMSG":
            return None
        return f"* {message.nick} {unformatted(words)}"

    # --- time, identity, history -----------------------------------------------------------------------

    def _batch(self, message: Message) -> None:
        reference, kind = message[0], message[1]
        if reference.startswith("+"):
            if len(self._history) >= MOST_BATCHES:
                self._history.pop(next(iter(self._history)))
            self._history[reference[1:]] = kind.endswith(_HISTORY) or self._in_history(message)
        else:
            self._history.pop(reference[1:], None)

    def _in_history(self, message: Message) -> bool:
        return self._history.get(message.tags.get("batch", ""), False)

    def _measure(self, message: Message) -> None:
        told = self._told(message)
        if told is not None:
            self._skew = self._clock() - told

    def _time(self, message: Message) -> datetime | None:
        told = self._told(message)
        return None if told is None else told + self._skew

    def _told(self, message: Message) -> datetime | None:
        try:
            told = datetime.fromisoformat(message.tags.get("time", ""))
        except ValueError:
            return None
        return told.astimezone(UTC) if told.tzinfo is not None else None

    def _venue(self, channel: str) -> Venue:
        return Venue(self._network, channel, self._visibilities.get(fold(channel), Visibility.MEMBERS))

    def _message_id(self, message: Message) -> str | None:
        told = message.tags.get("msgid", "")
        return told if _MESSAGE_ID.fullmatch(told) else None

    def _id(self, message: Message) -> str:
        told = self._message_id(message)
        return f"{self._network}/{told}" if told else self._next_id()

    def _next_id(self) -> str:
        self._count += 1
        return f"{self._prefix}/{self._count}"

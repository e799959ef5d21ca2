"""What the lines of a server mean to the desk: messages into events.

    PRIVMSG NOTICE          Heard
    JOIN 353 354            Joined (the numerics: found there)
    PART QUIT KICK          Left; our own PART and KICK: RosterLost of that venue
    NICK ACCOUNT AWAY       Renamed, AccountChanged, AwayChanged
    731 354                 Sighted: who is looked out for is offline, or there under an account
    BATCH                   remembered: what stands in a batch of history is replayed
    005                     RosterLost, where the server from now on compares names otherwise

An account is told by the very line that bears its tag (account-tag), by a JOIN (extended-join), by WHOX
and by ACCOUNT; nothing is concluded from a nick. What a line without a tag is worth is said with it
(`bot.transports.irc.vouching`). Of channels that we are not in nothing is believed: nobody would tell us
how it goes on there. Every name is passed on in one spelling (`bot.transports.irc.spellings`). Lines of
nicks that the server marks as bots are theirs also where they bear no tag (`bot.transports.irc.marked`).

A line for some members of a channel only (STATUSMSG) is not said to all who read there, nor may its answer
be: where it names us it is a private one, else not for us. CTCP is no conversation: ACTION becomes
`* nick words`, everything else is passed over. So is every verb that is not named here.

A line is replayed if it stands in a batch of history, or if its server-time is older than our being there
(bouncers replay without a batch); see `bot.transports.irc.replays`. A line's id is the server's own name of
it, or else is made of when, by whom, where and what was said, so that it is the same when it is replayed.

Nothing is asked or answered here; the clock comes in. A busy channel says a thousand lines a second, so
what a line of chatter needs is looked up and not worked out.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b

from bot.desk.addressing import address
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
    Vouched,
)
from bot.desk.model import Speaker
from bot.transports.base import Clock
from bot.transports.irc.channels import WHO_TOKEN
from bot.transports.irc.link import Message
from bot.transports.irc.marked import Marked
from bot.transports.irc.monitor import MONITOR_TOKEN, nicks
from bot.transports.irc.replays import Replays, second
from bot.transports.irc.spellings import Spellings
from bot.transports.irc.standing import Standing
from bot.transports.irc.vouching import Vouching
from bot.transports.plain import unformatted
from routing.presence import Venue, Visibility, fold

MOST_TARGETS = 1000
_MESSAGE_ID = re.compile(r"[!-~]{1,200}")
_BOT_TAGS = frozenset({"bot", "draft/bot", "inspircd.org/bot"})
_REPLY_TAGS = ("+reply", "+draft/reply")
_RELAY_TAGS = ("draft/relaymsg", "relaymsg")


class Hearing:
    """The ear of one connection. `prefix` begins the ids of its events; nothing else ever used it."""

    def __init__(self, network: str, standing: Standing, clock: Clock, prefix: str) -> None:
        self._network = network
        self._standing = standing
        self._clock = clock
        self._prefix = prefix
        self._count = 0
        self._visibilities = {
            fold(channel.name): channel.visibility for channel in standing.settings.channels
        }
        self._vouching = Vouching(standing)
        self._replays = Replays()
        self._marked = Marked(standing.isupport)
        self._spelt = Spellings(
            standing.isupport, tuple(channel.name for channel in standing.settings.channels)
        )
        self._told = standing.isupport.told
        self._targets: dict[str, Venue | None] = {}

    def lost(self, channel: str | None = None) -> RosterLost:
        """We see no more of a channel, or (None) of the network."""
        return RosterLost(
            self._next_id(), self._clock(), self._network, self.venue(channel) if channel else None
        )

    def sighted(self, nick: str, account: str | None, *, away: bool = False) -> Sighted:
        """A nick that we look out for is there under an account, or (None) offline."""
        nick = self._spelt.nick(nick)
        return Sighted(self._next_id(), self._clock(), self._network, nick, account, away)

    def told_at(self, at: datetime) -> datetime:
        """What the server's clock shows at `at`, as far as is known."""
        return self._replays.told_at(at)

    def events(self, message: Message) -> Iterator[Event]:
        """What the message tells, in order."""
        if self._standing.isupport.told != self._told:
            yield from self._told_anew()
        verb = message.verb
        if verb in ("PRIVMSG", "NOTICE"):
            heard = self._heard(message)
            if heard is not None:
                yield heard
        elif verb == "BATCH":
            self._replays.batch(message)
        elif verb in ("PONG", "001"):
            self._replays.measure(message, self._clock())
        elif not self._replays.history(message):
            yield from self._presence(message)

    def _told_anew(self) -> Iterator[Event]:
        """The server has said more of what it supports. Where it compares names otherwise than it did, and we
        are somewhere already, people and channels may be known by names that are others' now."""
        self._told = self._standing.isupport.told
        self._targets.clear()
        self._vouching.compared_anew()
        if self._spelt.changed():
            self._marked.forget()
            if self._vouching.anywhere:
                yield self.lost()

    # --- presence --------------------------------------------------------------------------------------

    def _presence(self, message: Message) -> Iterator[Event]:
        nick, me = message.nick, self._standing.is_me(message.nick)
        match message.verb:
            case "CAP":
                self._vouching.cap(message)
            case "JOIN" if me:
                for channel in message[0].split(","):
                    self._vouching.joined(channel)
                    self._replays.joined(self.venue(channel).name, message)
            case "JOIN" if nick:
                for channel in filter(self._vouching.inside, message[0].split(",")):
                    self._marked.joined(nick, channel)
                    yield self._came(nick, channel, message)
            case "PART" if nick:
                for channel in message[0].split(","):
                    yield from self._left(nick, channel, me=me)
            case "KICK" if message[1]:
                kicked = message[1]
                yield from self._left(kicked, message[0], me=self._standing.is_me(kicked))
            case "QUIT" | "NICK" | "ACCOUNT" | "AWAY" if nick and not me:
                yield from self._changed(message, nick)
            case "353" if self._vouching.inside(message[2]):
                for name in message[3].split():
                    yield from self._named(name.lstrip(self._standing.isupport.prefixes), message[2])
            case "354" if len(message.parameters) == 6:
                yield from self._asked_for(message)
            case "352" if self._vouching.inside(message[1]):
                self._marked.flags(message[5], message[1], message[6])
            case "335" if message[1]:
                self._marked.is_bot(message[1])
            case "731":
                yield from (self.sighted(gone, None) for gone in nicks(message[1]))

    def _came(self, nick: str, channel: str, message: Message) -> Joined:
        """Somebody joined; with extended-join they bring their account."""
        if "extended-join" in self._standing.caps and len(message.parameters) > 1:
            return self._joined(nick, channel, self._account(message[1]), Vouched.LINE)
        return self._joined(nick, channel, None, self._vouching.unsaid())

    def _left(self, nick: str, channel: str, *, me: bool) -> Iterator[Event]:
        """Somebody, or we ourselves, left a channel that we are in."""
        if me:
            self._vouching.left(channel)
            self._marked.lost(channel)
            yield self.lost(channel)
        elif self._vouching.inside(channel):
            self._marked.left(nick, channel)
            spelt, venue = self._spelt.nick(nick), self.venue(channel)
            yield Left(self._next_id(), self._clock(), self._network, spelt, venue)

    def _changed(self, message: Message, nick: str) -> Iterator[Event]:
        """Somebody else quits, or is from now on otherwise than they were."""
        common = self._id(message), self._clock(), self._network, self._spelt.nick(nick)
        told = message[0]
        match message.verb:
            case "QUIT":
                self._spelt.gone(nick)
                self._marked.quit(nick)
                yield Left(*common)
            case "NICK" if told:
                self._spelt.gone(nick)
                self._marked.renamed(nick, told)
                yield Renamed(*common, self._spelt.nick(told))
            case "ACCOUNT":
                yield AccountChanged(*common, self._account(told))
            case "AWAY":
                yield AwayChanged(*common, bool(told))

    def _named(self, name: str, channel: str) -> Iterator[Event]:
        """Somebody who was there already; with userhost-in-names the name is a whole mask."""
        nick = name.partition("!")[0]
        if nick and not self._standing.is_me(nick):
            yield self._joined(nick, channel, None, self._vouching.unsaid(), present=True)

    def _asked_for(self, message: Message) -> Iterator[Event]:
        """What WHOX tells: `me token channel nick flags account`."""
        _, token, channel, nick, flags, told = message.parameters
        account, away = self._account(told), flags.startswith("G")
        if not nick or self._standing.is_me(nick):
            return
        if token == WHO_TOKEN and self._vouching.inside(channel):
            self._marked.flags(nick, channel, flags)
            yield self._joined(nick, channel, account, Vouched.LINE, present=True, away=away)
        elif token == MONITOR_TOKEN and account is not None:
            yield self.sighted(nick, account, away=away)
        elif token == MONITOR_TOKEN:
            # Whoever that is, a talk with them goes on.
            spelt = self._spelt.nick(nick)
            yield AccountChanged(self._next_id(), self._clock(), self._network, spelt, None)

    def _joined(
        self,
        nick: str,
        channel: str,
        account: str | None,
        vouched: Vouched,
        *,
        present: bool = False,
        away: bool = False,
    ) -> Joined:
        speaker = Speaker(self._network, self._spelt.nick(nick), account)
        return Joined(self._next_id(), self._clock(), speaker, self.venue(channel), present, away, vouched)

    def _account(self, told: str) -> str | None:
        return None if told in ("", "*", "0") else self._spelt.account(told)

    # --- what is said ----------------------------------------------------------------------------------

    def _heard(self, message: Message) -> Heard | None:
        nick = message.nick
        if not nick:
            return None
        own = self._standing.is_me(nick)
        venue, text = self._addressed(message[0], nick, own=own), self._words(message, nick)
        if venue is None or text is None:
            return None
        if not venue.private and message[0] != venue.name and self._for_some(message[0]):
            if not self._standing.is_me(address(text)[0] or ""):
                return None
            venue = Venue(self._network, self._spelt.nick(nick), Visibility.PRIVATE)
        tags = message.tags
        at, replayed = self._replays.said(message, self._clock(), venue.name)
        if "account-tag" in self._standing.caps:
            account, vouched = self._account(tags.get("account", "")), Vouched.LINE
        else:
            account, vouched = None, Vouched.NOTHING if replayed else self._vouching.unsaid()
        name = self._message_id(message)
        return Heard(
            id=f"{self._network}/{name}" if name else self._id_of_words(message),
            at=at,
            speaker=Speaker(self._network, self._spelt.nick(nick), account),
            venue=venue,
            text=text,
            me=self._standing.nick,
            message=name,
            relates_to=next((tags[tag] for tag in _REPLY_TAGS if tags.get(tag)), None),
            replayed=replayed,
            from_bot=not _BOT_TAGS.isdisjoint(tags) or nick in self._marked,
            notice=message.verb == "NOTICE",
            own=own,
            vouched=vouched,
            relayed_by=next((tags[tag] for tag in _RELAY_TAGS if tag in tags), None),
        )

    def _addressed(self, target: str, nick: str, *, own: bool) -> Venue | None:
        """Where it was said; None where not to us."""
        if target not in self._targets:
            if len(self._targets) >= MOST_TARGETS:
                self._targets.clear()
            self._targets[target] = self._channel(target)
        channel = self._targets[target]
        if channel is not None:
            return channel
        if self._standing.is_me(target):
            return Venue(self._network, self._spelt.nick(nick), Visibility.PRIVATE)
        if own and target:
            return Venue(self._network, self._spelt.nick(target), Visibility.PRIVATE)
        return None

    def _channel(self, target: str) -> Venue | None:
        """The channel that a target is, or of some of whose members."""
        isupport = self._standing.isupport
        if self._for_some(target):
            return self.venue(target.lstrip(isupport.statusmsg))
        return self.venue(target) if target[:1] in tuple(isupport.chantypes) else None

    def _for_some(self, target: str) -> bool:
        """Whether a target is some members of a channel. What marks members may also begin the name of one
        (`+`, `&`): a configured name is then a name."""
        isupport = self._standing.isupport
        rest = target.lstrip(isupport.statusmsg)
        marked = rest != target and rest[:1] in tuple(isupport.chantypes)
        return marked and fold(target) not in self._visibilities

    def _words(self, message: Message, nick: str) -> str | None:
        said = message[1]
        if not said.startswith("\x01"):
            return unformatted(said)
        kind, _, words = said.strip("\x01").partition(" ")
        if kind.upper() != "ACTION" or message.verb != "PRIVMSG":
            return None
        return f"* {nick} {unformatted(words)}"

    # --- names and ids ---------------------------------------------------------------------------------

    def venue(self, channel: str) -> Venue:
        """A channel as everybody here calls it."""
        channel = self._spelt.channel(channel)
        return Venue(self._network, channel, self._visibilities.get(fold(channel), Visibility.MEMBERS))

    def _message_id(self, message: Message) -> str | None:
        told = message.tags.get("msgid")
        return told if told and _MESSAGE_ID.fullmatch(told) else None

    def _id(self, message: Message) -> str:
        told = self._message_id(message)
        return f"{self._network}/{told}" if told else self._next_id()

    def _id_of_words(self, message: Message) -> str:
        """What names a line that has no name the same way, live and replayed."""
        at = second(message)
        if at is None:
            return self._next_id()
        words = "\0".join((message.nick, message[0], message[1])).encode(errors="replace")
        return f"{self._network}/{at}/{blake2b(words, digest_size=12).hexdigest()}"

    def _next_id(self) -> str:
        self._count += 1
        return f"{self._prefix}/{self._count}"

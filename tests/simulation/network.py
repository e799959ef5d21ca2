"""A network of IRC with people on it, as one server shows it to those who are connected to it.

People are values here, moved by whoever scripts them: they join, talk, rename, log in and go. What they do is
written to every `Seat` (a connection of the desk's, see `seat.py`) that may see it. Whatever is written on
either side is kept for a while (`transcript`).
"""

import itertools
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from memory_wire import Wire
from profiles import Profile

from routing.presence import fold

Hears = Callable[["User", str, str], None]
"""What somebody does about a line: who says it, where to, the text."""


class Seat(Protocol):
    """A connection that sees the network."""

    user: "User"
    wire: Wire
    registered: bool
    caps: set[str]
    monitored: set[str]

    def write(self, line: str, tags: dict[str, str]) -> None:
        """A line of somebody, with the tags that this connection asked for."""

    def lose(self, why: str) -> None:
        """End it from this side."""

    def capability(self, name: str, there: bool) -> None:
        """A capability has come, or is gone."""


@dataclass(eq=False)
class User:
    """Somebody on the network. `takes_private` is why they take no private lines, as a numeric, or empty."""

    nick: str
    username: str
    host: str
    account: str | None = None
    away: bool = False
    bot: bool = False
    takes_private: str = ""
    channels: set[str] = field(default_factory=set)
    hears: Hears | None = None
    seat: Seat | None = None

    @property
    def mask(self) -> str:
        return f"{self.nick}!{self.username}@{self.host}"


@dataclass(eq=False)
class Channel:
    """`refuses` is the numeric by which the desk's JOIN is refused, `mutes` the one of its lines; `refused`:
    it was, and has not been inside since. `tokens`: of the lines that it takes from everybody. `told`: what
    was said, newest last."""

    name: str
    members: dict[str, User] = field(default_factory=dict)
    refuses: str = ""
    refused: bool = False
    mutes: str = ""
    tokens: float = 0.0
    at: float = 0.0
    told: deque[tuple[datetime, str, User, str]] = field(default_factory=lambda: deque(maxlen=300))


@dataclass
class Said:
    """A line of somebody and where it had got to: `reached` once the desk's end has all of its bytes."""

    wire: Wire | None
    offset: int

    @property
    def reached(self) -> bool:
        return self.wire is not None and self.wire.arrived >= self.offset


class Network:
    """`services`: whether they are linked; accounts stay known to the server where they are not. `broken`
    collects what a network would not have put up with."""

    def __init__(
        self,
        name: str,
        profile: Profile,
        accounts: dict[str, str],
        channels: tuple[str, ...],
        clock: Callable[[], datetime],
        now: Callable[[], float],
        chance: random.Random,
    ) -> None:
        self.name = name
        self.profile = profile
        self.accounts = accounts
        self.channels = {fold(each): Channel(each, tokens=profile.channel_burst) for each in channels}
        self.users: dict[str, User] = {}
        self.seats: list[Seat] = []
        self.services = True
        self.silent_services = False
        self.clock = clock
        self.now = now
        self.chance = chance
        self.broken: list[str] = []
        self.most_waiting = 0
        self._noted: deque[tuple[datetime, str]] = deque(maxlen=60000)
        self.said: list[tuple[datetime, str, str]] = []
        """What the desk said and the network took: when it was, to whom, the text."""
        self.changed: list[Callable[[str], None]] = []
        """Told of what happens to the desk's standing: welcome, login, logout, join, part, nick, lost,
        services, free."""
        self._ids = itertools.count(1)

    # --- who and where ---------------------------------------------------------------------------------

    def user(self, nick: str) -> User | None:
        return self.users.get(fold(nick))

    def channel(self, name: str) -> Channel | None:
        return self.channels.get(fold(name))

    @property
    def desk(self) -> Seat | None:
        """The connection of the desk that counts: the newest that is registered and not silent."""
        there = [each for each in self.seats if each.registered and not each.wire.silent]
        return there[-1] if there else None

    def note(self, line: str) -> None:
        self._noted.append((self.clock(), line))

    @property
    def transcript(self) -> list[str]:
        """What was written on either side lately, with its time."""
        return [f"{at:%d %H:%M:%S.%f} {self.name} {_printable(line[:400])}" for at, line in self._noted]

    def tell(self, what: str) -> None:
        for each in self.changed:
            each(what)

    def message_id(self) -> str:
        return f"{self.name}-{next(self._ids)}"

    def watchers(self, user: User, also: str = "") -> list[Seat]:
        """Who sees what `user` does: whoever shares a channel."""
        there = user.channels | ({fold(also)} if also else set())
        return [
            each
            for each in self.seats
            if each.registered and (each.user is user or not there.isdisjoint(each.user.channels))
        ]

    def spread(self, user: User, line: str, *, also: str = "", tags: dict[str, str] | None = None) -> None:
        """Show everybody who sees `user` that they did this."""
        for seat in self.watchers(user, also):
            seat.write(f":{user.mask} {line}", {"account": user.account or "", **(tags or {})})

    # --- what people do --------------------------------------------------------------------------------

    def come(self, user: User) -> bool:
        """Somebody connects; False where their nick is taken."""
        if self.user(user.nick) is not None:
            return False
        self.users[fold(user.nick)] = user
        for seat in self.seats:
            if fold(user.nick) in seat.monitored:
                seat.write(f":{self.server} 730 {seat.user.nick} :{user.mask}", {})
        return True

    @property
    def server(self) -> str:
        return f"irc.{self.name}.test"

    def join(self, user: User, name: str) -> None:
        channel = self.channel(name)
        if channel is None or fold(name) in user.channels or self.user(user.nick) is not user:
            return
        channel.members[fold(user.nick)] = user
        user.channels.add(fold(name))
        for seat in self.watchers(user):
            if fold(name) not in seat.user.channels:
                continue
            extended = "extended-join" in seat.caps
            more = f" {user.account or '*'} :somebody" if extended else ""
            seat.write(f":{user.mask} JOIN {channel.name}{more}", {"account": user.account or ""})
            if user.away and "away-notify" in seat.caps:
                seat.write(f":{user.mask} AWAY :away", {})

    def part(self, user: User, name: str, verb: str = "PART {} :bye", by: User | None = None) -> None:
        channel = self.channel(name)
        if channel is None or fold(name) not in user.channels:
            return
        for seat in self.watchers(user):
            if fold(name) in seat.user.channels:
                seat.write(f":{(by or user).mask} {verb.format(channel.name)}", {})
        channel.members.pop(fold(user.nick), None)
        user.channels.discard(fold(name))
        if user.seat is not None:
            self.tell("part")

    def quit(self, user: User, reason: str) -> None:
        if self.user(user.nick) is not user:
            return
        for seat in self.watchers(user):
            if seat.user is not user:
                seat.write(f":{user.mask} QUIT :{reason}", {})
        for name in user.channels:
            self.channels[name].members.pop(fold(user.nick), None)
        user.channels.clear()
        self._give_up(user.nick)

    def rename(self, user: User, nick: str) -> bool:
        if self.user(user.nick) is not user or (self.user(nick) not in (None, user)) or not nick:
            return False
        for seat in self.watchers(user):
            seat.write(f":{user.mask} NICK :{nick}", {"account": user.account or ""})
        old, user.nick = user.nick, nick
        self.users[fold(nick)] = user
        if fold(old) != fold(nick):
            self._give_up(old)
        for name in user.channels:
            members = self.channels[name].members
            members.pop(fold(old), None)
            members[fold(nick)] = user
        if user.seat is not None:
            self.tell("nick")
        return True

    def _give_up(self, nick: str) -> None:
        self.users.pop(fold(nick), None)
        for seat in self.seats:
            # Whoever renames to another spelling is still there; a freed nick is told where it is watched.
            if fold(nick) in seat.monitored:
                seat.write(f":{self.server} 731 {seat.user.nick} :{nick}", {})
        self.tell("free")

    def log_in(self, user: User, account: str | None) -> None:
        user.account = account
        for seat in self.watchers(user):
            if "account-notify" in seat.caps and (seat.user is not user):
                seat.write(f":{user.mask} ACCOUNT {account or '*'}", {})

    def go_away(self, user: User, away: bool) -> None:
        user.away = away
        for seat in self.watchers(user):
            if "away-notify" in seat.caps and seat.user is not user:
                seat.write(f":{user.mask} AWAY{' :out' if away else ''}", {})

    def say(self, user: User, target: str, text: str, verb: str = "PRIVMSG") -> Said:
        """Somebody (not the desk) says something; where it had got to."""
        tags = {"account": user.account or "", "msgid": self.message_id()}
        if user.bot:
            tags["bot"] = ""
        line = f":{user.mask} {verb} {target} :{text}"
        channel, seat = self.channel(target), self.desk
        if channel is not None:
            if fold(target) not in user.channels or not self.takes(channel):
                return Said(None, 0)
            channel.told.append((self.clock(), tags["msgid"], user, text))
            reading = [each for each in self.seats if each.registered and fold(target) in each.user.channels]
        else:
            reading = [each for each in self.seats if each.registered and each.user is self.user(target)]
        for each in reading:
            each.write(line, tags)
        if seat is None or seat not in reading:
            return Said(None, 0)
        return Said(seat.wire, seat.wire.sent)

    def takes(self, channel: Channel) -> bool:
        """Whether the channel takes one more line now; everybody's lines count."""
        if not self.profile.channel_burst:
            return True
        now = self.now()
        gained = (now - channel.at) * self.profile.channel_rate
        channel.tokens, channel.at = min(self.profile.channel_burst, channel.tokens + gained), now
        if channel.tokens < 1:
            return False
        channel.tokens -= 1
        return True

    # --- what the desk says ----------------------------------------------------------------------------

    def hear(self, user: User, target: str, text: str) -> None:
        """The network took a line of the desk's: people hear it."""
        self.said.append((self.clock(), target, text))
        channel = self.channel(target)
        if channel is not None:
            channel.told.append((self.clock(), self.message_id(), user, text))
        hearing = channel.members.values() if channel is not None else [self.user(target)]
        for each in list(hearing):
            if each is not None and each.hears is not None:
                each.hears(user, target, text)

    # --- services --------------------------------------------------------------------------------------

    def set_services(self, there: bool, *, silent: bool = False) -> None:
        """Services link or go; `silent`: they seem to be there, and answer nothing."""
        self.services, self.silent_services = there, silent and not there
        self.note(f"** services {'are back' if there else 'are gone'}")
        if self.profile.tells_sasl and self.profile.mechanisms:
            for seat in self.seats:
                if seat.registered:
                    seat.capability("sasl", there)
        self.tell("services")

    def old_lines(self, channel: Channel, since: timedelta) -> list[tuple[datetime, str, User, str]]:
        begin = self.clock() - since
        return [each for each in channel.told if each[0] >= begin]

    def lost(self, seat: Any, reason: str) -> None:
        """A connection has ended."""
        if seat in self.seats:
            self.seats.remove(seat)
            if seat.registered:
                self.quit(seat.user, reason)
            self.tell("lost")


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)

"""One connection's ear and the roster made of what it hears, without a network: raw lines in, events out."""

import random
from datetime import UTC, datetime

from irc_people import CHANNEL
from irctokens.line import tokenise

from bot.desk.events import Event, Heard
from bot.roster import fold_event, recognise
from bot.transports.irc.hearing import Hearing
from bot.transports.irc.link import Message
from bot.transports.irc.settings import IrcSettings
from bot.transports.irc.standing import Standing
from routing.presence import Member, Roster

TELLING = "account-notify extended-join message-tags multi-prefix userhost-in-names batch"
TAGGING = f"{TELLING} account-tag"


def message(line: str) -> Message:
    """A line of a server, taken apart by a parser that is not ours."""
    read = tokenise(line)
    return Message(read.command.upper(), tuple(read.params), read.source or "", dict(read.tags or {}))


class Ear:
    """A desk called pkgdesk on one network. `hears` gives the events of lines, recognised."""

    def __init__(self, caps: str = TELLING, *isupport: str, channels: tuple[str, ...] = (CHANNEL,)) -> None:
        self.roster = Roster()
        self.now = datetime(2026, 10, 1, 12, tzinfo=UTC)
        self._settings = IrcSettings.model_validate(
            {"host": "irc.example", "nick": "pkgdesk", "channels": list(channels)}
        )
        self._hearing: Hearing | None = None
        self._connections = 0
        self.connects(caps, *isupport)

    def connects(self, caps: str, *isupport: str) -> None:
        """A new connection, perhaps after the loss of another."""
        if self._hearing is not None:
            self.roster = fold_event(self.roster, self._hearing.lost())
        self._connections += 1
        self.standing = Standing(self._settings, random.Random(7))
        self._hearing = Hearing("net", self.standing, lambda: self.now, f"net/{self._connections}")
        if caps:
            self.hears(f":irc.example CAP pkgdesk ACK :{caps}")
        if isupport:
            self.hears(f":irc.example 005 pkgdesk {' '.join(isupport)} :are supported by this server")

    def joins(self, *members: str, channel: str = CHANNEL) -> None:
        """We come into a channel where `members` are (as NAMES writes them)."""
        names = " ".join(("pkgdesk", *members))
        self.hears(
            f":pkgdesk!d@desk.example JOIN {channel} * :The desk",
            f":irc.example 353 pkgdesk = {channel} :{names}",
            f":irc.example 366 pkgdesk {channel} :End",
        )

    def hears(self, *lines: str) -> list[Event]:
        found: list[Event] = []
        hearing = self._hearing
        assert hearing is not None
        for line in lines:
            told = message(line)
            for event in hearing.events(told):
                self.roster = fold_event(self.roster, event)
                found.append(recognise(self.roster, event))
            self._takes_in(told)
        return found

    def said(self, line: str) -> Heard:
        """The one line said."""
        (heard,) = self.hears(line)
        assert isinstance(heard, Heard)
        return heard

    def account(self, nick: str, tags: str = "") -> str | None:
        """Whose a line is that a nick says now."""
        return self.said(f"{tags}:{nick}!u@host.example PRIVMSG {CHANNEL} :hi").speaker.account

    def member(self, nick: str) -> Member | None:
        return self.roster.member("net", nick)

    def _takes_in(self, told: Message) -> None:
        """What other parts of a connection do with it, after it was heard."""
        names = told[-1].split()
        if told.verb == "005":
            self.standing.isupport.load(told.parameters)
        elif told.verb == "CAP" and told[1] == "DEL":
            self.standing.caps.difference_update(names)
        elif told.verb == "CAP" and told[1] == "ACK":
            self.standing.caps.difference_update(name[1:] for name in names if name.startswith("-"))
            self.standing.caps.update(name for name in names if not name.startswith("-"))
        elif told.verb == "NICK" and self.standing.is_me(told.nick):
            self.standing.nick = told[0]

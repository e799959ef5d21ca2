"""What a server tells while the desk comes in and looks around: messages folded into what is known.

    CAP LS NEW DEL ACK        capabilities offered and used
    900 902 904 905 906 908   the account, or why not
    432 433 436 437           the nick could not be had
    001 004 005 396           let in; the server's name and software, what it supports; our host
    MODE 221 324 329 728      our modes; a channel's, and since when it is; who is quieted there (Solanum)
    JOIN 353 354 366 470 …    whether a channel let us in, and who is there
    303 311 330 338 378       who is online, who is behind a nick, and who bears the one that we would have

(modern.ircdocs.horse; 470 and 728 are Solanum's.) Nothing is written and nothing decided here. What is kept
is bounded whatever the server says: of people only those who are looked for.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from bot.networks.facts import Bearer, Refusal, Relay, Seat
from bot.transports.irc.channels import WHO_TOKEN
from bot.transports.irc.doors import DOORS
from bot.transports.irc.isupport import Isupport
from bot.transports.irc.link import Message

MOST_OFFERED = 200
MOST_MASKS = 500

NOT_LOGGED_IN = frozenset({"902", "904", "905", "906"})
NOT_THAT_NICK = frozenset({"432", "433", "436", "437"})
_FROM = re.compile(r"\S*@(\S+)")
_SECONDS = re.compile("[0-9]{1,11}")
_NOT_TOLD = ("", "*", "0")


@dataclass
class _Place:
    """What is known so far of one channel."""

    name: str
    joined: bool = False
    named: bool = False
    refusal: Refusal | None = None
    forwarded: str | None = None
    modes: str | None = None
    rank: str = ""
    members: int = 0
    counted: int = 0
    identified: int | None = None
    beside: str | None = None
    who_ended: bool = False
    present: set[str] = field(default_factory=set)
    masks: list[str] = field(default_factory=list)
    created: datetime | None = None

    @property
    def settled(self) -> bool:
        """Whether it is known if we are in, and who is there."""
        return self.refusal is not None or self.forwarded is not None or (self.joined and self.named)


class Observation:
    """All that was told so far. `nick`: the one that is asked for; `looked_for`: accounts of interest;
    `configured`: the nick that we would have, where it is another; `bridges`: nicks to look for."""

    def __init__(
        self,
        nick: str,
        channels: Iterable[str],
        looked_for: Iterable[str],
        configured: str = "",
        bridges: Iterable[str] = (),
    ) -> None:
        self.isupport = Isupport()
        self.offered: dict[str, str] = {}
        self.used: set[str] = set()
        self.server = self.software = ""
        self.me = nick
        self.taken: Refusal | None = None
        self.account: str | None = None
        self.login: Refusal | None = None
        self.mechanisms = ""
        self.bearer: Bearer | None = None
        self.user: str | None = None
        self.host: str | None = None
        self.real_host: str | None = None
        self.user_modes: set[str] = set()
        self.online: set[str] = set()
        self.behind: dict[str, str] = {}
        self.pong = ""
        self.farewell = ""
        self._wanted = nick
        self._configured = configured
        self._welcomed = False
        self._channels = tuple(channels)
        self._looked_for = tuple(looked_for)
        self._relays = [Relay(nick) for nick in bridges]
        self._places = {name: _Place(name) for name in self._channels}

    @property
    def joins_settled(self) -> bool:
        return all(place.settled for place in self._places.values())

    @property
    def members_known(self) -> bool:
        """Whether WHO was answered for each channel that we are in."""
        return all(place.who_ended for place in self._places.values() if place.joined)

    @property
    def joined(self) -> tuple[str, ...]:
        """The channels that let us in."""
        return tuple(place.name for place in self._places.values() if place.joined)

    @property
    def present(self) -> frozenset[str]:
        """Of the accounts that are looked for, those that the server named on this network."""
        found = {account for place in self._places.values() for account in place.present}
        return frozenset(found | {each for account in self.behind.values() for each in self._meant(account)})

    @property
    def relays(self) -> tuple[Relay, ...]:
        """The bridges that are looked for."""
        return tuple(self._relays)

    @property
    def quiets(self) -> bool:
        """Whether the server keeps lists of who is quieted (+q), and q is no rank there."""
        tokens = self.isupport.tokens
        ranks = tokens.get("PREFIX", "").partition(")")[0]
        return "q" in tokens.get("CHANMODES", "").partition(",")[0] and "q" not in ranks

    def seats(self) -> tuple[Seat, ...]:
        """The channels as they are known."""
        return tuple(
            Seat(
                name=place.name,
                joined=place.joined,
                refusal=place.refusal,
                forwarded=place.forwarded,
                modes=place.modes,
                rank=place.rank,
                # Somebody may have come in between the answers to NAMES and to WHO.
                members=max(place.members, place.counted),
                identified=place.identified,
                present=frozenset(place.present),
                quieted=next((mask for mask in place.masks if self._bears(mask)), None),
                created=place.created,
                beside=place.beside,
            )
            for place in self._places.values()
        )

    def take(self, message: Message) -> None:
        """One message of the server."""
        match message.verb:
            case "CAP":
                self._cap(message)
            case verb if verb in NOT_LOGGED_IN:
                self.login = Refusal(verb, message[-1])
            case "263" | "421" if message[1].upper() == "AUTHENTICATE":
                self.login = Refusal(message.verb, message[-1])
            case "900":
                self.account, self.login = message[2] or None, None
            case "901":
                self.account = None
            case "908":
                self.mechanisms = message[1]
            case verb if verb in NOT_THAT_NICK and self._same(message[1], self._wanted):
                if not self._welcomed:
                    self.taken = self.taken or Refusal(verb, message[-1])
            case "001":
                self._welcomed, self.me = True, message[0]
            case "004":
                self.server, self.software = message[1], message[2]
            case "005":
                self.isupport.load(message.parameters)
            case "396" if message[1]:
                user, _, self.host = message[1].rpartition("@")
                self.user = user or self.user
            case "NICK" if self._same(message.nick, self.me):
                self.me = message[0]
            case "PONG":
                self.pong = message[-1]
            case "ERROR":
                self.farewell = message[-1]
            case "303":
                self.online.update(account for nick in message[-1].split() for account in self._meant(nick))
            case "MODE" | "221":
                self._user_mode(message)
            case _:
                self._whois(message)
                self._channel(message)

    def _cap(self, message: Message) -> None:
        names = message[-1].split()
        match message[1].upper():
            case "LS" | "NEW":
                for each in names[: MOST_OFFERED - len(self.offered)]:
                    name, _, value = each.partition("=")
                    self.offered[name] = value
            case "DEL":
                self.used.difference_update(names)
                for name in names:
                    self.offered.pop(name, None)
            case "ACK":
                for name in names[:MOST_OFFERED]:
                    if name.startswith("-"):
                        self.used.discard(name[1:])
                    else:
                        self.used.add(name)

    def _user_mode(self, message: Message) -> None:
        if self._same(message[0], self.me):
            adding = True
            for letter in message[1]:
                if letter in "+-":
                    adding = letter == "+"
                elif adding:
                    self.user_modes.add(letter)
                else:
                    self.user_modes.discard(letter)

    def _whois(self, message: Message) -> None:
        own = self._same(message[1], self.me)
        match message.verb:
            case "311":
                self._relay(message[1], online=True)
            case "330":
                self._relay(message[1], online=True, account=message[2] or None)
            case "318":
                self._relay(message[1], told=True)
        match message.verb:
            case "311" if own:
                self.user, self.host = message[2], message[3]
            case "311" if self._same(message[1], self._configured):
                self.bearer = Bearer(f"{message[1]}!{message[2]}@{message[3]}", message[-1])
            case "330" if not own:
                if self.bearer is not None and self._same(message[1], self._configured):
                    self.bearer = replace(self.bearer, account=message[2] or None)
                for nick in self._meant(message[1]):
                    self.behind[nick] = message[2]
            case "378" if own:
                found = _FROM.search(message[-1])
                self.real_host = found[1] if found else self.real_host
            case "338" if own:
                self.real_host = message[2] or self.real_host

    def _channel(self, message: Message) -> None:
        at = {"JOIN": 0, "PART": 0, "KICK": 0, "353": 2, "354": 2}.get(message.verb, 1)
        place = self._place(message[at])
        if place is None:
            return
        match message.verb:
            case "JOIN" if self._same(message.nick, self.me):
                place.joined, place.refusal = True, None
                user, host = message.mask
                self.user, self.host = user or self.user, host or self.host
            case "KICK" if self._same(message[1], self.me):
                place.joined, place.refusal = False, Refusal("KICK", message[2])
            case "353":
                self._names(place, message[3].split())
            case "354" if message[1] == WHO_TOKEN and len(message.parameters) == 6:
                self._member(place, message[3], message[5])
            case "366":
                place.named = True
            case "315":
                place.who_ended = True
            case "470":
                place.forwarded = message[2]
            case "324":
                place.modes = message[2].lstrip("+")
            case "329" if _SECONDS.fullmatch(message[2]):
                place.created = datetime.fromtimestamp(int(message[2]), UTC)
            case "728" if message[2] == "q" and len(place.masks) < MOST_MASKS:
                place.masks.append(message[3])
            case verb if verb in DOORS and not place.joined and place.forwarded is None:
                place.refusal = Refusal(verb, message[-1])

    def _names(self, place: _Place, names: Iterable[str]) -> None:
        for name in names:
            nick = name.lstrip(self.isupport.prefixes)
            if self._same(nick.partition("!")[0], self.me):
                place.rank = name[: len(name) - len(nick)]
            else:
                self._relay(nick.partition("!")[0], online=True, inside=True)
                if self._same(nick.partition("!")[0], self._configured):
                    place.beside = place.beside or ""
                place.members += 1

    def _member(self, place: _Place, nick: str, account: str) -> None:
        if not self._same(nick, self.me):
            proven = account not in _NOT_TOLD
            place.counted += 1
            if self._same(nick, self._configured):
                place.beside = account if proven else ""
            self._relay(nick, online=True, inside=True, told=True, account=account if proven else None)
            place.identified = (place.identified or 0) + proven
            place.present.update(self._meant(account) if proven else ())

    def _relay(self, nick: str, **found: Any) -> None:
        """More is known of whoever bears a nick, which may be that of a bridge."""
        for number, relay in enumerate(self._relays):
            if self._same(relay.nick, nick):
                self._relays[number] = replace(relay, **found)

    def _bears(self, mask: str) -> bool:
        """Whether a mask is ours: of Solanum's extended ones only `$a` and `$~a` (accounts) can be told."""
        if mask.startswith("$"):
            kind, _, pattern = mask[1:].partition(":")
            if kind == "~a":
                return self.account is None and not pattern
            return kind == "a" and self.account is not None and self._like(pattern or "*", self.account)
        return self._like(mask, f"{self.me}!{self.user}@{self.host}")

    def _like(self, pattern: str, name: str) -> bool:
        """Whether a mask with `*` and `?` matches; each `*` takes as little as it can, so that no mask costs
        more than its length times that of the name."""
        want, have = self.isupport.fold(pattern), self.isupport.fold(name)
        at = star = mark = 0
        starred = False
        i = 0
        while i < len(have):
            if at < len(want) and want[at] == "*":
                starred, star, mark = True, at, i
                at += 1
            elif at < len(want) and want[at] in (have[i], "?"):
                at, i = at + 1, i + 1
            elif starred:
                mark += 1
                at, i = star + 1, mark
            else:
                return False
        return not want[at:].strip("*")

    def _place(self, channel: str) -> _Place | None:
        return next((each for name, each in self._places.items() if self._same(name, channel)), None)

    def _meant(self, account: str) -> tuple[str, ...]:
        """The accounts that are looked for which this one is."""
        return tuple(each for each in self._looked_for if self._same(each, account))

    def _same(self, one: str, other: str) -> bool:
        return self.isupport.same(one, other)

"""Where people are and what was seen of them: the roster's types, and who can be expected to see a ping.

A roster is an immutable value. Chat events are folded into it elsewhere; here nothing is known of how a
network tells who is there. Presence is a weak sign: bouncers idle around the clock, so a person counts as
*reachable* where their proven account is, and `spoke_at` says how fresh that is.

A nick is never an identity: a person is found by the account that the network itself confirmed.

Must not import anything of chat, nor the map: people come in as accounts.
"""

import string
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from operator import itemgetter

from immutables import Map


class Visibility(IntEnum):
    """Who can read a venue; the higher, the more closed."""

    PUBLIC = 0
    MEMBERS = 1
    PRIVATE = 2


@dataclass(frozen=True, slots=True, order=True)
class Venue:
    """A channel, a room or a direct conversation.

    `name` is the channel or room as the configuration or the network writes it; for a direct conversation it
    is the other party's nick (on Matrix, where nothing else is one's own, their user id).
    `sealed`: what is said there is encrypted from end to end, so that it may go nowhere where it is not.
    """

    network: str
    name: str
    visibility: Visibility = Visibility.PUBLIC
    sealed: bool = field(default=False, compare=False)

    @property
    def key(self) -> tuple[str, str]:
        """What two spellings of the same venue have in common."""
        return self.network, fold(self.name)

    @property
    def private(self) -> bool:
        return self.visibility is Visibility.PRIVATE


_LETTERS = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def fold(name: str) -> str:
    """`name` in the one spelling under which it is compared: ASCII letters in lower case, all else as it is.

    Networks differ in what else they take for one (RFC 2812, section 2.2: `{}|^` are the lower case of
    `[]\\~`), and where they do not, two such names are two people. So this is the narrowest; where a network
    takes more for one, its transport names each of them in one spelling only.
    """
    return name.lower() if name.isascii() else name.translate(_LETTERS)


@dataclass(frozen=True, slots=True)
class Member:
    """One nick that is seen on a network now.

    `session` names the time from when the nick was first seen until it left; it is what an unidentified
    speaker is known by. `account` is only what the server itself said. `watched`: the network tells us when
    the nick goes, although it may share no venue with us.
    """

    network: str
    nick: str
    session: str
    account: str | None = None
    away: bool = False
    spoke_at: datetime | None = None
    seen_at: datetime | None = None
    venues: frozenset[str] = frozenset()
    watched: bool = False


_NO_NAMES: Map[str, str] = Map()


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is where: persistent maps, so that a new roster costs only what changed.

    Keys are folded. `members`: (network, nick) -> Member. `venues`: (network, venue) -> nick -> nick as
    written. `accounts`: (network, account) -> nick -> nick as written. `gone`: (network, nick) -> when it was
    last seen, for nicks that left a short while ago and may still be spoken to. `since`: network -> when we
    began to see it; absent while we see nothing there. `spoke`: (network, account) -> when they last spoke,
    also where they, or we, have left and come back since.
    """

    members: Map[tuple[str, str], Member] = field(default_factory=Map)
    venues: Map[tuple[str, str], Map[str, str]] = field(default_factory=Map)
    accounts: Map[tuple[str, str], Map[str, str]] = field(default_factory=Map)
    gone: Map[tuple[str, str], datetime] = field(default_factory=Map)
    since: Map[str, datetime] = field(default_factory=Map)
    spoke: Map[tuple[str, str], datetime] = field(default_factory=Map)

    def member(self, network: str, nick: str) -> Member | None:
        return self.members.get((network, fold(nick)))

    def nicks(self, venue: Venue) -> tuple[str, ...]:
        """The nicks in `venue`, as written, in the order of their folded spelling."""
        return tuple(written for _, written in sorted(self.venues.get(venue.key, _NO_NAMES).items()))

    def folded(self, venue: Venue, *, without: str = "") -> Collection[str]:
        """The nicks in `venue`, folded, but for one; without a look at each of them."""
        there = self.venues.get(venue.key, _NO_NAMES)
        name = fold(without)
        return there.delete(name) if name in there else there

    def with_account(self, network: str, account: str) -> tuple[Member, ...]:
        """Everybody on `network` who is proven to be `account`, the last to speak first."""
        nicks = self.accounts.get((network, fold(account)))
        if nicks is None:
            return ()
        found = [self.members[network, nick] for nick in nicks]
        return tuple(
            sorted(found, key=lambda m: (-(m.spoke_at.timestamp() if m.spoke_at else 0.0), fold(m.nick)))
        )

    def last_spoke(self, network: str, account: str) -> datetime | None:
        """When a proven `account` last said anything there, as far as that is remembered."""
        heard = [member.spoke_at for member in self.with_account(network, account) if member.spoke_at]
        before = self.spoke.get((network, fold(account)))
        return max((*heard, before) if before is not None else heard, default=None)

    def with_session(self, network: str, session: str) -> Member | None:
        """The member whose session it is, wherever their nick has gone."""
        return next((m for m in self._of(network) if m.session == session), None)

    def _of(self, network: str) -> Iterator[Member]:
        return (member for (where, _), member in self.members.items() if where == network)


LATELY = timedelta(days=30)
"""What pings are counted over where the burdens of several people are compared."""


@dataclass(frozen=True, slots=True)
class Load:
    """What has been asked of people so far.

    `last`: person -> when they were last pinged. `recent`: person -> pings within the last 24 hours, and
    `times`: when those were, the oldest first.
    `lately`: person -> pings within `LATELY`. `total`: person -> pings ever.
    """

    last: Mapping[str, datetime] = field(default_factory=dict)
    recent: Mapping[str, int] = field(default_factory=dict)
    times: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    lately: Mapping[str, int] = field(default_factory=dict)
    total: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person can be addressed, and by which nick."""

    venue: Venue
    nick: str
    spoke_at: datetime | None = None
    away: bool = False


def places(
    accounts: Mapping[str, str],
    asked_in: Venue,
    roster: Roster,
    *,
    open_venues: tuple[Venue, ...],
    own: Collection[tuple[str, str]] = (),
    joined: Collection[Venue] = (),
) -> tuple[Place, ...]:
    """Where somebody with these `accounts` (network -> account) can be pinged about a question asked in
    `asked_in`, the best place first: that venue; another of `open_venues` that is no more visible, those
    whose keys are in `own` (the section's own channels) before others; privately; the same on the other
    networks. A private question is only ever brought privately; one that was asked among members stays among
    those members, for the members of another venue are others: whoever is not in it is told nothing of it.
    One that was asked where all is encrypted from end to end is told in that venue, or privately on the same
    network and encrypted as well. `joined`: the venues that a bridge makes one with `asked_in`; who is in one
    of them is in that venue.
    """
    if asked_in.sealed:
        accounts = {network: each for network, each in accounts.items() if network == asked_in.network}
        open_venues, joined = (), ()
    seen = {network: roster.with_account(network, account) for network, account in accounts.items()}
    if not any(seen.values()):
        return ()
    if asked_in.visibility is Visibility.MEMBERS:
        rooms = (asked_in, *joined)
        if not any(
            fold(room.name) in member.venues for room in rooms for member in seen.get(room.network, ())
        ):
            return ()
    shared = [] if asked_in.private else [asked_in, *joined]
    if asked_in.visibility is Visibility.PUBLIC:
        others = [venue for venue in open_venues if not venue.private]
        shared += sorted(others, key=lambda venue: venue.key not in own) if own else others
    venues: dict[tuple[str, str], tuple[int, Venue]] = {}
    for index, venue in enumerate(shared):
        venues.setdefault(venue.key, (index, venue))
    near = {venue.key for venue in (asked_in, *joined)}
    found: list[tuple[tuple[bool, bool, int, str], Place]] = []
    for network, members in seen.items():
        foreign = network != asked_in.network
        for member in members:
            for (where, name), (index, venue) in venues.items():
                if where == network and name in member.venues:
                    place = Place(venue, member.nick, member.spoke_at, member.away)
                    far = foreign and venue.key not in near
                    found.append(((far, False, index, network), place))
            private = Venue(network, member.nick, Visibility.PRIVATE, asked_in.sealed)
            place = Place(private, member.nick, member.spoke_at, member.away)
            found.append(((foreign, True, 0, network), place))
    # Sorting is stable: of several nicks the one that spoke last stays first.
    return tuple(place for _, place in sorted(found, key=itemgetter(0)))

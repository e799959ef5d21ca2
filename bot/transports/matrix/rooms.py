"""Where the desk is on a homeserver, as a value, and which room is which venue.

A room's venue is as closed as the more closed of two: what is configured, and what the room itself says. Open
is a room only where anybody may join unasked and nothing is encrypted; what stands in its history does not
matter, for whoever walks in reads what is said from then on, as in a channel of IRC. A direct conversation is
a room marked as one with exactly two in it, one of them the desk, into which nobody can come unasked and
which nobody reads from outside; with a third in it, invited or joined, it is a room among members.

An upgraded room (client-server API, "Room upgrades") is followed where both ends say so: the tombstone of the
old one, which its server let pass, and the `predecessor` of the new one, in which we are. The old one is no
venue then. Nothing of this is kept elsewhere: it is found again in the state of the rooms.

How it comes about says `bot.transports.matrix.folding`. Pure.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from immutables import Map

from bot.transports.matrix import raw
from bot.transports.matrix.room import Room
from routing.presence import Venue, Visibility

MOST_ROOMS = 5_000
"""Rooms, and invitations, that are looked at; more are as if they were not there."""

_ASKED = ("invite", "private", "knock")
"""Join rules by which nobody comes in whom nobody in the room has let in; members of other rooms, or whoever
a rule names that is not known here, may."""

MOST_UPGRADES = 100
"""How often in a row a room may have been upgraded."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """We may come into a room, says the server. What the room calls itself is not here: whoever invites can
    say anything. `by`: the user id of the inviter."""

    room: str
    by: str
    direct: bool = False
    encrypted: bool = False


@dataclass(frozen=True, slots=True)
class Rooms:
    """All rooms of one homeserver, as far as we have to do with them.

    `configured`: name in the configuration -> visibility there. `names`: such a name -> the id of the room
    that it was found to be, or of that in which this one goes on. `directs`: room -> with whom, by
    `m.direct`. `sealed`: rooms that were seen encrypted once.
    """

    network: str
    me: str
    configured: Mapping[str, Visibility] = field(default_factory=dict)
    joined: Map[str, Room] = field(default_factory=Map)
    invited: Map[str, Invitation] = field(default_factory=Map)
    names: Map[str, str] = field(default_factory=Map)
    directs: Map[str, str] = field(default_factory=Map)
    sealed: frozenset[str] = frozenset()

    @classmethod
    def beginning(cls, network: str, me: str, configured: Mapping[str, Visibility]) -> "Rooms":
        """Nothing is known yet, but for the rooms that are configured by their ids."""
        ids = {name: name for name in configured if raw.room(name) is not None}
        return cls(network, me, configured, names=Map(ids))

    def named(self, name: str, room: str) -> "Rooms":
        """The same, where the configured `name` is known to be the room with this id."""
        return replace(self, names=self.names.set(name, room))

    def today(self, room: str) -> str:
        """The id of the room in which this one goes on; its own where it was not upgraded, or where we are
        not in its successor, or that does not say that it is one."""
        for _ in range(MOST_UPGRADES):
            old = self.joined.get(room)
            if old is None or old.replacement is None or old.replacement == room:
                break
            new = self.joined.get(old.replacement)
            if new is None or new.predecessor != room:
                break
            room = new.id
        return room

    def name(self, room: str) -> str | None:
        """The name that a room has in the configuration, if any."""
        return next((name for name, first in self.names.items() if self.today(first) == room), None)

    def venue(self, room: str) -> Venue | None:
        """The venue that a room is; None for one that we are not in, or that goes on in another."""
        here = self.joined.get(room)
        if here is None or self.today(room) != room:
            return None
        name = self.name(room)
        if name is None and any(here.replacement == each for each in self.names.values()):
            return None  # we were put out of its successor, and may be back
        said = Visibility.PUBLIC if here.open else Visibility.MEMBERS
        if name is None and here.open and len(self.names) < len(self.configured):
            said = Visibility.MEMBERS  # it may be one that is configured as such
        if name is not None:
            least = self.configured.get(name, Visibility.MEMBERS)
            return Venue(self.network, name, max(least, said), here.encrypted)
        other = self.other(here)
        if other is not None:
            return Venue(self.network, other, Visibility.PRIVATE, here.encrypted)
        return Venue(self.network, room, said, here.encrypted)

    def other(self, room: Room) -> str | None:
        """With whom it is a direct conversation; None where it is none."""
        if not room.direct or room.heads != 2 or room.join_rule not in _ASKED:
            return None
        if room.history == "world_readable":
            return None
        known = {*room.members, *room.awaited} - {self.me} or set(room.heroes) - {self.me}
        return known.pop() if len(known) == 1 else None

    def room_for(self, venue: Venue) -> Room | None:
        """The room that a venue is today; None where we are in none. Of several direct conversations with one
        person it is the one in which they spoke last; where `venue` is sealed, an encrypted one."""
        if venue.network != self.network:
            return None
        if venue.private:
            return max(
                (each for each in self.with_user(venue.name) if each.encrypted or not venue.sealed),
                key=lambda each: (each.spoke, each.encrypted, each.id),
                default=None,
            )
        first = self.names.get(venue.name, venue.name)
        room = self.joined.get(self.today(first))
        return None if room is None or (venue.sealed and not room.encrypted) else room

    def with_user(self, user: str) -> Iterator[Room]:
        """The direct conversations with somebody."""
        for room in self.joined.values():
            here = self.venue(room.id) if room.direct else None
            if here is not None and here.private and here.name == user:
                yield room

    def names_of(self, room: str) -> Map[str, str]:
        """Those who are known to be in a room, with their display names, which may be empty."""
        here = self.joined.get(room)
        return here.members if here is not None else Map()

    def learned(self, room: str, members: Mapping[str, str]) -> tuple["Rooms", tuple[str, ...]]:
        """The same after the server has told all members of a room; and those of whom we had thought that
        they were there, and who are not."""
        here = self.joined.get(room)
        if here is None:
            return self, ()
        gone = tuple(each for each in here.members if each not in members and each != self.me)
        awaited = Map({user: name for user, name in here.awaited.items() if user not in members})
        whole = replace(here, members=Map(members), awaited=awaited, complete=True)
        return replace(self, joined=self.joined.set(room, whole)), gone

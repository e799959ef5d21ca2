"""Who answers the desk like nobody types: other bots that no network marks as such.

A line that is said to the desk at once (by default within a second) after the desk spoke to its very
speaker, in that place, comes from a program: nobody reads and types that fast. It is dropped, and for ten
minutes so is every line of that speaker to the desk that follows a line to them within five times as long,
since bots that restrain themselves are late with some of their answers; what comes later was typed, and is
heard.
So the desk answers another bot at most once, and whatever that says to the answer leads to nothing: two desks
exchange two lines.

It costs something: of a person who types ahead, the line is lost that arrives in the second after the answer
to the one before. So bare words ("1", "not it") are never taken for a program's, nor is what people of the
map say; and whether a line is one of these is for the caller to say.

The times are those of the events. Bounded. Pure.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.allowances import BRIEF_SPEAKERS, bound, lately
from routing.presence import Venue, fold

STILL = 5
"""How much longer *at once* is of a speaker who was taken for a bot."""

REMEMBERED = timedelta(minutes=10)

Ear = tuple[tuple[str, str], str]
"""A venue's key and a folded nick."""


def ear(venue: Venue, nick: str) -> Ear:
    """Where somebody hears the desk."""
    return venue.key, fold(venue.name if venue.private else nick)


@dataclass(slots=True)
class Automatons:
    """To whom the desk spoke when, and who was taken for a bot when."""

    _told: OrderedDict[Ear, datetime] = field(default_factory=OrderedDict)
    _taken: OrderedDict[Ear, datetime] = field(default_factory=OrderedDict)

    def told(self, who: Ear, at: datetime) -> None:
        """The desk said something to them."""
        self._told.pop(who, None)
        self._told[who] = at
        bound(self._told, BRIEF_SPEAKERS)

    def answers(self, who: Ear, at: datetime, at_once: timedelta) -> bool:
        """Whether a line of theirs to the desk is an automaton's. `at_once`: how fast nobody is."""
        taken = lately(self._taken.get(who), at, REMEMBERED)
        if not lately(self._told.get(who), at, STILL * at_once if taken else at_once):
            return False
        if not taken:
            self._taken.pop(who, None)
            self._taken[who] = at
            bound(self._taken, BRIEF_SPEAKERS)
        return True

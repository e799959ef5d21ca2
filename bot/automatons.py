"""Who answers the desk like nobody types: other bots that no network marks as such.

A line that is said to the desk right after the desk spoke to its very speaker, in that place, comes from a
program, where nobody could have typed it:

    at once     (by default) within a second after the desk's line
    too fast    later, but sooner than its letters can be typed, counted from the desk's line and from the
                speaker's own last line to the desk: bots that restrain themselves answer a second later

Such a line is dropped, and for ten minutes so is every line of that speaker to the desk that follows a line
to them within ten times *at once*; what comes later was typed, and is heard. So the desk answers another bot
once, and what that says to the answer leads to nothing: two desks exchange two lines. It takes three such
lines in a row, each after another line of the desk, where one may well come from a person: privately, where
every line is said to the desk, the next lines of a paste, too; and where it could be typed since the
speaker's last line, as when the desk's own was held up by its pace.

It costs something: of a person who types ahead, or pastes lines that each name the desk, the line is lost
that arrives right after the answer to the one before. So bare words ("1", "not it") are never taken for a
program's, nor is what people of the map say; whether a line is one of these is for the caller to say.

The times are those of the events. Bounded. Pure.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.allowances import BRIEF_SPEAKERS, bound, lately
from routing.presence import Venue, fold

A_LETTER = timedelta(seconds=1) / 15
"""Who types 180 words a minute, and few do, takes as long for a letter."""

LONGEST = timedelta(seconds=5)
"""Nothing that comes later than this after a line is an answer of a program's to it."""

STILL = 10
"""How much longer *at once* is of a speaker who was taken for a bot."""

IN_A_ROW = 3
"""How many fast lines it takes privately."""

REMEMBERED = timedelta(minutes=10)

Ear = tuple[tuple[str, str], str]
"""A venue's key and a folded nick, or the session of somebody behind a bridge."""


def ear(venue: Venue, nick: str) -> Ear:
    """Where somebody hears the desk."""
    return venue.key, fold(venue.name if venue.private else nick)


@dataclass(slots=True)
class _Talk:
    """With one speaker: when the desk said something to them last, when they to it, how many of their lines
    in a row were too fast, and when they were taken for a bot."""

    told: datetime | None = None
    heard: datetime | None = None
    fast: int = 0
    taken: datetime | None = None


@dataclass(slots=True)
class Automatons:
    """How those talk with whom the desk talks."""

    _talks: OrderedDict[Ear, _Talk] = field(default_factory=OrderedDict)

    def told(self, who: Ear, at: datetime) -> None:
        """The desk said something to them."""
        self._talk(who).told = at

    def answers(self, who: Ear, at: datetime, at_once: timedelta, length: int, *, private: bool) -> bool:
        """Whether a line of theirs to the desk, of so many letters, is an automaton's. `at_once`: how fast
        nobody is; zero where nobody is too fast."""
        talk = self._talk(who)
        before, talk.heard = talk.heard, at
        if lately(talk.taken, at, REMEMBERED):
            return lately(talk.told, at, STILL * at_once)
        if talk.told is None or (before is not None and talk.told < before <= at):
            return False  # nothing was said to them since their last line
        typed = min(length * A_LETTER, LONGEST) if at_once else timedelta()
        in_no_time = before is not None and lately(before, at, typed)
        if not ((in_no_time and lately(talk.told, at, typed)) or lately(talk.told, at, at_once)):
            talk.fast = 0
            return False
        talk.fast += 1
        had_time = before is not None and not in_no_time
        if (private or had_time) and talk.fast < IN_A_ROW:
            return False
        talk.taken, talk.fast = at, 0
        return True

    def _talk(self, who: Ear) -> _Talk:
        talk = self._talks.pop(who, None) or _Talk()
        self._talks[who] = talk
        bound(self._talks, BRIEF_SPEAKERS)
        return talk

"""How much may be said to the desk: by one speaker, through one bridge, on one network.

    speaker    so many lines at once, one more after each refill; nothing while it is overdrawn, so that a
               steady flood gets no steady answer
    long run   so many lines, and one more a minute: whoever goes on longer, always an answer to an answer, is
               a program that takes its time, and with a line that is dropped it falls silent
    bridge     the same for all names behind it together, since it can invent them; refills whatever happens
    network    the first line of a speaker in a minute draws on one bucket, all others on a smaller one, so
               that a crowd of flooding speakers, each within what is theirs, costs a newcomer nothing

All times come in. A clock that steps back takes nothing away and gives nothing, one that steps forward gives
no more than a pause would; what lies in the future is taken to be long ago. Bounded: least recently used goes
first. Pure.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

BURST = 6
"""Lines to the desk that a speaker may say at once."""

REFILL = timedelta(seconds=5)
"""How long one more line to the desk takes to be allowed."""

LONG_BURST = 40
LONG_REFILL = timedelta(minutes=1)
"""What a speaker may say to the desk in the long run."""

BRIDGE_BURST = 20
BRIDGE_REFILL = timedelta(seconds=1)

NEWCOMERS = 50
NEWCOMERS_REFILL = timedelta(milliseconds=20)
"""Speakers who are let in within a second on one network, of those who said nothing to it for a minute."""

CROWD = 20
CROWD_REFILL = timedelta(milliseconds=250)
"""What all others on one network may say to the desk together."""

LATELY = timedelta(minutes=1)
BRIEF_SPEAKERS = 2000


def lately(then: datetime | None, at: datetime, span: timedelta = LATELY) -> bool:
    """Whether `then` was within `span` before `at`."""
    return then is not None and timedelta() <= at - then < span


@dataclass(slots=True)
class _Allowance:
    tokens: float
    at: datetime
    let_in: datetime | None = None
    overdrawn: datetime | None = None


@dataclass(slots=True)
class Allowances:
    """One for each key."""

    burst: int
    refill: timedelta
    _of: OrderedDict[Hashable, _Allowance] = field(default_factory=OrderedDict)

    def take(self, key: Hashable, at: datetime, *, strict: bool = False) -> bool:
        """Whether one more is allowed; if so it is taken. `strict`: who goes on regardless gets nothing until
        they pause."""
        known = self._of.pop(key, None) or _Allowance(self.burst, at)
        tokens = min(self.burst, known.tokens + max(timedelta(), at - known.at) / self.refill)
        allowed = tokens >= 1
        known.tokens = tokens - 1 if allowed else 0.0 if strict else tokens
        known.at = at
        if not allowed:
            known.overdrawn = at
        self._of[key] = known
        bound(self._of, BRIEF_SPEAKERS)
        return allowed

    def spent(self, key: Hashable, at: datetime) -> bool:
        """Whether nothing is left; nothing is taken, and nobody remembered for it."""
        known = self._of.get(key)
        if known is None:
            return False
        return known.tokens + max(timedelta(), at - known.at) / self.refill < 1

    def overdrawn(self, key: Hashable, at: datetime) -> bool:
        """Whether more was asked for within the last minute than there was."""
        known = self._of.get(key)
        return known is not None and lately(known.overdrawn, at)

    def new(self, key: Hashable, at: datetime) -> bool:
        """Whether nothing of `key` was let in within the last minute."""
        known = self._of.get(key)
        return known is None or not lately(known.let_in, at)

    def note(self, key: Hashable, at: datetime) -> None:
        """Something of `key` was let in."""
        if (known := self._of.get(key)) is not None:
            known.let_in = at


@dataclass(slots=True)
class Doors:
    """What is let in of the lines that are said to the desk."""

    _speakers: Allowances = field(default_factory=lambda: Allowances(BURST, REFILL))
    _people: Allowances = field(default_factory=lambda: Allowances(BURST, REFILL))
    _long: Allowances = field(default_factory=lambda: Allowances(LONG_BURST, LONG_REFILL))
    _bridges: Allowances = field(default_factory=lambda: Allowances(BRIDGE_BURST, BRIDGE_REFILL))
    _newcomers: Allowances = field(default_factory=lambda: Allowances(NEWCOMERS, NEWCOMERS_REFILL))
    _crowds: Allowances = field(default_factory=lambda: Allowances(CROWD, CROWD_REFILL))

    def opens(self, speaker: str, at: datetime, bridge: str | None = None, *, person: bool = False) -> bool:
        """Whether a line of `speaker` (key) is within their own allowance, and within that of the `bridge`
        (key) that says it. `person`: they are of the map, or operate the desk."""
        if bridge is not None and self._bridges.spent(bridge, at):
            return False  # before any name behind it is remembered
        allowances = self._people if person else self._speakers
        if not allowances.take(speaker, at, strict=True):
            return False
        return bridge is None or self._bridges.take(bridge, at)

    def endless(self, speaker: str, at: datetime) -> bool:
        """Whether a line of `speaker` (key) that `opens` is more than anybody has to say in the long run."""
        return not self._long.take(speaker, at)

    def has_room(self, network: str, speaker: str, at: datetime) -> bool:
        """Whether a line that `opens` is within what the whole network may say."""
        # Who comes when there are too many newcomers is one of the crowd.
        new = self._speakers.new(speaker, at) and self._newcomers.take(network, at)
        room = new or self._crowds.take(network, at)
        if room:
            self._speakers.note(speaker, at)
        return room

    def flooding(self, speaker: str, at: datetime) -> bool:
        """Whether `speaker` (key) said more than they may within the last minute. People never flood: what
        they are told next may be somebody's question."""
        return self._speakers.overdrawn(speaker, at)


def bound(table: OrderedDict[Any, Any], limit: int) -> None:
    """Forget what was least recently used beyond `limit`."""
    while len(table) > limit:
        table.popitem(last=False)

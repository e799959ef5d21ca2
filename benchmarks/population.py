"""People made up for a map that says nothing of how they live: where they are, when they are up, how much
they accept, how they sit on a network, and what they do when they are pinged.

Everything comes from a seed. The shares are judgements of what free software projects look like: people all
around the world, most by day, some late; half of them idle around the clock behind a bouncer, others come and
go with their day, some are only online, a few are never there.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from routing.people import Hours, Person
from routing.sections import MaintainersMap

NETWORK = "libera"
WORKDAYS = frozenset(range(5))
_ZONES = (
    *("Europe/London",) * 3,
    *("Europe/Berlin",) * 3,
    *("Europe/Kyiv", "Europe/Rome"),
    *("America/New_York",) * 2,
    *("America/Los_Angeles", "Asia/Kolkata", "Asia/Tokyo", "Australia/Sydney"),
)


class Presence(StrEnum):
    """How somebody sits on the network."""

    BOUNCER = "bouncer"
    AWAY = "bouncer that says when they are away"
    DAILY = "comes and goes"
    ONLINE = "online, in no channel"
    NEVER = "never there"


_PRESENCES = (
    *(Presence.BOUNCER,) * 8,
    *(Presence.AWAY,) * 4,
    *(Presence.DAILY,) * 5,
    *(Presence.ONLINE,) * 2,
    Presence.NEVER,
)


@dataclass(frozen=True, slots=True)
class Somebody:
    """One of them. `hours` are those that they really keep, whether or not the map knows. `replies`: how
    likely they answer a ping; `within`: the median of how long that takes; `talks`: lines a day."""

    person: Person
    hours: Hours
    presence: Presence
    replies: float
    within: timedelta
    talks: float

    def day(self, day: date) -> tuple[datetime, datetime] | None:
        """When they are up on that day."""
        if day.weekday() not in self.hours.days:
            return None
        zone = ZoneInfo(self.hours.zone)
        start = datetime.combine(day, self.hours.start, zone).astimezone(UTC)
        end = datetime.combine(day, self.hours.end, zone).astimezone(UTC)
        return start, end if end > start else end + timedelta(days=1)


def populate(map_: MaintainersMap, seed: int) -> tuple[MaintainersMap, tuple[Somebody, ...]]:
    """The map with people who can be asked, and who they are. Of every ten two tell no hours; three of five
    accept no more than so many pings a day."""
    rng = random.Random(seed)
    people = tuple(_somebody(person, rng) for person in map_.people.values())
    known = {each.person.id: each.person for each in people}
    return replace(map_, people=known), people


def _somebody(person: Person, rng: random.Random) -> Somebody:
    start = rng.choice((8, 9, 9, 9, 10, 10, 11, 14))
    length = rng.choice((8, 9, 9, 10, 12))
    days = frozenset(range(7)) if rng.random() < 0.3 else WORKDAYS
    hours = Hours(rng.choice(_ZONES), time(start), time((start + length) % 24), days)
    asked = replace(
        person,
        accounts={NETWORK: f"d{len(person.id)}-{person.id.replace('.', '-')}"},
        hours=hours if rng.random() < 0.8 else None,
        budget=rng.choice((None, None, 1, 2, 3)),
        reads_back=rng.random() < 0.2,
    )
    return Somebody(
        asked,
        hours,
        rng.choice(_PRESENCES),
        rng.uniform(0.35, 0.85),
        timedelta(minutes=rng.uniform(3, 20)),
        rng.choice((0.3, 1.0, 3.0, 6.0)),
    )


def moments(count: int, start: datetime, span: timedelta, rng: random.Random) -> list[datetime]:
    """When `count` questions are asked: by a Poisson process, thinned to the hours that packagers keep
    (evenings and weekends too, nights seldom)."""
    found: list[datetime] = []
    while len(found) < count:
        when = start + span * rng.random()
        if rng.random() < _AT_HOUR[when.hour] * (0.6 if when.weekday() >= 5 else 1.0):
            found.append(when)
    return sorted(found)


_NIGHT = (0.35, 0.25, 0.2, 0.15, 0.15, 0.2, 0.35)
_DAY = (0.7, 0.9, 1.0, 1.0, 0.9, 0.9, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
_EVENING = (0.9, 0.9, 0.8, 0.65, 0.5)
_AT_HOUR = (*_NIGHT, *_DAY, *_EVENING)
"""How much is asked at each hour of the day (UTC), the most being 1."""


def drawn(weighted: Iterable[str], count: int, rng: random.Random) -> list[str]:
    """`count` of these, as often as they occur among them."""
    among: Sequence[str] = tuple(weighted)
    return [rng.choice(among) for _ in range(count)]

"""How long a step of the ladder waits: as long as first words took in that venue, within bounds.

Nine in ten of those who ever reacted to a ping there had done so by then (the nearest-rank percentile: the
least span that covers at least that share); whoever has not by then is more likely not to. Only pings
to answer count: a triager's number is quick, and whoever is asked once more knows of it. A venue with few
replies teaches nothing yet, and there it waits as the settings say. What counts is waking time, of whoever is
pinged as of whoever replied. All private conversations of a network count as one venue.

Pure. Imports of ours: settings, and values of `routing`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from bot.desk.settings import DeskSettings
from routing.people import Person
from routing.presence import Venue

SHARE = 0.9
"""Of the replies, those that come while a step waits."""

ENOUGH = 8
"""Replies from which on a venue's own pace counts."""

_CLOSE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Patience:
    """How much waking time a step waits in a venue; `replies`: from how many that was learned, 0 where it is
    as the settings say."""

    span: timedelta
    replies: int = 0


def patience(took: Iterable[tuple[Venue, timedelta]], venue: Venue, settings: DeskSettings) -> Patience:
    """For a ping in `venue`, where `took` says how long first words to pings took, and where those were."""
    spans = sorted(span for where, span in took if _same(where, venue))
    if len(spans) < ENOUGH:
        return Patience(settings.patience)
    span = spans[ceil(SHARE * len(spans)) - 1]
    return Patience(min(max(span, settings.patience_least), settings.patience_most), len(spans))


def waking_time(person: Person | None, since: datetime, until: datetime) -> timedelta:
    """How much of the person's waking time passed between two instants, to the second."""
    least, most = timedelta(), max(until - since, timedelta())
    if person is None or person.after_waking(since, most) <= until:
        return most
    while most - least > _CLOSE:
        middle = least + (most - least) / 2
        if person.after_waking(since, middle) <= until:
            least = middle
        else:
            most = middle
    return least


def _same(one: Venue, other: Venue) -> bool:
    if one.private or other.private:
        return one.private and other.private and one.network == other.network
    return one.key == other.key

"""Words that sentences of every kind share: numbers of questions, spans and instants."""

from datetime import datetime, timedelta

from routing.people import WEEK
from routing.zones import zone_of

WORDS_FOR_CONFIRM = "`yes` or `no`"


def number(question: int) -> str:
    return f"#{question}"


def span(duration: timedelta) -> str:
    """A duration as a person would say it, in its largest unit."""
    seconds = max(0, round(duration.total_seconds()))
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length or (seconds >= length and seconds % length == 0):
            return f"{round(seconds / length)} {unit}"
    return f"{seconds} s"


def moment(at: datetime, zone: str | None = None) -> str:
    """An instant in UTC, or, with its day of the week, on the wall clock of `zone` (IANA name)."""
    if zone is None:
        return f"{at:%Y-%m-%d %H:%M} UTC"
    there = at.astimezone(zone_of(zone))
    return f"{WEEK[there.weekday()].capitalize()} {there:%Y-%m-%d %H:%M} {zone}"

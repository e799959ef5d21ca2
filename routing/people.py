"""The people behind the map: who they are, where they have accounts, and when they wish to be asked.

Hours are a daily window on the person's own wall clock, on given days of the week; a window whose end is not
after its start runs over midnight into the next day, and belongs to the day on which it starts. Written form:

    hours = [days " "] clock "-" clock " " zone        e.g. "9-18 Europe/London", "mon-fri 22:30-6 UTC"
    days  = day ["-" day] *("," day ["-" day])         "sat-mon" goes round the week
          | "weekdays" | "weekends" | "daily"
    clock = 0..24 [":" minutes]                        "0-24" is the whole day
          | 1..12 [":" minutes] ("am" | "pm")

"to" may stand for any "-", and the zone be written in any case.

A local time stands for the first instant at which the zone's wall clock has reached it. So a time that the
clock skips in spring is the instant of the skip, a time that it shows twice in autumn is the first of the
two, and later times never come earlier. All instants are aware; those handed out are in UTC.

What the map's file says of a person is how they are asked unless they say otherwise: their own wishes, said
to the desk, win while they last. Somebody busy counts as asleep until then.

The clock is never read here. Must not import anything of chat.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from routing.zones import zone_named, zone_of

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SHORT = {f"{day}day": day[:3] for day in ("mon", "tues", "wednes", "thurs", "fri", "satur", "sun")}
EVERY_DAY = frozenset(range(7))
SHORTEST = timedelta(hours=1)
"""The least that hours may span: below it nobody could be asked in time, and waiting would last for years."""
HORIZON = timedelta(days=3660)
"""As far as waking time is counted."""

_DAY = timedelta(days=1)
_WRITTEN = re.compile(
    r"(?:(?:on )?(?P<days>(?!from )[a-z,-]{3,60}) )?(?:from )?"
    r"(?P<start>\d{1,2}(?::\d\d)?(?: ?[ap]m)?)-(?P<end>\d{1,2}(?::\d\d)?(?: ?[ap]m)?)"
    r"(?: (?P<zone>\S{1,64}))?",
    re.IGNORECASE,
)
_TO = re.compile(r"\s*[–—]\s*|\s+-\s*|(?<=\d)-\s+|\s+(?:to|till?|until|through)\s+", re.IGNORECASE)
_LONGEST_TEXT = 160
"""Characters; what is longer is no hours."""
_ALL_DAYS = {"weekdays": "mon-fri", "weekday": "mon-fri", "weekends": "sat,sun", "weekend": "sat,sun"}
_ALL_DAYS |= {"daily": "mon-sun", "everyday": "mon-sun"}


class Pings(StrEnum):
    """Where a person lets themselves be pinged."""

    PUBLIC = "public"
    PRIVATE = "private"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Hours:
    """When somebody is up: from `start` to `end` by the wall clock of `zone` (IANA name) on `days` (Monday is
    0).

    Where both are the same the window is a whole day. Raises `ValueError` for a zone that does not exist, for
    no days, and for a window shorter than `SHORTEST`.
    """

    zone: str
    start: time
    end: time
    days: frozenset[int] = EVERY_DAY

    def __post_init__(self) -> None:
        zone_of(self.zone)
        if not self.days or not self.days <= EVERY_DAY:
            raise ValueError("hours need at least one day of the week")
        if timedelta(0) < self._length < SHORTEST:
            raise ValueError("hours must span at least one hour")

    def __str__(self) -> str:
        days = f"{_written_days(self.days)} " if self.days != EVERY_DAY else ""
        end = f"{self.end:%H:%M}" if self.end > time() else "24:00"
        return f"{days}{self.start:%H:%M}-{end} {self.zone}"

    @property
    def _length(self) -> timedelta:
        """Of the window as the wall clock shows it, less whole days."""
        return (datetime.combine(date.min, self.end) - datetime.combine(date.min, self.start)) % _DAY

    def awake(self, at: datetime) -> bool:
        opens, closes = next(self._windows(at), (at + HORIZON, at))
        return opens <= at < closes

    def next_awake(self, at: datetime) -> datetime:
        """The first instant from `at` on that lies within the hours."""
        opens, _ = next(self._windows(at), (at + HORIZON, at))
        return max(opens, at).astimezone(UTC)

    def after_waking(self, at: datetime, patience: timedelta) -> datetime:
        """The instant when `patience` of waking time has passed since `at`; at most `HORIZON` later."""
        left = patience
        for opens, closes in self._windows(at):
            begins = max(opens, at)
            if closes - begins >= left:
                return (begins + left if left else at).astimezone(UTC)
            left -= closes - begins
        return (at + HORIZON).astimezone(UTC)

    def _windows(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The windows that end after `at`, in order."""
        today = at.astimezone(zone_of(self.zone)).date()
        for offset in range(-1, HORIZON.days):
            day = today + timedelta(days=offset)
            if day.weekday() in self.days:
                opens = instant(day, self.start, self.zone)
                closes = instant(day if self.start < self.end else day + _DAY, self.end, self.zone)
                if closes > max(opens, at):
                    yield opens, closes


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may be asked.

    `accounts`: network -> services account (IRC) or full user id (Matrix). `budget`: pings that they accept
    within 24 hours, `None` for as many as come. `reads_back`: whether what was said to them while they were
    away reaches them all the same. Without `hours` a person counts as always up; until `busy_until` (aware)
    they count as asleep.
    """

    id: str
    name: str
    accounts: Mapping[str, str] = field(default_factory=dict, hash=False)
    hours: Hours | None = None
    budget: int | None = None
    reads_back: bool = False
    pings: Pings = Pings.PUBLIC
    email: str | None = None
    busy_until: datetime | None = None

    @property
    def zone(self) -> str:
        """The zone (IANA name) in which they say and are told times."""
        return "UTC" if self.hours is None else self.hours.zone

    @property
    def day_starts(self) -> time:
        """When by that zone's clock a day begins for them that they name alone."""
        return time() if self.hours is None else self.hours.start

    def awake(self, at: datetime) -> bool:
        return self._free(at) == at and (self.hours is None or self.hours.awake(at))

    def next_awake(self, at: datetime) -> datetime:
        """The first instant from `at` on at which they may be asked."""
        free = self._free(at)
        return free if self.hours is None else self.hours.next_awake(free)

    def after_waking(self, at: datetime, patience: timedelta) -> datetime:
        """The instant when `patience` of their waking time has passed since `at`."""
        free = self._free(at) if patience else at
        return free + patience if self.hours is None else self.hours.after_waking(free, patience)

    def _free(self, at: datetime) -> datetime:
        """The first instant from `at` on at which they are not busy."""
        return at if self.busy_until is None or self.busy_until <= at else self.busy_until


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person said themself of when and how they are asked; `None`: nothing, so the map counts."""

    busy_until: datetime | None = None
    hours: Hours | None = None
    budget: int | None = None
    pings: Pings | None = None

    def on(self, person: Person) -> Person:
        """The person with these wishes in force."""
        return replace(
            person,
            busy_until=person.busy_until if self.busy_until is None else self.busy_until,
            hours=person.hours if self.hours is None else self.hours,
            budget=person.budget if self.budget is None else self.budget,
            pings=person.pings if self.pings is None else self.pings,
        )


def instant(day: date, clock: time, zone: str) -> datetime:
    """The first instant (UTC) at which the wall clock of `zone` has reached `clock` on `day`."""
    there = zone_of(zone)
    wall = datetime.combine(day, clock)

    def shows(instant: datetime) -> datetime:
        return instant.astimezone(there).replace(tzinfo=None)

    reached = wall.replace(tzinfo=there, fold=0).astimezone(UTC)
    if shows(reached) == wall:
        return reached
    # Skipped: the two readings (PEP 495) lie on either side of the skip, which is found between them.
    before = wall.replace(tzinfo=there, fold=1).astimezone(UTC)
    while reached - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(reached - before) // timedelta(seconds=2))
        if shows(middle) >= wall:
            reached = middle
        else:
            before = middle
    return reached


class NoZone(ValueError):
    """These would be hours if somebody said in which zone."""


def read_hours(text: str, zone: str | None = None) -> Hours:
    """Hours in the written form above; `ValueError` says what is wrong. `zone`: that of whoever names none;
    without it that is `NoZone`."""
    plain = " ".join(_TO.sub("-", text[:_LONGEST_TEXT]).split())
    written = _WRITTEN.fullmatch(plain) if len(text) <= _LONGEST_TEXT else None
    if written is None:
        raise ValueError("hours look like `9-18 Europe/London` or `mon-fri 9:30-17 UTC`")
    start, end = _clock(written["start"]), _clock(written["end"])
    if start == end:
        raise ValueError("these hours end when they begin; the whole day is `0-24`")
    days = _days(written["days"].lower().rstrip(",")) if written["days"] else EVERY_DAY
    there = zone_named(written["zone"]) if written["zone"] else zone
    if there is None:
        raise NoZone("these hours name no time zone, like Europe/London")
    return Hours(there, _time(start), _time(end), days)


def _clock(text: str) -> int:
    """Minutes since midnight."""
    half = text[-2:].lower() if text[-1] in "mM" else ""
    hour, _, minute = text[: len(text) - len(half)].strip().partition(":")
    minutes = 60 * int(hour) + int(minute or 0)
    wrong = not 1 <= int(hour) <= 12 if half else minutes > 24 * 60
    if int(minute or 0) > 59 or wrong:
        raise ValueError(f"`{text}` is no time of day")
    return minutes % 720 + (720 if half == "pm" else 0) if half else minutes


def _time(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)


def _written_days(days: frozenset[int]) -> str:
    """Days that follow one another as a range: `mon-wed,sat`."""
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    ranges = (
        f"{WEEK[run[0]]}-{WEEK[run[-1]]}" if len(run) > 2 else ",".join(WEEK[day] for day in run)
        for run in runs
    )
    return ",".join(ranges)


def _days(text: str) -> frozenset[int]:
    days: set[int] = set()
    for part in _ALL_DAYS.get(text, text).split(","):
        first, dash, last = (_SHORT.get(each, each) for each in part.partition("-"))
        if first not in WEEK or (dash and last not in WEEK):
            raise ValueError(f"`{part}` is no day of the week; days are {', '.join(WEEK)}")
        start, end = WEEK.index(first), WEEK.index(last if dash else first)
        days.update(day % 7 for day in range(start, end + 1 if end >= start else end + 8))
    return frozenset(days)

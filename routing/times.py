"""What people say of time: `monday`, `3d`, `friday 9:00`, `2026-12-01 14:00`, `17:00`.

    moment = ["until" | "for" | "in" | "to" | "by"]
             (span | clock [zone] | day [["at"] clock [zone]] | while)
    span   = count unit *(["and"] count unit)            "2h", "1.5h", "1d12h", "3 days", "a week"; elapsed
    while  = "today" | "tonight" | "all day" | "this week"     until it is over
    day    = "today" | "tomorrow" | ["on" | "next"] weekday | "next week" | date
    date   = YYYY-MM-DD | number month [YYYY] | month number [YYYY]
    clock  = 0..24 ":" minutes | 1..12 ("am" | "pm") | "noon" | "midnight" | after a day: 0..24
    zone   = an IANA name in any case, "UTC" or "Z"

A clock alone is the next instant at which the wall clock shows it. A day alone begins when its speaker's days
begin, and so does the one after a while. A week day is the coming one: today only where a
clock that is still to come says so. A date without its year is the coming one. What the wall clock skips or
shows twice is read as in `routing.people`. Months are of no fixed length, `1/12` is read differently in
different places: these are refused, as is what is past or more than a year ahead.

The clock is never read here. Must not import anything of chat.
"""

import re
from datetime import UTC, date, datetime, time, timedelta

from routing.people import WEEK, instant
from routing.zones import zone_named, zone_of

LONGEST = timedelta(days=366)
"""How far ahead a moment may lie."""

EXAMPLES = "`2h`, `3d`, `17:00`, `monday`, `friday 9:00` or `2026-12-01 14:00`"

_DAY = timedelta(days=1)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": _DAY, "w": timedelta(weeks=1)}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONGEST_TEXT = 80
"""Characters; what is longer is no time."""

_FLAGS = re.IGNORECASE | re.ASCII
_WHILE = re.compile(
    r"today|tonight|(?:(?:all|the|this|whole|entire|rest|of) ){1,5}(?:day|today|(?P<week>week))", _FLAGS
)
_LEADING = re.compile(r"^(?:until|till?|for|in|to|by|at|on) +", _FLAGS)
_PART = re.compile(
    r"(?P<count>\d{1,5}(?:\.\d{1,2})?|an?|one) ?"
    r"(?P<unit>m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?|w(?:(?:ee)?ks?)?)"
    r"(?=[ ,\d]|$)(?: ?,? ?(?:and )?)",
    _FLAGS,
)
_WEEKDAY = (
    r"(?:mon|tue(?:s)?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)day|mon|tues?|weds?|thu(?:rs?)?|fri|sat|sun"
)
_MONTH = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_WRITTEN = re.compile(
    rf"(?P<day>today|tomorrow|next week|(?P<next>next )?(?P<weekday>{_WEEKDAY})|(?P<iso>\d{{4}}-\d\d?-\d\d?)|"
    rf"(?P<date>\d{{1,2}}(?:st|nd|rd|th)? (?:of )?(?:{_MONTH})|(?:{_MONTH}) \d{{1,2}}(?:st|nd|rd|th)?)"
    r"(?:,? (?P<year>\d{4}))?)?"
    r"(?:(?:^|,? (?:at )?|(?<=\d)t)"
    r"(?P<clock>\d{1,2}:\d\d|\d{1,2} ?[ap]m|noon|midnight|(?<!^)\d{1,2})"
    r"(?: ?(?P<zulu>z)| (?P<zone>[A-Z][\w+-]*(?:/[\w+-]+)*))?)?",
    _FLAGS,
)


def read_moment(text: str, at: datetime, zone: str = "UTC", day_starts: time = time()) -> datetime:
    """The moment (UTC) that `text` means, said at `at` by somebody whose wall clock is that of `zone` (IANA
    name) and whose days begin at `day_starts`. It lies after `at` and at most `LONGEST` later.

    ValueError says what is wrong with the text, or that there is no such zone.
    """
    words = _LEADING.sub("", " ".join(text.strip("!?. \t").split()), count=1)
    if len(words) > _LONGEST_TEXT:
        raise _unread(text)
    while_ = _WHILE.fullmatch(words)
    if while_ is not None:
        today = at.astimezone(zone_of(zone)).date()
        return instant(_coming(0, today) if while_["week"] else today + _DAY, day_starts, zone)
    elapsed = _span(words)
    if elapsed is None:
        return _within(_wall(words, at, zone, day_starts), at)
    if elapsed > LONGEST:
        raise _too_far()
    return _within((at + elapsed).astimezone(UTC), at)


def _span(words: str) -> timedelta | None:
    """A span of elapsed time; None where the words are none."""
    total, place = timedelta(), 0
    while place < len(words):
        part = _PART.match(words, place)
        if part is None:
            return None
        count = part["count"]
        total += (float(count) if count[0].isdigit() else 1) * _UNITS[part["unit"][0].casefold()]
        place = part.end()
    return total if place else None


def _wall(words: str, at: datetime, zone: str, day_starts: time) -> datetime:
    """What the wall clock shows then."""
    written = _WRITTEN.fullmatch(words)
    if written is None or not (written["day"] or written["clock"]):
        raise _unread(words)
    zone = _zone(written["zone"]) if written["zone"] else "UTC" if written["zulu"] else zone
    today = at.astimezone(zone_of(zone)).date()
    clock = None if written["clock"] is None else _minutes(written["clock"].casefold())

    def on(day: date) -> datetime:
        if abs(day - today) > LONGEST + 2 * _DAY:
            raise _past() if day < today else _too_far()
        if clock is None:
            return instant(day, day_starts, zone)
        return instant(day + clock // 1440 * _DAY, time(clock // 60 % 24, clock % 60), zone)

    named = (written["day"] or "").casefold()
    if named == "today":
        return on(today)
    if named == "tomorrow":
        return on(today + _DAY)
    if named == "next week":
        return on(_coming(0, today))
    if written["weekday"]:
        weekday = WEEK.index(written["weekday"][:3].casefold())
        is_today = weekday == today.weekday() and clock is not None and not written["next"]
        return on(today) if is_today and on(today) > at else on(_coming(weekday, today))
    if written["iso"]:
        year, month, day = map(int, written["iso"].split("-"))
        return on(_date(year, month, day))
    if written["date"]:
        month = next(n for n, name in enumerate(_MONTHS, 1) if name in written["date"].casefold())
        day = int("".join(each for each in written["date"] if each.isdigit()))
        if written["year"]:
            return on(_date(int(written["year"]), month, day))
        this = on(_date(today.year, month, day))
        return this if this > at else on(_date(today.year + 1, month, day))
    # The wall clock alone: where a day skips it, its instant of that day may be this very one.
    return next(found for ahead in range(4) if (found := on(today + ahead * _DAY)) > at)


def _coming(weekday: int, today: date) -> date:
    """The next such day of the week after today."""
    return today + ((weekday - today.weekday() - 1) % 7 + 1) * _DAY


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"there is no day {year:04}-{month:02}-{day:02}") from None


def _minutes(clock: str) -> int:
    """Minutes since midnight, 24:00 among them."""
    if clock in ("noon", "midnight"):
        return 720 if clock == "noon" else 0
    half = clock[-2:] if clock.endswith("m") else ""
    hour, _, minute = clock.removesuffix(half).strip().partition(":")
    minutes = 60 * int(hour) + int(minute or 0)
    if half:
        if not 1 <= int(hour) <= 12:
            raise ValueError(f"`{clock}` is no time of day")
        minutes = minutes % 720 + (720 if half == "pm" else 0)
    if int(minute or 0) > 59 or minutes > 1440:
        raise ValueError(f"`{clock}` is no time of day")
    return minutes


def _zone(name: str) -> str:
    return "UTC" if name.casefold() in ("utc", "gmt") else zone_named(name)


def _within(moment: datetime, at: datetime) -> datetime:
    if moment <= at:
        raise _past()
    if moment - at > LONGEST:
        raise _too_far()
    return moment


def _unread(text: str) -> ValueError:
    shown = " ".join(text.split())
    shown = shown if len(shown) <= 40 else shown[:39] + "…"
    return ValueError(f"I cannot read “{shown}” as a time; times look like {EXAMPLES}")


def _past() -> ValueError:
    return ValueError("that is past already")


def _too_far() -> ValueError:
    return ValueError("that is more than a year ahead")

"""When people are up, by their own clocks, whatever their governments do to them."""

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.people import Hours, Person, read_hours

DAY = timedelta(days=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


LONDON = read_hours("mon-fri 9-18 Europe/London")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9-18 Europe/London", Hours("Europe/London", time(9), time(18))),
        ("9:30 - 17:05 UTC", Hours("UTC", time(9, 30), time(17, 5))),
        ("mon-fri 9-18 UTC", Hours("UTC", time(9), time(18), frozenset({0, 1, 2, 3, 4}))),
        ("sat-mon,wed 22-6 UTC", Hours("UTC", time(22), time(6), frozenset({5, 6, 0, 2}))),
        ("Mon 0-24 UTC", Hours("UTC", time(0), time(0), frozenset({0}))),
        ("18-24 UTC", Hours("UTC", time(18), time(0))),
        ("9am-5:30pm Europe/London", Hours("Europe/London", time(9), time(17, 30))),
        ("12am to 12 pm utc", Hours("UTC", time(0), time(12))),
        ("from 9 to 18 europe/london", Hours("Europe/London", time(9), time(18))),
        ("weekdays 9 – 17 UTC", Hours("UTC", time(9), time(17), frozenset(range(5)))),
        ("monday to friday, 9-17 UTC", Hours("UTC", time(9), time(17), frozenset(range(5)))),
        ("on weekends 22-6 Etc/GMT-3", Hours("Etc/GMT-3", time(22), time(6), frozenset({5, 6}))),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, expected: Hours) -> None:
    assert read_hours(text) == expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "hours look like"),
        ("9-18", "name no time zone"),
        ("13pm-14 UTC", "`13pm` is no time of day"),
        ("9-18 London", "no time zone `London`; did you mean Europe/London?"),
        ("9-18 new_york", "did you mean America/New_York?"),
        ("9-18 Mars/Phobos", "zones look like Europe/London or UTC"),
        ("9-18 " + "x" * 5000, "hours look like"),
        ("nine to five UTC", "hours look like"),
        ("9-25 UTC", "`25` is no time of day"),
        ("9:70-18 UTC", "`9:70` is no time of day"),
        ("24:01-3 UTC", "no time of day"),
        ("9-9 UTC", "the whole day is `0-24`"),
        ("9-9:30 UTC", "at least one hour"),
        ("mun-fri 9-18 UTC", "`mun-fri` is no day of the week"),
        ("mon- 9-18 UTC", "`mon-` is no day of the week"),
        ("9-18 Europe/Lodnon", "no time zone `Europe/Lodnon`; did you mean Europe/London?"),
        ("9-18 Europe", "no time zone `Europe`"),
        ("9-18 ../../etc/passwd", "no time zone"),
        ("9-18 /etc/localtime", "no time zone"),
    ],
)
def test_hours_that_cannot_be_meant_are_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=re.escape(complaint)):
        read_hours(text)


def test_hours_need_a_day() -> None:
    with pytest.raises(ValueError, match="at least one day"):
        Hours("UTC", time(9), time(18), frozenset())


@pytest.mark.parametrize("text", ["00:00-24:00 UTC", "mon,sat 09:30-17:05 Europe/London"])
def test_hours_are_written_out_in_full(text: str) -> None:
    assert str(read_hours(text)) == text


def test_a_working_week_in_london() -> None:
    assert LONDON.awake(utc("2026-01-05T09:00"))  # a Monday
    assert not LONDON.awake(utc("2026-01-05T08:59:59"))
    assert not LONDON.awake(utc("2026-01-05T18:00"))
    assert not LONDON.awake(utc("2026-01-10T12:00"))
    assert LONDON.next_awake(utc("2026-01-09T18:00")) == utc("2026-01-12T09:00")
    assert LONDON.next_awake(utc("2026-01-12T10:00")) == utc("2026-01-12T10:00")


def test_summer_time_moves_the_day_in_utc() -> None:
    assert LONDON.awake(utc("2026-07-06T08:00"))
    assert not LONDON.awake(utc("2026-07-06T17:00"))


def test_patience_runs_only_while_somebody_is_up() -> None:
    friday_evening = utc("2026-01-09T17:30")
    assert LONDON.after_waking(friday_evening, timedelta(minutes=20)) == utc("2026-01-09T17:50")
    assert LONDON.after_waking(friday_evening, timedelta(hours=1)) == utc("2026-01-12T09:30")
    assert LONDON.after_waking(utc("2026-01-10T00:00"), timedelta(hours=18)) == utc("2026-01-13T18:00")
    assert LONDON.after_waking(utc("2026-01-10T00:00"), timedelta(0)) == utc("2026-01-10T00:00")


def test_a_night_belongs_to_the_evening_on_which_it_begins() -> None:
    night = read_hours("fri 22-6 UTC")
    assert night.awake(utc("2026-01-09T22:00"))
    assert night.awake(utc("2026-01-10T05:59"))
    assert not night.awake(utc("2026-01-10T06:00"))
    assert not night.awake(utc("2026-01-09T03:00"))  # Friday's small hours are Thursday's night
    assert not night.awake(utc("2026-01-10T23:00"))


def test_a_night_is_an_hour_shorter_in_spring_and_longer_in_autumn() -> None:
    night = read_hours("22-6 Europe/Berlin")
    spring, autumn = utc("2026-03-28T21:00"), utc("2026-10-24T20:00")
    assert night.after_waking(spring, timedelta(hours=7)) == utc("2026-03-29T04:00")
    assert night.after_waking(spring, timedelta(hours=8)) == utc("2026-03-29T21:00")
    assert night.after_waking(autumn, timedelta(hours=9)) == utc("2026-10-25T05:00")


def test_a_time_that_the_clock_skips_is_the_instant_of_the_skip() -> None:
    early = read_hours("2:30-10 Europe/Berlin")  # on that Sunday 02:00 is followed by 03:00
    assert early.next_awake(utc("2026-03-29T00:00")) == utc("2026-03-29T01:00")


def test_a_time_that_the_clock_shows_twice_is_the_first_of_the_two() -> None:
    late = read_hours("2:30-10 Europe/Berlin")  # on that Sunday 02:30 is at 00:30 and at 01:30 UTC
    assert late.next_awake(utc("2026-10-25T00:00")) == utc("2026-10-25T00:30")


def test_a_day_that_a_country_skipped_had_no_hours() -> None:
    apia = read_hours("9-18 Pacific/Apia")  # 2011-12-30 did not happen there
    assert apia.next_awake(utc("2011-12-30T04:00")) == utc("2011-12-30T19:00")  # the 31st, 09:00 at +14


def test_patience_without_end_is_cut_off() -> None:
    start = utc("2026-01-01T00:00")
    assert (
        start + 3000 * DAY < read_hours("mon 9-10 UTC").after_waking(start, 3000 * DAY) < start + 4000 * DAY
    )


def test_whoever_declares_no_hours_is_always_up() -> None:
    person, at = Person("bob", "Bob"), utc("2026-01-10T03:00")
    assert person.awake(at)
    assert person.next_awake(at) == at
    assert person.after_waking(at, timedelta(hours=3)) == at + timedelta(hours=3)


ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/Havana",
]
instants = st.timedeltas(timedelta(0), 7000 * DAY).map(lambda span: utc("2015-01-01T00:00") + span)
clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
spans = st.timedeltas(timedelta(seconds=1), timedelta(days=4))


@st.composite
def hours(draw: st.DrawFn) -> Hours:
    start, end = draw(clocks), draw(clocks)  # in quarters of an hour, as are the changes of all clocks
    length = timedelta(hours=end.hour - start.hour, minutes=end.minute - start.minute) % DAY
    if timedelta(0) < length < timedelta(hours=1):
        end = start
    days = draw(st.frozensets(st.integers(0, 6), min_size=1))
    return Hours(draw(st.sampled_from(ZONES)), start, end, days)


@st.composite
def around_a_change(draw: st.DrawFn) -> datetime:
    """An instant within two days of one at which clocks somewhere are put forward or back."""
    change = draw(
        st.sampled_from(["2026-03-29T01:00", "2026-10-25T01:00", "2026-03-08T07:00", "2026-11-01T06:00"])
    )
    return utc(change) + draw(st.timedeltas(-2 * DAY, 2 * DAY))


@settings(deadline=None)
@given(hours(), instants)
def test_the_wall_clock_decides_who_is_up(declared: Hours, at: datetime) -> None:
    zone = ZoneInfo(declared.zone)
    wall = at.astimezone(zone)
    if (wall + 2 * DAY).utcoffset() != (wall - 2 * DAY).utcoffset():
        return  # the days of a change are told apart below
    shown, today = wall.time(), wall.weekday() in declared.days
    yesterday = (wall.weekday() - 1) % 7 in declared.days
    if declared.start < declared.end:
        expected = today and declared.start <= shown < declared.end
    else:
        expected = (today and shown >= declared.start) or (yesterday and shown < declared.end)
    assert declared.awake(at) == expected


@settings(deadline=None)
@given(hours(), st.one_of(instants, around_a_change()))
def test_the_next_waking_instant_is_the_first(declared: Hours, at: datetime) -> None:
    up = declared.next_awake(at)
    assert up >= at
    assert declared.awake(up)
    if up > at:
        assert not declared.awake(at)
        assert not declared.awake(up - timedelta(microseconds=1))
        assert declared.next_awake(at + (up - at) / 2) == up


@settings(deadline=None)
@given(hours(), st.one_of(instants, around_a_change()), spans, spans)
def test_waking_time_adds_up(declared: Hours, at: datetime, first: timedelta, second: timedelta) -> None:
    between = declared.after_waking(at, first)
    assert between - at >= first
    assert declared.after_waking(between, second) == declared.after_waking(at, first + second)


@settings(deadline=None)
@given(hours(), around_a_change(), st.integers(1, 36))
def test_waking_time_is_what_passes_while_somebody_is_up(
    declared: Hours, at: datetime, quarters: int
) -> None:
    at = at.replace(minute=0, second=0, microsecond=0)
    due = declared.after_waking(at, timedelta(minutes=15 * quarters))
    quarter, counted = at, 0
    while quarter < due:
        counted += declared.awake(quarter)
        quarter += timedelta(minutes=15)
    assert counted == quarters

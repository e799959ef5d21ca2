"""What people say of time, read as instants."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.people import WEEK, instant
from routing.times import LONGEST, read_moment

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)  # a Monday
NINE = time(9)
BERLIN = "Europe/Berlin"
ZONES = st.sampled_from(
    ["UTC", BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]
)
AT = st.integers(0, 3 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
CLOCK = st.times().map(lambda each: each.replace(second=0, microsecond=0, tzinfo=None))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("30m", "2026-11-23 12:30"),
        ("2h", "2026-11-23 14:00"),
        ("3d", "2026-11-26 12:00"),
        ("1w", "2026-11-30 12:00"),
        ("for 3 days", "2026-11-26 12:00"),
        ("in an hour", "2026-11-23 13:00"),
        ("a week", "2026-11-30 12:00"),
        ("1d12h", "2026-11-25 00:00"),
        ("1 day, 2 hours and 30 minutes", "2026-11-24 14:30"),
        ("2 hrs", "2026-11-23 14:00"),
        ("90 Min.", "2026-11-23 13:30"),
        ("until tuesday", "2026-11-24 09:00"),
        ("til Tue", "2026-11-24 09:00"),
        ("till thurs", "2026-11-26 09:00"),
        ("monday", "2026-11-30 09:00"),
        ("next monday", "2026-11-30 09:00"),
        ("next week", "2026-11-30 09:00"),
        ("on wednesday", "2026-11-25 09:00"),
        ("sat", "2026-11-28 09:00"),
        ("monday 17:00", "2026-11-23 17:00"),
        ("next monday 17:00", "2026-11-30 17:00"),
        ("monday 9:00", "2026-11-30 09:00"),
        ("fri 9:00", "2026-11-27 09:00"),
        ("friday at 9", "2026-11-27 09:00"),
        ("friday, 5pm", "2026-11-27 17:00"),
        ("friday 12am", "2026-11-27 00:00"),
        ("friday noon", "2026-11-27 12:00"),
        ("tomorrow", "2026-11-24 09:00"),
        ("tomorrow 7:30", "2026-11-24 07:30"),
        ("today 17:00", "2026-11-23 17:00"),
        ("17:00 europe/BERLIN", "2026-11-23 16:00"),
        ("today", "2026-11-24 09:00"),
        ("tonight", "2026-11-24 09:00"),
        ("all day", "2026-11-24 09:00"),
        ("for the rest of the day", "2026-11-24 09:00"),
        ("this week", "2026-11-30 09:00"),
        ("1.5h", "2026-11-23 13:30"),
        ("17:00", "2026-11-23 17:00"),
        ("at 5 pm", "2026-11-23 17:00"),
        ("11:59", "2026-11-24 11:59"),
        ("12:00", "2026-11-24 12:00"),
        ("24:00", "2026-11-24 00:00"),
        ("midnight", "2026-11-24 00:00"),
        ("today 24:00", "2026-11-24 00:00"),
        ("2026-12-01", "2026-12-01 09:00"),
        ("2026-12-01 14:00", "2026-12-01 14:00"),
        ("2026-12-01T14:00", "2026-12-01 14:00"),
        ("2026-12-01T14:00Z", "2026-12-01 14:00"),
        ("24 december", "2026-12-24 09:00"),
        ("Dec 24th", "2026-12-24 09:00"),
        ("1st of march, 10:00", "2027-03-01 10:00"),
        ("4 jan 2027 10:00", "2027-01-04 10:00"),
        ("nov 23", "2027-11-23 09:00"),
        ("17:00 utc", "2026-11-23 17:00"),
        ("17:00 Europe/Berlin", "2026-11-23 16:00"),
        ("friday 9:00 America/New_York", "2026-11-27 14:00"),
    ],
)
def test_what_is_said_at_noon_of_a_monday(said: str, meant: str) -> None:
    assert read_moment(said, NOON, "UTC", NINE) == utc(meant)


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("", "cannot read"),
        ("soon", "cannot read “soon” as a time; times look like `2h`"),
        ("until", "cannot read"),
        ("9", "cannot read"),
        ("3", "cannot read"),
        ("1/12", "cannot read"),
        ("2 months", "cannot read"),
        ("3d later", "cannot read"),
        ("monday tuesday", "cannot read"),
        ("99999999d", "cannot read"),
        ("x" * 5000, "cannot read “x"),
        ("today 9:00", "past"),
        ("0m", "past"),
        ("2026-11-22", "past"),
        ("0001-01-01", "past"),
        ("9999-12-31", "more than a year"),
        ("2 jan 9999", "more than a year"),
        ("60w", "more than a year"),
        ("99999w", "more than a year"),
        ("2027-11-25", "more than a year"),
        ("2026-02-30", "no day 2026-02-30"),
        ("2026-13-01", "no day 2026-13-01"),
        ("0000-01-01", "no day 0000-01-01"),
        ("feb 30", "no day"),
        ("17:60", "no time of day"),
        ("25:00", "no time of day"),
        ("24:01", "no time of day"),
        ("13pm", "no time of day"),
        ("friday 30", "no time of day"),
        ("17:00 Mars/Phobos", "no time zone `Mars/Phobos`"),
        ("17:00 ../../etc", "cannot read"),
    ],
)
def test_what_is_no_time_says_why(said: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        read_moment(said, NOON, "UTC", NINE)


def test_a_day_is_the_speakers_own() -> None:
    late = utc("2026-11-23 23:30")  # Tuesday in Berlin already
    assert read_moment("tomorrow", late, BERLIN, NINE) == utc("2026-11-25 08:00")
    assert read_moment("tomorrow", late, "UTC") == utc("2026-11-24 00:00")
    assert read_moment("tuesday", late, BERLIN, NINE) == utc("2026-12-01 08:00")


def test_a_time_that_spring_skips_is_the_instant_of_the_skip() -> None:
    assert read_moment("2027-03-28 2:30", NOON, BERLIN) == utc("2027-03-28 01:00")
    assert read_moment("2:30", utc("2027-03-28 00:59"), BERLIN) == utc("2027-03-28 01:00")
    assert read_moment("2:30", utc("2027-03-28 01:00"), BERLIN) == utc("2027-03-29 00:30")


def test_a_time_that_autumn_shows_twice_is_the_first_of_the_two() -> None:
    assert read_moment("2026-10-25 2:30", utc("2026-10-01 00:00"), BERLIN) == utc("2026-10-25 00:30")
    assert read_moment("2:30", utc("2026-10-25 00:45"), BERLIN) == utc("2026-10-26 01:30")


def test_spans_are_elapsed_time_across_the_change() -> None:
    before = utc("2026-10-24 12:00")
    assert read_moment("1d", before, BERLIN) == before + timedelta(days=1)


@given(CLOCK, AT, ZONES)
def test_a_clock_alone_is_the_next_instant_that_shows_it(clock: time, at: datetime, zone: str) -> None:
    found = read_moment(f"{clock:%H:%M}", at, zone)
    assert at < found <= at + timedelta(hours=49)
    there = found.astimezone(ZoneInfo(zone))
    assert found == instant(there.date(), clock, zone)
    today = at.astimezone(ZoneInfo(zone)).date()
    earlier = today
    while earlier < there.date():
        assert instant(earlier, clock, zone) <= at
        earlier += timedelta(days=1)


@given(st.sampled_from(WEEK), st.none() | CLOCK, AT, ZONES, CLOCK)
def test_a_week_day_is_the_coming_one(
    day: str, clock: time | None, at: datetime, zone: str, starts: time
) -> None:
    found = read_moment(day if clock is None else f"{day} {clock:%H:%M}", at, zone, starts)
    there = found.astimezone(ZoneInfo(zone))
    today = at.astimezone(ZoneInfo(zone)).date()
    assert WEEK[there.weekday()] == day
    assert timedelta(days=clock is None) <= there.date() - today <= timedelta(days=7)
    assert found == instant(there.date(), starts if clock is None else clock, zone)


@given(st.dates(date(2026, 1, 1), date(2029, 6, 1)), CLOCK, AT, ZONES)
def test_a_date_is_that_one_or_refused(day: date, clock: time, at: datetime, zone: str) -> None:
    meant = instant(day, clock, zone)
    said = f"{day} {clock:%H:%M}"
    if at < meant <= at + LONGEST:
        assert read_moment(said, at, zone) == meant
    else:
        with pytest.raises(ValueError, match="past" if meant <= at else "more than a year"):
            read_moment(said, at, zone)


@given(st.integers(1, 500), st.sampled_from("mhdw"), AT, ZONES)
def test_a_span_counts_from_now(count: int, unit: str, at: datetime, zone: str) -> None:
    minutes = {"m": 1, "h": 60, "d": 1440, "w": 10080}[unit]
    meant = at + timedelta(minutes=minutes * count)
    if meant - at <= LONGEST:
        assert read_moment(f"{count}{unit}", at, zone) == meant


SAID = "until next on at monday tomorrow today dec 24 2026-12-01 17:00 9 5pm 3d 2 h w , T Z utc Europe/Berlin"


@given(
    st.one_of(st.text(max_size=60), st.lists(st.sampled_from(SAID.split()), max_size=6).map(" ".join)),
    AT,
    ZONES,
    CLOCK,
)
def test_whatever_is_said_is_a_moment_to_come_or_a_clear_error(
    said: str, at: datetime, zone: str, starts: time
) -> None:
    try:
        found = read_moment(said, at, zone, starts)
    except ValueError as error:
        assert len(str(error)) < 200  # noqa: PT017
    else:
        assert at < found <= at + LONGEST

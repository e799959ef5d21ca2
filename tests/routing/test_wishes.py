"""What people wish of how they are asked, in force on what the map says of them."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from routing.people import Hours, Person, Pings, Wishes, read_hours

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)  # a Monday
HOUR = timedelta(hours=1)
BOB = Person("bob", "Bob", hours=read_hours("9-17 UTC"), budget=3, pings=Pings.PRIVATE)
HOURS = st.sampled_from([None, read_hours("9-17 UTC"), read_hours("mon,thu 22-6 Europe/London")])
AT = st.timedeltas(timedelta(days=-400), timedelta(days=400)).map(lambda away: NOON + away)
PATIENCE = st.timedeltas(timedelta(minutes=1), timedelta(days=3))


def test_wishes_win_over_the_map_and_what_is_not_wished_stays() -> None:
    assert Wishes().on(BOB) == BOB
    wished = Wishes(budget=1, pings=Pings.OFF).on(BOB)
    assert (wished.budget, wished.pings, wished.hours) == (1, Pings.OFF, BOB.hours)
    assert Wishes(hours=read_hours("18-20 UTC")).on(BOB).next_awake(NOON) == NOON + 6 * HOUR


def test_a_budget_of_nothing_is_a_wish_too() -> None:
    assert Wishes(budget=0).on(BOB).budget == 0


def test_busy_counts_as_asleep_until_then() -> None:
    busy = Wishes(busy_until=NOON + 2 * HOUR).on(BOB)
    assert not busy.awake(NOON)
    assert busy.next_awake(NOON) == NOON + 2 * HOUR
    assert busy.after_waking(NOON, HOUR) == NOON + 3 * HOUR
    assert busy.awake(NOON + 2 * HOUR)
    assert busy.after_waking(NOON + 2 * HOUR, HOUR) == NOON + 3 * HOUR


def test_who_is_busy_into_the_night_is_asked_in_the_morning() -> None:
    busy = Wishes(busy_until=NOON + 8 * HOUR).on(BOB)
    assert busy.next_awake(NOON) == NOON + 21 * HOUR
    assert busy.after_waking(NOON, HOUR) == NOON + 22 * HOUR


@given(HOURS, st.none() | AT, AT, PATIENCE)
def test_nobody_busy_is_awake_and_waiting_never_ends_before_they_are(
    hours: Hours | None, busy_until: datetime | None, at: datetime, patience: timedelta
) -> None:
    person = Wishes(busy_until=busy_until).on(Person("bob", "Bob", hours=hours))
    wakes = person.next_awake(at)
    assert person.awake(wakes)
    assert (wakes == at) is person.awake(at)
    assert busy_until is None or at >= busy_until or wakes >= busy_until
    assert person.after_waking(at, patience) >= wakes + patience
    assert person.after_waking(at, timedelta()) == at

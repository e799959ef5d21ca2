"""Once in a while: told, held back, told again; and a memory that stays bounded."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.seldom import Seldom

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_it_is_told_again_after_the_while_is_over() -> None:
    told = Seldom(MINUTE)
    assert told.tell("a", NOON)
    assert not told.tell("a", NOON + MINUTE - timedelta(seconds=1))
    assert told.tell("b", NOON)
    assert told.tell("a", NOON + MINUTE)
    assert not told.due("a", NOON + MINUTE)


def test_asking_whether_it_is_due_tells_nothing() -> None:
    told = Seldom(MINUTE)
    assert told.due("a", NOON)
    assert told.due("a", NOON)


def test_the_same_event_may_tell_it_again() -> None:
    told = Seldom(MINUTE)
    assert told.tell("a", NOON, by="e1")
    assert told.tell("a", NOON, by="e1")
    assert not told.tell("a", NOON, by="e2")
    assert not told.tell("a", NOON)


def test_a_clock_that_is_set_back_holds_nothing_back() -> None:
    told = Seldom(MINUTE)
    assert told.tell("a", NOON)
    assert told.tell("a", NOON - timedelta(days=1))


@pytest.mark.parametrize("at", [0.0, 1e9])
def test_seconds_of_any_clock_will_do(at: float) -> None:
    told = Seldom(MINUTE)
    assert told.tell("a", at)
    assert not told.tell("a", at + 59.9)
    assert told.tell("a", at + 60)


def test_what_was_told_least_recently_is_forgotten_first() -> None:
    told = Seldom(MINUTE, most=2)
    assert all(told.tell(key, NOON) for key in "ab")
    assert told.tell("a", NOON + MINUTE)
    assert told.tell("c", NOON + MINUTE)
    assert told.lately(NOON + MINUTE) == 2
    assert told.due("b", NOON)
    assert not told.due("a", NOON + MINUTE)

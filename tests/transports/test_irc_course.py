"""Which server is tried next, and when: values only."""

import random

import pytest

from bot.transports.irc.course import Course, Farewell, farewell
from bot.transports.irc.settings import IrcServer, IrcTimes

TIMES = IrcTimes()
HOUR = 3600.0
A, B, C = (IrcServer(host=f"{name}.example.org") for name in "abc")
STABLE = TIMES.reconnect_most.total_seconds() + 1


def steps(
    course: Course, lasted: float | None, said: Farewell, times: int
) -> tuple[Course, list[str], list[float]]:
    """What is tried, and the pauses between, where each attempt ends the same way."""
    tried, pauses, rng = [], [], random.Random(1)
    for _ in range(times):
        tried.append(course.servers[0].host[0])
        course, pause = course.after(lasted, said, TIMES, rng)
        pauses.append(pause)
    return course, tried, pauses


def test_servers_that_fail_are_tried_in_turn_and_the_pause_doubles_with_each_round() -> None:
    _, tried, pauses = steps(Course((A, B, C)), None, Farewell.NOTHING, 30)
    assert "".join(tried) == "abc" * 10
    for number, pause in enumerate(pauses):
        whole = min(300.0, 2.0 * 2 ** (number // 3))
        assert whole / 2 <= pause <= whole


def test_one_server_is_tried_again_and_again() -> None:
    _, tried, pauses = steps(Course((A,)), None, Farewell.NOTHING, 12)
    assert set(tried) == {"a"}
    assert max(pauses) > 150
    assert max(pauses) <= 300


def test_the_server_that_kept_us_comes_first_again_and_all_pauses_begin_anew() -> None:
    course, _, _ = steps(Course((A, B, C)), None, Farewell.NOTHING, 22)
    assert course.servers == (B, C, A)
    course, pause = course.after(STABLE, Farewell.NOTHING, TIMES, random.Random(1))
    assert course.servers == (B, C, A)
    assert pause <= 2.0
    course, pause = course.after(None, Farewell.NOTHING, TIMES, random.Random(1))
    assert course.servers == (C, A, B)
    assert pause <= 2.0


def test_a_server_that_lets_us_in_and_puts_us_out_again_goes_to_the_end() -> None:
    _, tried, pauses = steps(Course((A, B)), 10.0, Farewell.NOTHING, 12)
    assert "".join(tried) == "ab" * 6
    assert pauses[-1] > 30


def test_a_server_that_wants_us_to_wait_is_given_a_minute_at_least_and_more_each_time() -> None:
    _, _, pauses = steps(Course((A,)), 1.0, Farewell.THROTTLED, 10)
    assert pauses[0] >= 60
    assert pauses[4] > pauses[0]
    assert max(pauses) <= HOUR
    assert pauses[-1] >= HOUR / 2


def test_a_ban_is_retried_rarely() -> None:
    _, _, pauses = steps(Course((A,)), None, Farewell.BANNED, 8)
    assert min(pauses) >= HOUR
    assert max(pauses) <= 12 * HOUR
    assert pauses[-1] >= 6 * HOUR


def test_a_ban_by_one_server_leaves_the_others_to_be_tried() -> None:
    course, pause = Course((A, B)).after(None, Farewell.BANNED, TIMES, random.Random(1))
    assert course.servers == (B, A)
    assert 60 <= pause <= 120
    course, pause = course.after(None, Farewell.BANNED, TIMES, random.Random(1))
    assert pause >= HOUR


def test_what_is_long_past_lengthens_no_pause() -> None:
    course, _, _ = steps(Course((A,)), None, Farewell.BANNED, 5)
    course, pause = course.after(STABLE, Farewell.THROTTLED, TIMES, random.Random(1))
    assert pause <= 120
    course, pause = course.after(STABLE, Farewell.NOTHING, TIMES, random.Random(1))
    assert course == Course((A,), failed=1)
    assert pause <= 2


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("Closing Link: desk[1.2.3.4] (K-Lined)", Farewell.BANNED),
        ("Closing Link: 1.2.3.4 (G-lined: no bots)", Farewell.BANNED),
        ("Closing link: (~u@h) [Z:lined (go away)]", Farewell.BANNED),
        ("Closing link: (~u@h) [Z-Lined]", Farewell.BANNED),
        ("Closing Link: 1.2.3.4 (*** Banned  )", Farewell.BANNED),
        ("You are banned from this server- no bots", Farewell.BANNED),
        ("Closing Link: h (AKILL ID:1234 : spam)", Farewell.BANNED),
        ("Closing Link: h (Throttled: Reconnecting too fast)", Farewell.THROTTLED),
        ("Trying to reconnect too fast.", Farewell.THROTTLED),
        ("Your host is trying to (re)connect too fast -- throttled.", Farewell.THROTTLED),
        ("Closing Link: desk (Excess Flood)", Farewell.THROTTLED),
        ("Closing link: (~u@h) [Excess Flood]", Farewell.THROTTLED),
        ("Closing Link: h (Too many host connections (local))", Farewell.THROTTLED),
        ("Closing Link: h (Killed (oper (go away)))", Farewell.THROTTLED),
        ("Closing link: (~u@h) [RecvQ exceeded]", Farewell.THROTTLED),
        ("Closing Link: h (Ping timeout: 240 seconds)", Farewell.NOTHING),
        ("Closing Link: h (Quit: bye)", Farewell.NOTHING),
        ("Server shutting down", Farewell.NOTHING),
        ("", Farewell.NOTHING),
    ],
)
def test_what_a_server_says_at_the_end_is_understood(words: str, meaning: Farewell) -> None:
    assert farewell(words) is meaning

"""When it is tried again to come into a room."""

import random

from bot.transports.matrix.doors import Door
from bot.transports.matrix.seat import AGAIN, BARRED, ENTERING, FORGIVEN, PUT_OUT, SELDOM, Seat
from bot.transports.matrix.settings import MatrixTimes

CLOSED, BUSY = Door("invite only", "ask"), Door("joined too often just now", "none", passes=True)
TIMES = MatrixTimes()


def tries(seat: Seat, door: Door, count: int, after: float | None = None) -> list[float]:
    """The pauses after so many attempts."""
    found = []
    for _ in range(count):
        seat.closed(door, after, TIMES, 1000.0, random.Random(1))
        found.append(seat.again_at - 1000.0)
    return found


def test_a_closed_door_is_tried_less_and_less_often() -> None:
    pauses = tries(Seat("#a:b"), CLOSED, 12)
    assert pauses == sorted(pauses)
    assert 15 <= pauses[0] <= 30
    assert SELDOM / 2 <= pauses[-1] <= SELDOM
    assert max(tries(Seat("#a:b"), BUSY, 12)) <= TIMES.reconnect_most.total_seconds()
    assert tries(Seat("#a:b"), BUSY, 1, after=777.0) == [777.0]


def test_what_is_no_news_is_told_once() -> None:
    seat = Seat("#a:b")
    told = [seat.closed(each, None, TIMES, 0.0, random.Random(1)) for each in (CLOSED, CLOSED, BUSY, CLOSED)]
    assert told == [True, False, True, True]
    assert seat.inside()
    assert not seat.inside()


def test_who_is_put_out_again_and_again_stays_away_for_longer() -> None:
    seat, rng = Seat("#a:b"), random.Random(1)

    def out(*, banned: bool = False) -> float:
        return seat.out("@alice:b", "loud", banned=banned, now=0.0, rng=rng)

    pauses = [out() for _ in range(12)]
    assert PUT_OUT / 2 <= pauses[0] <= PUT_OUT
    assert pauses[5] > PUT_OUT * 10
    assert max(pauses) <= BARRED
    assert seat.why == "put out by @alice:b (loud)"
    assert out(banned=True) == BARRED
    assert seat.why == "banned by @alice:b (loud)"
    assert seat.out("@alice:b", "", banned=False, now=FORGIVEN, rng=rng) <= PUT_OUT
    out(banned=True)
    seat.inside()
    # the door is shut now, too: that is no reason to come sooner
    assert min(tries(seat, CLOSED, 3)) >= PUT_OUT / 2


def test_an_invitation_holds_at_once_but_not_without_end() -> None:
    seat, rng = Seat("#a:b"), random.Random(1)
    seat.out("@alice:b", "", banned=True, now=100.0, rng=rng)
    seat.hurry(101.0)
    assert seat.again_at == 0.0
    seat.entering(101.0)
    assert seat.again_at == 101.0 + ENTERING
    seat.out("@alice:b", "", banned=False, now=102.0, rng=rng)
    waits = seat.again_at
    seat.hurry(103.0)
    assert seat.again_at == waits
    seat.hurry(101.0 + AGAIN)
    assert seat.again_at == 0.0

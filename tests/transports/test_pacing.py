"""The limits hold whatever arrives, the urgent comes first, and nobody waits for ever."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.desk.model import Purpose
from bot.transports.pacing import FRESH_AFTER, Bucket, Head, Lane, Pace, PaceSettings

PING, REPLY, ANSWER = Purpose.PING, Purpose.REPLY, Purpose.ANSWER
SETTINGS = PaceSettings()


def lane(target: str, speaker: str = "") -> Lane[str]:
    return Lane(target, speaker)


def start(**changes: float) -> Pace[str]:
    return Pace.start(PaceSettings.model_validate(changes), 0.0)


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    bucket = Bucket(rate=0.5, burst=4, tokens=4, at=0.0)
    for _ in range(4):
        bucket = bucket.take(0.0)
    with pytest.raises(ValueError, match="no token"):
        bucket.take(0.0)
    assert bucket.ready_at() == 2.0
    assert bucket.take(2.0).ready_at() == 4.0
    assert bucket.holds(1000.0) == 4


def test_a_clock_that_steps_back_gives_nothing() -> None:
    bucket = Bucket(rate=1.0, burst=1, tokens=1, at=100.0).take(100.0)
    assert bucket.holds(0.0) == 0.0
    assert bucket.ready_at() == 101.0


def test_a_ping_goes_before_an_answer_and_a_reply() -> None:
    heads = {lane("#a"): Head(REPLY, 1), lane("#b"): Head(ANSWER, 2), lane("bob"): Head(PING, 3)}
    assert start().pick(heads, 0.0) == lane("bob")


def test_among_equals_the_one_who_waited_longest_is_next() -> None:
    pace = start(burst=100)
    order = []
    for step in range(6):
        now = float(step)
        heads = {
            lane(name): Head(ANSWER, base + step) for name, base in (("#a", 1), ("#b", 101), ("#c", 201))
        }
        chosen = pace.pick(heads, now)
        assert chosen
        order.append(chosen.target)
        pace = pace.sent(chosen, now)
    assert sorted(order[:3]) == sorted(order[3:]) == ["#a", "#b", "#c"]


def test_a_channel_in_which_many_ask_does_not_hold_up_another() -> None:
    pace = start(burst=100)
    heads = {lane("#busy", f"speaker{number}"): Head(ANSWER, number) for number in range(9)}
    heads[lane("#calm", "alice")] = Head(ANSWER, 100)
    order = []
    for _ in range(3):
        chosen = pace.pick(heads, 0.0)
        assert chosen
        order.append(chosen.target)
        del heads[chosen]
        pace = pace.sent(chosen, 0.0)
    assert "#calm" in order


def test_one_token_is_kept_for_those_who_had_nothing_for_a_minute() -> None:
    pace = start(target_rate=1000.0)
    busy, bob = lane("#a", "busy"), lane("#a", "bob")
    for moment in (0.0, 0.1, 0.2):
        assert pace.pick({busy: Head(PING, 1)}, moment) == busy
        pace = pace.sent(busy, moment)
    assert pace.pick({busy: Head(PING, 1)}, 0.3) is None
    assert pace.pick({busy: Head(PING, 1), bob: Head(REPLY, 2)}, 0.3) == bob


def test_one_token_of_a_channel_is_kept_too() -> None:
    pace = start(burst=100)
    for number in (1, 2):
        pace = pace.sent(lane("#a", f"other{number}"), 0.0)
    pace = pace.sent(lane("#b", "busy"), 0.0).sent(lane("#a", "busy"), -2.0)
    assert pace.pick({lane("#a", "busy"): Head(PING, 1)}, 0.9) is None
    assert pace.pick({lane("#a", "carol"): Head(REPLY, 2)}, 1.0) == lane("#a", "carol")


def test_a_channel_gets_a_few_lines_at_once_and_then_one_a_second() -> None:
    pace = start(burst=100)
    for number in range(3):
        heads = {lane("#a", f"speaker{number}"): Head(PING, number)}
        chosen = pace.pick(heads, 0.0)
        assert chosen
        pace = pace.sent(chosen, 0.0)
    late = {lane("#a", "late"): Head(PING, 9)}
    assert pace.pick(late, 0.9) is None
    assert pace.ready_at(late, 0.2) == 1.0
    assert pace.pick(late, 1.0) == lane("#a", "late")


def test_a_person_gets_one_line_a_second() -> None:
    pace = start().sent(lane("#a", "bob"), 0.0)
    assert pace.pick({lane("#a", "bob"): Head(PING, 1)}, 0.9) is None
    assert pace.pick({lane("#a", "bob"): Head(PING, 1)}, 1.0) == lane("#a", "bob")


def test_who_is_restrained_gets_a_line_a_minute_and_after_all_others() -> None:
    mallory, alice = lane("#a", "mallory"), lane("#a", "alice")
    pace = start()
    both = {mallory: Head(PING, 1, restrained=True), alice: Head(REPLY, 2)}
    assert pace.pick(both, 0.0) == alice
    pace = pace.sent(alice, 0.0).sent(mallory, 1.0)
    assert pace.pick({mallory: Head(PING, 1, restrained=True)}, 60.9) is None
    assert pace.ready_at({mallory: Head(PING, 1, restrained=True)}, 2.0) == 61.0


@given(st.integers(1, 40), st.integers(0, 200))
def test_twenty_who_are_restrained_leave_room_for_an_innocent_at_any_moment(others: int, tenths: int) -> None:
    pace = start()
    heads = {lane("#a", f"mallory{each}"): Head(REPLY, each, restrained=True) for each in range(others)}
    alice = {lane("#a", "alice"): Head(REPLY, 999)}
    now, asked = 0.0, tenths / 10
    for _ in range(5):
        while (ready := pace.ready_at(heads, now)) is not None and ready <= asked:
            now = ready
            chosen = pace.pick(heads, now)
            assert chosen
            pace = pace.sent(chosen, now)
        assert pace.pick({**heads, **alice}, asked) in {*alice, *heads}
        assert pace.ready_at(alice, asked) == asked
        pace = pace.sent(lane("#a", "alice"), asked)
        now, asked = asked, asked + 2.0


def test_who_is_restrained_waits_until_everybody_was_told_everything() -> None:
    mallory = {lane("#a", "mallory"): Head(PING, 1, restrained=True)}
    pace = start().sent(lane("#b", "alice"), 0.0)
    assert pace.ready_at(mallory, 0.0) == 2.0
    assert pace.sent(lane("#b", "bob"), 1.0).ready_at(mallory, 1.0) == 4.0


def test_what_the_server_takes_no_more_of_waits() -> None:
    for burst in (1, 3):
        pace = start(target_burst=burst).throttled("#a", 10.0)
        heads = {lane("#a", "alice"): Head(PING, 1)}
        assert pace.pick(heads, 9.9) is None
        assert pace.ready_at(heads, 0.0) == 10.0
        assert pace.sent(lane("#b"), 1.0).ready_at(heads, 1.0) == 10.0


def test_with_nothing_to_say_nothing_is_ready() -> None:
    assert start().pick({}, 0.0) is None
    assert start().ready_at({}, 0.0) is None


def test_what_was_long_ago_is_forgotten() -> None:
    pace = start(rate=1000.0)
    for step in range(1000):
        pace = pace.sent(lane(f"nick{step}"), float(step))
    assert len(pace.written) == FRESH_AFTER
    assert len(pace.targets) <= 3


@pytest.mark.parametrize("wrong", [{"burst": 0}, {"rate": 0}, {"target_rate": -1}, {"speed": 1}])
def test_settings_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        PaceSettings.model_validate(wrong)


TARGETS = ["#a", "#b", "#c", "alice", "bob"]
SPEAKERS = ["", "ann", "ada"]
LANES = st.builds(Lane, st.sampled_from(TARGETS), st.sampled_from(SPEAKERS))
ARRIVALS = st.lists(st.tuples(st.floats(0.0, 20.0), LANES, st.sampled_from(list(Purpose))), max_size=60)
LIMITS = st.builds(
    PaceSettings,
    burst=st.integers(1, 8),
    rate=st.floats(0.1, 10.0),
    target_burst=st.integers(1, 5),
    target_rate=st.floats(0.1, 10.0),
)


def simulate(
    limits: PaceSettings, arrivals: list[tuple[float, Lane[str], Purpose]]
) -> list[tuple[float, Lane[str], int]]:
    """Every line that arrives is written as soon as the pace lets it: (when, lane, number)."""
    pace: Pace[str] = Pace.start(limits, 0.0)
    coming = sorted(arrivals, key=lambda arrival: arrival[0])
    queues: dict[Lane[str], list[Head]] = {}
    written: list[tuple[float, Lane[str], int]] = []
    now, number = 0.0, 0
    while coming or any(queues.values()):
        while coming and coming[0][0] <= now:
            _, where, purpose = coming.pop(0)
            number += 1
            queues.setdefault(where, []).append(Head(purpose, number))
        heads = {where: queue[0] for where, queue in queues.items() if queue}
        chosen = pace.pick(heads, now)
        if chosen is None:
            ready = pace.ready_at(heads, now)
            assert ready is None or ready > now
            now = min([at for at in (ready, coming[0][0] if coming else None) if at is not None])
            continue
        written.append((now, chosen, queues[chosen].pop(0).number))
        pace = pace.sent(chosen, now)
        assert len(written) <= len(arrivals)
    return written


def within(times: list[float], burst: int, rate: float) -> bool:
    """Whether no span of these times holds more than its burst and its rate allow."""
    spans = ((first, last) for first in range(len(times)) for last in range(first, len(times)))
    return all(
        last - first + 1 <= burst + (times[last] - times[first]) * rate + 1e-6 for first, last in spans
    )


@given(LIMITS, ARRIVALS)
def test_no_limit_is_ever_exceeded(
    limits: PaceSettings, arrivals: list[tuple[float, Lane[str], Purpose]]
) -> None:
    written = simulate(limits, arrivals)
    assert len(written) == len(arrivals)
    assert within([at for at, *_ in written], limits.burst, limits.rate)
    for target in TARGETS:
        there = [at for at, where, _ in written if where.target == target]
        assert within(there, limits.target_burst, limits.target_rate)
        for speaker in SPEAKERS:
            own = [at for at, where, _ in written if where == lane(target, speaker)]
            gaps = [after - before for before, after in pairwise(own)]
            assert all(gap >= 1.0 / limits.target_rate - 1e-6 for gap in gaps)


@given(LIMITS, ARRIVALS)
def test_a_lane_keeps_its_order(
    limits: PaceSettings, arrivals: list[tuple[float, Lane[str], Purpose]]
) -> None:
    written = simulate(limits, arrivals)
    for each in {where for _, where, _ in written}:
        own = [number for _, where, number in written if where == each]
        assert own == sorted(own)


@given(st.integers(1, 300))
def test_nobody_starves_under_a_stream_of_what_is_more_urgent(others: int) -> None:
    """Few others are soon told to wait for the token that is kept back; many are new each time."""
    pace = start()
    now = 0.0
    for step in range(8 * 30):
        busy = {lane(f"#{step % others}"): Head(PING, 1000 + step)}
        heads = {lane("alice"): Head(REPLY, 1), **busy}
        ready = pace.ready_at(heads, now)
        assert ready is not None
        now = ready
        chosen = pace.pick(heads, now)
        assert chosen is not None
        if chosen == lane("alice"):
            return
        pace = pace.sent(chosen, now)
    pytest.fail("alice never got her line")

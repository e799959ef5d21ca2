"""The limits hold whatever arrives, the urgent comes first, and nobody waits for ever."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.desk.model import Purpose
from bot.transports.pacing import FRESH_AFTER, Bucket, Pace, PaceSettings

PING, REPLY, ANSWER = Purpose.PING, Purpose.REPLY, Purpose.ANSWER
SETTINGS = PaceSettings()


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
    heads = {"#a": (REPLY, 1), "#b": (ANSWER, 2), "bob": (PING, 3)}
    assert start().pick(heads, 0.0) == "bob"


def test_among_equals_the_one_who_waited_longest_is_next() -> None:
    pace = start(burst=100)
    order = []
    for step in range(6):
        now = float(step)
        heads = {"#a": (ANSWER, 1 + step), "#b": (ANSWER, 101 + step), "#c": (ANSWER, 201 + step)}
        target = pace.pick(heads, now)
        assert target
        order.append(target)
        pace = pace.sent(target, now)
    assert sorted(order[:3]) == sorted(order[3:]) == ["#a", "#b", "#c"]


def test_one_token_is_kept_for_those_who_had_nothing_for_a_minute() -> None:
    pace = start(target_rate=1000.0)
    for moment in (0.0, 0.1, 0.2):
        assert pace.pick({"#busy": (PING, 1)}, moment) == "#busy"
        pace = pace.sent("#busy", moment)
    assert pace.pick({"#busy": (PING, 1)}, 0.3) is None
    assert pace.pick({"#busy": (PING, 1), "bob": (REPLY, 2)}, 0.3) == "bob"


def test_a_channel_gets_one_line_a_second() -> None:
    pace = start().sent("#a", 0.0)
    assert pace.pick({"#a": (PING, 1)}, 0.9) is None
    assert pace.ready_at({"#a": (PING, 1)}, 0.2) == 1.0
    assert pace.pick({"#a": (PING, 1)}, 1.0) == "#a"


def test_with_nothing_to_say_nothing_is_ready() -> None:
    assert start().pick({}, 0.0) is None
    assert start().ready_at({}, 0.0) is None


def test_what_was_long_ago_is_forgotten() -> None:
    pace = start(rate=1000.0)
    for step in range(1000):
        pace = pace.sent(f"nick{step}", float(step))
    assert len(pace.written) == FRESH_AFTER


@pytest.mark.parametrize("wrong", [{"burst": 0}, {"rate": 0}, {"target_rate": -1}, {"speed": 1}])
def test_settings_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        PaceSettings.model_validate(wrong)


TARGETS = ["#a", "#b", "#c", "alice", "bob"]
ARRIVALS = st.lists(
    st.tuples(st.floats(0.0, 20.0), st.sampled_from(TARGETS), st.sampled_from(list(Purpose))), max_size=60
)
LIMITS = st.builds(
    PaceSettings,
    burst=st.integers(1, 8),
    rate=st.floats(0.1, 10.0),
    target_rate=st.floats(0.1, 10.0),
)


def simulate(
    limits: PaceSettings, arrivals: list[tuple[float, str, Purpose]]
) -> list[tuple[float, str, int, float]]:
    """Every line that arrives is written as soon as the pace lets it: (when, target, number, arrived)."""
    pace: Pace[str] = Pace.start(limits, 0.0)
    coming = sorted(arrivals, key=lambda arrival: arrival[0])
    queues: dict[str, list[tuple[Purpose, int, float]]] = {}
    written: list[tuple[float, str, int, float]] = []
    now, number = 0.0, 0
    while coming or any(queues.values()):
        while coming and coming[0][0] <= now:
            at, target, purpose = coming.pop(0)
            number += 1
            queues.setdefault(target, []).append((purpose, number, at))
        heads = {target: queue[0][:2] for target, queue in queues.items() if queue}
        chosen = pace.pick(heads, now)
        if chosen is None:
            ready = pace.ready_at(heads, now)
            assert ready is None or ready > now
            now = min([at for at in (ready, coming[0][0] if coming else None) if at is not None])
            continue
        _, each, at = queues[chosen].pop(0)
        written.append((now, chosen, each, at))
        pace = pace.sent(chosen, now)
        assert len(written) <= len(arrivals)
    return written


@given(LIMITS, ARRIVALS)
def test_no_limit_is_ever_exceeded(limits: PaceSettings, arrivals: list[tuple[float, str, Purpose]]) -> None:
    written = simulate(limits, arrivals)
    assert len(written) == len(arrivals)
    times = [at for at, *_ in written]
    for first in range(len(times)):
        for last in range(first, len(times)):
            allowed = limits.burst + (times[last] - times[first]) * limits.rate
            assert last - first + 1 <= allowed + 1e-6
    for target in TARGETS:
        own = [at for at, where, *_ in written if where == target]
        gaps = [after - before for before, after in pairwise(own)]
        assert all(gap >= 1.0 / limits.target_rate - 1e-6 for gap in gaps)


@given(LIMITS, ARRIVALS)
def test_a_target_keeps_its_order(limits: PaceSettings, arrivals: list[tuple[float, str, Purpose]]) -> None:
    written = simulate(limits, arrivals)
    for target in TARGETS:
        own = [number for _, where, number, _ in written if where == target]
        assert own == sorted(own)


@given(st.integers(1, 300))
def test_nobody_starves_under_a_stream_of_what_is_more_urgent(others: int) -> None:
    """Few others are soon told to wait for the token that is kept back; many are new each time."""
    pace = start()
    now = 0.0
    for step in range(8 * 30):
        busy = {f"#{step % others}": (PING, 1000 + step)}
        heads = {"alice": (REPLY, 1), **busy}
        ready = pace.ready_at(heads, now)
        assert ready is not None
        now = ready
        chosen = pace.pick(heads, now)
        assert chosen is not None
        if chosen == "alice":
            return
        pace = pace.sent(chosen, now)
    pytest.fail("alice never got her line")

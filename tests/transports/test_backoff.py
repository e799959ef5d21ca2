"""The pause before a lost connection is made again."""

import random

import pytest

from bot.transports.base import backoff


@pytest.mark.parametrize(("attempt", "whole"), [(0, 2.0), (1, 4.0), (4, 32.0), (9, 60.0), (10**6, 60.0)])
def test_pauses_double_up_to_a_cap_and_lose_up_to_half(attempt: int, whole: float) -> None:
    rng = random.Random(1)
    pauses = [backoff(attempt, 2.0, 60.0, rng) for _ in range(200)]
    assert whole / 2 <= min(pauses) < whole * 0.55
    assert whole * 0.95 < max(pauses) <= whole

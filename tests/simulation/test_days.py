"""24 hours of a whole desk on two networks on which all goes wrong that does go wrong, several times.

Every promise is looked at apart. PKGDESK_SEED draws another day; `python -m tests.simulation` lives many of
them, on more networks.
"""

import os

import pytest
from day import Day, live
from profiles import ERGO, SOLANUM
from promises import Promise
from weather import Weather

SEED = int(os.environ.get("PKGDESK_SEED", "1"))


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    folder = tmp_path_factory.mktemp("day")
    return live(SEED, folder, profiles=(SOLANUM, ERGO), bustle=0.3)


@pytest.mark.parametrize("promise", Promise, ids=lambda each: each.name.lower())
def test_a_bad_day_breaks_no_promise(day: Day, promise: Promise) -> None:
    assert day.broken.get(promise, []) == []


def test_the_day_was_a_bad_one(day: Day) -> None:
    """Were nothing asked and nothing wrong, nothing would be shown."""
    assert set(day.happened) == set(Weather.KINDS)
    assert min(day.happened.values()) >= 2
    assert day.asked >= 10
    assert day.states.total() >= 15
    assert day.fates["sent"] >= 50

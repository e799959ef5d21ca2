"""`kill -9` at any moment: what was acknowledged is there, and nothing is there by halves."""

import random
import signal
from pathlib import Path

import nursery
import pytest
from committed import whole
from committing import effects

HERE = Path(__file__).parent


@pytest.fixture
def tmp_path(on_disk: Path) -> Path:
    """Where a commit takes long enough to be killed in the middle of."""
    return on_disk


def commit_until_killed(url: str, after: int) -> int:
    """Start a process that commits, and kill it after so many more; returns the last it acknowledged."""
    process, told = nursery.telling(url, program=HERE / "committing.py")
    with told:
        said = [told.readline() for _ in range(after)]
        process.kill()
        said += told.readlines()
    assert process.wait() == -signal.SIGKILL
    return int([each for each in said if each.endswith("\n")][-1])


@pytest.mark.crash
@pytest.mark.parametrize("seed", range(2))
async def test_what_was_acknowledged_survives_and_nothing_is_there_by_halves(url: str, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(3):
        acknowledged = commit_until_killed(url, chance.randint(1, 40))
        assert await whole(url) in (acknowledged, acknowledged + 1)


def test_the_events_of_the_crash_test_do_all_kinds_of_things() -> None:
    assert len({type(effect) for effect in effects(2)}) == 6

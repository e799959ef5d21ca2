"""`kill -9` at any moment: what was acknowledged is there, and nothing is there by halves."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from committing import effects
from store_values import ALICE, NOON, url_of

from bot.desk.facts import Concern
from bot.desk.model import PingState, State
from bot.store.store import Store

HERE = Path(__file__).parent


def commit_until_killed(path: Path, after: int) -> int:
    """Start a process that commits, and kill it after so many more; returns the last it acknowledged."""
    process = subprocess.Popen(
        [sys.executable, HERE / "committing.py", url_of(path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1])},
        text=True,
    )
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(after)]
    process.send_signal(signal.SIGKILL)
    said += process.stdout.readlines()
    assert process.wait() == -signal.SIGKILL
    return int([each for each in said if each.endswith("\n")][-1])


async def whole(path: Path) -> int:
    """Check that every event in the journal is there with all that it did, and return how many there are."""
    store = await Store.open(url_of(path))
    done = (await store.facts_for(Concern(), NOON)).next_number - 1
    numbers = tuple(range(1, done + 1))
    keys = tuple(f"{ALICE.key}/{number}" for number in numbers)
    facts = await store.facts_for(Concern(numbers=numbers, speaker_keys=keys, explain=True), NOON)
    assert set(facts.questions) == set(numbers)
    for number in numbers:
        question = facts.questions[number]
        last = number == done
        assert (question.revision, question.step, question.state) == (
            (1, 1, State.OPEN) if last else (2, 2, State.ASKED)
        )
        assert question.due is not None
        assert [ping.state for ping in facts.pings_of(number)] == [PingState.QUEUED]
        assert facts.explanations[number] == (f"reason {number}",)
    assert sorted(prompt.question or 0 for prompt in facts.prompts) == list(numbers)
    lines = sorted([*await store.in_flight(), *await store.queued()], key=lambda line: line.id)
    assert [line.text for line in lines] == [f"line {number}" for number in numbers]
    assert len(await store.due(max(q.due for q in facts.questions.values() if q.due), limit=done + 1)) == done
    assert await store.position("libera") == str(done)
    await store.close()
    with sqlite3.connect(path) as found:
        assert found.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert found.execute("PRAGMA foreign_key_check").fetchall() == []
        journal = {event for (event,) in found.execute("SELECT event FROM journal")}
    assert journal == {f"e{number}" for number in numbers}
    return done


@pytest.mark.crash
@pytest.mark.parametrize("seed", range(3))
async def test_what_was_acknowledged_survives_and_nothing_is_there_by_halves(path: Path, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(3):
        acknowledged = commit_until_killed(path, chance.randint(1, 40))
        assert await whole(path) in (acknowledged, acknowledged + 1)


def test_the_events_of_the_crash_test_do_all_kinds_of_things() -> None:
    assert len({type(effect) for effect in effects(2)}) == 5

"""`kill -9` at any moment: what was acknowledged is there, and nothing is there by halves."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from committing import effects
from sqlalchemy import Connection
from store_values import ALICE, NOON

from bot.desk.facts import Concern
from bot.desk.model import PingState, State
from bot.store.store import Store

HERE = Path(__file__).parent


def commit_until_killed(url: str, after: int) -> int:
    """Start a process that commits, and kill it after so many more; returns the last it acknowledged."""
    process = subprocess.Popen(
        [sys.executable, HERE / "committing.py", url],
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


async def whole(url: str) -> int:
    """Check that every event in the journal is there with all that it did, and return how many there are."""
    store = await Store.open(url)
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
    assert {event for event, _ in await store._reading.run(rows, "SELECT event, at FROM journal")} == {
        f"e{number}" for number in numbers
    }
    if url.startswith("sqlite"):
        assert await store._reading.run(rows, "PRAGMA integrity_check") == [("ok",)]
        assert await store._reading.run(rows, "PRAGMA foreign_key_check") == []
    await store.close()
    return done


def rows(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.exec_driver_sql(statement)]


@pytest.mark.crash
@pytest.mark.parametrize("seed", range(2))
async def test_what_was_acknowledged_survives_and_nothing_is_there_by_halves(url: str, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(3):
        acknowledged = commit_until_killed(url, chance.randint(1, 40))
        assert await whole(url) in (acknowledged, acknowledged + 1)


def test_the_events_of_the_crash_test_do_all_kinds_of_things() -> None:
    assert len({type(effect) for effect in effects(2)}) == 5

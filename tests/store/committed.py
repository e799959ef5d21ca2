"""What a process of `committing` must have left behind, whatever became of it."""

from typing import Any

from sqlalchemy import Connection
from store_values import ALICE, NOON

from bot.desk.facts import Concern
from bot.desk.model import PingState, State
from bot.store.store import Store


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
    voted = await store._reading.run(rows, "SELECT entry, text FROM vote")
    assert set(voted) == {(f"entry {number}", f"question {number}") for number in numbers}
    if url.startswith("sqlite"):
        assert await store._reading.run(rows, "PRAGMA integrity_check") == [("ok",)]
        assert await store._reading.run(rows, "PRAGMA foreign_key_check") == []
    await store.close()
    return done


def rows(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.exec_driver_sql(statement)]

"""A process that commits as fast as it can and says which events are acknowledged, until it is killed.

Each event asks a question with all that goes with one, and moves the question before it on.
"""

import asyncio
import sys

from store_values import ALICE, NOON, asked, line, minutes, pinged, prompted

from bot.desk.effects import Effect, Explain, OpenPrompt, SavePing, SaveQuestion, SaveVote, Say
from bot.desk.facts import Concern
from bot.desk.model import State
from bot.store.store import Store
from knowledge.votes import Vote


def effects(number: int) -> list[Effect]:
    due = NOON + minutes(number)
    new: list[Effect] = [
        SaveQuestion(asked(number, due=due)),
        SavePing(pinged(number)),
        OpenPrompt(prompted(f"{ALICE.key}/{number}", question=number)),
        Say(line(f"line {number}", question=number)),
        Explain(number, (f"reason {number}",)),
        SaveVote(Vote(f"question {number}", f"entry {number}", ALICE.key, True)),
    ]
    if number > 1:
        new.append(SaveQuestion(asked(number - 1, due=due, revision=1, state=State.ASKED, step=2)))
    return new


async def commit_for_ever(url: str) -> None:
    store = await Store.open(url)
    number = (await store.facts_for(Concern(), NOON)).next_number
    while True:
        committed = await store.commit(f"e{number}", NOON, effects(number), position=("libera", str(number)))
        print(number, flush=True)
        await store.mark_sending(committed.lines[0].id)
        number += 1


if __name__ == "__main__":
    asyncio.run(commit_for_ever(sys.argv[1]))

"""How a way to choose people shares the questions out among them.

Each question stands for the people of the rung that it reaches first. Three ways are compared: all of them
are pinged; the one who stands first; one **in turn**, whoever was pinged the fewest times, and of those the
longest ago, as `routing.choose` takes them where nothing speaks against anybody. Pure; imports nothing of the
house.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Burden:
    """`questions` that reach anybody, `people` who are reached by any; `pings`: those of the way where all
    are pinged. Of the others there is one for each question. `listed_first` and `in_turn` are the questions
    that the busiest person gets by that way."""

    questions: int
    people: int
    pings: int
    listed_first: int
    in_turn: int


def burden(rungs: Iterable[Sequence[str]]) -> Burden:
    """What it comes to for the questions of these rungs, in their order; each is the ids of its people."""
    everybody: Counter[str] = Counter()
    first: Counter[str] = Counter()
    turns: Counter[str] = Counter()
    last: dict[str, int] = {}
    questions = 0
    for at, people in enumerate(filter(None, rungs)):
        questions += 1
        everybody.update(people)
        first[people[0]] += 1
        chosen = min(people, key=lambda who: (turns[who], last.get(who, -1)))
        turns[chosen] += 1
        last[chosen] = at
    return Burden(questions, len(everybody), everybody.total(), _most(first), _most(turns))


def _most(pings: Counter[str]) -> int:
    return max(pings.values(), default=0)

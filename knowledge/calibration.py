"""Calibration on the base at hand: what probability means here, by asking the base its own phrasings.

How sure a score is depends on the base: on how alike its entries are and how many ways of asking each has.
So entries are asked what they themselves say, in rounds: in each round every second entry is left out, and
its phrasings stand for questions that have no answer; each of the others lends one phrasing, which is asked
of the rest of them. An entry with a single phrasing can only serve as one that is left out.

Where there are too few phrasings to learn from, the prior stays. Bounded and deterministic: at most `MOST`
questions, chosen evenly. Takes about a second for 1,000 entries, so it belongs behind the scenes.

Pure; imports `knowledge.index` and what is below it.
"""

from dataclasses import dataclass, replace

from knowledge.confidence import Calibration, Evidence, fitted
from knowledge.entry import Entry
from knowledge.index import Index
from knowledge.words.text import Lexicon

FEWEST_ROUNDS, MOST_ROUNDS = 4, 10
"""In each, another phrasing of each entry is asked; the halves change places. The fewer entries, the more."""

MOST = 500
"""Questions that are asked in all."""

FEWEST = 100
"""Phrasings of entries that have several, below which nothing is learned."""


def calibrated(index: Index) -> Calibration:
    """The calibration for the base of this index, starting from the one that is shipped for its kind."""
    prior = index.prior
    several = [entry for entry in index.entries if len(entry.phrasings) > 1]
    if sum(len(entry.phrasings) for entry in several) < FEWEST:
        return prior
    samples: list[tuple[Evidence, bool]] = []
    lexicon = Lexicon()
    rounds = min(MOST_ROUNDS, max(FEWEST_ROUNDS, -(-MOST // len(index.entries))))
    for turn in range(rounds):
        samples += _round(index, turn, lexicon, MOST // rounds)
    return fitted(samples, prior)


@dataclass(frozen=True, slots=True)
class _Asked:
    text: str
    right: str
    """The id of the entry that it is a phrasing of; empty where that was left out."""


def _round(index: Index, turn: int, lexicon: Lexicon, most: int) -> list[tuple[Evidence, bool]]:
    kept: list[Entry] = []
    asked: list[_Asked] = []
    for position, entry in enumerate(index.entries):
        lent = turn % len(entry.phrasings)
        if (position + turn) % 2 == 0:
            asked.append(_Asked(entry.phrasings[lent], ""))
        elif len(entry.phrasings) > 1:
            rest = entry.phrasings[:lent] + entry.phrasings[lent + 1 :]
            kept.append(replace(entry, phrasings=rest))
            asked.append(_Asked(entry.phrasings[lent], entry.id))
        else:
            kept.append(entry)
    meaning = index.meaning and index.meaning.part(kept)
    base = Index.build(kept, index.declared, lexicon=lexicon, meaning=meaning, weights=index.weights)
    step = max(1, -(-len(asked) // most))
    samples = []
    for each in asked[::step]:
        for match in base.search(each.text, limit=1).matches:
            samples.append((match.evidence, match.entry.id == each.right))
    return samples

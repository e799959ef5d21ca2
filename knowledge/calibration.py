"""Calibration on the base at hand: what probability means here, by asking the base its own phrasings.

How sure a score is depends on the base: on how alike its entries are and how many ways of asking each has.
So entries are asked what they themselves say, in rounds: in each round every second entry is left out, and
its phrasings stand for questions that have no answer; each of the others lends one phrasing, which is asked
of the rest of them. An entry with a single phrasing can only serve as one that is left out.

Where there are too few phrasings to learn from, the prior stays. Bounded and deterministic: at most `MOST`
questions, chosen evenly. Takes some two seconds by words for 1,000 entries, three for 10,000, so it belongs
behind the scenes.

Pure; imports `knowledge.index` and what is below it.
"""

from dataclasses import replace

from knowledge.confidence import Calibration, Evidence, fitted
from knowledge.entry import Entry
from knowledge.index import Index
from knowledge.words.text import Lexicon

FEWEST_ROUNDS, MOST_ROUNDS = 4, 10
"""In each, another phrasing of each entry is asked; the halves change places. The fewer entries, the more."""

MOST = 500
"""Questions that are asked in all."""

LARGE = 1_000
"""Entries from which on a base is large."""

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


def _round(index: Index, turn: int, lexicon: Lexicon, most: int) -> list[tuple[Evidence, bool]]:
    entries = index.entries
    left_out = range(turn % 2, len(entries), 2)
    kept = range(1 - turn % 2, len(entries), 2)
    lending = [number for number in kept if len(entries[number].phrasings) > 1]
    step = max(1, -(-(len(left_out) + len(lending)) // most))
    asked = [(_lent(entries[number], turn), "") for number in left_out[::step]]
    asked += [(_lent(entries[number], turn), entries[number].id) for number in lending[::step]]
    # In a large base only those that are asked do without what they lend, which takes less time.
    thinned = set(lending if len(entries) <= LARGE else lending[::step])
    base = index.of(
        [_thinned(entries[number], turn) if number in thinned else entries[number] for number in kept],
        lexicon,
    )
    samples = []
    for text, right in asked:
        for match in base.search(text, limit=1).matches:
            samples.append((match.evidence, match.entry.id == right))
    return samples


def _lent(entry: Entry, turn: int) -> str:
    """The last ones first: the first stand for the whole entry, which would have to be read anew."""
    return entry.phrasings[-1 - turn % len(entry.phrasings)]


def _thinned(entry: Entry, turn: int) -> Entry:
    lent = _lent(entry, turn)
    return replace(entry, phrasings=tuple(each for each in entry.phrasings if each != lent))

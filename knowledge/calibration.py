"""Calibration on the base at hand: what probability means here, by asking the base its own phrasings.

How sure a score is depends on the base: on how alike its entries are and how many ways of asking each has.
So entries are asked what they themselves say, in rounds: in each round every second entry is left out, and
its phrasings stand for questions that have no answer; each of the others lends one phrasing, which is asked
of the rest of them. An entry with a single phrasing can only serve as one that is left out.

Where there are too few phrasings to learn from, the prior stays. Bounded and deterministic: at most `MOST`
questions, chosen evenly. Takes about a second for 1,000 entries, so it belongs behind the scenes.

Pure; imports `knowledge.index` and what is below it.
"""

from collections.abc import Sequence
from dataclasses import replace

from knowledge.confidence import PRIOR, Calibration, Evidence, fitted
from knowledge.entry import Entry
from knowledge.facets import FacetKind
from knowledge.index import Index
from knowledge.words.text import Lexicon

ROUNDS = 4
"""In each, another phrasing of each entry is asked; the halves change places."""

MOST = 400
"""Questions that are asked in all."""

FEWEST = 100
"""Phrasings of entries that have several, below which nothing is learned."""


def calibrated(
    entries: Sequence[Entry], declared: Sequence[FacetKind] = (), prior: Calibration = PRIOR
) -> Calibration:
    """The calibration for a base of these entries, starting from `prior`."""
    several = [entry for entry in entries if len(entry.phrasings) > 1]
    if sum(len(entry.phrasings) for entry in several) < FEWEST:
        return prior
    samples: list[tuple[Evidence, bool]] = []
    lexicon = Lexicon()
    for turn in range(ROUNDS):
        samples += _round(entries, declared, turn, prior, lexicon)
    return fitted(samples, prior)


def _round(
    entries: Sequence[Entry],
    declared: Sequence[FacetKind],
    turn: int,
    prior: Calibration,
    lexicon: Lexicon,
) -> list[tuple[Evidence, bool]]:
    kept: list[Entry] = []
    asked: list[tuple[str, str]] = []
    for position, entry in enumerate(entries):
        lent = turn % len(entry.phrasings)
        if (position + turn) % 2 == 0:
            asked.append((entry.phrasings[lent], ""))
        elif len(entry.phrasings) > 1:
            rest = entry.phrasings[:lent] + entry.phrasings[lent + 1 :]
            kept.append(replace(entry, phrasings=rest))
            asked.append((entry.phrasings[lent], entry.id))
        else:
            kept.append(entry)
    index = Index.build(kept, declared, calibration=prior, lexicon=lexicon)
    step = max(1, -(-len(asked) * ROUNDS // MOST))
    samples = []
    for text, right in asked[::step]:
        for match in index.search(text, limit=1).matches:
            samples.append((match.evidence, match.entry.id == right))
    return samples

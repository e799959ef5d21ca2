"""The trial: every query is asked as chat asks, and what the desk would have done is kept, with the time that
it took.

One query after the other in one thread. Before the first, some of the base's own phrasings are asked, so that
no query pays for what is done once; and what is there is taken out of the garbage collector's sight, as the
desk does at its start (`gc.freeze`).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from bot.consult import consult
from bot.desk.reference import Reference
from bot.evaluating.base import Tell
from bot.evaluating.clock import undisturbed
from bot.evaluating.measures import Outcome
from bot.evaluating.noise import Noise, noisy
from bot.evaluating.sets import Query
from knowledge.confidence import Band

RANKED = 10
"""Entries that are kept of what a query found."""

WARM_UP = 30
"""Phrasings that are asked before anything is timed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One query: `text` is what was asked, with its typing errors; `ranked` are the entries that were found,
    best first, as (id, probability); `seconds` is what `consult` took."""

    text: str
    gold: frozenset[str]
    ranked: tuple[tuple[str, float], ...]
    band: Band
    seconds: float

    @property
    def outcome(self) -> Outcome:
        """What it came to."""
        hits = (place for place, (entry, _) in enumerate(self.ranked, 1) if entry in self.gold)
        return Outcome(
            answerable=bool(self.gold),
            rank=next(hits, None),
            probability=self.ranked[0][1] if self.ranked else None,
            answered=self.band is Band.ANSWER,
        )


def ask(
    queries: Sequence[Query],
    reference: Reference,
    tell: Tell,
    noise: Noise | None = None,
    seed: int = 0,
    *,
    overheard: bool = False,
) -> tuple[Asked, ...]:
    """Ask all queries, in their order; `overheard`: as lines that nobody addressed to the desk."""
    phrasings = (phrasing for entry in reference.knowledge.entries for phrasing in entry.phrasings)
    for phrasing in islice(phrasings, WARM_UP):
        consult(phrasing, None, reference)
    with undisturbed():
        found = []
        for done, query in enumerate(queries):
            tell("asking", done, len(queries))
            found.append(_asked(query, noisy(query.text, noise, seed), reference, overheard=overheard))
        return tuple(found)


def _asked(query: Query, text: str, reference: Reference, *, overheard: bool) -> Asked:
    began = time.perf_counter()
    finding = consult(text, None, reference, limit=RANKED, overheard=overheard)
    seconds = time.perf_counter() - began
    ranked = tuple((match.entry.id, match.probability) for match in finding.matches)
    return Asked(text, query.gold, ranked, finding.band, seconds)

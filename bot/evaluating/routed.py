"""Every case is brought to a section as chat would do it, and what came of it is kept, with the time that it
took.

One after the other in one thread, whose own processor time is taken, so that what else runs on the machine
does not count. What is there already is taken out of the garbage collector's sight meanwhile, as the desk
does at its start (`gc.freeze`), and the first cases are asked once before, so that none pays for what is done
once.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.evaluating.base import Tell
from bot.evaluating.cases import Case
from bot.evaluating.clock import undisturbed
from bot.evaluating.measures import Outcome
from routing.candidates import Candidate
from routing.ladder import unsure
from routing.sections import MaintainersMap

RANKED = 10
"""Sections that are kept of what a case pointed to."""

WARM_UP = 30
"""Cases that are asked before anything is timed."""

Router = Callable[[str], Sequence[Candidate]]
"""The sections that a text may belong to, the likeliest first."""


class Band(StrEnum):
    """What the desk does with a question that goes to people."""

    ROUTE = "route"
    """A person of the likeliest section is asked."""
    TRIAGE = "triage"
    """A triager is asked, with the three best candidates."""
    NOBODY = "nobody"
    """Nothing points anywhere."""


@dataclass(frozen=True, slots=True)
class Routed:
    """One case: `text` is what was asked; `candidates` are what the router made of it, the likeliest first,
    `RANKED` at most; `seconds` is what that took."""

    text: str
    gold: frozenset[str]
    candidates: tuple[Candidate, ...]
    band: Band
    seconds: float

    @property
    def ranked(self) -> tuple[tuple[str, float], ...]:
        """The candidates, as (section, confidence)."""
        return tuple((each.section, each.confidence) for each in self.candidates)

    @property
    def outcome(self) -> Outcome:
        """What it came to."""
        hits = (place for place, each in enumerate(self.candidates, 1) if each.section in self.gold)
        return Outcome(
            answerable=bool(self.gold),
            rank=next(hits, None),
            probability=self.candidates[0].confidence if self.candidates else None,
            answered=self.band is Band.ROUTE,
        )


@dataclass(frozen=True, slots=True)
class Told:
    """What one case found, for other programs: sections by the names that their file gives them."""

    text: str
    ranked: tuple[tuple[str, float], ...]
    band: Band

    @classmethod
    def of(cls, routed: Routed, map_: MaintainersMap) -> "Told":
        """Of several sections of one name their probabilities add up."""
        found: dict[str, float] = {}
        for section, probability in routed.ranked:
            title = map_.sections[section].title or section
            found[title] = round(found.get(title, 0.0) + probability, 4)
        ranked = sorted(found.items(), key=lambda each: -each[1])
        return cls(routed.text, tuple(ranked), routed.band)


def route_all(
    cases: Sequence[Case], router: Router, route_at: float, tell: Tell, *, paragraph: bool = True
) -> tuple[Routed, ...]:
    """Ask all cases, in their order. `route_at`: the confidence from which on a section's person is asked;
    `paragraph`: with what a person adds when asked for more."""
    for case in cases[:WARM_UP]:
        router(case.asked(paragraph=paragraph))
    with undisturbed():
        found = []
        for done, case in enumerate(cases):
            tell("asking", done, len(cases))
            found.append(_routed(case, case.asked(paragraph=paragraph), router, route_at))
        return tuple(found)


def _routed(case: Case, text: str, router: Router, route_at: float) -> Routed:
    began = time.thread_time()
    candidates = tuple(router(text))
    seconds = time.thread_time() - began
    return Routed(text, case.gold, candidates[:RANKED], _band(candidates, route_at), seconds)


def _band(candidates: Sequence[Candidate], route_at: float) -> Band:
    if not candidates:
        return Band.NOBODY
    return Band.TRIAGE if unsure(candidates, route_at) else Band.ROUTE

"""The sections that a question may belong to, and how likely each is.

Without a history only what the text states counts. For one section independent signs add up as
`1 - (1 - a)(1 - b)…`; that sum is then lowered where other sections have claims of their own:
`confidence = s · s³ / Σ s³`, over all sections.

With one, what the past says (`routing.precedent`) and what is stated add up in the logarithm of the odds, and
the softmax over all sections makes probabilities of them.

Must not import anything of chat.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from knowledge.words.text import clip
from routing.evidence import (
    LONGEST_TEXT,
    WEIGHT,
    Evidence,
    Kind,
    gather,
    of_pointed,
    ordered,
    settled,
    told,
    yielding,
)
from routing.past.vocabulary import asked
from routing.pointing import BY_DEPTH, of_path
from routing.precedent import Alike, Likely, Precedent
from routing.sections import MaintainersMap

CANDIDATES = 10
LEAST = 0.01
"""A section that is less likely is none of them."""
SURE = 0.4
"""A confidence that one plain keyword reaches if nothing speaks against it: a threshold to begin with."""

GUESSED = 0.35
"""The most that words of paths and patterns make sure without any history: good for being offered, by a
triager's leave, and never for asking somebody at once."""

_BESIDE_THE_PAST = {
    Kind.NAMED: 4.0,
    Kind.CORRECTED: 4.0,
    Kind.PATH: 4.0,
    Kind.NAME: 1.0,  # the past knows names by itself (`called`)
    Kind.KEYWORD: 2.0,
    Kind.HINT: 2.0,
}
"""How many times a sign counts beside what the past says, whose odds reach 10: what somebody says outright
stands above it, a word may be said by the way."""
_SUREST = 0.99


@dataclass(frozen=True, slots=True)
class Candidate:
    """A section that a text may belong to; `confidence` lies between 0 and 1, `reasons` and `sign` are those
    of the evidence, the strongest first.

    Where there is a history, `shares` are what each measure of it (`routing.precedent`) and what is `stated`
    add to the log-odds, and `alike` the past commits most like the text that were to the section.
    """

    section: str
    confidence: float
    reasons: tuple[str, ...] = ()
    sign: str = ""
    shares: tuple[tuple[str, float], ...] = ()
    alike: tuple[Alike, ...] = ()


def rank(evidence: Iterable[Evidence]) -> tuple[Candidate, ...]:
    """The sections that evidence speaks for, the likeliest first; of equals the one whose evidence comes
    first."""
    doubts: dict[str, float] = {}
    signs: dict[str, list[Evidence]] = {}
    for each in evidence:
        doubts[each.section] = doubts.get(each.section, 1.0) * (1.0 - each.weight)
        signs.setdefault(each.section, []).append(each)
    strengths = {section: 1.0 - doubt for section, doubt in doubts.items()}
    total = sum([strength**3 for strength in strengths.values()])
    ranked = []
    for section, strength in strengths.items():
        of_it = signs[section]
        if len(of_it) > 1:
            of_it.sort(key=_strongest_first)
        confidence = round(strength**4 / total, 4) if total else 0.0
        reasons = tuple([e.reason for e in of_it if e.reason])
        ranked.append(Candidate(section, confidence, reasons, of_it[0].sign))
    ranked.sort(key=_likeliest_first)
    return tuple(ranked)


def candidates(
    map_: MaintainersMap, text: str, precedent: Precedent | None = None, hint: str | None = None
) -> tuple[Candidate, ...]:
    """The sections that a text may belong to, the likeliest first: by what it states, and where there is a
    `precedent`, by what the past says."""
    read = _read(map_, text, precedent)
    return read.ranked(hint)


def owners(map_: MaintainersMap, asked: str) -> tuple[Candidate, ...]:
    """Who owns what somebody names: a section, a path, or words; nobody where it says nothing."""
    return _exactly(map_, asked) or rank(gather(map_, asked)) or _roughly(map_, asked)


def whose(
    map_: MaintainersMap, text: str, precedent: Precedent | None = None, hint: str | None = None
) -> tuple[tuple[Candidate, ...], tuple[Candidate, ...]]:
    """`candidates(map_, text, precedent, hint)` and `owners(map_, text)`, for one reading of the text."""
    read = _read(map_, text, precedent)
    stated = rank(settled(map_, read.told))
    return read.ranked(hint), _exactly(map_, text) or stated or _roughly(map_, text)


@dataclass(frozen=True, slots=True)
class _Read:
    """A text that was read once: what it states, what people said of its like, and what the past says."""

    map: MaintainersMap
    told: tuple[Evidence, ...]
    corrected: tuple[Evidence, ...] = ()
    likely: Likely | None = None
    sections: tuple[str, ...] = ()
    past: bool = True
    """Whether `likely` comes of a history, or of the words of the map and of its tree alone."""

    def ranked(self, hint: str | None) -> tuple[Candidate, ...]:
        evidence = settled(self.map, (*self.told, *self.corrected), hint)
        if self.likely is None:
            return rank(evidence)
        found = list(_weighed(self.map, evidence, self.likely, self.sections))
        if not self.past:
            stated = {each.section: each.confidence for each in rank(evidence)}
            found = [
                replace(each, confidence=min(each.confidence, max(stated.get(each.section, 0.0), GUESSED)))
                for each in found
            ]
            found.sort(key=_likeliest_first)
        return tuple(found)


def _read(map_: MaintainersMap, text: str, precedent: Precedent | None) -> _Read:
    text = clip(text, LONGEST_TEXT)
    says = told(map_, text)
    if precedent is None:
        return _Read(map_, says)
    words = asked(text)
    corrected = tuple(
        Evidence(
            section.name,
            WEIGHT[Kind.CORRECTED] * likeness,
            Kind.CORRECTED,
            "" if said.private else f"{said.by} sent a question like it there",
        )
        for said, likeness in precedent.corrected(words)
        if (section := map_.section(said.section)) is not None
    )
    return _Read(map_, says, corrected, precedent.likely(words), precedent.sections, precedent.size > 0)


def _weighed(
    map_: MaintainersMap, evidence: Sequence[Evidence], likely: Likely, sections: Sequence[str]
) -> tuple[Candidate, ...]:
    """The odds of the past, and what is stated beside it; independent signs add up, in the logarithm, as they
    do in `rank`."""
    places = {section: place for place, section in enumerate(sections)}
    # What was learned for a former map may speak of sections that are gone.
    odds = {place: of for place, of in enumerate(likely.odds) if sections[place] in map_.sections}
    stated: dict[int, list[Evidence]] = {}
    for each in evidence:
        place = places.setdefault(each.section, len(places))
        odds.setdefault(place, min(likely.odds, default=0.0))  # the rest has no past of its own
        odds[place] += _stated(each)
        stated.setdefault(place, []).append(each)
    names = [*places]
    most = max(odds.values(), default=0.0)
    total = sum(math.exp(each - most) for each in odds.values())
    found = []
    for place, of in sorted(odds.items(), key=lambda each: -each[1])[:CANDIDATES]:
        signs = sorted(stated.get(place, ()), key=_strongest_first)
        alike = tuple(each for each in likely.alike if each.section == names[place])
        shares = {**likely.of.get(place, {}), **({"stated": sum(map(_stated, signs))} if signs else {})}
        reasons = [each.reason for each in signs if each.reason]
        reasons += [f"like its past change “{each.subject}”" for each in alike]
        if not reasons and place in likely.of:
            reasons.append("its past changes speak of the same")
        found.append(
            Candidate(
                section=names[place],
                confidence=round(math.exp(of - most) / total, 4),
                reasons=tuple(reasons),
                sign=signs[0].sign if signs else "",
                shares=tuple(sorted(shares.items(), key=lambda share: -share[1])),
                alike=alike,
            )
        )
    return tuple(each for each in found if each.confidence >= LEAST)


def _stated(evidence: Evidence) -> float:
    return -_BESIDE_THE_PAST[evidence.kind] * math.log(1.0 - min(evidence.weight, _SUREST))


def _exactly(map_: MaintainersMap, asked: str) -> tuple[Candidate, ...]:
    """Who owns it where it is nothing but the name of a section, or a path."""
    asked = _bare(asked)
    if (section := map_.section(asked)) is not None:
        return (Candidate(section.name, 1.0, ("it is its name",), section.name),)
    path = of_path(map_, asked) if len(asked.split()) == 1 else ()
    return rank(ordered(map_, yielding(map_, map(of_pointed, path))))


def _roughly(map_: MaintainersMap, asked: str) -> tuple[Candidate, ...]:
    """Who may own it where nothing in it points to anybody."""
    asked = _bare(asked)
    if "/" in asked and map_.rest is not None:
        return (Candidate(map_.rest, BY_DEPTH[0], ("no section lists it",), map_.rest),)
    if near := map_.names.near(asked):
        return (Candidate(near, WEIGHT[Kind.HINT], (f"its name is like `{asked}`",), near),)
    return ()


def _bare(asked: str) -> str:
    return clip(asked, LONGEST_TEXT).strip().strip("?`'\"")


def _strongest_first(evidence: Evidence) -> float:
    return -evidence.weight


def _likeliest_first(candidate: Candidate) -> float:
    return -candidate.confidence

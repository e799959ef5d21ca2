"""From the questions that were not answered to the gaps that the base has today.

What the base can answer by now is none: each question is asked again as it was asked, with what the matcher
knows today; what it would answer with an entry that the asker refused stays one. The gaps are
`knowledge.gaps` over the rest, with the section that would own each: where people placed its questions, and
what the map and the past say of them, added up over the gap.

Takes as long as asking so many questions does; of questions that were asked of the same base before, what
came of it is known. Called off the event loop.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from bot.consult import consult
from bot.desk.links import Account
from bot.desk.reference import Reference
from knowledge.confidence import Band
from knowledge.embeddings import Cache, embedded
from knowledge.gaps import Asked, ByMeaning, ByWords, Gap, Measure, gaps
from knowledge.meaning import FEWEST
from knowledge.semantic import ModelError, SentenceModel
from knowledge.words.text import clip

SEVERAL = 0.5
"""The share of `route_at` that is enough for a gap of several questions: nobody is pinged for it, and what
speaks for one section in all of them is right as often as more of it in one. Of gaps of three on the demo's
map 145 of 159 are placed so, 9 wrongly (by the whole of it 87 and 1); on Xen's, without its past, 18 of 188
and 2 (2 and 1)."""

Progress = Callable[[str, int, int], None]
"""Is told what is being done, and how much of how much is done."""


def unwatched(*_: object) -> None:
    """For who wants no progress."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reference says to a text: the entry that it answers with, if it does, and the sections that the
    text seems to belong to, each with how likely that is."""

    entry: str | None
    sections: tuple[tuple[str, float], ...]


@dataclass
class Asking:
    """Asks questions of a reference, each once as long as that says the same. Not for several threads."""

    _known: dict[str, Verdict] = field(default_factory=dict)
    _of: tuple[object, ...] = ()

    def verdicts(
        self, texts: Iterable[str], reference: Reference, progress: Progress = unwatched
    ) -> Mapping[str, Verdict]:
        """What the reference says to each text."""
        index = reference.knowledge.index
        here = (index.entries, index.meaning, index.calibration, reference.map, reference.precedent)
        same = len(here) == len(self._of) and all(a is b for a, b in zip(here, self._of, strict=True))
        before = self._known if same else {}
        wanted = list(dict.fromkeys(texts))
        found = {}
        for number, text in enumerate(wanted, 1):
            found[text] = before[text] if text in before else _verdict(text, reference)
            progress("asking the base", number, len(wanted))
        self._known, self._of = found, here
        return found


def gaps_of(
    asked: Sequence[Asked],
    reference: Reference,
    *,
    asking: Asking,
    cache: Cache | None = None,
    progress: Progress = unwatched,
) -> tuple[Gap, ...]:
    """The gaps that these questions show in the base as it is now, ranked, with their sections. `cache`: of
    the questions' vectors, where there is a sentence model."""
    verdicts = asking.verdicts([each.text for each in asked], reference, progress)
    left = [each for each in asked if not _is_answered(each, verdicts[each.text])]
    people = _people(reference)
    left = [replace(each, person=people.get(each.person, each.person)) for each in left]
    placed = {each.number: each for each in left}
    told = partial(progress, "comparing questions")
    try:
        found = gaps(left, _measure(reference, cache, progress), told)
    except ModelError:  # which the model's `note` is told: by words alone, then
        found = gaps(left, ByWords, told)
    return tuple(
        replace(gap, section=_section([placed[number] for number in gap.questions], verdicts, reference))
        for gap in found
    )


def _verdict(text: str, reference: Reference) -> Verdict:
    finding = consult(text, None, reference)
    answers = finding.band is Band.ANSWER and finding.matches
    return Verdict(
        finding.matches[0].entry.id if answers else None,
        tuple((each.section, each.confidence) for each in finding.candidates[:5]),
    )


def _is_answered(asked: Asked, verdict: Verdict) -> bool:
    return verdict.entry is not None and verdict.entry not in asked.refused


def _measure(reference: Reference, cache: Cache | None, progress: Progress) -> Measure:
    meaning = reference.knowledge.index.meaning
    if meaning is None:
        return ByWords
    encoder = meaning.encoder
    # A matter of the base, not of what is asked, so that a new question moves no other.
    usual = meaning.usual[0] if len(reference.knowledge.entries) >= FEWEST else None

    def by_meaning(texts: Sequence[str]) -> ByMeaning:
        read = [clip(text) for text in texts]
        if isinstance(encoder, SentenceModel):
            return ByMeaning(embedded(encoder, read, cache, partial(progress, "reading questions")), usual)
        return ByMeaning(encoder.embed(read), usual)

    return by_meaning


def _people(reference: Reference) -> Mapping[str, str]:
    """The key of each account of the map's people -> whose it is."""
    return {
        account.key: f"person/{person.id}"
        for person in reference.map.people.values()
        for network, name in person.accounts.items()
        for account in reference.links.of(Account(network, name))
    }


def _section(questions: Sequence[Asked], verdicts: Mapping[str, Verdict], reference: Reference) -> str:
    """Whose they are: by the word of people, and by what speaks for a section in their texts. Where that is
    too little on average, the section that owns what no other does; empty where there is none."""
    speaks: dict[str, float] = {}
    for each in questions:
        if each.section in reference.map.sections:
            speaks[each.section] = speaks.get(each.section, 0.0) + 1.0
        else:
            for section, confidence in verdicts[each.text].sections:
                speaks[section] = speaks.get(section, 0.0) + confidence
    best = min(speaks, key=lambda section: (-round(speaks[section], 6), section), default=None)
    enough = reference.settings.route_at * (SEVERAL if len(questions) > 1 else 1)
    if best is not None and speaks[best] >= enough * len(questions):
        return best
    return reference.map.rest or ""

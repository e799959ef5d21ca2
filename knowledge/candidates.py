"""Candidates: entries that were found for a question, weighed against each other.

By words, an entry scores what BM25 says, as a share of the most that the question could reach, raised by how
near its nearest phrasing comes to the question:

    words(q, e) = min(1, BM25(q, e) / reachable(q)) · (1 + nearness · dice(q, nearest phrasing))

With a sentence model the score is a weighted sum of that and of cosines; without one it is that alone.

Pure; imports the modules of `knowledge` below it.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from knowledge.confidence import Evidence
from knowledge.entry import Entry
from knowledge.facets import depends_on
from knowledge.meaning import Likeness
from knowledge.questions import Question, Word
from knowledge.shelf import Phrasing, Shelf
from knowledge.weights import Weights
from knowledge.words.bm25 import BM25, K1

CANDIDATES = 12
"""Entries that are looked at for one question: by words, and as many more by what they mean."""

STRANGER, MEANT_STRANGER = 0.1, 0.3
"""The score that some entry of a base of usual size reaches for nearly any question, by words and by what it
means."""

HINT = 0.5
"""The most that a hint makes probable."""

SUBSTANTIAL = 1.5
"""Words that say as much as any can, from which on a question counts as one that says something."""

_SHOWN = 6  # words that a reason lists


@dataclass(frozen=True, slots=True)
class Candidate:
    """`phrased`: the question's terms that the entry's phrasings have; `covered`: that it has anywhere;
    `relevance`: its share of the BM25 score that could be reached."""

    position: int
    entry: Entry
    phrased: frozenset[str]
    covered: frozenset[str]
    nearest: Phrasing
    overlap: float
    relevance: float
    likeness: Likeness | None
    score: float


def found(
    shelf: Shelf,
    weights: Weights,
    question: Question,
    entries: Iterable[tuple[int, Entry, float]],
    likeness: Iterable[Likeness] | None,
    said: Collection[str] = (),
) -> list[Candidate]:
    """The candidates, best first, ties in the given order. `entries` are (position, entry, BM25 score);
    `likeness` is that of each of them, where there is a sentence model; `said` are the facets that the
    question names."""
    bm25 = shelf.bm25
    idf = bm25.idf
    reachable = (K1 + 1) * sum(weight * idf(term) for term, weight in question.query.items()) or 1.0
    asked = sum(map(idf, question.terms))
    alike = iter(likeness) if likeness is not None else None
    candidates = []
    for position, entry, score in entries:
        page = shelf.pages[position]
        overlap, nearest = max(
            ((_overlap(bm25, question, asked, phrasing), phrasing) for phrasing in page.phrasings),
            key=lambda pair: pair[0],
        )
        phrased = question.terms.intersection(page.asked)
        covered = phrased.union(question.terms.intersection(page.answered))
        if page.tagged:
            covered = covered.union(question.terms.intersection(page.tagged))
        relevance = min(1.0, score / reachable)
        by_words = relevance * (1 + weights.nearness * overlap)
        if said and any(facet in said for facet in depends_on(entry)):
            by_words *= 1 + weights.depending
        like = next(alike) if alike is not None else None
        if like is not None:
            asked_share = 1 - weights.told - weights.whole
            meant = asked_share * like.asked + weights.told * like.told + weights.whole * like.whole
            by_words = weights.words * by_words + (1 - weights.words) * meant
        candidates.append(
            Candidate(position, entry, phrased, covered, nearest, overlap, relevance, like, by_words)
        )
    return sorted(candidates, key=lambda each: -each.score)


def _overlap(bm25: BM25, question: Question, asked: float, phrasing: Phrasing) -> float:
    """Dice coefficient of question and phrasing, each term counting what it says."""
    shared = sum(map(bm25.idf, question.terms.intersection(phrasing.terms)))
    return 2 * shared / (asked + sum(map(bm25.idf, phrasing.terms))) if shared else 0.0


def evidence_for(
    shelf: Shelf, question: Question, candidate: Candidate, rival: Candidate | None, usual: float
) -> Evidence:
    """What speaks for a candidate, beside the best other one, and the `usual` score of all others."""
    phrased = sum(word.says for word in question.words if not candidate.phrased.isdisjoint(word.terms))
    shared = [word.says for word in question.words if not candidate.covered.isdisjoint(word.terms)]
    covered = sum(shared)
    like = candidate.likeness
    # In a small base there may be no other entry that comes near, which then says nothing.
    least = STRANGER if like is None else MEANT_STRANGER
    other = max(least, rival.score) if rival is not None else least
    usual = max(least, usual)
    says = question.says or 1.0
    return Evidence(
        overlap=candidate.overlap,
        covered=covered / says,
        phrased=phrased / says,
        score=candidate.relevance,
        margin=(candidate.score - other) / (max(candidate.score, other) or 1.0),
        repaired=len(question.repairs) / (len(question.words) or 1),
        substance=_said(shelf, covered),
        corroborated=_said(shelf, covered - max(shared, default=0.0)),
        unexplained=1 - 0.5 ** len(question.symptoms - candidate.covered),
        clear=(candidate.score - usual) / (max(candidate.score, usual) or 1.0),
        alike=like.asked if like is not None else 0.0,
        unusual=like.unusual if like is not None else 0.0,
        told=like.told if like is not None else 0.0,
        lead=candidate.score - other if like is not None else 0.0,
    )


def is_hint(question: Question, candidate: Candidate) -> bool:
    """Whether one plain word is all that question and entry share, and not all that a phrasing says: half of
    the lines of a channel that would be answered wrongly are such. A name of something is no coincidence. To
    a sentence model other words speak as well, if there are any."""
    shared = [word for word in question.words if not candidate.covered.isdisjoint(word.terms)]
    alone = candidate.likeness is None or len(question.words) == 1
    return alone and len(shared) == 1 and shared[0].text.isalpha() and candidate.overlap < 1


def _said(shelf: Shelf, says: float) -> float:
    """From 0 for nothing towards 1 for more than enough."""
    return 1 - math.exp(-says / (SUBSTANTIAL * shelf.bm25.ceiling))


@dataclass(frozen=True, slots=True)
class Spoken:
    """The words of a question as they spoke for a candidate (its `nearest` phrasing has them, or it has them
    `elsewhere`) or against it (they are `missing`); those that say the most come first."""

    nearest: tuple[Word, ...]
    elsewhere: tuple[Word, ...]
    missing: tuple[Word, ...]


def spoken(question: Question, candidate: Candidate) -> Spoken:
    """How the words of a question spoke for a candidate, and against it."""
    near: list[Word] = []
    elsewhere: list[Word] = []
    missing: list[Word] = []
    nearest = frozenset(candidate.nearest.terms)
    for word in sorted(question.words, key=lambda word: -word.says):
        if not nearest.isdisjoint(word.terms):
            near.append(word)
        elif not candidate.covered.isdisjoint(word.terms):
            elsewhere.append(word)
        else:
            missing.append(word)
    return Spoken(tuple(near), tuple(elsewhere), tuple(missing))


def reasons_for(question: Question, candidate: Candidate) -> Iterator[str]:
    """What spoke for and against a candidate, in words."""
    words = spoken(question, candidate)
    if words.nearest:
        yield f'phrasing "{candidate.nearest.text}" shares: {_listed(words.nearest)}'
    if candidate.likeness is not None:
        yield (
            f"the sentence model finds it {_percent(candidate.likeness.asked)} alike by its phrasings, "
            f"{_percent(candidate.likeness.told)} by what it answers"
        )
    if words.elsewhere:
        yield f"the entry also has: {_listed(words.elsewhere)}"
    if words.missing:
        yield f"the entry says nothing of: {_listed(words.missing)}"
    for wrong, right in question.repairs:
        yield f"repaired {wrong} → {right}"


def _percent(cosine: float) -> str:
    return f"{max(0.0, cosine) * 100:.0f} %"


def _listed(words: Sequence[Word]) -> str:
    return ", ".join(word.text for word in words[:_SHOWN]) + (", …" if len(words) > _SHOWN else "")

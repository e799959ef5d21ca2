"""The index: from the text of a question to the entries that may answer it, with reasons.

One immutable snapshot. A search reads the words that matter, repairing unknown ones; ranks entries by BM25
over phrasings and answers, and by the nearest phrasing of the best ones; picks the variant of each for the
facets that are known; and says how probable each is.

Pure; imports the modules of `knowledge` below it and `knowledge.words`.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import chain

from knowledge.confidence import PRIOR, Calibration, Evidence
from knowledge.entry import Answer, Entry
from knowledge.facets import Choice, FacetKind, choose_answer, read_facets
from knowledge.questions import Question, Word, read_question
from knowledge.shelf import ANSWERED, Phrasing, Shelf, shelved
from knowledge.votes import Ballot, Sway, Vote
from knowledge.words.bm25 import BM25, K1
from knowledge.words.text import Lexicon, clip

NEARNESS = 0.5
"""How much of its score an entry gains by a phrasing that is the question itself."""

CANDIDATES = 12
"""Entries whose phrasings are looked at for one question."""

SUBSTANTIAL = 1.5
"""Words that say as much as any can, from which on a question counts as one that says something."""

_SHOWN = 6  # words that a reason lists


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that may answer, with the variant for the facets at hand.

    `holds_for` says in words what the answer applies to; `contested` that another variant might be the
    right one, and `ask_for` then names the facet that would decide. `score` orders the matches of one
    search and means nothing beyond it; `probability` is that of being right; `reasons` are for people.
    """

    entry: Entry
    answer: Answer
    holds_for: str
    contested: bool
    ask_for: str
    score: float
    probability: float
    reasons: tuple[str, ...]
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Search:
    """What a text found. `empty`: it holds no word that could be looked up, only greetings and the like."""

    text: str
    facets: Mapping[str, str]
    repairs: tuple[tuple[str, str], ...]
    matches: tuple[Match, ...]
    empty: bool


@dataclass(frozen=True, slots=True)
class _Candidate:
    """`phrased`: the question's terms that the entry's phrasings have; `covered`: that it has anywhere."""

    entry: Entry
    phrased: frozenset[str]
    covered: frozenset[str]
    choice: Choice
    nearest: Phrasing
    overlap: float
    relevance: float
    score: float


class Index:
    """Entries, ready to be searched. Immutable: several threads may search one index.

    What a search looks into is made by the first, or before it by `prepare`. (Where two threads come first,
    both make it, and what they make is the same.)
    """

    __slots__ = ("_ballot", "_lexicon", "_made", "calibration", "declared", "entries")

    def __init__(
        self,
        entries: Iterable[Entry],
        declared: Iterable[FacetKind],
        ballot: Ballot,
        calibration: Calibration,
        lexicon: Lexicon | None,
    ) -> None:
        self.entries = tuple(entries)
        self.declared = tuple(declared)
        self.calibration = calibration
        self._ballot = ballot
        self._lexicon = lexicon
        self._made: Shelf | None = None

    @classmethod
    def build(
        cls,
        entries: Iterable[Entry],
        declared: Iterable[FacetKind] = (),
        votes: Iterable[Vote] = (),
        calibration: Calibration = PRIOR,
        lexicon: Lexicon | None = None,
    ) -> "Index":
        """An index over entries that reads the declared facets in questions and heeds what askers voted.

        `lexicon`: for whoever builds several over much the same words.
        """
        return cls(entries, declared, Ballot(votes), calibration, lexicon)

    def prepare(self) -> Shelf:
        """Make what a search looks into, if that is not done yet, so that none has to wait for it."""
        made, lexicon = self._made, self._lexicon
        if made is None:
            made = shelved(self.entries, self.declared, Lexicon() if lexicon is None else lexicon)
            self._made, self._lexicon = made, None
        return made

    def with_calibration(self, calibration: Calibration) -> "Index":
        """The same index with another calibration; nothing is made again."""
        self.prepare()
        other = copy(self)
        other.calibration = calibration
        return other

    def search(
        self,
        text: str,
        facets: Mapping[str, str] | None = None,
        limit: int = 5,
        *,
        regardless: bool = False,
    ) -> Search:
        """The best matches, best first. `facets` are those known beforehand; what the text says goes before
        them.

        An entry none of whose answers can hold for the facets is no match, unless it is to be found
        `regardless` of them. At most the first `QUERY_LIMIT`
        characters are read; time is bounded by them and by the size of the base.
        """
        text = clip(text)
        said = read_facets(text, self.declared)
        known = {**(facets or {}), **said}
        shelf = self.prepare()
        question = read_question(text, shelf.bm25, shelf.speller, shelf.names, frozenset(said.values()))
        candidates = self._candidates(shelf, question, {} if regardless else known)
        swayed = [(each, self._ballot.sway(each.entry.id, question.terms)) for each in candidates]
        swayed.sort(key=lambda pair: -pair[0].score * pair[1].score)
        matches = [self._match(shelf.bm25, question, each, sway, candidates) for each, sway in swayed[:limit]]
        return Search(text, known, question.repairs, tuple(matches), not question.words)

    def _candidates(self, shelf: Shelf, question: Question, facets: Mapping[str, str]) -> list[_Candidate]:
        found = []
        bm25 = shelf.bm25
        for position, relevance in bm25.top(question.query, CANDIDATES):
            entry, phrasings = self.entries[position], shelf.phrasings[position]
            choice = choose_answer(entry, facets)
            if choice is not None:
                overlap, nearest = max(
                    ((_overlap(bm25, question, phrasing), phrasing) for phrasing in phrasings),
                    key=lambda pair: pair[0],
                )
                phrased = question.terms.intersection(chain.from_iterable(p.terms for p in phrasings))
                answered = [term for term in question.terms if bm25.holds(position, term, ANSWERED)]
                covered = phrased.union(answered)
                score = relevance * (1 + NEARNESS * overlap)
                found.append(_Candidate(entry, phrased, covered, choice, nearest, overlap, relevance, score))
        return found

    def _match(
        self,
        bm25: BM25,
        question: Question,
        candidate: _Candidate,
        sway: Sway,
        candidates: Sequence[_Candidate],
    ) -> Match:
        choice = candidate.choice
        rival = max((each.score for each in candidates if each is not candidate), default=0.0)
        evidence = _evidence(bm25, question, candidate, rival)
        return Match(
            entry=candidate.entry,
            answer=choice.answer,
            holds_for=choice.holds_for,
            contested=choice.contested,
            ask_for=choice.ask_for,
            score=candidate.score * sway.score,
            probability=self.calibration.probability(evidence) * sway.probability,
            reasons=(*_reasons(question, candidate), *sway.reasons),
            evidence=evidence,
        )


def _overlap(bm25: BM25, question: Question, phrasing: Phrasing) -> float:
    shared = sum(bm25.idf(term) for term in phrasing.terms if term in question.terms)
    return 2 * shared / (sum(map(bm25.idf, question.terms)) + phrasing.says) if shared else 0.0


def _evidence(bm25: BM25, question: Question, candidate: _Candidate, rival: float) -> Evidence:
    phrased = sum(word.says for word in question.words if not candidate.phrased.isdisjoint(word.terms))
    covered = sum(word.says for word in question.words if not candidate.covered.isdisjoint(word.terms))
    reachable = (K1 + 1) * sum(w * bm25.idf(term) for term, w in question.query.items())
    return Evidence(
        overlap=candidate.overlap,
        covered=covered / question.says,
        phrased=phrased / question.says,
        score=min(1.0, candidate.relevance / reachable),
        margin=(candidate.score - rival) / max(candidate.score, rival),
        repaired=len(question.repairs) / len(question.words),
        substance=1 - math.exp(-covered / (SUBSTANTIAL * bm25.ceiling)),
    )


def _reasons(question: Question, candidate: _Candidate) -> Iterator[str]:
    nearest = candidate.nearest
    near = [word for word in question.words if not set(nearest.terms).isdisjoint(word.terms)]
    if near:
        yield f'phrasing "{nearest.text}" shares: {_listed(near)}'
    elsewhere = [
        word for word in question.words if word not in near and not candidate.covered.isdisjoint(word.terms)
    ]
    if elsewhere:
        yield f"the entry also has: {_listed(elsewhere)}"
    missing = [word for word in question.words if word not in near and word not in elsewhere]
    if missing:
        yield f"the entry says nothing of: {_listed(missing)}"
    for wrong, right in question.repairs:
        yield f"repaired {wrong} → {right}"


def _listed(words: Sequence[Word]) -> str:
    said = sorted(words, key=lambda word: -word.says)[:_SHOWN]
    return ", ".join(word.text for word in said) + (", …" if len(words) > _SHOWN else "")

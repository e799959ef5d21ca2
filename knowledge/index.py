"""The index: from the text of a question to the entries that may answer it, with reasons.

One immutable snapshot. A search reads the words that matter, repairing unknown ones; finds candidates by
BM25 over phrasings, answers and tags, and by what they mean where there is a sentence model; orders them by a
weighted sum of both; picks the variant of each for the facets that are known; and says how probable each is.

Pure; imports the modules of `knowledge` below it and `knowledge.words`.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass

from knowledge.candidates import CANDIDATES, HINT, Candidate, evidence_for, found, is_hint, reasons_for
from knowledge.confidence import PRIOR, PRIOR_WITH_MODEL, Calibration, Evidence
from knowledge.entry import Answer, Entry
from knowledge.facets import Choice, FacetKind, choose_answer, read_facets
from knowledge.meaning import Meaning
from knowledge.questions import Question, read_question
from knowledge.semantic import ModelError
from knowledge.shelf import Known, Shelf, shelved
from knowledge.votes import NO_SWAY, Ballot, Sway, Vote
from knowledge.weights import CHOSEN, Weights
from knowledge.words.text import Lexicon, clip


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a match follows from: the question as it was read, the entry as it was weighed, and what was said
    of votes."""

    question: Question
    candidate: Candidate
    votes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that may answer, with the variant for the facets at hand.

    `holds_for` says in words what the answer applies to; `contested` that another variant might be the
    right one, and `ask_for` then names the facet that would decide. `score` orders the matches of one
    search and means nothing beyond it; `probability` is that of being right.
    """

    entry: Entry
    answer: Answer
    holds_for: str
    contested: bool
    ask_for: str
    score: float
    probability: float
    evidence: Evidence
    grounds: Grounds

    @property
    def reasons(self) -> tuple[str, ...]:
        """What spoke for it and against it, for people."""
        return (*reasons_for(self.grounds.question, self.grounds.candidate), *self.grounds.votes)


@dataclass(frozen=True, slots=True)
class Search:
    """What a text found: `matches`, and the same as they are without any vote, `evident`.

    `empty`: it holds no word that could be looked up, only greetings and the like.
    """

    text: str
    facets: Mapping[str, str]
    repairs: tuple[tuple[str, str], ...]
    matches: tuple[Match, ...]
    evident: tuple[Match, ...]
    empty: bool


class Index:
    """Entries, ready to be searched. Immutable: several threads may search one index.

    What a search looks into is made by the first, or before it by `prepare`. (Where two threads come first,
    both make it, and what they make is the same.) `meaning` is None where there are words alone.
    """

    __slots__ = (
        "_ballot",
        "_before",
        "_known",
        "_lexicon",
        "_made",
        "calibration",
        "declared",
        "entries",
        "meaning",
        "weights",
    )

    def __init__(
        self,
        entries: Iterable[Entry],
        declared: Iterable[FacetKind],
        ballot: Ballot,
        calibration: Calibration | None,
        lexicon: Lexicon | None,
        meaning: Meaning | None,
        weights: Weights,
        known: Known,
        before: Shelf | None = None,
    ) -> None:
        self.entries = tuple(entries)
        self.declared = tuple(declared)
        self.meaning = meaning
        self.weights = weights
        self.calibration = calibration or self.prior
        self._ballot = ballot
        self._lexicon = lexicon
        self._known = known
        self._before = before
        self._made: Shelf | None = None

    @classmethod
    def build(
        cls,
        entries: Iterable[Entry],
        declared: Iterable[FacetKind] = (),
        votes: Iterable[Vote] = (),
        calibration: Calibration | None = None,
        lexicon: Lexicon | None = None,
        *,
        meaning: Meaning | None = None,
        weights: Weights = CHOSEN,
        before: "Index | None" = None,
        known: Known = ((), ()),
        amend: bool = False,
    ) -> "Index":
        """An index over entries that reads the declared facets in questions and heeds what askers voted.

        `meaning`: that of these very entries. `calibration`: without one, the prior that is shipped.
        `lexicon`: for whoever builds several over much the same words. `before`: an index over much the same
        entries, whose work on those that stayed the same is taken over, and so is its calibration. `amend`:
        where only a few among many are others, that index is amended (see `settled`). `known`: where there is
        none before, entries and their pages that were made elsewhere.
        """
        entries = tuple(entries)
        shelf = None
        if before is not None:
            known = before._pages()
            shelf = before.prepare() if amend and before.weights == weights else None
            if meaning is None and before.meaning is not None:
                meaning = before.meaning.grown(entries)
            if calibration is None and (meaning is None) == (before.meaning is None):
                calibration = before.calibration
        return cls(entries, declared, Ballot(votes), calibration, lexicon, meaning, weights, known, shelf)

    @property
    def prior(self) -> Calibration:
        """The calibration that is shipped for words alone, or with a sentence model."""
        return PRIOR if self.meaning is None else PRIOR_WITH_MODEL

    def prepare(self) -> Shelf:
        """Make what a search looks into, if that is not done yet, so that none has to wait for it."""
        made = self._made
        if made is None:
            right = self.meaning.encoder.words if self.meaning is not None else frozenset()
            made = shelved(
                *(self.entries, self.declared, self.weights, self._lexicon),
                *(self._known, right, self._before),
            )
            self._made, self._lexicon, self._known, self._before = made, None, ((), ()), None
        return made

    def settled(self) -> "Index":
        """The same index as if it had been made of all its entries at once: scores of one that was amended
        may be off in the fourth digit."""
        if self.prepare().bm25 is self.prepare().whole[0]:
            return self
        return Index(
            *(self.entries, self.declared, self._ballot, self.calibration),
            *(None, self.meaning, self.weights, self._pages()),
        )

    def with_calibration(self, calibration: Calibration) -> "Index":
        """The same index with another calibration; nothing is made again."""
        other = self._other()
        other.calibration = calibration
        return other

    def with_meaning(self, meaning: Meaning) -> "Index":
        """The same index with what its entries mean, and the calibration that is shipped for that."""
        # Votes are read anew: the model knows other words, so that others are repaired.
        ballot = self._ballot.unread()
        return Index(self.entries, self.declared, ballot, None, None, meaning, self.weights, self._pages())

    def of(self, entries: Sequence[Entry], lexicon: Lexicon) -> "Index":
        """An index over other entries, much like these, as this one would be without votes and without what
        was learned."""
        meaning = self.meaning and self.meaning.part(entries)
        return Index(entries, self.declared, Ballot(()), None, lexicon, meaning, self.weights, self._pages())

    def with_votes(self, votes: Iterable[Vote]) -> "Index":
        """The same index with other votes; nothing is made again."""
        other = self._other()
        other._ballot = Ballot(votes, self._ballot)
        return other

    def _pages(self) -> Known:
        """What each entry says, for an index over much the same ones."""
        return self.entries, self.prepare().pages

    def _other(self) -> "Index":
        self.prepare()
        return copy(self)

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

        def read(text: str, said: Mapping[str, str]) -> Question:
            of_model = self.meaning.speller if self.meaning is not None else None
            return read_question(text, shelf.bm25, shelf.speller, self.weights, shelf.names, said, of_model)

        def terms_then(asked: str) -> frozenset[str]:
            """Of a question for which somebody voted: without versions and the like, as of this one."""
            asked = clip(asked)
            return read(asked, read_facets(asked, self.declared)).terms

        question = read(text, said)
        candidates = self._candidates(shelf, question, {} if regardless else known, said)
        sways = [self._ballot.sway(each.entry.id, question.terms, terms_then) for each, _ in candidates]
        evident = tuple(
            self._match(shelf, question, pair, NO_SWAY, candidates) for pair in candidates[:limit]
        )
        matches = evident
        if any(sway is not NO_SWAY for sway in sways):
            swayed = sorted(
                zip(candidates, sways, strict=True), key=lambda each: -each[0][0].score * each[1].score
            )
            # What would be told without votes stays in sight, however many refused it.
            told = [each for each in swayed[limit:] if each[0] is candidates[0]]
            matches = tuple(
                self._match(shelf, question, pair, sway, candidates)
                for pair, sway in swayed[: limit - len(told)] + told
            )
        return Search(text, known, question.repairs, matches, evident, not question.words)

    def _candidates(
        self, shelf: Shelf, question: Question, facets: Mapping[str, str], said: Mapping[str, str]
    ) -> list[tuple[Candidate, Choice]]:
        """Those that can hold, the best first, with the variant for the facets; `said`: those of them that
        the text names."""
        by_words = dict(shelf.bm25.top(question.query, CANDIDATES))
        likely = None
        if self.meaning is not None and question.words:
            with suppress(ModelError):  # which the model's `note` is told: by words alone, then
                likely = self.meaning.likely(question.text, CANDIDATES)
                by_words = {**dict.fromkeys(likely.positions, 0.0), **by_words}
        choices = {}
        for position in by_words:
            choice = choose_answer(self.entries[position], facets)
            if choice is not None:
                choices[position] = choice
        likeness = None
        if self.meaning is not None and likely is not None:
            likeness = self.meaning.likeness(likely.row, list(choices))
        candidates = found(
            shelf,
            self.weights,
            question,
            [(position, self.entries[position], by_words[position]) for position in choices],
            likeness,
            said,
        )
        return [(each, choices[each.position]) for each in candidates]

    def _match(
        self,
        shelf: Shelf,
        question: Question,
        pair: tuple[Candidate, Choice],
        sway: Sway,
        candidates: Sequence[tuple[Candidate, Choice]],
    ) -> Match:
        candidate, choice = pair
        best = candidates[0][0]
        rival = best if best is not candidate else candidates[1][0] if len(candidates) > 1 else None
        others = [each.score for each, _ in candidates if each is not candidate][:CANDIDATES]
        usual = sum(others) / len(others) if others else 0.0
        evidence = evidence_for(shelf, question, candidate, rival, usual)
        probability = self.calibration.probability(evidence)
        if is_hint(question, candidate):
            probability = min(HINT, probability)
        return Match(
            entry=candidate.entry,
            answer=choice.answer,
            holds_for=choice.holds_for,
            contested=choice.contested,
            ask_for=choice.ask_for,
            score=candidate.score * sway.score,
            probability=probability * sway.probability,
            evidence=evidence,
            grounds=Grounds(question, candidate, sway.reasons),
        )

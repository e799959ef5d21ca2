"""Which sections a word speaks of.

`Profiles`, of what a map and its tree say: BM25 over one document for each section.

    score(q, s) = Σ_t q(t) · idf(t) · f · (K1 + 1) / (f + K1 · (1 - B + B · |s| / avg|s|))
    idf(t)      = ln(1 + (N - n + 0.5) / (n + 0.5))

(S. Robertson, H. Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009.) Unlike documents of
`knowledge.words.bm25`, these have frequencies that are no whole numbers: what was changed long ago counts for
less. There are no more of them than sections, so each term simply has the list of its scores, made once.

`Leanings`, of what was changed: the odds of each section, given a word, beside its odds at large. A word is a
witness as far as it tells sections apart, which is how far it moves what one would expect (the divergence of
S. Kullback and R. Leibler, 1951), with `DOUBT` changes imagined that were made as any other:

    P(s|t)   = (n(s, t) + DOUBT · P(s)) / (n(t) + DOUBT)
    tells(t) = Σ_s P(s|t) · ln(P(s|t) / P(s))
    score(q, s) = Σ_t q(t) · tells(t) · ln(1 + n(s, t) / (DOUBT · P(s))) / Σ_t q(t) · tells(t)

so that a word that is said everywhere says nothing, however seldom it is said. Imports nothing of chat.
"""

import math
from array import array
from collections import defaultdict
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass

K1 = 1.2
B = 0.75

DOUBT = 3.0
"""Changes that are imagined for each word: what was said once or twice proves little."""

MOST_SECTIONS = 100
"""A term keeps those that it speaks of most; what speaks of more says next to nothing of any."""


@dataclass(frozen=True, slots=True, repr=False)
class Profiles:
    """One sort of words for every section; sections are known by their places."""

    _numbers: Mapping[str, int]
    """Of the terms."""
    _ends: "array[int]"
    """Of the scores of each term, which begin where those of the one before it end."""
    _sections: "array[int]"
    _scores: "array[float]"

    @classmethod
    def of(cls, documents: Sequence[Mapping[str, float]]) -> "Profiles":
        """`documents`: of each section, how often each term is in it."""
        held: dict[str, list[tuple[int, float]]] = defaultdict(list)
        lengths = [sum(document.values()) for document in documents]
        # A section without any words is no short document; the mean is over those that have some.
        usual = sum(lengths) / max(1, sum(1 for length in lengths if length))
        for section, document in enumerate(documents):
            norm = K1 * (1 - B + B * lengths[section] / usual) if usual else K1
            for term, often in document.items():
                held[term].append((section, often * (K1 + 1) / (often + norm)))
        numbers: dict[str, int] = {}
        ends, sections, scores = array("I", [0]), array("H"), array("f")
        for term, found in held.items():
            idf = math.log(1 + (len(documents) - len(found) + 0.5) / (len(found) + 0.5))
            found.sort(key=_highest_first)
            for section, share in found[:MOST_SECTIONS]:
                sections.append(section)
                scores.append(idf * share)
            numbers[term] = len(ends)
            ends.append(len(sections))
        return cls(numbers, ends, sections, scores)

    def speaks_of(self, asked: Mapping[str, float]) -> dict[int, float]:
        """The sections that the words of a question speak of, the one that they speak of most being 1."""
        found: dict[int, float] = {}
        for term, weight in asked.items():
            if not (number := self._numbers.get(term, 0)):
                continue
            start, end = self._ends[number - 1 : number + 1]
            for section, score in zip(self._sections[start:end], self._scores[start:end], strict=True):
                found[section] = found.get(section, 0.0) + weight * score
        most = max(found.values(), default=0.0)
        return {section: score / most for section, score in found.items()} if most > 0 else {}


@dataclass(frozen=True, slots=True, repr=False)
class Leanings:
    """Whose changes each word is said of; sections are known by their places."""

    _numbers: Mapping[str, int]
    """Of the terms, from 1."""
    _tells: "array[float]"
    """How far each term tells sections apart, in nats."""
    _ends: "array[int]"
    _sections: "array[int]"
    _scores: "array[float]"

    @classmethod
    def of(cls, documents: Sequence[Mapping[str, float]], without: Container[str] = ()) -> "Leanings":
        """`documents`: of each section, in how many changes each term is; `without`: terms that are left
        out."""
        sizes = [sum(document.values()) + 0.5 for document in documents]
        whole = sum(sizes) or 1.0
        usual = [size / whole for size in sizes]
        held: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for section, document in enumerate(documents):
            for term, often in document.items():
                if term not in without:
                    held[term].append((section, often))
        numbers: dict[str, int] = {}
        tells, ends, sections, scores = array("f", [0]), array("I", [0]), array("H"), array("f")
        for term, found in held.items():
            said = sum(often for _, often in found) + DOUBT
            seen, telling = 0.0, 0.0
            for section, often in found:
                share = (often + DOUBT * usual[section]) / said
                seen += share
                telling += share * math.log(share / usual[section])
            telling = max(telling + (1.0 - seen) * math.log(DOUBT / said), 0.0)
            found.sort(key=_highest_first)
            for section, often in found[:MOST_SECTIONS]:
                sections.append(section)
                scores.append(telling * math.log1p(often / (DOUBT * usual[section])))
            numbers[term] = len(ends)
            tells.append(telling)
            ends.append(len(sections))
        return cls(numbers, tells, ends, sections, scores)

    def speaks_of(self, asked: Mapping[str, float]) -> tuple[dict[int, float], float]:
        """The sections that the words of a question speak of, and how much, in nats; and how much its words
        tell at all: near 0 where they are unknown, or are said of everything."""
        found: dict[int, float] = {}
        told = 0.0
        for term, weight in asked.items():
            if not (number := self._numbers.get(term, 0)):
                continue
            told += weight * self._tells[number]
            start, end = self._ends[number - 1 : number + 1]
            for section, score in zip(self._sections[start:end], self._scores[start:end], strict=True):
                found[section] = found.get(section, 0.0) + weight * score
        return ({section: score / told for section, score in found.items()}, told) if told > 0 else ({}, 0.0)


@dataclass(frozen=True, slots=True, repr=False)
class Called:
    """What sections are called: how much of a name a question says."""

    _holding: Mapping[str, Sequence[tuple[int, float]]]
    """By term: the names that hold it, and which part of what they say it is."""
    _sections: Sequence[int]
    """Of each name."""

    @classmethod
    def of(cls, names: Sequence[Sequence[Sequence[str]]], says: Callable[[str], float]) -> "Called":
        """`names`: of each section, the terms of everything that it is called. `says`: how much a term
        says."""
        holding: dict[str, list[tuple[int, float]]] = defaultdict(list)
        sections: list[int] = []
        for section, called in enumerate(names):
            for name in called:
                weights = {term: says(term) for term in name}
                for term, weight in weights.items():
                    holding[term].append((len(sections), weight / sum(weights.values())))
                sections.append(section)
        return cls(holding, sections)

    def speaks_of(self, asked: Mapping[str, float]) -> dict[int, float]:
        """The sections whose names a question says, with the square of the part of the name that it does, up
        to 1: of several names the one that is said most of."""
        said: dict[int, float] = {}
        for term, weight in asked.items():
            for name, part in self._holding.get(term, ()):
                said[name] = said.get(name, 0.0) + part * min(weight, 1.0)
        found: dict[int, float] = {}
        for name, part in said.items():
            section = self._sections[name]
            found[section] = max(found.get(section, 0.0), part**2)
        return found


def _highest_first(found: tuple[int, float]) -> float:
    return -found[1]

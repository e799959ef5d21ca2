"""Which sections a word speaks of: BM25 over one document for each section.

    score(q, s) = Σ_t q(t) · idf(t) · f · (K1 + 1) / (f + K1 · (1 - B + B · |s| / avg|s|))
    idf(t)      = ln(1 + (N - n + 0.5) / (n + 0.5))

(S. Robertson, H. Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009.) Unlike documents of
`knowledge.words.bm25`, these have frequencies that are no whole numbers: what was changed long ago counts for
less. There are no more of them than sections, so each term simply has the list of its scores, made once.
Imports nothing of chat.
"""

import math
from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

K1 = 1.2
B = 0.75

MOST_SECTIONS = 100
"""A term keeps those that it speaks of most; what speaks of more says next to nothing of any."""


@dataclass(frozen=True, slots=True, repr=False)
class Profiles:
    """One sort of words for every section; sections are known by their places."""

    _starts: Mapping[str, tuple[int, int]]
    """Of a term's scores: from, up to."""
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
        starts: dict[str, tuple[int, int]] = {}
        sections, scores = array("H"), array("f")
        for term, found in held.items():
            idf = math.log(1 + (len(documents) - len(found) + 0.5) / (len(found) + 0.5))
            found.sort(key=_highest_first)
            start = len(sections)
            for section, share in found[:MOST_SECTIONS]:
                sections.append(section)
                scores.append(idf * share)
            starts[term] = start, len(sections)
        return cls(starts, sections, scores)

    def __contains__(self, term: str) -> bool:
        return term in self._starts

    def speaks_of(self, asked: Mapping[str, float]) -> dict[int, float]:
        """The sections that the words of a question speak of, the one that they speak of most being 1."""
        found: dict[int, float] = {}
        for term, weight in asked.items():
            start, end = self._starts.get(term, (0, 0))
            for section, score in zip(self._sections[start:end], self._scores[start:end], strict=True):
                found[section] = found.get(section, 0.0) + weight * score
        most = max(found.values(), default=0.0)
        return {section: score / most for section, score in found.items()} if most > 0 else {}


def _highest_first(found: tuple[int, float]) -> float:
    return -found[1]

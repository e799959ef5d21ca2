"""BM25: how much the words that a question shares with a document say.

Each document has several **fields**, each with statistics of its own and a weight:

    score(q, d) = Σ_fields weight · Σ_terms q(t) · idf(t) · f · (k1 + 1) / (f + k1 · (1 - b + b · |d| /
    avg|d|)) idf(t)      = ln(1 + (N - n + 0.5) / (n + 0.5))

(S. Robertson, H. Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009; the `1 +` in the
idf is Lucene's, and keeps it positive.) `K1` = 1.2 and `B` = 0.75 are the values of that literature; on
public FAQ sets nothing between k1 0.6 and 2 and b 0.4 and 0.75 differed by more than a standard error.

An index is immutable: contributions are computed once, a question adds up what its terms contribute. Terms
with a weight below `LIGHT` in the question (stop words) cannot bring a document in, only lift one that is
in already, so that their long postings are never walked. A leaf: it imports nothing of the house.
"""

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

K1 = 1.2
B = 0.75

LIGHT = 0.5
"""Weight of a term in the question from which on it is a reason to look at a document."""


class BM25:
    """An immutable index; documents are known by their positions."""

    __slots__ = ("_ceiling", "_frequency", "_postings", "size")

    def __init__(
        self,
        fields: Sequence[tuple[float, Sequence[Sequence[str]]]],
        k1: float = K1,
        b: float = B,
    ) -> None:
        """`fields` are (weight, the terms of each document in that field), all of the same documents."""
        self.size = len(fields[0][1]) if fields else 0
        postings: dict[str, dict[int, float]] = defaultdict(dict)
        within: dict[str, set[int]] = defaultdict(set)
        for weight, documents in fields:
            counts = [Counter(document) for document in documents]
            frequency = Counter(term for count in counts for term in count)
            average = sum(map(len, documents)) / max(1, len(documents)) or 1.0
            idf = {term: _idf(self.size, n) for term, n in frequency.items()}
            for position, count in enumerate(counts):
                norm = k1 * (1 - b + b * len(documents[position]) / average)
                for term, f in count.items():
                    found = postings[term]
                    value = weight * idf[term] * f * (k1 + 1) / (f + norm)
                    found[position] = found.get(position, 0.0) + value
                    within[term].add(position)
        self._postings = dict(postings)
        self._frequency = {term: len(positions) for term, positions in within.items()}
        self._ceiling = _idf(self.size, 0)

    def __contains__(self, term: str) -> bool:
        return term in self._postings

    def idf(self, term: str) -> float:
        """How much a term says, by how many documents hold it in any field; unknown ones say most."""
        n = self._frequency.get(term)
        return self._ceiling if n is None else _idf(self.size, n)

    @property
    def ceiling(self) -> float:
        """The idf of a term that no document holds: the most that a term can say."""
        return self._ceiling

    def scores(self, query: Mapping[str, float]) -> dict[int, float]:
        """The score of every document that shares a term of weight `LIGHT` or more with the question."""
        found: dict[int, float] = {}
        light: list[tuple[dict[int, float], float]] = []
        for term, weight in query.items():
            postings = self._postings.get(term)
            if postings is None:
                continue
            if weight < LIGHT:
                light.append((postings, weight))
                continue
            for position, value in postings.items():
                found[position] = found.get(position, 0.0) + weight * value
        for postings, weight in light:
            for position in found if len(found) < len(postings) else postings:
                if position in found and position in postings:
                    found[position] += weight * postings[position]
        return found

    def top(self, query: Mapping[str, float], limit: int) -> list[tuple[int, float]]:
        """The best documents with their scores, best first, ties in the order of the documents."""
        found = self.scores(query)
        return heapq.nsmallest(limit, found.items(), key=lambda item: (-item[1], item[0]))


def _idf(size: int, n: int) -> float:
    return math.log(1 + (size - n + 0.5) / (n + 0.5))

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
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

K1 = 1.2
B = 0.75

LIGHT = 0.5
"""Weight of a term in the question from which on it is a reason to look at a document."""


class BM25:
    """An immutable index; documents are known by their positions.

    All postings stand in three arrays, those of one term side by side in the order of the documents: ten
    thousand entries have a million postings, which as objects would take a hundred bytes each.
    """

    __slots__ = ("_begins", "_ceiling", "_fields", "_idfs", "_positions", "_rows", "_values", "size")

    def __init__(
        self,
        fields: Sequence[tuple[float, Sequence[Sequence[str]]]],
        k1: float = K1,
        b: float = B,
    ) -> None:
        """`fields` are (weight, the terms of each document in that field), all of the same documents; at most
        eight."""
        self.size = len(fields[0][1]) if fields else 0
        self._ceiling = _idf(self.size, 0)
        placed = [_placed(documents) for _, documents in fields]
        norms = [_norms(documents, k1, b) for _, documents in fields]
        # The row of a term, and where in the three the postings of each row begin (and the last one ends).
        self._rows = {term: row for row, term in enumerate(dict.fromkeys(chain.from_iterable(placed)))}
        self._begins, self._idfs = array("I", [0]), array("d")
        self._positions, self._values, self._fields = array("I"), array("d"), array("B")
        for term in self._rows:
            counts = [(n, Counter(places[term])) for n, places in enumerate(placed) if term in places]
            values: dict[int, float] = {}
            for number, count in counts:
                factor, norm = fields[number][0] * _idf(self.size, len(count)) * (k1 + 1), norms[number]
                for position, f in count.items():
                    values[position] = values.get(position, 0.0) + factor * f / (f + norm[position])
            positions = sorted(values)
            self._positions.extend(positions)
            self._values.extend([values[position] for position in positions])
            if len(counts) == 1:
                self._fields.extend(bytes([1 << counts[0][0]]) * len(positions))
            else:
                self._fields.extend([sum([1 << n for n, count in counts if p in count]) for p in positions])
            self._begins.append(len(self._positions))
            self._idfs.append(_idf(self.size, len(positions)))

    def __contains__(self, term: str) -> bool:
        return term in self._rows

    def holds(self, position: int, term: str, field: int) -> bool:
        """Whether the document at `position` has the term in the field of that number."""
        at = self._find(term, position)
        return at is not None and bool(self._fields[at] >> field & 1)

    def idf(self, term: str) -> float:
        """How much a term says, by how many documents hold it in any field; unknown ones say most."""
        row = self._rows.get(term)
        return self._ceiling if row is None else self._idfs[row]

    @property
    def ceiling(self) -> float:
        """The idf of a term that no document holds: the most that a term can say."""
        return self._ceiling

    def scores(self, query: Mapping[str, float]) -> dict[int, float]:
        """The score of every document that shares a term of weight `LIGHT` or more with the question."""
        found: dict[int, float] = {}
        light: list[tuple[str, float]] = []
        for term, weight in query.items():
            if weight < LIGHT:
                light.append((term, weight))
                continue
            for position, value in self._postings(term):
                found[position] = found.get(position, 0.0) + weight * value
        for term, weight in light:
            begins, ends = self._span(term)
            if len(found) < ends - begins:
                for position in found:
                    if (at := self._find(term, position)) is not None:
                        found[position] += weight * self._values[at]
            else:
                for position, value in self._postings(term):
                    if position in found:
                        found[position] += weight * value
        return found

    def _span(self, term: str) -> tuple[int, int]:
        row = self._rows.get(term)
        return (0, 0) if row is None else (self._begins[row], self._begins[row + 1])

    def _postings(self, term: str) -> Iterator[tuple[int, float]]:
        begins, ends = self._span(term)
        return zip(self._positions[begins:ends], self._values[begins:ends], strict=True)

    def _find(self, term: str, position: int) -> int | None:
        begins, ends = self._span(term)
        at = bisect_left(self._positions, position, begins, ends)
        return at if at < ends and self._positions[at] == position else None

    def top(self, query: Mapping[str, float], limit: int) -> list[tuple[int, float]]:
        """The best documents with their scores, best first, ties in the order of the documents."""
        found = self.scores(query)
        return heapq.nsmallest(limit, found.items(), key=lambda item: (-item[1], item[0]))


def _placed(documents: Sequence[Sequence[str]]) -> dict[str, list[int]]:
    """Each term with the positions of the documents that have it, each as often as it does."""
    places: dict[str, list[int]] = defaultdict(list)
    for position, document in enumerate(documents):
        for term in document:
            places[term].append(position)
    return places


def _norms(documents: Sequence[Sequence[str]], k1: float, b: float) -> list[float]:
    """What each document's length takes from the frequency of its terms."""
    average = sum(map(len, documents)) / max(1, len(documents)) or 1.0
    return [k1 * (1 - b + b * len(document) / average) for document in documents]


def _idf(size: int, n: int) -> float:
    return math.log(1 + (size - n + 0.5) / (n + 0.5))

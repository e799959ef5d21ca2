"""A large BM25 index after a few documents have come, gone or changed, without making it again.

What stayed is looked up in the index at hand, each term weighed by what its idf is now against what it was
then; what is new is scored here, by the formula of `knowledge.words.bm25`. The one thing that stays as it was
is the average length of the documents that stayed, against which their lengths are held: with `MOST` of at
least `LARGE` documents changed, scores are off by some thousandths at the most, and usually by nothing that
would show. Whoever wants the last digit makes the index again, which takes 0.5 s for 10,000 documents.

Imports `knowledge.words.bm25` only.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from knowledge.words.bm25 import BM25, K1, LIGHT, Asked, B, idf_of

MOST = 64
"""Documents that have come or gone, up to which an index is amended."""

LARGE = 1_000
"""Documents from which on it is: fewer are faster made again than told of."""

Texts = tuple[Sequence[str], ...]
"""The terms of a document in each of the fields."""

_EXACT = 40  # words up to which tantivy keeps the length of a document as it is


@dataclass(frozen=True, slots=True)
class _New:
    """A new document: where it stands, how often each term is in each field, and how long those are."""

    position: int
    counts: tuple[Mapping[str, int], ...]
    lengths: tuple[int, ...]


class Amended(BM25):
    """`whole`: the index as it was made. `place`: the position that each of its documents has now, or -1 for
    those that are `gone`, whose texts are given; `new`: the texts of the others, by position. Documents that
    stayed are in the order in which they were."""

    __slots__ = ("_gone", "_new", "_place", "_whole")

    def __init__(
        self, whole: BM25, place: Sequence[int], gone: Sequence[Texts], new: Mapping[int, Texts]
    ) -> None:
        self._whole = whole
        self._place = place
        self.size = whole.size - len(gone) + len(new)
        held = whole.held.copy()
        for texts in gone:
            held.subtract(set(chain(*texts)))
        for texts in new.values():
            held.update(set(chain(*texts)))
        self.held = Counter({term: count for term, count in held.items() if count})
        of_count = {count: idf_of(self.size, count) for count in set(self.held.values())}
        self._idfs = {term: of_count[count] for term, count in self.held.items()}
        self._ceiling = idf_of(self.size, 0)
        self._fields = whole._fields
        self._gone = [tuple(map(frozenset, texts)) for texts in gone]
        self._new = [
            _New(position, tuple(map(Counter, texts)), tuple(map(len, texts)))
            for position, texts in sorted(new.items())
        ]
        lost = [sum(len(texts[number]) for texts in gone) for number in range(len(self._fields))]
        won = [sum(each.lengths[number] for each in self._new) for number in range(len(self._fields))]
        self.lengths = tuple(
            before - less + more for before, less, more in zip(whole.lengths, lost, won, strict=True)
        )

    def top(self, query: Mapping[str, float], limit: int) -> list[tuple[int, float]]:
        heavy: Asked = []
        light: Asked = []
        says: dict[tuple[int, str], float] = {}
        for term, weight in query.items():
            if term not in self._idfs:
                continue
            for number, (field, of_field) in enumerate(self._fields):
                then = self._whole.doc_freq(field, term)
                less = sum(term in texts[number] for texts in self._gone)
                more = sum(term in each.counts[number] for each in self._new)
                now = idf_of(self.size, then - less + more)
                says[number, term] = weight * of_field * now
                if then > less:
                    boost = weight * of_field * now / idf_of(self._whole.size, then)
                    (light if weight < LIGHT else heavy).extend(self._whole.should(field, term, boost))
        stayed = (
            (self._place[position], score)
            for position, score in self._whole.hits(heavy, light, limit + len(self._gone))
        )
        found = [(position, score) for position, score in stayed if position >= 0]
        reasons = [term for term, weight in query.items() if weight >= LIGHT]
        for each in self._new:
            if any(term in counts for term in reasons for counts in each.counts):
                found.append((each.position, self._score(each, says)))
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:limit]

    def _score(self, new: _New, says: Mapping[tuple[int, str], float]) -> float:
        score = 0.0
        for (number, term), worth in says.items():
            often = new.counts[number].get(term, 0)
            if often:
                usual = self.lengths[number] / self.size
                norm = K1 * (1 - B + B * _rounded(new.lengths[number]) / usual)
                score += worth * often * (K1 + 1) / (often + norm)
        return score


def _rounded(length: int) -> int:
    """A length as tantivy keeps it: beyond `_EXACT`, with four significant bits above 24."""
    if length <= _EXACT:
        return length
    over = length - 24
    dropped = over.bit_length() - 4
    return 24 + (over >> dropped << dropped)

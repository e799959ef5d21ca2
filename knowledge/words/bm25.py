"""BM25: how much the words that a question shares with a document say.

Each document has several **fields**, each with statistics of its own and a weight:

    score(q, d) = Σ_fields weight · Σ_terms q(t) · idf(t) · f · (K1 + 1) / (f + K1 · norm(d))
    norm(d)     = 1 - B + B · |d| / avg|d|
    idf(t)      = ln(1 + (N - n + 0.5) / (n + 0.5))

(S. Robertson, H. Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009; the `1 +` in the
idf is Lucene's, and keeps it positive.) Postings are kept and walked by tantivy, whose scores these are, with
`K1` and `B` as in that literature; it rounds the length of documents beyond 40 words by a few hundredths.

An index is immutable; `held` says how many documents hold a term in any field, `lengths` how many terms each
field has in all. Terms with a weight below `LIGHT` in the question (stop words) cannot bring a document
in, only lift one that is in already. A leaf: it imports nothing of the house.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain, starmap
from typing import TypeAlias

import tantivy

K1 = 1.2
B = 0.75

LIGHT = 0.5
"""Weight of a term in the question from which on it is a reason to look at a document."""

Asked: TypeAlias = list[tuple[tantivy.Occur, tantivy.Query]]

_HEAP = 15_000_000  # bytes: the least that a writer takes
_HEAP_OF_A_TERM = 40  # bytes, roughly: with enough of them all documents go into one segment
_MOST_HEAP = 1_000_000_000


class BM25:
    """An immutable index; documents are known by their positions. Several threads may search it.

    Takes some 5 ms, and 50 to 90 ms for each thousand documents of 180 words.
    """

    __slots__ = (
        *("_ceiling", "_fields", "_fields_of", "_idfs", "_schema", "_searcher"),
        *("held", "lengths", "size"),
    )

    def __init__(self, fields: Sequence[tuple[float, Sequence[Sequence[str]]]]) -> None:
        """`fields` are (weight, the terms of each document in that field), all of the same documents. Terms
        hold no blanks."""
        documents = list(zip(*(texts for _, texts in fields), strict=True))
        self.size = len(documents)
        self._ceiling = idf_of(self.size, 0)
        self.lengths = tuple(sum(map(len, texts)) for _, texts in fields)
        fields_of: dict[str, int] = {}
        counts = Counter(chain.from_iterable(starmap(frozenset[str]().union, documents)))
        for number, (_, texts) in enumerate(fields):
            for term in frozenset[str]().union(*texts):
                fields_of[term] = fields_of.get(term, 0) | 1 << number
        self.held = counts
        of_count = {count: idf_of(self.size, count) for count in set(counts.values())}
        self._idfs = {term: of_count[count] for term, count in counts.items()}
        self._fields = [(f"field{number}", weight) for number, (weight, _) in enumerate(fields)]
        # The fields that hold a term; there are few such sets.
        some = {held: self._held(held) for held in set(fields_of.values())}
        self._fields_of = {term: some[held] for term, held in fields_of.items()}
        made = tantivy.SchemaBuilder()
        for name, _ in self._fields:
            made.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
        made.add_unsigned_field("position", fast=True)
        self._schema = made.build()
        self._searcher = self._written(documents)

    def _written(self, documents: Sequence[tuple[Sequence[str], ...]]) -> tantivy.Searcher:
        index = tantivy.Index(self._schema)
        size = sum(len(terms) for document in documents for terms in document)
        writer = index.writer(min(_MOST_HEAP, _HEAP + _HEAP_OF_A_TERM * size), num_threads=1)
        for position, texts in enumerate(documents):
            document = tantivy.Document()
            document.add_unsigned("position", position)
            for (name, _), terms in zip(self._fields, texts, strict=True):
                document.add_text(name, " ".join(terms))
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()  # which ends them
        index.reload()
        return index.searcher()

    def _held(self, numbers: int) -> tuple[tuple[str, float], ...]:
        return tuple(field for number, field in enumerate(self._fields) if numbers >> number & 1)

    def __contains__(self, term: str) -> bool:
        return term in self._idfs

    def idf(self, term: str) -> float:
        """How much a term says, by how many documents hold it in any field; unknown ones say most."""
        return self._idfs.get(term, self._ceiling)

    @property
    def ceiling(self) -> float:
        """The idf of a term that no document holds: the most that a term can say."""
        return self._ceiling

    def top(self, query: Mapping[str, float], limit: int) -> list[tuple[int, float]]:
        """The best documents with their scores, best first, ties in the order of the documents: of those that
        share a term of weight `LIGHT` or more with the question."""
        heavy: Asked = []
        light: Asked = []
        for term, weight in query.items():
            if term in self._idfs:
                (light if weight < LIGHT else heavy).extend(self._asked(term, weight))
        return self.hits(heavy, light, limit)

    def _term(self, field: str, term: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, term, "freq")

    def should(self, field: str, term: str, factor: float) -> Asked:
        """The term in one field, weighed."""
        return [(tantivy.Occur.Should, tantivy.Query.boost_query(self._term(field, term), factor))]

    def doc_freq(self, field: str, term: str) -> int:
        """How many documents hold the term in this field."""
        return self._searcher.doc_freq(field, term)

    def hits(self, heavy: Asked, light: Asked, limit: int) -> list[tuple[int, float]]:
        """The best documents, as of `top`, for terms that bring documents in, and for such as lift them."""
        if not heavy:
            return []
        asked = tantivy.Query.boolean_query(heavy)
        if light:
            asked = tantivy.Query.boolean_query([(tantivy.Occur.Must, asked), *light])
        hits = self._searcher.search(asked, limit, count=False).hits
        positions = self._searcher.fast_field_values("position", [address for _, address in hits])
        return [
            (position, score)
            for position, (score, _) in zip(positions, hits, strict=True)
            if isinstance(position, int) and isinstance(score, float)  # as they always are
        ]

    def _asked(self, term: str, weight: float) -> list[tuple[tantivy.Occur, tantivy.Query]]:
        return [
            (tantivy.Occur.Should, query if factor == 1 else tantivy.Query.boost_query(query, factor))
            for name, of_field in self._fields_of[term]
            if (factor := weight * of_field)
            for query in [self._term(name, term)]
        ]


def idf_of(size: int, n: int) -> float:
    """How much a term says that `n` of `size` documents hold."""
    return math.log(1 + (size - n + 0.5) / (n + 0.5))

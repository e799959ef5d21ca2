"""What a search looks into: the entries of a base as terms, postings and known words.

Made once and never changed. Pure; imports `knowledge.entry`, `knowledge.facets` and `knowledge.words`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from knowledge.entry import Entry
from knowledge.facets import FacetKind
from knowledge.words.bm25 import BM25
from knowledge.words.spelling import Speller
from knowledge.words.text import STOP_WORDS, Lexicon, Token, terms, tokens

ANSWERS = 0.4
"""Weight of the words of answers beside those of phrasings (1): the best of 0 to 1 on StackFAQ."""

ANSWERED = 1
"""The number of the field of the answers; that of the phrasings is 0."""


@dataclass(frozen=True, slots=True)
class Phrasing:
    """One way to ask: its text, its terms without stop words, and how much these say (idf)."""

    text: str
    terms: tuple[str, ...]
    says: float


@dataclass(frozen=True, slots=True)
class Shelf:
    """`phrasings` are those of each entry, in the order of the entries, whose positions `bm25` knows;
    `names` are the terms that name facets and their values."""

    bm25: BM25
    phrasings: tuple[tuple[Phrasing, ...], ...]
    speller: Speller
    names: frozenset[str]


def shelved(entries: Sequence[Entry], declared: Iterable[FacetKind], lexicon: Lexicon) -> Shelf:
    """The entries, ready to be looked into. Some 0.3 s of one core for 1,000 of them."""
    asked = [[tokens(each, lexicon) for each in entry.phrasings] for entry in entries]
    answers = [_words_of_answers(entry, lexicon) for entry in entries]
    phrased = [[term for words in each for word in words for term in word.terms] for each in asked]
    bm25 = BM25([(1.0, phrased), (ANSWERS, [terms(words) for words in answers])])
    vocabulary: Counter[str] = Counter()
    for words in (*(words for each in asked for words in each), *answers):
        vocabulary.update([word.text for word in words])
        vocabulary.update([part for word in words for part in word.parts])
    return Shelf(
        bm25,
        tuple(
            tuple(_phrasing(bm25, *pair) for pair in zip(entry.phrasings, each, strict=True))
            for entry, each in zip(entries, asked, strict=True)
        ),
        Speller({**dict.fromkeys(STOP_WORDS, 1), **vocabulary}),
        frozenset(_names(declared)),
    )


def _phrasing(bm25: BM25, text: str, words: list[Token]) -> Phrasing:
    found = tuple(sorted(set(terms(words))))
    return Phrasing(text, found, sum(map(bm25.idf, found)))


def _words_of_answers(entry: Entry, lexicon: Lexicon) -> list[Token]:
    parts = (part for answer in entry.answers for part in (answer.short, answer.text))
    return [word for part in parts for word in tokens(part, lexicon)]


def _names(declared: Iterable[FacetKind]) -> Iterator[str]:
    for kind in declared:
        for name in (kind.name, *kind.words):
            yield from terms(tokens(name))
        for value, aliases in (kind.choices or {}).items():
            for name in (value, *aliases):
                yield from terms(tokens(name))

"""What a search by words looks into: the entries of a base as terms, postings and known words.

Made once and never changed. What depends on one entry alone is its **page**, and the pages of entries that
stayed the same are taken over from the shelf before, so that after a change of one file only what concerns
the base as a whole is made anew. Pure; imports `knowledge.entry`, `knowledge.facets`, `knowledge.weights`
and `knowledge.words`.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from knowledge.entry import Entry
from knowledge.facets import FacetKind
from knowledge.symptoms import WORDS as SYMPTOMS
from knowledge.weights import Weights
from knowledge.words.bm25 import BM25
from knowledge.words.spelling import Speller
from knowledge.words.text import STOP_WORDS, Lexicon, Token, terms, tokens


@dataclass(frozen=True, slots=True)
class Phrasing:
    """One way to ask: its text and its terms, without stop words, each once. A title is one too."""

    text: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What one entry says: the terms of its phrasings (stop words among them), its answers and its tags, as
    often as they come; and the words that it shows to be spelled right."""

    phrasings: tuple[Phrasing, ...]
    asked: tuple[str, ...]
    answered: tuple[str, ...]
    tagged: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shelf:
    """`pages` are in the order of the entries, whose positions `bm25` knows; `names` are the terms that name
    facets and their values."""

    bm25: BM25
    pages: tuple[Page, ...]
    speller: Speller
    names: frozenset[str]


def shelved(
    entries: Sequence[Entry],
    declared: Iterable[FacetKind],
    weights: Weights,
    lexicon: Lexicon | None = None,
    known: Mapping[Entry, Page] | None = None,
    right: Collection[str] = frozenset(),
) -> Shelf:
    """The entries, ready to be looked into.

    `known`: pages that were made before. Some 0.4 s of one core for 1,000 entries of 180 words, 3.4 s for
    10,000; 0.1 s and 1 s where all but a few pages are known. `right`: words that are spelled right besides
    those of the entries.
    """
    words = Lexicon() if lexicon is None else lexicon
    before = known or {}
    pages = tuple([before.get(entry) or _page(entry, words) for entry in entries])
    bm25 = BM25(
        [
            (1.0, [page.asked for page in pages]),
            (weights.answers, [page.answered for page in pages]),
            (weights.tags, [page.tagged for page in pages]),
        ]
    )
    vocabulary = Counter(chain.from_iterable(page.words for page in pages))
    return Shelf(
        bm25,
        pages,
        Speller({**dict.fromkeys(chain(STOP_WORDS, SYMPTOMS), 1), **vocabulary}, right),
        frozenset(_names(declared)),
    )


def _page(entry: Entry, lexicon: Lexicon) -> Page:
    asked = [tokens(text, lexicon) for text in entry.asking]
    said = (part for answer in entry.answers for part in (answer.short, answer.text))
    answered = [word for part in said for word in tokens(part, lexicon)]
    tagged = [word for tag in entry.tags for word in tokens(tag, lexicon)]
    phrasings = zip(entry.asking, asked, strict=True)
    return Page(
        tuple(Phrasing(text, tuple(sorted(set(terms(found))))) for text, found in phrasings),
        tuple(term for found in asked for word in found for term in word.terms),
        tuple(terms(answered)),
        tuple(terms(tagged)),
        tuple(_spelled(chain(*asked, answered, tagged))),
    )


def _spelled(words: Iterable[Token]) -> Iterator[str]:
    """Each word, and each part of one, that might be meant by a misspelt one."""
    found: dict[str, None] = {}
    for word in words:
        found[word.text] = None
        found.update(dict.fromkeys(word.parts))
    return iter(found)


def _names(declared: Iterable[FacetKind]) -> Iterator[str]:
    for kind in declared:
        for name in (kind.name, *kind.words):
            yield from terms(tokens(name))
        for value, aliases in (kind.choices or {}).items():
            for name in (value, *aliases):
                yield from terms(tokens(name))

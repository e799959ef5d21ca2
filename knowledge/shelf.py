"""What a search by words looks into: the entries of a base as terms, postings and known words.

Made once and never changed. What depends on one entry alone is its **page**, and the pages of entries that
stayed the same are taken over from the shelf before, so that after a change of one file only what concerns
the base as a whole is made anew. Pure; imports `knowledge.entry`, `knowledge.facets`, `knowledge.weights`
and `knowledge.words`.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import TypeAlias

from knowledge.entry import Entry
from knowledge.facets import FacetKind
from knowledge.symptoms import WORDS as SYMPTOMS
from knowledge.weights import Weights
from knowledge.words.amended import LARGE, MOST, Amended, Texts
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


Known: TypeAlias = tuple[Sequence[Entry], Sequence[Page]]
"""Entries, and the page of each."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """`pages` are in the order of the entries, whose positions `bm25` knows; `names` are the terms that name
    facets and their values; `vocabulary` says how many pages show a word. `whole`: the last index that was
    made of all pages, and of which: where `bm25` is an amended one, what it amends."""

    bm25: BM25
    pages: tuple[Page, ...]
    speller: Speller
    names: frozenset[str]
    vocabulary: Counter[str]
    whole: tuple[BM25, tuple[Page, ...]]


def shelved(
    entries: Sequence[Entry],
    declared: Iterable[FacetKind],
    weights: Weights,
    lexicon: Lexicon | None = None,
    known: Known = ((), ()),
    right: Collection[str] = frozenset(),
    before: Shelf | None = None,
) -> Shelf:
    """The entries, ready to be looked into.

    `known`: entries whose pages were made before, and these. Some 0.2 s of one core for 1,000 entries of 180
    words, 2.5 s for 10,000; 0.7 s where all but a few pages are known. `right`: words that are spelled right
    besides those of the entries. `before`: a shelf with the same weights, which is amended where only a few
    entries are others (see `knowledge.words.amended`), in some hundredths of a second.
    """
    pages = _pages(entries, known, Lexicon() if lexicon is None else lexicon)
    bm25 = _amended(before.whole, pages) if before is not None else None
    vocabulary = None if bm25 is None or before is None else _told_of(before, pages)
    if vocabulary is None:
        vocabulary = Counter(chain.from_iterable(page.words for page in pages))
    whole = before.whole if bm25 is not None and before is not None else None
    if bm25 is None:
        bm25 = BM25(
            [
                (1.0, [page.asked for page in pages]),
                (weights.answers, [page.answered for page in pages]),
                (weights.tags, [page.tagged for page in pages]),
            ]
        )
    return Shelf(
        bm25,
        pages,
        Speller({**dict.fromkeys(chain(STOP_WORDS, SYMPTOMS), 1), **vocabulary}, right),
        frozenset(_names(declared)),
        vocabulary,
        whole or (bm25, pages),
    )


def _pages(entries: Sequence[Entry], known: Known, lexicon: Lexicon) -> tuple[Page, ...]:
    """The page of each entry. Most of those that are known are the very same objects, which are told by that
    at a tenth of the cost of comparing what they say."""
    same = {id(entry): page for entry, page in zip(*known, strict=True)}
    found = [same.get(id(entry)) for entry in entries]
    if None in found:
        there = set(map(id, entries))
        equal = {entry: page for entry, page in zip(*known, strict=True) if id(entry) not in there}
        found = [
            page or equal.get(entry) or _page(entry, lexicon)
            for entry, page in zip(entries, found, strict=True)
        ]
    return tuple(page for page in found if page is not None)


def _amended(whole: tuple[BM25, tuple[Page, ...]], pages: Sequence[Page]) -> BM25 | None:
    """The index, amended, over these pages; None where that is no matter of a few among many."""
    made, before = whole
    if len(before) < LARGE or abs(len(before) - len(pages)) > MOST:
        return None
    at = {id(page): position for position, page in enumerate(pages)}
    place = [at.pop(id(page), -1) for page in before]
    gone = [page for page, position in zip(before, place, strict=True) if position < 0]
    stayed = [position for position in place if position >= 0]
    if len(gone) + len(at) > MOST or any(one > other for one, other in pairwise(stayed)):
        return None
    if not gone and not at:
        return made
    new = {position: _texts(pages[position]) for position in at.values()}
    return Amended(made, place, [_texts(page) for page in gone], new)


def _texts(page: Page) -> Texts:
    return page.asked, page.answered, page.tagged


def _told_of(before: Shelf, pages: Sequence[Page]) -> Counter[str]:
    """The vocabulary of these pages, most of which are those of the shelf before."""
    old, new = set(map(id, before.pages)), set(map(id, pages))
    words = before.vocabulary.copy()
    words.update(chain.from_iterable(page.words for page in pages if id(page) not in old))
    gone = [word for page in before.pages if id(page) not in new for word in page.words]
    words.subtract(gone)
    for word in gone:
        if not words[word]:
            del words[word]
    return words


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

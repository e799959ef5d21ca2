"""Reading a question: the words in it that matter to one base.

Stop words are kept apart (they help to order entries and prove nothing); versions and names of facets that
no entry mentions are left out, since they choose among variants and not among entries; misspelt words are
repaired; and neighbours that the base writes as one word are also looked up as one ("live patching",
"livepatching").

Pure; imports `knowledge.versions` and `knowledge.words`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from knowledge.versions import parse_version
from knowledge.words.bm25 import BM25
from knowledge.words.spelling import Speller
from knowledge.words.text import Token, stem, tokens

STOPS = 0.4
"""Weight of stop words beside other words (1): worth 3 points of recall at 1 on StackFAQ over none, 7 on
CLINC."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a question: as written (or repaired), its terms, and how much it says (idf)."""

    text: str
    terms: tuple[str, ...]
    says: float


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked up: `words` that matter, `query` as term to weight, and `repairs` as (from, to)."""

    words: tuple[Word, ...]
    query: Mapping[str, float]
    repairs: tuple[tuple[str, str], ...]
    terms: frozenset[str]
    says: float
    """The sum over `words`."""


def read_question(
    text: str, base: BM25, speller: Speller, names: Collection[str] = (), versions: Collection[str] = ()
) -> Question:
    """The question in a text, for a base whose words `speller` knows.

    `names` are terms that name facets; `versions` those that were read as the value of a facet.
    """
    found = tokens(text)
    unknown = [word.text for word in found if word.is_plain and stem(word.text) not in base]
    _, repairs = speller.repair(unknown)
    repaired = dict(repairs)
    found = [Token(repaired[word.text]) if word.text in repaired else word for word in found]
    joined = _joined(found, base)
    query: dict[str, float] = {}
    words: dict[str, Word] = {}
    for position, word in enumerate(found):
        if word.is_stop:
            query.setdefault(word.text, STOPS)
            continue
        terms = (*word.terms, *joined.get(position, ()))
        version = parse_version(word.text)
        if version is not None and str(version) in versions:
            continue
        if any(term in base for term in terms):
            query.update(dict.fromkeys(terms, 1.0))
        elif version is not None or terms[0] in names:
            continue
        words[word.text] = Word(word.text, terms, max(map(base.idf, terms)))
    return Question(
        tuple(words.values()),
        query,
        repairs,
        frozenset(term for word in words.values() for term in word.terms),
        sum(word.says for word in words.values()),
    )


def _joined(words: Sequence[Token], base: BM25) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for position, (one, other) in enumerate(pairwise(words)):
        if one.is_plain and other.is_plain and (both := stem(one.text + other.text)) in base:
            found[position] = found[position + 1] = (both,)
    return found

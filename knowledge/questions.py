"""Reading a question: the words in it that matter to one base.

Stop words are kept apart (they help to order entries and prove nothing); versions and names of facets that
no entry mentions are left out, since they choose among variants and not among entries; misspelt words are
repaired; and neighbours that the base writes as one word are also looked up as one ("live patching",
"livepatching").

Pure; imports `knowledge.naming`, `knowledge.symptoms`, `knowledge.versions`, `knowledge.weights` and
`knowledge.words`.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from knowledge.naming import values_of
from knowledge.symptoms import symptoms
from knowledge.versions import parse_version
from knowledge.weights import Weights
from knowledge.words.bm25 import BM25
from knowledge.words.spelling import Speller
from knowledge.words.text import Token, clip, normalise, stem, tokens

_COMPARED = ("newer", "older")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a question: as written (or repaired), its terms, and how much it says (idf)."""

    text: str
    terms: tuple[str, ...]
    says: float


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked up: `text` as it was read, normalised and with its misspelt words repaired; the `words`
    of it that matter, `query` as term to weight, and `repairs` as (from, to)."""

    text: str
    words: tuple[Word, ...]
    query: Mapping[str, float]
    repairs: tuple[tuple[str, str], ...]
    terms: frozenset[str]
    says: float
    """The sum over `words`."""
    symptoms: frozenset[str]
    """Those of the terms that say that something goes wrong."""


def read_question(
    text: str,
    base: BM25,
    speller: Speller,
    weights: Weights,
    names: Collection[str] = (),
    said: Mapping[str, str] | None = None,
    words_of_model: Speller | None = None,
) -> Question:
    """The question in a text, for a base whose words `speller` knows. At most `QUERY_LIMIT` characters of it
    count.

    `names` are terms that name facets; `said` are the facets that were read in the text.
    `words_of_model` repairs what neither the base nor the model knows, in what the model gets to read.
    """
    values = [values_of(value) for value in (said or {}).values()]
    versions = {each for several in values for each in several}
    text = clip(normalise(text))
    found = tokens(text)
    repairs: tuple[tuple[str, str], ...] = ()
    if weights.repair:
        unknown = [word.text for word in found if word.is_plain and word.terms[0] not in base]
        _, repairs = speller.repair(unknown)
    if repairs:
        right = dict(repairs)
        found = [Token(right[word.text]) if word.text in right else word for word in found]
        text = _replaced(text, right)
    if words_of_model is not None and weights.repair:
        unknown = [word.text for word in found if word.is_plain and word.terms[0] not in base]
        text = _replaced(text, dict(words_of_model.repair(unknown)[1]))
    joined = _joined(found, base)
    query: dict[str, float] = {}
    words: dict[str, Word] = {}
    for position, word in enumerate(found):
        if word.is_stop:
            query.setdefault(word.text, weights.stops)
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
    if query and any(len(several) > 1 for several in values):
        query |= {term: weights.compared for term in _COMPARED if term not in query}
    asked = frozenset(term for word in words.values() for term in word.terms)
    return Question(
        text,
        tuple(words.values()),
        query,
        repairs,
        asked,
        sum(word.says for word in words.values()),
        symptoms(words),
    )


def _replaced(text: str, right: Mapping[str, str]) -> str:
    return _WORD.sub(lambda word: right.get(word[0], word[0]), normalise(text)) if right else text


def _joined(words: Sequence[Token], base: BM25) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for position, (one, other) in enumerate(pairwise(words)):
        if one.is_plain and other.is_plain and (both := stem(one.text + other.text)) in base:
            found[position] = found[position + 1] = (both,)
    return found

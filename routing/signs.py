"""The words that point to sections, laid out for finding them in a text.

Built once for a map. Words are cut by `words`: case is folded, a hyphen parts them ("stub-domain" is "stub
domain"), a dot and an underscore within a word do not. They are compared by their stems. At every place of a
text the longest phrase counts, so that "linux drivers" does not also speak of "linux". Nearly every word of a
text begins no phrase at all, and is let go after one look. Imports nothing of chat.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from knowledge.words.spelling import Speller
from knowledge.words.text import normalise, stem

LONGEST_PHRASE = 6
"""In words."""
GUESSES = 30
"""As many unknown words of a text are compared with the known ones."""
GUESSABLE = 6
"""Letters of an unknown word that is compared: a map knows few words, and short ones are near much."""

Words: TypeAlias = tuple[str, ...]

_WORD = re.compile(r"[^\W_][\w.+]*")


class Manner(StrEnum):
    """How a section comes by a phrase."""

    NAME = "name"
    KEYWORD = "keyword"


@dataclass(frozen=True, slots=True)
class Sign:
    """A phrase of one section, as the map writes it."""

    section: str
    manner: Manner
    written: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """A phrase that a text holds: which words of it (`start` to `end`), the phrase by its stems, and the
    sections that it is a sign of. `repaired`: it was spelt otherwise."""

    start: int
    end: int
    stems: Words
    signs: tuple[Sign, ...]
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class Signs:
    """Every phrase of a map."""

    phrases: Mapping[Words, tuple[Sign, ...]]
    """By the stems of their words."""
    reach: Mapping[str, int]
    """How many words the longest phrase has that begins with a stem."""
    speller: Speller
    """Of the phrases of one word."""

    @classmethod
    def of(cls, spoken: Iterable[tuple[str, str, Sequence[str], Sequence[str]]]) -> "Signs":
        """`spoken`: section, name, aliases, keywords."""
        phrases: dict[Words, dict[str, Sign]] = {}
        singles: dict[str, None] = {}
        for section, name, aliases, keywords in spoken:
            for manner, written in (
                *((Manner.NAME, phrase) for phrase in (name, *aliases)),
                *((Manner.KEYWORD, phrase) for phrase in keywords),
            ):
                said = words(written)
                if key := _stems(said)[:LONGEST_PHRASE]:
                    phrases.setdefault(key, {}).setdefault(section, Sign(section, manner, written))
                    singles.update(dict.fromkeys(said) if len(key) == 1 else ())
        reach: dict[str, int] = {}
        for key in phrases:
            reach[key[0]] = max(reach.get(key[0], 0), len(key))
        return cls(
            {key: tuple(signs.values()) for key, signs in phrases.items()},
            reach,
            Speller(word for word in singles if len(word) >= GUESSABLE - 1),
        )

    def spoken(self, text: Words) -> Iterator[Spoken]:
        """The phrases in a text, from left to right; words that are known to nobody are repaired where one
        known word is plainly meant."""
        stems = _stems(text)
        guesses = GUESSES
        start = 0
        while start < len(text):
            found = self._longest(text, stems, start)
            if found is None and guesses and len(text[start]) >= GUESSABLE and text[start].isalpha():
                guesses -= 1
                found = self._repaired(text[start], start)
            if found is not None:
                yield found
            start = found.end if found else start + 1

    def _longest(self, text: Words, stems: Words, start: int) -> Spoken | None:
        reach = self.reach.get(stems[start], 0 if text[start].isalpha() else 1)
        for end in range(min(start + reach, len(text)), start, -1):
            for last in (stems[end - 1], *_roots(text[end - 1])):
                if signs := self.phrases.get(key := (*stems[start : end - 1], last)):
                    return Spoken(start, end, key, signs)
        return None

    def _repaired(self, word: str, start: int) -> Spoken | None:
        (repaired,), changes = self.speller.repair((word,))
        key = _stems((repaired,))
        return Spoken(start, start + 1, key, self.phrases[key], repaired=True) if changes else None


def words(text: str) -> Words:
    """The words of a text in the one spelling in which they are compared."""
    return tuple([word.rstrip(".") for word in _WORD.findall(normalise(text))])


def _stems(text: Words) -> Words:
    return tuple(map(stem, text))


def _roots(word: str) -> Iterator[str]:
    """What a name may be made of: `libxl` in `libxl.so.4.2` and `libxl_domain_create`, but no `x86` in
    `x86_64`."""
    name = word.partition(".")[0]
    if name != word and len(name) > 1:
        yield name
    root = name.partition("_")[0]
    if root != name and len(root) > 1 and root.isalpha():
        yield root

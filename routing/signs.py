"""The words and paths that point to sections, laid out for finding them in a text.

Built once for a map. Words are cut by `words`: case is folded, a hyphen parts them ("stub-domain" is "stub
domain"), a dot and an underscore within a word do not. They are compared by their stems. At every place of a
text the longest phrase counts, so that "linux drivers" does not also speak of "linux".

Paths in a text are rarely written from the root of the tree: a compiler says where the tree was unpacked, a
diff begins with `a/`. So every tail of a path is tried, and the pattern that looks most closely wins. Imports
nothing of chat.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import TypeAlias

from knowledge.words.spelling import Speller
from knowledge.words.text import normalise, stem
from routing.patterns import LONGEST_PATH, Pattern

LONGEST_PHRASE = 6
"""In words."""
DEEPEST = 24
"""As many last segments of a path are looked at."""
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
    """A phrase that a text holds: which words of it (`start` to `end`), and the sections that it is a sign
    of. `repaired`: it was spelt otherwise."""

    start: int
    end: int
    signs: tuple[Sign, ...]
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class Filed:
    """A pattern of a section that matches a path."""

    section: str
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Signs:
    """Every phrase and every pattern of a map."""

    phrases: Mapping[Words, tuple[Sign, ...]]
    heads: Mapping[str | None, tuple[Filed, ...]]
    files: tuple[Filed, ...]
    speller: Speller
    """Of the phrases of one word."""

    @classmethod
    def of(
        cls,
        spoken: Iterable[tuple[str, str, Sequence[str], Sequence[str]]],
        filed: Iterable[tuple[str, Pattern]],
    ) -> "Signs":
        """`spoken`: section, name, aliases, keywords. `filed`: section, pattern."""
        phrases: dict[Words, dict[str, Sign]] = {}
        singles: dict[str, None] = {}
        for section, name, aliases, keywords in spoken:
            for manner, written in (
                *((Manner.NAME, phrase) for phrase in (name, *aliases)),
                *((Manner.KEYWORD, phrase) for phrase in keywords),
            ):
                if key := _stems(words(written))[:LONGEST_PHRASE]:
                    phrases.setdefault(key, {}).setdefault(section, Sign(section, manner, written))
                    singles.update(dict.fromkeys(words(written)) if len(key) == 1 else ())
        heads: dict[str | None, list[Filed]] = {}
        files = []
        for section, pattern in filed:
            heads.setdefault(pattern.head, []).append(Filed(section, pattern))
            if not pattern.text.endswith("/"):
                files.append(Filed(section, pattern))
        return cls(
            {key: tuple(signs.values()) for key, signs in phrases.items()},
            {head: tuple(found) for head, found in heads.items()},
            tuple(files),
            Speller(word for word in singles if len(word) >= GUESSABLE - 1),
        )

    def spoken(self, text: Words) -> Iterator[Spoken]:
        """The phrases in a text, from left to right; words that are known to nobody are repaired where one
        known word is plainly meant."""
        guesses = GUESSES
        start = 0
        while start < len(text):
            found = self._longest(text, start)
            if found is None and guesses and len(text[start]) >= GUESSABLE and text[start].isalpha():
                guesses -= 1
                found = self._repaired(text[start], start)
            if found is not None:
                yield found
            start = found.end if found else start + 1

    def owning(self, path: str) -> tuple[Filed, ...]:
        """Who owns a path, each section once, by its closest pattern; the closest first."""
        segments = [part for part in path[-LONGEST_PATH:].split("/") if part not in ("", ".", "..")]
        best: dict[str, Filed] = {}
        first = max(0, len(segments) - DEEPEST)
        for start in range(first, len(segments)):
            if start and len(segments) - start < 2:
                break  # the name of a file alone says nothing of where it lies
            tail = "/".join(segments[start:])
            heads = (segments[start], None, "**") if start == first else (segments[start], None)
            for filed in chain.from_iterable(self.heads.get(head, ()) for head in heads):
                known = best.get(filed.section)
                deeper = known is None or filed.pattern.depth > known.pattern.depth
                if deeper and (not start or filed.pattern.depth >= 2) and filed.pattern.matches(tail):
                    best[filed.section] = filed
        return tuple(sorted(best.values(), key=lambda filed: -filed.pattern.depth))

    def holding(self, name: str) -> Filed | None:
        """The only section with a pattern of files that `name`, without its directory, could be one of."""
        found = {filed.section: filed for filed in self.files if filed.pattern.ends_like(name)}
        return next(iter(found.values())) if len(found) == 1 else None

    def _longest(self, text: Words, start: int) -> Spoken | None:
        stems = _stems(text[start : start + LONGEST_PHRASE])
        for end in range(len(stems), 0, -1):
            for last in (stems[end - 1], *_roots(text[start + end - 1])):
                if signs := self.phrases.get((*stems[: end - 1], last)):
                    return Spoken(start, start + end, signs)
        return None

    def _repaired(self, word: str, start: int) -> Spoken | None:
        (repaired,), changes = self.speller.repair((word,))
        return Spoken(start, start + 1, self.phrases[_stems((repaired,))], repaired=True) if changes else None


def words(text: str) -> Words:
    """The words of a text in the one spelling in which they are compared."""
    return tuple(word.rstrip(".") for word in _WORD.findall(normalise(text)))


def _stems(text: Words) -> Words:
    return tuple(stem(word) for word in text)


def _roots(word: str) -> Iterator[str]:
    """What a name may be made of: `libxl` in `libxl.so.4.2` and `libxl_domain_create`, but no `x86` in
    `x86_64`."""
    name = word.partition(".")[0]
    if name != word and len(name) > 1:
        yield name
    root = name.partition("_")[0]
    if root != name and len(root) > 1 and root.isalpha():
        yield root

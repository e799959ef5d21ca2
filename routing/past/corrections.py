"""What people said about where questions belong: the strongest precedent there is.

A question that is like one that somebody directed is taken to belong where they directed it. Likeness is the
weight of the words that both hold, by that of the words that either holds (P. Jaccard, 1901), where a word
weighs what it says: few questions and commits hold it. Must not import anything of chat.
"""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from routing.past.vocabulary import asked

ALIKE = 0.3
"""Likeness below which two questions only share a few words."""
TOLD = 3
"""As many of the likest are heard."""
COMMON = 200
"""A word that more of them hold does not bring one in; it counts where others do."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person (id) said about where a question belongs. `private`: not everybody may know that there
    was such a question."""

    text: str
    section: str
    at: datetime
    by: str
    private: bool = False


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Corrections:
    """Corrections, made ready for being asked; immutable."""

    made: Sequence[Correction] = ()
    _words: Sequence[frozenset[str]] = ()
    _weights: Sequence[float] = ()
    """Of all the words of each."""
    _holding: Mapping[str, Sequence[int]] | None = None

    @classmethod
    def of(cls, made: Iterable[Correction], says: Callable[[str], float]) -> "Corrections":
        """`says`: how much a word says."""
        every = tuple(made)
        words = tuple(frozenset(asked(each.text)) for each in every)
        weights = array("f", (sum(map(says, some)) for some in words))
        holding: dict[str, list[int]] = defaultdict(list)
        for place, some in enumerate(words):
            for word in some:
                holding[word].append(place)
        return cls(every, words, weights, holding)

    def like(self, words: Iterable[str], says: Callable[[str], float]) -> Iterator[tuple[Correction, float]]:
        """Those that are most like a question with these words, and how much they are; the likest first, of
        equals the newest."""
        own = frozenset(words)
        holding = self._holding or {}
        near = {place for word in own if len(of := holding.get(word, ())) <= COMMON for place in of}
        weight = sum(map(says, own))
        found = []
        for place in near:
            shared = sum(map(says, own & self._words[place]))
            if (likeness := shared / max(weight + self._weights[place] - shared, 1e-9)) >= ALIKE:
                found.append((self.made[place], likeness))
        found.sort(key=lambda each: (each[1], each[0].at), reverse=True)
        yield from found[:TOLD]

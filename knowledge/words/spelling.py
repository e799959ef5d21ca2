"""Repairing misspelt words by the words that are known.

A word that the vocabulary does not know is replaced by its nearest known word in optimal string alignment
distance (insertions, deletions, substitutions and swaps of neighbours), as rapidfuzz computes it. How far
is near depends on the length: one edit up to nine letters, two from ten. A word of four letters is only
repaired where letters were swapped or one is missing or too many: with a substitution, `hang` would become
`hand`. The first letter is rarely mistyped: it must stay, but for a swap with the second, or where everything
behind it is right and the word is long enough to be known without it.

Short words, and whatever holds digits or punctuation (versions, options, error codes), are never touched.
Work is bounded: at most `MOST` words of one question, each against the known words of its first letter (and
its second, for a swap) and of nearly its length: some hundreds among ten thousands.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

MOST = 12
"""Unknown words of one question that are looked at."""

SHORTEST, LONGEST = 4, 24
"""Letters of a word that is repaired; what is longer is no word."""

LONG = 10
"""Letters from which on two edits are allowed: shorter ones lead from one program's name to another's."""

LONG_ENOUGH = 6
"""Letters of a word that may have another first letter."""


class Speller:
    """An immutable vocabulary of known words with how often each occurs."""

    __slots__ = ("_behind", "_known", "_of_first", "_of_two", "_right")

    def __init__(self, vocabulary: Mapping[str, int] | Iterable[str], right: Collection[str] = ()) -> None:
        """`right`: words that are spelled right, too, but that no other one is taken for."""
        counts = vocabulary if isinstance(vocabulary, Mapping) else dict.fromkeys(vocabulary, 1)
        self._known = frozenset(counts)
        self._right = right
        of_first: dict[tuple[str, int], list[str]] = {}
        of_two: dict[tuple[str, int], list[str]] = {}
        behind: dict[str, str] = {}
        likely = [word for word in counts if SHORTEST <= len(word) <= LONGEST + 2 and word.isalpha()]
        # The most frequent first, so that the first among equally near ones is the likeliest.
        for word in sorted(likely, key=lambda word: (-counts[word], word)):
            of_first.setdefault((word[0], len(word)), []).append(word)
            of_two.setdefault((word[:2], len(word)), []).append(word)
            behind.setdefault(word[1:], word)
        self._of_first = {key: tuple(words) for key, words in of_first.items()}
        self._of_two = {key: tuple(words) for key, words in of_two.items()}
        self._behind = behind

    def __contains__(self, word: str) -> bool:
        return word in self._known or word in self._right

    def repair(self, words: Sequence[str]) -> tuple[list[str], tuple[tuple[str, str], ...]]:
        """The words, the unknown ones repaired where one is near, and the repairs as (from, to)."""
        repaired: list[str] = []
        changes: dict[str, str] = {}
        looked_at: dict[str, str | None] = {}
        for word in words:
            if word in self or not (SHORTEST <= len(word) <= LONGEST) or not word.isalpha():
                repaired.append(word)
                continue
            if word not in looked_at:
                looked_at[word] = self._nearest(word) if len(looked_at) < MOST else None
            nearest = looked_at[word]
            if nearest is not None:
                changes[word] = nearest
            repaired.append(nearest or word)
        return repaired, tuple(changes.items())

    def _nearest(self, word: str) -> str | None:
        allowed = 1 if len(word) < LONG else 2
        best: tuple[int, str] | None = None
        for length in _lengths(len(word), allowed):
            for words in (self._of_first.get((word[0], length), ()), self._swapped(word, length)):
                most = allowed if best is None else best[0] - 1
                if abs(length - len(word)) > most:
                    break
                found = process.extractOne(word, words, scorer=OSA.distance, score_cutoff=most)
                if found is not None and _plausible(word, found[0]):
                    best = (int(found[1]), found[0])
        if best is not None and best[0] == 1:
            return best[1]
        return self._but_for_the_first(word) or (best[1] if best else None)

    def _swapped(self, word: str, length: int) -> tuple[str, ...]:
        """The known words that begin as this one with its first two letters swapped."""
        return self._of_two.get((word[1] + word[0], length), ()) if word[0] != word[1] else ()

    def _but_for_the_first(self, word: str) -> str | None:
        """The known word that is this one with its first letter mistyped or missing. One too many is none:
        programs are named so (`jconsole`, `gcloud`)."""
        return self._behind.get(word[1:]) or self._behind.get(word) if len(word) >= LONG_ENOUGH else None


def _lengths(length: int, allowed: int) -> Iterator[int]:
    """Lengths of the known words that are looked at, the likeliest first."""
    yield length
    for off in range(1, allowed + 1):
        yield length + off
        yield length - off


def _plausible(word: str, known: str) -> bool:
    """A word of four letters may have them swapped, or one more or less, but no other one."""
    return len(word) > SHORTEST or len(word) != len(known) or sorted(word) == sorted(known)

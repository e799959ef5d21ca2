"""Repairing misspelt words by the words that are known.

A word that the vocabulary does not know is replaced by its nearest known word in optimal string alignment
distance (insertions, deletions, substitutions and swaps of neighbours), as rapidfuzz computes it. How far
is near depends on the length: one edit up to seven letters, two from eight. A word of four letters is only
repaired where letters were swapped or one is missing or too many: with a substitution, `hang` would become
`hand`. The first letter is rarely mistyped, so that it must stay, but for a swap with the second.

Short words, and whatever holds digits or punctuation (versions, options, error codes), are never touched.
Work is bounded: at most `MOST` words of one question, each against the known words of nearly its length.
"""

from collections.abc import Iterable, Mapping, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

MOST = 12
"""Unknown words of one question that are looked at."""

SHORTEST, LONGEST = 4, 24
"""Letters of a word that is repaired; what is longer is no word."""


class Speller:
    """An immutable vocabulary of known words with how often each occurs."""

    __slots__ = ("_by_length", "_known")

    def __init__(self, vocabulary: Mapping[str, int] | Iterable[str]) -> None:
        counts = vocabulary if isinstance(vocabulary, Mapping) else dict.fromkeys(vocabulary, 1)
        self._known = frozenset(counts)
        by_length: dict[int, list[str]] = {}
        # The most frequent first, so that the first among equally near ones is the likeliest.
        for word in sorted(counts, key=lambda word: (-counts[word], word)):
            if SHORTEST <= len(word) <= LONGEST + 2 and word.isalpha():
                by_length.setdefault(len(word), []).append(word)
        self._by_length = {length: tuple(words) for length, words in by_length.items()}

    def __contains__(self, word: str) -> bool:
        return word in self._known

    def repair(self, words: Sequence[str]) -> tuple[list[str], tuple[tuple[str, str], ...]]:
        """The words, the unknown ones repaired where one is near, and the repairs as (from, to)."""
        repaired: list[str] = []
        changes: dict[str, str] = {}
        looked_at: dict[str, str | None] = {}
        for word in words:
            if word in self._known or not (SHORTEST <= len(word) <= LONGEST) or not word.isalpha():
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
        allowed = 1 if len(word) < 8 else 2
        best: tuple[int, str] | None = None
        for length in (len(word), len(word) + 1, len(word) - 1, len(word) + 2, len(word) - 2):
            most = allowed if best is None else best[0] - 1
            if abs(length - len(word)) > most:
                continue
            for known, distance, _ in process.extract(
                word, self._by_length.get(length, ()), scorer=OSA.distance, score_cutoff=most, limit=8
            ):
                if _plausible(word, known) and (best is None or distance < best[0]):
                    best = (int(distance), known)
        return best[1] if best else None


def _plausible(word: str, known: str) -> bool:
    if word[0] != known[0] and word[:2] != known[1::-1]:
        return False
    return len(word) > SHORTEST or len(word) != len(known) or sorted(word) == sorted(known)

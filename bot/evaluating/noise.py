"""Questions with typing errors, as a seed has it.

Which errors a text gets depends on the seed and on the text alone: not on the questions before it, so that
the same question is misspelt alike in every selection and order. Imports nothing of the house.
"""

import random
import string
from enum import StrEnum


class Noise(StrEnum):
    """What is done to questions before they are asked. `typo50`: half of the words of more than three
    characters get one edit each."""

    TYPO50 = "typo50"


LONGER_THAN = 3
"""Characters up to which a word is left as it is."""


def noisy(text: str, noise: Noise | None, seed: int) -> str:
    """The text as it is asked."""
    return mistyped(text, random.Random(f"{seed} {text}")) if noise is Noise.TYPO50 else text


def mistyped(text: str, rng: random.Random) -> str:
    """The text with one edit in half of its words of more than `LONGER_THAN` characters: two neighbours swap
    places, or a character is dropped, put in, or taken for another one. Blanks come out as single ones."""
    words = text.split()
    long = [position for position, word in enumerate(words) if len(word) > LONGER_THAN]
    for position in rng.sample(long, round(len(long) / 2)):
        words[position] = _edited(words[position], rng)
    return " ".join(words)


def _edited(word: str, rng: random.Random) -> str:
    """The word with one edit that changes it."""
    edited = word
    while edited == word:
        at = rng.randrange(len(word) - 1)
        letter = rng.choice(string.ascii_lowercase)
        edited = rng.choice(
            (
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
                word[:at] + word[at + 1 :],
                word[:at] + letter + word[at:],
                word[:at] + letter + word[at + 1 :],
            )
        )
    return edited

"""The words by which texts about a program are compared: commits, questions, names of sections and files.

Words are runs of letters, digits and underscores, so that a path and an option fall apart into theirs. An
identifier stays whole, because whole it says the most, and its parts are kept beside it (`hvm_do_resume`,
`hvm`, `do`, `resume`; `BlockDriverState`, `block`, `driver`, `state`). Plain words come by their stems;
words that carry nothing are left out. Linear in the length of the text. Imports nothing of chat.
"""

import re
from collections import Counter

from knowledge.words.text import STOP_WORDS, stem

LONGEST_WORD = 60
"""Characters; what is longer is a hash or a paste."""

BESIDE = 0.5
"""What a word beyond the first line of a question is worth beside one in it."""
MOST_OF_A_WORD = 2.0
"""A word that is said over and over counts as if said twice."""

_WORD = re.compile(r"[^\W_]\w*")
_HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_IDLE = STOP_WORDS | frozenset({"add", "fix", "use", "used", "using", "make", "new", "remove", "allow"})


class Vocabulary(dict[str, tuple[str, ...]]):
    """Words as written and the terms that they are compared by, each taken apart once. For whoever reads many
    texts in which the same words come again; grows with them, so it is to be let go after that."""

    __slots__ = ()

    def __missing__(self, word: str) -> tuple[str, ...]:
        found = self[word] = _terms_of(word)
        return found

    def terms(self, text: str) -> list[str]:
        """What `text` is compared by, in its order, repeats kept."""
        return [term for word in _WORD.findall(text) for term in self[word]]


def asked(text: str) -> dict[str, float]:
    """The terms of a question with their weights, from `BESIDE` to `MOST_OF_A_WORD`: its first line says what
    it is about, the rest (a paste, a story) is beside it."""
    vocabulary = Vocabulary()
    first, _, rest = text.strip().partition("\n")
    weights = Counter[str](vocabulary.terms(first))
    found: dict[str, float] = {term: float(many) for term, many in weights.items()}
    for term, many in Counter(vocabulary.terms(rest)).items():
        found[term] = found.get(term, 0.0) + BESIDE * many
    return {term: min(weight, MOST_OF_A_WORD) for term, weight in found.items()}


def _terms_of(word: str) -> tuple[str, ...]:
    whole = word[:LONGEST_WORD].strip("_")
    folded = whole.lower()
    if folded in _IDLE or not folded:
        return ()
    pieces = [piece for piece in whole.split("_") if piece]
    if any(not piece.islower() and not piece.isupper() and not piece.isdigit() for piece in pieces):
        pieces = [hump for piece in pieces for hump in _humps(piece)]
    parts = [stem(piece.lower()) for piece in pieces if len(piece) > 1] if len(pieces) > 1 else []
    return (stem(folded), *(part for part in dict.fromkeys(parts) if part != folded))


def _humps(piece: str) -> list[str]:
    """`BlockDriverState` is three words; `Xen` and `x86` are one."""
    humps = _HUMP.findall(piece)
    capitals = sum(1 for hump in humps if hump[0].isupper() and len(hump) > 1)
    return humps if capitals > 1 else [piece]

"""Words out of text: what a person wrote, as the terms that it is looked up by.

A **token** is one word as written, without the punctuation around it. What looks like an identifier
(`dh-python`, `c++`, `libxl.so.4.2`, `--with-system-qemu`, `/etc/xen/xl.conf`, `XSA-444`) stays whole,
because whole it says the most, and its **parts** are kept beside it, because people write them apart.
**Terms** are what an index holds: the whole, the parts, and plain words by their stem. Words that carry
nothing in a question (`the`, `how`, `hello`) are **stop words** and no terms.

Everything here is linear in the length of the text; control, bidirectional and zero-width characters vanish
first, so that what looks alike is alike. A leaf: it imports nothing of the house.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

QUERY_LIMIT = 400
"""Characters of a question that are read: matching beyond that costs time and says nothing more."""

LONGEST_WORD = 100
"""Characters of a word that are kept; what is longer is a hash or a paste."""

GROWTH = 3
"""How many times as long folding may make a text: enough for ligatures and fractions, too little for the
characters that stand for a whole sentence (U+FDFA for eighteen letters), which nobody asks in."""

_COMBINING_RUN = 8  # more marks than that on one letter are decoration, and sorting them costs quadratic time

_STOP_WORDS = """
    a about after again all also am an and any anybody anyone are as at be because been before being
    but by can cannot cant could couldnt did didnt do does doesnt doing dont e.g else for from get
    gets getting got had has have having he hello help her here hey hi his how i i.e id if ill im in
    into is isnt it its ive just know like me maybe might mine more much must my need needs no not
    now of off ok okay on one only or other our out over people please possible problem question she
    should shouldnt so some somebody somehow someone something still such tell than thank thanks
    that the their them then there these they thing things this those to too try trying tried up us
    very want wanted wants was wasnt way we well were what whats when where which while who whom
    whose why will with within wont would wouldnt yes you your yours
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""English words that say nothing about what is asked, and greetings."""

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})  # Unicode's general categories
_FOLDED = str.maketrans("’‘“”‐‑–—", "''\"\"--- ")
_BETWEEN = re.compile(r"[\s,;|=`\"()\[\]{}<>«»]+")
_AROUND = "':!?.*~^&…¿¡"
_VERSION = re.compile(r"(v?[0-9]+\.[0-9]+)[0-9a-z.+~_-]*")
_PART = re.compile(r"[^\W_]+")
_FACE = re.compile(r":['^-]?[dop3]")
_TAIL = re.compile(r"'(?:s|re|ve|ll|d|m)$")


@dataclass(frozen=True, slots=True)
class Token:
    """One word: `text` as it is looked up, and for an identifier its `parts`, which are several
    or another."""

    text: str
    parts: tuple[str, ...] = ()
    is_stop: bool = field(init=False, repr=False, compare=False)
    """A word that says nothing about what is asked."""
    terms: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """Its stem; or whole and parts of an identifier; a stop word is its own term."""

    def __post_init__(self) -> None:
        is_stop = not self.parts and self.text in STOP_WORDS
        object.__setattr__(self, "is_stop", is_stop)
        own = self.text if is_stop or self.parts else stem(self.text)
        parts = (stem(part) for part in self.parts if part not in STOP_WORDS)
        object.__setattr__(self, "terms", (own, *parts))

    @property
    def is_plain(self) -> bool:
        """A word of letters only, which has a stem and may be misspelt."""
        return not self.parts and self.text.isalpha()


class Lexicon(dict[str, Token | None]):
    """Words as written and what they are as tokens, each taken apart once; None is no word. For whoever reads
    many texts in which the same words come again; grows with them, so it is to be let go after that."""

    __slots__ = ()

    def __missing__(self, word: str) -> Token | None:
        token = self[word] = _token(word)
        return token


def normalise(text: str) -> str:
    """Lower case, compatibility forms folded (NFKC), invisible characters gone, blanks single. At most
    `GROWTH` times as long as `text`; what would come after is left out."""
    longest = GROWTH * len(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _visible(text)).translate(_FOLDED)
    elif not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.lower()[:longest].split())


def invisible(text: str) -> str | None:
    """The first character that a reader would not see as written, or None: controls, line breaks,
    bidirectional, zero-width and private ones."""
    if text.isascii() and text.isprintable():
        return None
    return next((c for c in text if unicodedata.category(c) in _INVISIBLE or c in "\u2028\u2029"), None)


def clip(text: str, limit: int = QUERY_LIMIT) -> str:
    """The beginning of `text`, at most `limit` characters, cut between words where there is a blank."""
    if len(text) <= limit:
        return text
    cut = text[:limit]
    if not text[limit].isspace() and (blank := max(cut.rfind(" "), cut.rfind("\n"))) > 0:
        cut = cut[:blank]
    return cut.rstrip()


def tokens(text: str, lexicon: Lexicon | None = None) -> list[Token]:
    """The words of `text` in their order, stop words included. `lexicon`: one that several texts share."""
    read = _token if lexicon is None else lexicon.__getitem__
    return [token for word in _BETWEEN.split(normalise(text)) if (token := read(word)) is not None]


def has_words(text: str) -> bool:
    """Whether there is any word in `text`."""
    return any(_token(word) is not None for word in _BETWEEN.split(normalise(text)))


def terms(words: Iterable[Token]) -> list[str]:
    """What these words are looked up by: wholes, parts and stems; no stop words, repeats kept."""
    return [term for word in words if not word.is_stop for term in word.terms]


def stem(word: str) -> str:
    """A plain English word without its plural, -ing, -ed or final e; anything else as it is.

    Lighter than Porter's stemmer: it only has to bring `builds`, `building` and `build` together, and must
    leave names alone.
    """
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith("es") and word[-3] in "sxzh" and len(word) > 4:
        word = word[:-2]
    elif word.endswith("s") and word[-2] not in "suia":
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and _has_vowel(word[: -len(ending)]):
            word = word[: -len(ending)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    if word.endswith("e") and len(word) > 4:
        word = word[:-1]
    return word


def _has_vowel(word: str) -> bool:
    return any(letter in "aeiouy" for letter in word)


def _visible(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in text:
        if character.isspace():
            kept.append(" ")
            continue
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _COMBINING_RUN and unicodedata.category(character) not in _INVISIBLE:
            kept.append(character)
    return "".join(kept)


@lru_cache(maxsize=2048)
def _token(word: str) -> Token | None:
    if _FACE.fullmatch(word):
        return None  # its letter is none
    word = _TAIL.sub("", word[:LONGEST_WORD].strip(_AROUND).rstrip("-/"))
    if word.isalnum():
        return Token(word)
    if "'" in word and word.replace("'", "").isalpha():
        return Token(word.replace("'", ""))
    if version := _VERSION.fullmatch(word):
        return Token(word, () if version[1] == word else (version[1],))
    pieces = _PART.findall(word)
    if not pieces:
        return None
    bare = word.lstrip("-/$#@%+_.")
    if bare.isalnum():
        return Token(bare) if not word.startswith("-") else Token(word, (bare,))
    parts = [piece for piece in pieces if len(piece) > 1 or len(pieces) == 1]
    if bare != word:
        parts.insert(0, bare)
    if "/" in bare:
        parts.insert(0, bare.rsplit("/", 1)[1])
    if len(pieces) == 2 and bare == "-".join(pieces) and bare.replace("-", "").isalpha():
        parts.append("".join(pieces))
    return Token(word, tuple(dict.fromkeys(part for part in parts if part != word)))

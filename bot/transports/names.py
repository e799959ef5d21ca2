"""Other people's nicks in a text, broken so that no client highlights them.

    word        what is bounded by characters that are neither letters nor digits (or by the text's ends)
    occurrence  a nick as a whole word, in any case spelling; where the nick itself begins or ends with
                another character (`[`, `-`, `_` …), that edge needs no boundary
    broken      U+200B, which is not seen, follows the first grapheme; in a link, behind its host, one
                character is percent-encoded instead, so that the link still leads where it led

So a nick is also found inside of `--with-system-qemu`. Breaking one word may complete another (`a-b` in
`a-b<U+200B>ob`), so it is done until nothing is found. Clients also highlight words such as `@room`.

A nick of one grapheme cannot be split; U+200B after it is what can be done, and helps with some clients only.

Clients highlight by rules of their own, so names are compared here by the widest of them: case is folded as
Unicode has it, and `{}|^` are `[]\\~` (RFC 2812, section 2.2). Letters are compared one by one (where folding
yields one character), so that positions in the compared text are those in the text.

The nicks of a venue are looked up by their first piece in one pass, so that two thousand of them cost what
two do. Pure.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import regex

BREAK = "\u200b"
MASS = frozenset({"@room", "@all", "@here", "@everyone", "@channel"})

_GRAPHEME = regex.compile(r"\X")
_LINK = re.compile(
    r"(?<![A-Za-z0-9+.\-])(?:[A-Za-z][A-Za-z0-9+.\-]{0,20}://|www\.)[^\s/?#]*(?P<path>[/?#]\S*)"
)
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
# RFC 3986, sections 2.2 and 2.3: to encode one of these changes what a link means.
_STRUCTURAL = frozenset(":/?#[]@!$&'()*+,;=%")


_RFC1459 = str.maketrans("[]\\~", "{}|^")


def spelling(text: str) -> str:
    """`text` in the spelling in which nicks are compared, of the same length."""
    text = text.translate(_RFC1459)
    folded = text.casefold()
    if len(folded) == len(text):
        return folded
    return "".join(one if len(one := char.casefold()) == 1 else char for char in text)


@dataclass(frozen=True, slots=True)
class _Names:
    """Nicks to look for: all of them, and by the piece they begin with how long they are (a run of letters
    and digits is a piece, and so is each other character)."""

    nicks: frozenset[str]
    lengths: dict[str, tuple[int, ...]]


@lru_cache(maxsize=32)
def _names(members: tuple[str, ...]) -> _Names:
    nicks = frozenset(spelling(nick) for nick in members if nick) | MASS
    lengths: dict[str, set[int]] = {}
    for nick in nicks:
        lengths.setdefault(nick[: _piece_end(nick, 0)], set()).add(len(nick))
    return _Names(nicks, {piece: tuple(sorted(each)) for piece, each in lengths.items()})


def broken(text: str, members: tuple[str, ...], allowed: Iterable[str] = ()) -> str:
    """`text` in which none of `members` stands unbroken but those `allowed`, nor a word such as `@room`.

    A nick that is allowed does not protect another one inside of it. `text` must hold no U+200B yet.
    """
    names = _names(members)
    kept = frozenset(spelling(nick) for nick in allowed)
    while True:
        found = _Pass(text, names, kept)
        if found.text == text:
            return text
        text = found.text


class _Pass:
    """One pass from left to right; `text` is what came of it."""

    def __init__(self, text: str, names: _Names, kept: frozenset[str]) -> None:
        self.text = text
        self._folded = spelling(text)
        self._names = names
        self._kept = kept
        at = 0
        while at < len(self._folded):
            end = self._occurrence(at)
            at = _piece_end(self._folded, at) if end is None else self._break(at, end)

    def _occurrence(self, start: int) -> int | None:
        """Where the shortest occurrence ends that begins at `start`, the beginning of a piece, and is not
        broken yet."""
        folded = self._folded
        for length in self._names.lengths.get(folded[start : _piece_end(folded, start)], ()):
            end = start + length
            inside = folded[end - 1 : end].isalnum() and folded[end : end + 1].isalnum()
            nick = folded[start:end]
            if not inside and nick in self._names.nicks and nick not in self._kept:
                whole = _grapheme_end(self.text, start, end) == end
                if not (whole and folded[end : end + 1] == BREAK):
                    return end
        return None

    def _break(self, start: int, end: int) -> int:
        """Break the occurrence; returns where the next piece begins."""
        for link in _LINK.finditer(self.text):
            if link.start("path") <= start < link.end():
                at = _encodable(self.text, start, end)
                if at is not None:
                    escape = "".join(f"%{byte:02X}" for byte in self.text[at].encode())
                    self._put(at, at + 1, escape)
                    return at + 1
        at = _grapheme_end(self.text, start, end)
        self._put(at, at, BREAK)
        return at + 1

    def _put(self, start: int, end: int, new: str) -> None:
        self.text = self.text[:start] + new + self.text[end:]
        self._folded = self._folded[:start] + spelling(new) + self._folded[end:]


def _piece_end(text: str, start: int) -> int:
    end = start + 1
    if text[start].isalnum():
        while end < len(text) and text[end].isalnum():
            end += 1
    return end


def _grapheme_end(text: str, start: int, end: int) -> int:
    found = _GRAPHEME.match(text, start, end)
    return found.end() if found else end


def _encodable(text: str, start: int, end: int) -> int | None:
    """The first character of the occurrence that is neither part of an escape nor of a link's structure."""
    first = max(0, start - 2)
    escaped = {
        at for found in _ESCAPE.finditer(text, first, end + 2) for at in range(found.start(), found.end())
    }
    return next((at for at in range(start, end) if at not in escaped and text[at] not in _STRUCTURAL), None)

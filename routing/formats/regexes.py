"""Regular expressions that somebody else wrote, made safe to ask of every path.

Maps hold them (`N:`, `K:`, and `F:` with `+`, `[` or brackets in it), in Perl's language. Three things are
wanted of each: that it can be read at all, that no text makes it search for hours, and that nearly every path
is told apart without it.

* What is understood is what `re` or else `regex` understands, which know nearly all of Perl's.
* An expression that repeats in one place only costs at most the square of the text. One that may do worse is
  tried, when the map is read, on texts made of its own characters, as long as a path may be, which is what
  makes such an expression go wrong; it is refused where it takes longer than `PATIENCE`. The others are asked
  with that same limit. A map may hold but few of that kind (`Expressions`), so that reading it is bounded.
* Of most, some piece must stand in the path literally: those are found by reading along the expression
  outside of all brackets.

Imports nothing of the house but `routing.patterns`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import regex

from routing.patterns import LONGEST_PATH

LONGEST = 1000
"""Characters of an expression; Linux' longest has a fifth of them."""
PATIENCE = 0.05
"""Seconds that one search may take: a thousand times what an honest one needs."""
MOST_REPEATED = 1000
"""The most that `{…}` may ask for."""
MOST_TRIED = 100
"""Expressions of one map that may have to be tried; Linux has two."""
MOST_SLOW = 5
"""Refused ones, after which no more are tried."""
MOST_WRITTEN = 200_000
"""Characters of all expressions of one map; Linux' have a tenth of them. Reading these takes two seconds."""
_LEAST = 50
"""As many characters each counts at least: even short ones take their time."""

_REPEATS = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|(?P<many>\)?(?:[*+]|\{\d*,\}))|(?P<maybe>(?<![(*+?}])\?)"
    r"|\)?\{(?:\d*,)?(?P<last>\d+)\}",
    re.DOTALL,
)
_CLASS = re.compile(r"\[\^?\]?(?:\[:\w+:\]|\\.|[^\]\\])*\]", re.DOTALL)
_REPEAT = re.compile(r"[*+?]|\{\d*,?\d*\}")
_OTHERWISE = re.compile(r"\[\^?\[|\[:|--|&&|~~|\|\|")
"""What `re` reads in another way than Perl, or will: `[[:space:]]`, and what might be operations on sets."""
_PLAIN = re.compile(r"[\w/,@:=~%&!<>\"';-]")


@dataclass(frozen=True, slots=True)
class Expression:
    """One that can be searched for. Made by `expression`."""

    text: str
    literals: tuple[str, ...] = field(compare=False)
    """One of these stands in whatever it matches; empty where that is not certain."""
    _search: Callable[[str], bool] = field(repr=False, compare=False)

    def found_in(self, text: str) -> bool:
        """Whether it matches anywhere in `text`; one that takes too long does not."""
        if self.literals and not any(literal in text for literal in self.literals):
            return False
        return self._search(text)


class TooManyError(ValueError):
    """A map has more expressions than can be read within reason."""


@dataclass(slots=True)
class Expressions:
    """Reads those of one map; only so many, and fewer that might take long."""

    tried: int = 0
    slow: int = 0
    written: int = 0
    _known: dict[tuple[str, bool], Expression] = field(default_factory=dict)

    def read(self, text: str, *, extended: bool = True) -> Expression:
        """Raises `ValueError`, in words for whoever wrote it, `TooManyError` where no other can be read
        either. `extended`: blanks and `#` comments in it mean nothing, as with Perl's /x."""
        if (known := self._known.get((text, extended))) is None:
            known = self._known[text, extended] = self._read(text, extended)
        return known

    def _read(self, text: str, extended: bool) -> Expression:
        if len(text) > LONGEST:
            raise ValueError(f"is longer than the {LONGEST} characters that a regular expression may have")
        self.written += max(_LEAST, len(text))
        if self.written > MOST_WRITTEN:
            raise TooManyError(
                f"is one regular expression too many: those of one map have at most {MOST_WRITTEN:,} "
                f"characters, each counted as {_LEAST} at least"
            )
        literals = _literals(text) if not extended or not re.search(r"[\s#]", text) else ()
        if literals == (text,):
            return Expression(text, literals, lambda _: True)
        if not _hazardous(text) and not _OTHERWISE.search(text):
            try:
                simple = re.compile(text, re.VERBOSE if extended else 0)
            except (re.error, RecursionError, OverflowError):
                pass  # perhaps Perl knows what `re` does not
            else:
                return Expression(text, literals, lambda path: simple.search(path) is not None)
        return Expression(text, literals, self._patiently(text, extended))

    def _patiently(self, text: str, extended: bool) -> Callable[[str], bool]:
        try:
            compiled = regex.compile(text, regex.VERSION0 | (regex.VERBOSE if extended else 0))
        except (regex.error, RecursionError, OverflowError) as error:
            why = getattr(error, "msg", None) or str(error)
            raise ValueError(f"is not a regular expression: {why}") from None
        self.tried += 1
        if self.tried > MOST_TRIED or self.slow >= MOST_SLOW:
            raise ValueError(
                "is not tried any more: too many regular expressions of this map repeat in several places"
            )

        def search(path: str) -> bool:
            try:
                return compiled.search(path, timeout=PATIENCE) is not None
            except TimeoutError:
                return False

        def hangs(trial: str) -> bool:
            for _ in range(2):  # the first time the machine may have been busy with something else
                try:
                    compiled.search(trial, timeout=PATIENCE)
                except TimeoutError:
                    continue
                return False
            return True

        if any(map(hangs, _trials(text))):
            self.slow += 1
            raise ValueError(
                "is a regular expression that some texts keep busy for hours: what is repeated in it can be "
                "taken apart in too many ways"
            )
        return search


def _hazardous(text: str) -> bool:
    """Whether it might cost more than the square of the text. Raises `ValueError`."""
    repeats = optional = 0
    for each in _REPEATS.finditer(text):
        if each["many"]:
            repeats += 1 + each["many"].startswith(")")
        elif each["last"]:
            if int(each["last"][-9:]) > MOST_REPEATED:
                raise ValueError(f"repeats more than {MOST_REPEATED} times, the most that it may")
            repeats += 1 + each[0].startswith(")")
        optional += each["maybe"] is not None
    return repeats > 1 or optional > 8


def _trials(text: str) -> Iterator[str]:
    """Texts that nearly match, many times over; what must stand in a match comes last."""
    bare = re.sub(r"\\[A-Za-z]|[^\w/ .-]", "", text)
    for piece in dict.fromkeys((bare, *bare[:4], "a", "/")):
        if piece:
            yield (piece * LONGEST_PATH)[:LONGEST_PATH] + f"\x01{bare}"


def _literals(text: str) -> tuple[str, ...]:
    """Pieces of which one stands in whatever the expression matches: the longest that is certain of every
    alternative, () where one has none."""
    if "(?" in text:
        return ()  # may say anything, that case does not count for example
    found: list[str] = []
    best = piece = ""
    at = 0
    while at <= len(text):
        character = text[at : at + 1]
        if _PLAIN.match(character) or (character == "\\" and not text[at + 1 : at + 2].isalnum()):
            width = 1 + (character == "\\")
            if at + width > len(text):
                return ()
            after = _REPEAT.match(text, at + width)
            if after is None:
                piece += text[at + width - 1]
                at += width
                continue
            at = after.end()  # a repeated character may be missing
        elif character in ("", "|"):
            best = max(best, piece, key=len)
            if not best:
                return ()
            found.append(best)
            best = piece = ""
            at += 1
            continue
        elif (end := _passed(text, at)) is None:
            return ()
        else:
            repeated = _REPEAT.match(text, end)
            at = repeated.end() if repeated else end
        best, piece = max(best, piece, key=len), ""
    return tuple(found)


def _passed(text: str, at: int) -> int | None:
    """Where what begins at `at`, and says nothing certain, ends; None where that is unclear."""
    if text[at] == "[":
        within = _CLASS.match(text, at)
        return within.end() if within else None
    if text[at] == "(":
        depth = 0
        while at < len(text):
            if text[at] == "[":
                within = _CLASS.match(text, at)
                if within is None:
                    return None
                at = within.end()
                continue
            depth += {"(": 1, ")": -1}.get(text[at], 0)
            at += 1 + (text[at] == "\\")
            if not depth:
                return at
        return None
    if text[at] == "\\":
        return at + 2 if text[at + 1 : at + 2] in ("b", "B", "d", "D", "w", "W", "s", "S") else None
    return at + 1  # a dot, an anchor, what repeats something

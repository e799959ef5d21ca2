"""Paths and the patterns that stand for them, in the native map's own sense.

A path is written from the root of the project's tree with `/` between its segments. A pattern is one, too:

    tools/xl/               everything below that directory, and the directory itself
    xen/common/livepatch.c  that very path
    *                       any run of characters within one segment; `?` exactly one
    **                      as a whole segment: any number of segments, none included
    docs/*/xenstore*        the number of segments must agree
    **/Makefile.am          wherever in the tree

There is no quoting: `[`, `{` and `+` stand for themselves. Case counts. A pattern is anchored at both ends,
but for the trailing `/`. Other map formats have other rules; what the rest of the house asks of any pattern
is `Pattern`.

Matching walks both sides once and goes back to the last star only, so that it costs at most the product of
the two lengths, both of which are capped. Imports nothing of the house.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

LONGEST_PATTERN = 200
LONGEST_PATH = 400
"""Linux's own tree has no path of half that length."""

_WILD = re.compile(r"[*?]")
_AnyT = TypeVar("_AnyT")


class Pattern(Protocol):
    """What a section says about paths, in whichever format."""

    @property
    def text(self) -> str:
        """As the map has it."""

    @property
    def depth(self) -> int:
        """How closely it looks: of two patterns that match a path, the deeper one knows better."""

    @property
    def trunk(self) -> tuple[str, ...]:
        """Segments with which every path that it matches begins; empty where none is certain."""

    @property
    def floats(self) -> bool:
        """Whether it matches at any depth, so that of a path and its tails only the whole needs trying."""

    @property
    def tip(self) -> str | None:
        """With what every name begins that `ends_like` accepts; None where it accepts none."""

    def matches(self, path: str) -> bool:
        """Whether `path`, from the root of the tree, belongs to it."""

    def ends_like(self, name: str) -> bool:
        """Whether it names files (and not whole directories) and `name` could be one of them."""


class Content(Protocol):
    """What a section says about the content of files and patches."""

    @property
    def text(self) -> str:
        """As the map has it."""

    def found_in(self, text: str) -> bool:
        """Whether it is anywhere in `text`, within bounded time."""


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A native pattern. Raises `ValueError` for what cannot match any path."""

    text: str
    depth: int = field(init=False, repr=False, compare=False)
    """Segments that say something, and one more for a pattern of files."""
    trunk: tuple[str, ...] = field(init=False, repr=False, compare=False)
    tip: str | None = field(init=False, repr=False, compare=False)
    _segments: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _literal: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if complaint := _complaint(self.text):
            raise ValueError(complaint)
        whole = self.text.removesuffix("/")
        segments = tuple(whole.split("/"))
        literal = _WILD.split(whole, maxsplit=1)[0]
        last = segments[-1]
        of_files = not self.text.endswith("/")
        told = sum(1 for segment in segments if segment.strip("*"))
        named = of_files and any(character not in "*?." for character in last)
        set_ = object.__setattr__
        set_(self, "_segments", segments)
        set_(self, "depth", told + (of_files and bool(last.strip("*"))))
        set_(self, "trunk", segments if literal == whole else segments[: literal.count("/")])
        set_(self, "tip", _WILD.split(last, maxsplit=1)[0] if named else None)
        # Nearly every pattern is told apart by how it begins, at the cost of one comparison. The slash before
        # `**` is not part of it, because `a/**` matches `a` as well.
        set_(self, "_literal", literal.removesuffix("/"))

    @property
    def floats(self) -> bool:
        return self._segments[0] == "**"

    def matches(self, path: str) -> bool:
        if not path.startswith(self._literal) or len(path) > LONGEST_PATH:
            return False
        if len(self.trunk) == len(self._segments):
            below = path[len(self._literal) :]
            return below in ("", "/") or (below[0] == "/" and self.text.endswith("/"))
        segments = tuple(path.removesuffix("/").split("/"))
        if self.text.endswith("/"):
            return covers((*self._segments, "**"), segments, "**", fits)
        return covers(self._segments, segments, "**", fits)

    def ends_like(self, name: str) -> bool:
        if self.tip is None or not name.startswith(self.tip):
            return False
        return len(name) <= LONGEST_PATH and fits(self._segments[-1], name)


def _complaint(text: str) -> str | None:
    segments = text.removesuffix("/").split("/")
    if not text or text == "/":
        return "a pattern cannot be empty; the whole tree is `**`"
    if len(text) > LONGEST_PATTERN:
        return f"a pattern has at most {LONGEST_PATTERN} characters"
    if not text.isprintable() or any(character in text for character in " \\"):
        return "a pattern has no blanks, backslashes or control characters"
    if text.startswith("/"):
        return "a pattern starts at the root of the tree, without a `/`"
    if any(segment in ("", ".", "..") for segment in segments):
        return "a pattern has no empty, `.` or `..` segments"
    if any("**" in segment and segment != "**" for segment in segments):
        return "`**` must be a whole segment, like `**/Makefile`; within one segment `*` is enough"
    return None


def covers(
    pattern: Sequence[_AnyT], given: Sequence[_AnyT], star: _AnyT, like: Callable[[_AnyT, _AnyT], bool]
) -> bool:
    """Whether `pattern`, in which `star` stands for any run, covers all of `given`.

    The earliest fit of everything before a star leaves the most for what follows, so only the last star is
    ever gone back to.
    """
    at = p = 0
    resume: tuple[int, int] | None = None
    while at < len(given):
        if p < len(pattern) and pattern[p] == star:
            resume = p + 1, at
            p += 1
        elif p < len(pattern) and like(pattern[p], given[at]):
            p, at = p + 1, at + 1
        elif resume is not None:
            p, at = resume[0], resume[1] + 1
            resume = resume[0], at
        else:
            return False
    return all(rest == star for rest in pattern[p:])


def fits(segment: str, name: str) -> bool:
    """Whether a segment with its wildcards covers a name. Where there are only stars, the earliest place of
    each piece between two of them leaves the most for those that follow."""
    if "?" in segment:
        return covers(segment, name, "*", lambda wanted, found: wanted in ("?", found))
    first, *pieces = segment.split("*")
    if not pieces:
        return segment == name
    last = pieces.pop()
    end = len(name) - len(last)
    at = len(first)
    if end < at or not name.startswith(first) or not name.endswith(last):
        return False
    for piece in pieces:
        if (at := name.find(piece, at, end)) < 0:
            return False
        at += len(piece)
    return True

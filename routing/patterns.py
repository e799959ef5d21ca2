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
    def head(self) -> str | None:
        """The first segment of every path that it matches, where that is always the same; `**` where it
        matches at any depth, so that of a path and its tails only the whole needs trying; else `None`."""

    def matches(self, path: str) -> bool:
        """Whether `path`, from the root of the tree, belongs to it."""

    def ends_like(self, name: str) -> bool:
        """Whether it names files (and not whole directories) and `name` could be one of them."""


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A native pattern. Raises `ValueError` for what cannot match any path."""

    text: str
    _segments: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _literal: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if complaint := _complaint(self.text):
            raise ValueError(complaint)
        whole = self.text.removesuffix("/")
        object.__setattr__(self, "_segments", tuple(whole.split("/")))
        # Nearly every pattern is told apart by how it begins, at the cost of one comparison. The slash before
        # `**` is not part of it, because `a/**` matches `a` as well.
        object.__setattr__(self, "_literal", _WILD.split(whole, maxsplit=1)[0].removesuffix("/"))

    @property
    def depth(self) -> int:
        """Segments that say something, and one more for a pattern of files."""
        telling = sum(1 for segment in self._segments if segment.strip("*"))
        return telling + (not self.text.endswith("/") and bool(self._segments[-1].strip("*")))

    @property
    def head(self) -> str | None:
        first = self._segments[0]
        return first if first == "**" or not _WILD.search(first) else None

    def matches(self, path: str) -> bool:
        if len(path) > LONGEST_PATH or not path.startswith(self._literal):
            return False
        segments = tuple(path.removesuffix("/").split("/"))
        if self.text.endswith("/"):
            return _covers((*self._segments, "**"), segments, "**", _fits)
        return _covers(self._segments, segments, "**", _fits)

    def ends_like(self, name: str) -> bool:
        last = self._segments[-1]
        named = not self.text.endswith("/") and any(character not in "*?." for character in last)
        return named and len(name) <= LONGEST_PATH and _fits(last, name)


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


def _covers(
    pattern: Sequence[_AnyT], given: Sequence[_AnyT], star: _AnyT, fits: Callable[[_AnyT, _AnyT], bool]
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
        elif p < len(pattern) and fits(pattern[p], given[at]):
            p, at = p + 1, at + 1
        elif resume is not None:
            p, at = resume[0], resume[1] + 1
            resume = resume[0], at
        else:
            return False
    return all(rest == star for rest in pattern[p:])


def _fits(segment: str, name: str) -> bool:
    if "*" not in segment and "?" not in segment:
        return segment == name
    return _covers(segment, name, "*", lambda wanted, found: wanted in ("?", found))

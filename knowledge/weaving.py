"""Two changes of one text brought together, line by line.

As in diff3 (Khanna, Kunal and Pierce, A Formal Investigation of Diff3, 2007): what only one side changed is
as that side has it, and what both made the same is that. Lines that both changed differently overlap, and so
do such that touch: in prose the next line belongs to the same sentence more often than not. A blank line
between paragraphs, or any other that both left as it was, is enough to tell them apart. Pure; a leaf.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines of a text from `start` to before `end` become `lines`."""

    start: int
    end: int
    lines: tuple[str, ...]

    def touches(self, other: "Hunk") -> bool:
        return self.start <= other.end and other.start <= self.end


class Overlap(Exception):
    """Both changed the same lines. `says`: what those say in the text that was changed meanwhile."""

    def __init__(self, says: str) -> None:
        super().__init__(says)
        self.says = says


def woven(was: str, now: str, current: str) -> str:
    """`current` with what makes `now` of `was`. Raises `Overlap`."""
    ours, theirs = hunks(was, now), hunks(was, current)
    for each in ours:
        for other in theirs:
            if each != other and each.touches(other):
                raise Overlap("".join(other.lines))
    return _applied(was, {*ours, *theirs})


def woven_as_far_as_possible(was: str, now: str, current: str) -> str:
    """The same, but where both changed the same lines they stay as `current` has them."""
    theirs = hunks(was, current)
    ours = [each for each in hunks(was, now) if not any(each.touches(other) for other in theirs)]
    return _applied(was, {*ours, *theirs})


def hunks(old: str, new: str) -> list[Hunk]:
    """What makes one text of another, in order; no two of them touch."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return [
        Hunk(start, end, tuple(after[first:last]))
        for kind, start, end, first, last in matcher.get_opcodes()
        if kind != "equal"
    ]


def _applied(text: str, changes: set[Hunk]) -> str:
    lines: list[Sequence[str]] = [(each,) for each in text.splitlines(keepends=True)]
    for each in sorted(changes, key=lambda hunk: hunk.start, reverse=True):
        lines[each.start : each.end] = [each.lines]
    return "".join(chain.from_iterable(lines))

"""The files of a tree: which paths there are, and which of them somebody means.

A compiler says where the tree was unpacked (`/builds/xen-4.19/tools/xl/xl.c`), a diff begins with `a/`, a
build from a subdirectory with `../`, a person writes `xl.c`. What all of these have in common is their end,
so a written path means the files of the tree that share the longest tail with it.

Paths are kept sorted, and once more as their places in the order of their reversed spelling, where those that
end alike stand next to each other: a few bytes for a path, and a dozen comparisons for finding it. Imports
nothing of the house but `routing.patterns`.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

from routing.patterns import LONGEST_PATH

DEEPEST = 24
"""As many last segments of a written path are looked at."""
MOST_MEANT = 8
"""A name that more files than these bear says nothing of any of them."""


@dataclass(frozen=True, slots=True, repr=False)
class Tree:
    """`paths`: those of the files, from the tree's root, sorted."""

    paths: tuple[str, ...]
    _directories: frozenset[str] = field(compare=False)
    """Without the trailing slash."""
    _entries: tuple[str, ...] = field(compare=False)
    """The files, and then the directories."""
    _by_tail: "array[int]" = field(compare=False)
    """Places of `_entries`, in the order of their reversed spelling."""

    @classmethod
    def of(cls, paths: Iterable[str]) -> "Tree":
        """`paths` as `git ls-files` prints them, in any order; longer ones than `LONGEST_PATH` are left
        out."""
        files = tuple(sorted({path for path in paths if path and len(path) <= LONGEST_PATH}))
        directories: set[str] = set()
        for path in files:
            while (slash := path.rfind("/")) > 0 and (path := path[:slash]) not in directories:
                directories.add(path)
        entries = (*files, *sorted(directories))
        reversed_ = [entry[::-1] for entry in entries]
        by_tail = array("L", sorted(range(len(entries)), key=reversed_.__getitem__))
        return cls(files, frozenset(directories), entries, by_tail)

    def __repr__(self) -> str:
        return f"Tree({len(self.paths)} paths)"

    def __len__(self) -> int:
        return len(self.paths)

    def __contains__(self, path: str) -> bool:
        """Whether there is a file of that path."""
        at = bisect_left(self.paths, path)
        return at < len(self.paths) and self.paths[at] == path

    def is_directory(self, path: str) -> bool:
        """Whether a file lies below it; a trailing slash makes no difference."""
        return path.removesuffix("/") in self._directories

    def resolve(self, written: str) -> tuple[str, ...]:
        """The paths that `written` may mean, directories with a trailing slash; () where there are none or
        too many (`MOST_MEANT`).

        Of a path with several segments, two at least must agree: `/usr/include/string.h` is not
        `xen/include/xen/string.h`.
        """
        segments: list[str] = []
        for segment in written.strip()[-2 * LONGEST_PATH :].split("/")[-4 * DEEPEST :]:
            if segment == "..":
                del segments[-1:]
            elif segment not in ("", "."):
                segments.append(segment)
        if len(segments) > 1 and segments[0] in ("a", "b") and not written.startswith(("/", ".")):
            return self._meant(segments) or self._meant(segments[1:])  # the sides of a diff
        return self._meant(segments)

    def _meant(self, segments: list[str]) -> tuple[str, ...]:
        """What these segments mean, the last of them first looked for."""
        found: tuple[str, ...] = ()
        tail = ""
        for taken, segment in enumerate(reversed(segments[-DEEPEST:]), start=1):
            tail = f"{segment}/{tail}" if tail else segment
            backwards = tail[::-1]
            at = self._place(backwards)
            exact = at < len(self._by_tail) and self._entries[self._by_tail[at]] == tail
            # Whatever ends with the tail and has more before it; "0" is what comes right after "/".
            low, high = self._place(f"{backwards}/"), self._place(f"{backwards}0")
            if exact and taken > 1:
                found = self._told([self._by_tail[at]])
            elif taken > 1 or len(segments) == 1:
                whole = [self._by_tail[at]] if exact else []
                found = self._told([*whole, *self._by_tail[low : min(high, low + MOST_MEANT + 1)]]) or (
                    () if low < high else found
                )
            if low >= high:
                break
        return found

    def _place(self, backwards: str) -> int:
        return bisect_left(self._by_tail, backwards, key=lambda place: self._entries[place][::-1])

    def _told(self, places: list[int]) -> tuple[str, ...]:
        if len(places) > MOST_MEANT:
            return ()
        files = len(self.paths)
        return tuple(self._entries[place] + ("/" if place >= files else "") for place in sorted(places))

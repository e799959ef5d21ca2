"""Which sections list a path: every pattern of a map, laid out for finding those that match.

Paths in a text are rarely written from the root of the tree: a compiler says where the tree was unpacked, a
diff begins with `a/`. So every tail of a path is tried, and the pattern that looks most closely wins.

Somebody who has the tree at hand asks for a path exactly as it is written from the root: that is a `Lookup`,
which every format has of its own kind; `ByFiles` is that of the native map.

Built once for a map. Patterns stand at the end of their trunks, the segments that hold no wildcard, so that
of some thousand only those along the path are compared; and by the beginnings of the names of their files,
for a name that comes without its directory. Imports nothing of chat.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from routing.patterns import LONGEST_PATH, Pattern

DEEPEST = 24
"""As many last segments of a path are looked at."""


@dataclass(frozen=True, slots=True)
class Owning:
    """A section that owns a path, and the pattern by which it does, as the map has it. `depth`: how closely
    that one looks; 0 for what owns whatever is left over."""

    section: str
    depth: int
    pattern: str


class Lookup(Protocol):
    """Who owns a path, by the exact rules of one format."""

    def owning(self, path: str) -> tuple[Owning, ...]:
        """The sections that own `path`, from the tree's root, in the order of the format: the closest
        first. A trailing slash makes it a directory."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A pattern of a section. `place`: the how many-th of the map it is."""

    section: str
    pattern: Pattern
    place: int


@dataclass(frozen=True, slots=True)
class Filing:
    """Every pattern of a map."""

    trunks: Mapping[str, tuple[Filed, ...]]
    """By trunk, as `/tools/libs`. Whatever is the beginning of a trunk is there, too, be it empty."""
    trunkless: tuple[Filed, ...]
    floating: tuple[Filed, ...]
    tips: Mapping[str, tuple[Filed, ...]]
    """Patterns of files by their tips."""
    excluded: Mapping[str, tuple[Pattern, ...]] = field(default_factory=dict)
    """By section: what is not its own all the same."""

    @classmethod
    def of(
        cls,
        patterns: Iterable[tuple[str, Pattern]],
        excluded: Mapping[str, tuple[Pattern, ...]] | None = None,
    ) -> "Filing":
        """`patterns`: section, pattern; in the order of the map."""
        trunks: dict[str, list[Filed]] = {}
        trunkless, floating = [], []
        tips: dict[str, list[Filed]] = {}
        for place, (section, pattern) in enumerate(patterns):
            filed = Filed(section, pattern, place)
            if pattern.floats:
                floating.append(filed)
            elif not pattern.trunk:
                trunkless.append(filed)
            else:
                here: list[Filed] = []
                for trunk in _trunks(pattern.trunk):
                    here = trunks.setdefault(trunk, [])
                here.append(filed)
            if pattern.tip is not None:
                tips.setdefault(pattern.tip, []).append(filed)
        return cls(
            {trunk: tuple(found) for trunk, found in trunks.items()},
            tuple(trunkless),
            tuple(floating),
            {tip: tuple(found) for tip, found in tips.items()},
            excluded or {},
        )

    def owning(self, path: str) -> tuple[Filed, ...]:
        """Who owns a path, each section once, by its closest pattern; the closest first."""
        segments = [part for part in path[-LONGEST_PATH:].split("/") if part not in ("", ".", "..")]
        best: dict[str, Filed] = {}
        first = max(0, len(segments) - DEEPEST)
        for start in range(first, len(segments)):
            if start and len(segments) - start < 2:
                break  # the name of a file alone says nothing of where it lies
            along = self._along(segments[start:])
            candidates = (*along, *self.trunkless, *(self.floating if start == first else ()))
            tail = "/".join(segments[start:]) if candidates else ""
            for filed in candidates:
                known = best.get(filed.section)
                depth = filed.pattern.depth
                deeper = known is None or depth > known.pattern.depth
                if deeper and (not start or depth >= 2) and self._holds(filed, tail):
                    best[filed.section] = filed
        return tuple(sorted(best.values(), key=lambda filed: -filed.pattern.depth))

    def matching(self, path: str) -> Iterator[Filed]:
        """The patterns that match a path which is written from the root of the tree, in no certain order."""
        along = self._along([part for part in path[:LONGEST_PATH].split("/") if part][:DEEPEST])
        return (filed for filed in (*along, *self.trunkless, *self.floating) if self._holds(filed, path))

    def exactly(self, path: str) -> tuple[Filed, ...]:
        """Who owns a path that is written from the root of the tree, as `owning` tells it."""
        best: dict[str, Filed] = {}
        for filed in self.matching(path):
            known = best.get(filed.section)
            if known is None or filed.pattern.depth > known.pattern.depth:
                best[filed.section] = filed
        return tuple(sorted(best.values(), key=lambda filed: -filed.pattern.depth))

    def holding(self, name: str) -> Filed | None:
        """The only section with a pattern of files that `name`, without its directory, could be one of; of
        several such patterns the last."""
        found: Filed | None = None
        for end in range(len(name) + 1):
            for filed in self.tips.get(name[:end], ()):
                if filed.pattern.ends_like(name):
                    if found is not None and filed.section != found.section:
                        return None
                    if found is None or filed.place > found.place:
                        found = filed
        return found

    def _holds(self, filed: Filed, path: str) -> bool:
        if not filed.pattern.matches(path):
            return False
        return not any(pattern.matches(path) for pattern in self.excluded.get(filed.section, ()))

    def _along(self, segments: Sequence[str]) -> list[Filed]:
        """The patterns whose trunk a path with these segments goes along, in the order of the map."""
        found: list[Filed] = []
        trunk = ""
        for segment in segments:
            trunk += f"/{segment}"
            if (here := self.trunks.get(trunk)) is None:
                break
            found += here
        return sorted(found, key=lambda filed: filed.place)


@dataclass(frozen=True, slots=True)
class ByFiles:
    """The native rules: the closest pattern first, and `rest` for what nobody's pattern matches."""

    filing: Filing
    rest: str | None = None

    def owning(self, path: str) -> tuple[Owning, ...]:
        found = self.filing.exactly(path)
        if not found and self.rest is not None:
            return (Owning(self.rest, 0, ""),)
        return tuple(Owning(filed.section, filed.pattern.depth, filed.pattern.text) for filed in found)


def _trunks(segments: Sequence[str]) -> Iterator[str]:
    trunk = ""
    for segment in segments:
        trunk += f"/{segment}"
        yield trunk

"""What one source of a map says by itself, and what several say together, before it is known to be right.

A `Part` is a source as a reader of its format found it; `Combined` is what `routing.combining` makes of some,
with the place of everything, so that whatever is wrong is told where it is written. Imports of ours: maps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from knowledge.documents import DocumentError, Problem, Severity
from routing.filing import ByFiles, Filing, Lookup, Owning
from routing.people import Person
from routing.sections import Location, MaintainersMap, Section
from routing.tree import Tree


class Written(Protocol):
    """What knows where in a text something stands."""

    def problem(self, path: Location, message: str, severity: Severity = Severity.ERROR) -> Problem:
        """A problem with what `path` leads to."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one source says, by itself. `problems` are those of its text; whether its names lead anywhere only
    shows when it is put together with others. `left_out`: the places of what is not taken over because it is
    wrong. `chosen_ids`: whether its people's ids are what somebody wrote, and not made of their addresses.
    `lookup`: its format's; None where the native rules hold."""

    document: Written
    sections: Mapping[str, Section]
    people: Mapping[str, Person]
    rest: str | None = None
    triagers: tuple[str, ...] = ()
    mail: str | None = None
    lookup: Lookup | None = None
    tree: Tree | None = None
    problems: tuple[Problem, ...] = ()
    left_out: frozenset[Location] = frozenset()
    chosen_ids: bool = True
    prefix: str = ""

    def named(self, name: str) -> str:
        """What one of its sections is called in the map; a name that is none of its own stays."""
        return f"{self.prefix}: {name}" if self.prefix and name in self.sections else name

    def rules(self) -> Lookup:
        """Who owns a path, by the rules of its format and with the names of the map."""
        lookup = self.lookup
        if lookup is None:
            told = [section for section in self.sections.values() if section.name != self.rest]
            filed = [(section.name, pattern) for section in told for pattern in section.files]
            lookup = ByFiles(Filing.of(filed), self.rest)
        return (
            _Prefixed(lookup, {name: self.named(name) for name in self.sections}) if self.prefix else lookup
        )


@dataclass(frozen=True, slots=True)
class Combined:
    """A map that is put together, and all that is wrong with it. Where there are errors among the `problems`
    it is what could be read, for looking at, and `left_out` are the places of what is not taken over, as the
    map has them."""

    sections: Mapping[str, Section]
    people: Mapping[str, Person]
    rest: str | None
    triagers: tuple[str, ...]
    mail: str | None
    lookups: tuple[Lookup, ...]
    tree: Tree | None
    problems: tuple[Problem, ...] = ()
    left_out: frozenset[Location] = frozenset()
    parts: tuple[Part, ...] = field(default=(), repr=False)
    overlaid: bool = False
    homes: Mapping[Location, tuple[Written, Location]] = field(default_factory=dict, repr=False)
    """Who says what of the map, and where."""

    def problem(self, path: Location, message: str, severity: Severity = Severity.ERROR) -> Problem:
        """A problem with what `path` leads to in the map, at the place of whoever says that."""
        for end in range(len(path), -1, -1):
            if (home := self.homes.get(path[:end])) is not None:
                document, at = home
                return document.problem((*at, *path[end:]), message, severity)
        raise LookupError("a map comes from nowhere")

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(each for each in self.problems if each.severity is Severity.ERROR)

    def built(self) -> MaintainersMap:
        """The map, where nothing is wrong with it. Raises `DocumentError`."""
        if self.errors:
            raise DocumentError(self.errors)
        return MaintainersMap(
            self.sections, self.people, self.rest, self.triagers, self.mail, self.lookups, self.tree
        )


@dataclass(frozen=True, slots=True)
class _Prefixed:
    """A source's lookup that knows its sections by their names in the map."""

    lookup: Lookup
    names: Mapping[str, str]

    def owning(self, path: str) -> tuple[Owning, ...]:
        found = self.lookup.owning(path)
        return tuple(replace(each, section=self.names.get(each.section, each.section)) for each in found)


def tree_of(parts: Sequence[Part]) -> Tree | None:
    """The files of all parts, where each has said its own."""
    trees = list({id(part.tree): part.tree for part in parts if part.tree is not None}.values())
    if len(trees) < 2:
        return trees[0] if trees else None
    return Tree.of(path for tree in trees for path in tree.paths)

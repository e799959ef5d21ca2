"""A map as a reader of a format found it, with all that is wrong with it. Imports nothing of chat."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from knowledge.documents import DocumentError, Problem, Severity
from routing.people import Person
from routing.sections import Lookup, MaintainersMap, Section
from routing.tree import Tree


@dataclass(frozen=True, slots=True)
class Examined:
    """Where there are errors among the `problems` it is what could be read, for looking at; warnings are
    worth a look only. `places`: source and line of each section."""

    source: str
    sections: Mapping[str, Section]
    people: Mapping[str, Person]
    rest: str | None = None
    mail: str | None = None
    lookups: tuple[Lookup, ...] = ()
    tree: Tree | None = None
    problems: tuple[Problem, ...] = ()
    places: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    triagers: tuple[str, ...] = ()

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

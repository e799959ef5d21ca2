"""The project's own map format, in YAML.

    people:
      alice:                                  # the id: what `not me -> alice` means
        name: Alice Example                   # else the id
        accounts:                             # network: services account, or full user id on Matrix
          libera: alice
          matrix: "@alice:example.org"
        hours: mon-fri 9-18 Europe/London     # days may be left out; `22-6` runs over midnight
        budget: 3                             # pings in 24 hours; else as many as come
        reads_back: yes                       # what is said while they are away reaches them all the same
        pings: public                         # or private, or off
        email: alice@example.org
    sections:
      XENSTORE:
        maintainers: [alice]
        reviewers: []
        files: [tools/xenstored/, "docs/*/xenstore*"]
        excluded: [tools/xenstored/old/]      # not these, although they are among its files
        keywords: [xenbus]                    # words of its subject
        aliases: [store daemon]               # other names of its own
        inside: TOOLSTACK
        status: Maintained                    # with `Orphan`, questions climb at once
        mail: xenstore@lists.example.org
        triagers: [alice]                     # else those of the map
        channels: ["libera #xenstore"]        # where it is talked about
    rest: THE REST                            # the section that owns what no other does
    triagers: [alice]                         # asked where it is not clear whose a question is
    mail: devel@lists.example.org             # where questions go when nobody is left

Patterns are those of `routing.patterns`; one that begins with `*` wants quotes in YAML. Everything may be
left out but what is referred to. Errors are `DocumentError`s that point at the line.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import Field

from knowledge.documents import (
    Document,
    DocumentError,
    Location,
    Problem,
    in_order,
    one_line,
    read,
    read_file,
)
from knowledge.salvage import salvage
from routing.formats.fields import (
    Address,
    Budget,
    Channel,
    Line,
    Phrase,
    Strict,
    Word,
    WrittenHours,
    WrittenPattern,
)
from routing.people import Person, Pings
from routing.sections import MaintainersMap, Section, faults


class _Person(Strict):
    name: Line | None = None
    accounts: dict[Word, Word] = Field(default_factory=dict)
    hours: WrittenHours | None = None
    budget: Budget | None = None
    reads_back: bool = False
    pings: Pings = Pings.PUBLIC
    email: Address | None = None


class _Section(Strict):
    maintainers: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    files: tuple[WrittenPattern, ...] = ()
    excluded: tuple[WrittenPattern, ...] = ()
    keywords: tuple[Phrase, ...] = ()
    aliases: tuple[Phrase, ...] = ()
    inside: str | None = None
    status: Line = "Maintained"
    mail: Address | None = None
    triagers: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()


class _Map(Strict):
    people: dict[str, _Person] = Field(default_factory=dict)
    sections: dict[Phrase, _Section] = Field(default_factory=dict)
    rest: str | None = None
    triagers: tuple[str, ...] = ()
    mail: Address | None = None


@dataclass(frozen=True, slots=True)
class Examined:
    """A map as it is written, and all that is wrong with it. Where there are `problems` it is what could be
    read, for looking at: a person or section that does not fit is there with nothing but its name, and
    `left_out` are the places of what is not taken over."""

    document: Document
    sections: Mapping[str, Section]
    people: Mapping[str, Person]
    rest: str | None
    triagers: tuple[str, ...]
    mail: str | None
    problems: tuple[Problem, ...] = ()
    left_out: frozenset[Location] = frozenset()

    def built(self) -> MaintainersMap:
        """The map, where nothing is wrong with it. Raises `DocumentError`."""
        if self.problems:
            raise DocumentError(self.problems)
        return MaintainersMap(self.sections, self.people, self.rest, self.triagers, self.mail)


def parse(text: str | bytes, source: str) -> MaintainersMap:
    """The map that `text` holds; `source` is the name that errors carry. Raises `DocumentError`."""
    return _examined(read(text, source)).built()


def read_map(path: Path) -> MaintainersMap:
    """The map in a file. Raises `DocumentError`."""
    return examine(path).built()


def examine(path: Path) -> Examined:
    """The map in a file, or as much of one as there is. Raises `DocumentError` only where nothing of one can
    be read."""
    return _examined(read_file(path))


def examine_part(path: Path) -> Examined:
    """The same of a file whose names may lead into other files: whether they do is not looked at."""
    return _written(read_file(path))


def _examined(document: Document) -> Examined:
    found = _written(document)
    problems = [*found.problems]
    for place, sentence in faults(found.sections, found.people, rest=found.rest, triagers=found.triagers):
        if place not in found.left_out:
            problems.append(document.problem(place, one_line(sentence)))
    return replace(found, problems=tuple(in_order(problems)))


def _written(document: Document) -> Examined:
    found = salvage(document, _Map)
    if not isinstance(document.value, dict):
        raise DocumentError(found.problems)
    written = found.model
    people = {
        who: Person(
            id=who,
            name=person.name or who,
            accounts=person.accounts,
            hours=person.hours,
            budget=person.budget,
            reads_back=person.reads_back,
            pings=person.pings,
            email=person.email,
        )
        for who, person in written.people.items()
    }
    sections = {
        name: Section(
            name=name,
            maintainers=section.maintainers,
            reviewers=section.reviewers,
            files=section.files,
            keywords=section.keywords,
            aliases=section.aliases,
            inside=section.inside,
            status=section.status,
            mail=section.mail,
            excluded=section.excluded,
            triagers=section.triagers,
            channels=section.channels,
        )
        for name, section in written.sections.items()
    }
    if found.problems:  # what is there but does not fit is missed by nobody who names it
        people |= {who: Person(who, who) for who in _keys(document, "people") if who not in people}
        sections |= {name: Section(name) for name in _keys(document, "sections") if name not in sections}
    return Examined(
        document,
        sections,
        people,
        written.rest,
        written.triagers,
        written.mail,
        found.problems,
        found.left_out,
    )


def _keys(document: Document, key: str) -> Iterator[str]:
    """The keys of the mapping that stands under `key`, if one does."""
    written = document.value if isinstance(document.value, dict) else {}
    inner = written.get(key)
    yield from inner if isinstance(inner, dict) else ()

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
        keywords: [xenbus]                    # words of its subject
        aliases: [store daemon]               # other names of its own
        inside: TOOLSTACK
        status: Maintained                    # with `Orphan`, questions climb at once
        mail: xenstore@lists.example.org
    rest: THE REST                            # the section that owns what no other does
    triagers: [alice]                         # asked where it is not clear whose a question is
    mail: devel@lists.example.org             # where questions go when nobody is left

Patterns are those of `routing.patterns`; one that begins with `*` wants quotes in YAML. Everything may be
left out but what is referred to. Errors are `DocumentError`s that point at the line.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf

from knowledge.documents import Document, DocumentError, Location, Problem, in_order, read, read_file
from knowledge.salvage import salvage
from routing.patterns import PathPattern
from routing.people import Hours, Person, Pings, read_hours
from routing.sections import MaintainersMap, Section, faults
from routing.signs import words

_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@[^\s@<>()\[\],;:\\\"]{1,190}")


def _line(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("must be one line of text")
    return text.strip()


def _one_word(text: str) -> str:
    if not text.isprintable() or any(character.isspace() for character in text) or not text:
        raise ValueError("must be one word")
    return text


def _phrase(text: str) -> str:
    if not words(_line(text)):
        raise ValueError("must have a letter or a digit")
    return text.strip()


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text) or not text.isprintable():
        raise ValueError("must be a mail address like list@example.org")
    return text


def _read_by(reader: Callable[[str], object]) -> BeforeValidator:
    """Text goes through `reader`; whatever else stands there is left to be refused."""

    def validate(value: object) -> object:
        if not isinstance(value, str):
            raise ValueError("must be text")
        return reader(value)

    return BeforeValidator(validate)


_Line = Annotated[str, Field(max_length=200), AfterValidator(_line)]
_Word = Annotated[str, Field(max_length=255), AfterValidator(_one_word)]
_Phrase = Annotated[str, Field(max_length=100), AfterValidator(_phrase)]
_Address = Annotated[str, AfterValidator(_address)]
_Hours = Annotated[InstanceOf[Hours], _read_by(read_hours)]
_Pattern = Annotated[InstanceOf[PathPattern], _read_by(PathPattern)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Person(_Strict):
    name: _Line | None = None
    accounts: dict[_Word, _Word] = {}
    hours: _Hours | None = None
    budget: Annotated[int, Field(ge=0, le=1000)] | None = None
    reads_back: bool = False
    pings: Pings = Pings.PUBLIC
    email: _Address | None = None


class _Section(_Strict):
    maintainers: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    files: tuple[_Pattern, ...] = ()
    keywords: tuple[_Phrase, ...] = ()
    aliases: tuple[_Phrase, ...] = ()
    inside: str | None = None
    status: _Line = "Maintained"
    mail: _Address | None = None


class _Map(_Strict):
    people: dict[str, _Person] = {}
    sections: dict[_Phrase, _Section] = {}
    rest: str | None = None
    triagers: tuple[str, ...] = ()
    mail: _Address | None = None


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


def _examined(document: Document) -> Examined:
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
        )
        for name, section in written.sections.items()
    }
    if found.problems:  # what is there but does not fit is missed by nobody who names it
        people |= {who: Person(who, who) for who in _keys(document, "people") if who not in people}
        sections |= {name: Section(name) for name in _keys(document, "sections") if name not in sections}
    problems = [*found.problems]
    for place, sentence in faults(sections, people, rest=written.rest, triagers=written.triagers):
        if place not in found.left_out:
            problems.append(document.problem(place, sentence))
    return Examined(
        document,
        sections,
        people,
        written.rest,
        written.triagers,
        written.mail,
        tuple(in_order(problems)),
        found.left_out,
    )


def _keys(document: Document, key: str) -> Iterator[str]:
    """The keys of the mapping that stands under `key`, if one does."""
    written = document.value if isinstance(document.value, dict) else {}
    inner = written.get(key)
    yield from inner if isinstance(inner, dict) else ()

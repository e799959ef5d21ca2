"""The map: which part of the project is whose.

A section stands for one part of the tree or of the project: people, path patterns, words. It may lie `inside`
another; whoever looks after the outer one may act where nobody of the inner one does. A map is whole when it
exists: every name in it leads somewhere, nobody's account is somebody else's, and no section lies inside
itself.

`faults` tells everything that is wrong with a map that is being put together, with the place of each, so that
a reader of a format can point at the line. Must not import anything of chat, nor a format.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from routing.filing import ByFiles, Filing, Lookup, Owning
from routing.names import Names
from routing.patterns import Content, Pattern
from routing.people import Person
from routing.presence import fold
from routing.signs import Signs
from routing.tree import Tree

__all__ = [
    "MOST_SECTIONS",
    "Location",
    "Lookup",
    "MailingList",
    "MaintainersMap",
    "MapError",
    "Owning",
    "Section",
    "faults",
    "nearest",
]

Location: TypeAlias = tuple[str | int, ...]

MOST_SECTIONS = 20_000
"""Of one map, all its sources together; Linux has 3,000."""

_SHOWN = 8
"""Sections of a ring that are named."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True)
class MailingList:
    """Where the mail of a section goes. `note`: what its map says in brackets, as "moderated for
    non-subscribers"; "open list" where it says nothing."""

    address: str
    name: str = ""
    note: str = ""

    @property
    def hidden(self) -> bool:
        """Whether only its subscribers may write to it, so that nobody is sent there."""
        return "subscribers-only" in self.note.lower()


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the project. People are ids; `inside` is the name of the section around it; `mail` is the
    list to which its questions may be handed over, one of `lists` where a map knows several. `status` is free
    text, as in MAINTAINERS files.

    `excluded`: paths that are not its own although `files` match them; `content`: what its files and
    patches hold (`K:`); `channels`: where it is talked about, as `libera #xen`; `triagers`
    (ids) direct what nothing else decides, else those of the map; `title`: how its source calls it, which may
    be what another is called, too.
    """

    name: str
    maintainers: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    files: tuple[Pattern, ...] = ()
    keywords: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    inside: str | None = None
    status: str = "Maintained"
    mail: str | None = None
    lists: tuple[MailingList, ...] = ()
    excluded: tuple[Pattern, ...] = ()
    content: tuple[Content, ...] = ()
    triagers: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    title: str = ""

    @property
    def orphan(self) -> bool:
        """Whether nobody is behind it ("Orphan", "Orphaned (Since 2017-01)")."""
        return self._is("orphan")

    @property
    def odd_fixes(self) -> bool:
        """Whether those behind it have little time for it ("Odd Fixes", "Odd fixer")."""
        return self._is("odd fix")

    @property
    def obsolete(self) -> bool:
        """Whether something else has taken its place ("Obsolete")."""
        return self._is("obsolete")

    @property
    def unattended(self) -> bool:
        """Whether nobody can be counted on, so that a question had better climb at once."""
        return self.orphan or self.odd_fixes or self.obsolete

    def _is(self, status: str) -> bool:
        return self.status.strip().lower().startswith(status)


class MapError(ValueError):
    """A map that does not hold together; `faults` are (place, sentence) and never empty."""

    def __init__(self, faults: tuple[tuple[Location, str], ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(sentence for _, sentence in faults))


@dataclass(frozen=True, slots=True)
class MaintainersMap:
    """Sections and people by name and id, in the order of the file.

    `rest`: the section that owns what no other does. `triagers` (ids) direct questions that nothing points
    at. `mail`: the list where a question goes when nobody is left. `lookups`: one of each source that the map
    comes from, by the rules of its format; where there are none, the native ones hold. `tree`: the files that
    there are, where that is known. Raises `MapError`.
    """

    sections: Mapping[str, Section] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    rest: str | None = None
    triagers: tuple[str, ...] = ()
    mail: str | None = None
    lookups: tuple[Lookup, ...] = field(default=(), repr=False, compare=False)
    tree: Tree | None = field(default=None, compare=False)
    signs: Signs = field(init=False, repr=False, compare=False)
    filing: Filing = field(init=False, repr=False, compare=False)
    contents: tuple[tuple[str, Content], ...] = field(init=False, repr=False, compare=False)
    """With their sections."""
    names: Names = field(init=False, repr=False, compare=False)
    """Of the sections."""
    _ids: Names = field(init=False, repr=False, compare=False)
    _by_account: Mapping[tuple[str, str], Person] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if found := tuple(faults(self.sections, self.people, rest=self.rest, triagers=self.triagers)):
            raise MapError(found)
        accounts = {
            (network, fold(account)): person
            for person in self.people.values()
            for network, account in person.accounts.items()
        }
        object.__setattr__(self, "_by_account", accounts)
        # The rest owns what is left over, neither by its patterns nor by its name, a phrase of every day.
        told = [section for section in self.sections.values() if section.name != self.rest]
        spoken = [(section.name, section.name, section.aliases, section.keywords) for section in told]
        filed = [(section.name, pattern) for section in told for pattern in section.files]
        excluded = {section.name: section.excluded for section in told if section.excluded}
        object.__setattr__(self, "signs", Signs.of(spoken))
        object.__setattr__(self, "filing", Filing.of(filed, excluded))
        contents = tuple((section.name, each) for section in told for each in section.content)
        object.__setattr__(self, "contents", contents)
        object.__setattr__(self, "names", Names.of(self.sections))
        object.__setattr__(self, "_ids", Names.of(self.people))

    def person(self, name: str) -> Person | None:
        """The person of that id, in whichever case it is written."""
        return self.people.get(self._ids.spelling(name) or "")

    def person_of(self, network: str, account: str) -> Person | None:
        """Whoever is behind a proven account."""
        return self._by_account.get((network, fold(account)))

    def section(self, name: str) -> Section | None:
        """The section of that name, in whichever case it is written."""
        return self.sections.get(self.names.spelling(name) or "")

    def owning(self, path: str) -> tuple[Owning, ...]:
        """The sections that own `path`, from the root of the tree, the closest first; each once."""
        lookups = self.lookups or (ByFiles(self.filing, self.rest),)
        if len(lookups) == 1:
            return lookups[0].owning(path)
        found: dict[str, Owning] = {}
        together = [each for lookup in lookups for each in lookup.owning(path)]
        for each in sorted(together, key=lambda owning: -owning.depth):
            found.setdefault(each.section, each)
        return tuple(found.values())

    def enclosing(self, section: str) -> tuple[Section, ...]:
        """The sections around the one of that name, from the inside out; empty for a name that is unknown."""
        around: list[Section] = []
        inner = self.sections.get(section)
        while inner is not None and inner.inside is not None:
            inner = self.sections[inner.inside]
            around.append(inner)
        return tuple(around)

    def list_of(self, section: str | None) -> str | None:
        """The mailing list nearest to a section: its own, that of one around it, that of the map."""
        inner = self.sections.get(section) if section is not None else None
        near = (inner, *self.enclosing(inner.name)) if inner is not None else ()
        return next((s.mail for s in near if s.mail), self.mail)


def faults(
    sections: Mapping[str, Section],
    people: Mapping[str, Person],
    *,
    rest: str | None = None,
    triagers: tuple[str, ...] = (),
) -> Iterator[tuple[Location, str]]:
    """What keeps these from being a map: (place, sentence), a place being the path that the native format
    gives to it: `("sections", "XENSTORE", "reviewers", 0)`."""
    yield from _people_faults(people)
    names: dict[str, str] = {}
    for name, section in sections.items():
        at: Location = ("sections", name)
        if (twin := names.setdefault(name.casefold(), name)) != name:
            yield at, f"`{name}` and `{twin}` differ in their case only"
        for role, ids in (
            ("maintainers", section.maintainers),
            ("reviewers", section.reviewers),
            ("triagers", section.triagers),
        ):
            yield from _missing((*at, role), ids, people, "person")
        if section.inside is not None:
            yield from _missing((*at, "inside"), (section.inside,), sections, "section")
    yield from _cycles(sections)
    yield from _missing(("triagers",), triagers, people, "person")
    if rest is not None:
        yield from _missing(("rest",), (rest,), sections, "section")


def nearest(name: str, names: Mapping[str, object]) -> str | None:
    """What somebody who wrote `name` may have meant, where it is looked for but once."""
    return Names.of(names).near(name)


def _missing(
    at: Location, names: tuple[str, ...], known: Mapping[str, object], kind: str
) -> Iterator[tuple[Location, str]]:
    names_known: Names | None = None
    for index, name in enumerate(names):
        if name not in known:
            names_known = names_known or Names.of(known)
            near = names_known.near(name)
            place = at if at[-1] in ("inside", "rest") else (*at, index)
            yield place, f"there is no {kind} `{name}`" + (f", did you mean `{near}`?" if near else "")


def _people_faults(people: Mapping[str, Person]) -> Iterator[tuple[Location, str]]:
    owners: dict[tuple[str, str], str] = {}
    folded: dict[str, str] = {}
    for who, person in people.items():
        at: Location = ("people", who)
        if not _ID.fullmatch(who):
            yield at, f"`{who[:64]}` cannot be a person's id: letters, digits, `_`, `.` and `-` make one"
        if (twin := folded.setdefault(who.casefold(), who)) != who:
            yield at, f"`{who}` and `{twin}` differ in their case only"
        for network, account in person.accounts.items():
            owner = owners.setdefault((network, fold(account)), who)
            if owner != who:
                yield (
                    (*at, "accounts", network),
                    f"`{account}` on {network} already belongs to the person `{owner}`",
                )


def _cycles(sections: Mapping[str, Section]) -> Iterator[tuple[Location, str]]:
    """One fault for each ring of sections that lie inside one another, at the first of them."""
    settled: set[str] = set()
    for name in sections:
        path: dict[str, None] = {}
        at: str | None = name
        while at is not None and at in sections and at not in settled and at not in path:
            path[at] = None
            at = sections[at].inside
        if at is not None and at in path:
            around = [*path]
            ring = around[around.index(at) :]
            shown = [*ring[:_SHOWN], *([f"… ({len(ring) - _SHOWN:,} more)"] if len(ring) > _SHOWN else [])]
            yield ("sections", at, "inside"), " is inside ".join([*shown, at])
        settled.update(path)

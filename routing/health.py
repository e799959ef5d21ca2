"""Whether a map is well: sections that nobody stands behind, people who bear too much, patterns that rot.

What is found, each kind by itself:

    orphans        sections without anybody by their status
    nameless       others that name nobody
    unreachable    sections that have people, of whom none can be pinged, nor any of the sections around them:
                   no account on a configured network, pings off, or a budget of 0
    overloaded     people whose share of the sections is `OVERLOAD` times the even one, or more
    no_account     people who have no account on a configured network
    dead           patterns that match no file; with them drift begins
    gone           sections that have patterns, all of which are dead
    unowned        files that no section owns, but the rest: by folder
    new            of these, whole folders at the top of the tree

A person's *load* is how many sections they bear: of each section that is attended to, its maintainers bear
equal parts (its reviewers, where there is no maintainer). The *share* is the part of that in all loads, and
the *even share* that of somebody who bears as much as all others. The section of the rest counts for nobody.

Files are looked at where the tree is known. Patterns lie among the sorted paths of the tree between their
literal beginning and its end, so each is compared with those alone. Where sections own by themselves (native
and MAINTAINERS) what they own follows; else (CODEOWNERS) each path is looked up. Pure, but it takes as long
as the tree is large: 93,000 paths and 8,000 patterns take a second or two.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate

from routing.filing import ByFiles
from routing.formats.globs import FilePattern, NamePattern
from routing.formats.ownership import Ownership
from routing.patterns import Pattern
from routing.people import Person, Pings
from routing.sections import MaintainersMap, Section

OVERLOAD = 3.0
"""Times the even share from which somebody bears too much."""

_LAST = "\U0010ffff"
"""Sorts after whatever goes on from a beginning."""


@dataclass(frozen=True, slots=True)
class Bearing:
    """What one person bears. `share` and `even` are parts of 1; `sections`: in how many they are named."""

    person: str
    sections: int
    load: float
    share: float
    even: float
    files: int | None
    """Of the tree, in the sections that they bear; None where the tree is not known."""


@dataclass(frozen=True, slots=True)
class Dead:
    """A pattern that matches nothing. `against`: one of those that a section does not own."""

    section: str
    pattern: str
    against: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """What is found; `files` and what follows from it are None where the tree is not known."""

    sections: int
    people: int
    orphans: tuple[str, ...]
    nameless: tuple[str, ...]
    unreachable: tuple[str, ...]
    overloaded: tuple[Bearing, ...]
    no_account: tuple[str, ...]
    files: int | None = None
    dead: tuple[Dead, ...] = ()
    gone: tuple[str, ...] = ()
    unowned: Mapping[str, int] | None = None
    """Folders (with a trailing slash; `/` is the top), and how many such files are right in each or, where
    nobody owns anything in it, below it."""
    new: tuple[str, ...] = ()

    @property
    def well(self) -> bool:
        """Whether nothing was found."""
        return not any(
            (
                self.orphans,
                self.nameless,
                self.unreachable,
                self.overloaded,
                self.no_account,
                self.dead,
                self.gone,
                self.unowned,
                self.new,
            )
        )

    @property
    def nobody_known(self) -> bool:
        """Whether there are people, and not one of them has an account."""
        return 0 < self.people == len(self.no_account)


def reachable(person: Person, networks: Collection[str] | None) -> bool:
    """Whether somebody can be pinged at all. `networks`: those that are configured; None: any will do."""
    return person.pings is not Pings.OFF and person.budget != 0 and has_account(person, networks)


def has_account(person: Person, networks: Collection[str] | None) -> bool:
    return bool(person.accounts) if networks is None else any(each in networks for each in person.accounts)


def deserted(section: Section) -> bool:
    """Whether nobody is behind it by itself."""
    return section.orphan or not (section.maintainers or section.reviewers)


def unreachable(
    sections: Mapping[str, Section], people: Mapping[str, Person], networks: Collection[str] | None
) -> Iterator[str]:
    """The sections that have people, of whom none can be pinged, nor any of the sections around them."""
    there = {who for who, person in people.items() if reachable(person, networks)}

    def stood_behind(section: Section) -> bool:
        return not there.isdisjoint(section.maintainers) or not there.isdisjoint(section.reviewers)

    reached = here_or_around(sections, stood_behind)
    yield from (name for name, each in sections.items() if not deserted(each) and not reached[name])


def here_or_around(sections: Mapping[str, Section], holds: Callable[[Section], bool]) -> Mapping[str, bool]:
    """For each section, whether something holds of it or of one around it. Each is asked once, however
    deeply sections lie, or whether they lie in a ring."""
    known: dict[str, bool] = {}
    for name in sections:
        way: dict[str, None] = {}
        at: str | None = name
        while at is not None and at in sections and at not in known and at not in way:
            way[at] = None
            if holds(sections[at]):
                known[at] = True
            else:
                at = sections[at].inside
        found = at is not None and known.get(at, False)
        known |= dict.fromkeys(way, found)
    return known


def health(map_: MaintainersMap, networks: Collection[str] | None = None) -> Health:
    """Everything that is found. `networks`: those that are configured; None: any will do."""
    sections = map_.sections
    files = _Files(map_) if map_.tree is not None else None
    unowned = files.unowned() if files is not None else None
    dead = tuple(files.dead) if files is not None else ()
    return Health(
        len(sections),
        len(map_.people),
        tuple(name for name, section in sections.items() if section.orphan),
        tuple(name for name, section in sections.items() if deserted(section) and not section.orphan),
        tuple(unreachable(sections, map_.people, networks)),
        tuple(_overloaded(map_, files.owned if files is not None else None)),
        tuple(who for who, person in map_.people.items() if not has_account(person, networks)),
        len(map_.tree) if map_.tree is not None else None,
        dead,
        tuple(_gone(map_, dead)) if files is not None else (),
        unowned,
        files.new() if files is not None else (),
    )


def _bearers(map_: MaintainersMap) -> Iterator[tuple[Section, tuple[str, ...]]]:
    for section in map_.sections.values():
        if not (section.orphan or section.obsolete or section.name == map_.rest):
            yield section, section.maintainers or section.reviewers


def _overloaded(map_: MaintainersMap, owned: Mapping[str, Collection[int]] | None) -> Iterator[Bearing]:
    loads: dict[str, float] = {}
    named: Counter[str] = Counter()
    files: dict[str, set[int]] = {}
    for _, bearers in _bearers(map_):
        for who in bearers:
            loads[who] = loads.get(who, 0.0) + 1 / len(bearers)
            named[who] += 1
    if not loads:
        return
    whole = sum(loads.values())
    even = 1 / len(loads)
    heavy = [who for who, load in loads.items() if load * len(loads) >= OVERLOAD * whole]
    if owned is not None:
        files = {who: set() for who in heavy}
        for section, bearers in _bearers(map_):
            for who in bearers:
                if who in files:
                    files[who].update(owned.get(section.name, ()))
    for who in sorted(heavy, key=lambda who: -loads[who]):
        told = len(files[who]) if owned is not None else None
        yield Bearing(who, named[who], loads[who], loads[who] / whole, even, told)


def _gone(map_: MaintainersMap, dead: Collection[Dead]) -> Iterator[str]:
    lost = Counter(each.section for each in dead if not each.against)
    for name, section in map_.sections.items():
        if section.files and lost[name] == len(section.files):
            yield name


class _Files:
    """The files of a tree, and whose they are."""

    def __init__(self, map_: MaintainersMap) -> None:
        assert map_.tree is not None
        self.map = map_
        self.paths = map_.tree.paths
        self._together = "\n".join(self.paths)
        self._begins = [0, *accumulate(len(path) + 1 for path in self.paths[:-1])]
        self.dead: list[Dead] = []
        self.owned: dict[str, set[int]] = {}
        """By section, places in `paths`."""
        for name, section in map_.sections.items():
            found: set[int] = set()
            if name != map_.rest:
                for pattern in section.files:
                    matched = self._matched(pattern)
                    if not matched:
                        self.dead.append(Dead(name, pattern.text))
                    found.update(matched)
                for pattern in section.excluded:
                    matched = self._matched(pattern)
                    if not matched:
                        self.dead.append(Dead(name, pattern.text, against=True))
                    found.difference_update(matched)
            self.owned[name] = found
        if not all(isinstance(lookup, Ownership | ByFiles) for lookup in map_.lookups):
            self.owned = self._looked_up()
        self._taken: set[int] = set().union(*self.owned.values())
        self._somebody: set[str] = set()
        """The folders in which somebody owns something."""
        for place in self._taken:
            folder = self.paths[place]
            while (slash := folder.rfind("/")) > 0 and (folder := folder[:slash]) not in self._somebody:
                self._somebody.add(folder)

    def _matched(self, pattern: Pattern) -> Collection[int]:
        """The places of the files that a pattern matches."""
        if isinstance(pattern, NamePattern) and pattern.expression.literals:
            holding = {place for literal in pattern.expression.literals for place in self._holding(literal)}
            return [place for place in holding if pattern.matches(self.paths[place])]
        heads = pattern.heads if isinstance(pattern, FilePattern) else ("/".join(pattern.trunk),)
        found: list[int] = []
        for head in heads:
            low = bisect_left(self.paths, head)
            high = bisect_left(self.paths, head + _LAST) if head else len(self.paths)
            if head.endswith("/") and pattern.text == head:  # whatever lies below
                found += range(low, high)
            elif isinstance(pattern, FilePattern):
                covers = pattern.covers  # the exact rule, by which a file is no directory
                among = ((place, self.paths[place]) for place in range(low, high))
                found += [place for place, path in among if covers(path, path.count("/"))]
            else:
                matches = pattern.matches
                found += [place for place in range(low, high) if matches(self.paths[place])]
        return found

    def _holding(self, literal: str) -> Iterator[int]:
        """The places of the files in whose paths `literal` stands, some of them more than once."""
        at = self._together.find(literal)
        while at >= 0:
            place = bisect_right(self._begins, at) - 1
            yield place
            if place + 1 == len(self._begins):
                return
            at = self._together.find(literal, self._begins[place + 1])

    def _looked_up(self) -> dict[str, set[int]]:
        owned: dict[str, set[int]] = {name: set() for name in self.map.sections}
        for place, path in enumerate(self.paths):
            for owning in self.map.owning(path):
                if owning.section != self.map.rest:
                    owned[owning.section].add(place)
        return owned

    def unowned(self) -> dict[str, int]:
        """By the outermost folder of which no file is anybody's; else by the folder that it is in."""
        found: Counter[str] = Counter()
        for place, path in enumerate(self.paths):
            if place not in self._taken:
                found[_outermost(path, self._somebody)] += 1
        return dict(sorted(found.items()))

    def new(self) -> tuple[str, ...]:
        """The folders at the top in which nobody owns anything."""
        tops = dict.fromkeys(path.partition("/")[0] for path in self.paths if "/" in path)
        return tuple(f"{top}/" for top in tops if top not in self._somebody)


def _outermost(path: str, somebody: Collection[str]) -> str:
    """The first folder on the way to a file in which nobody owns anything, else the one that it is in."""
    at = path.find("/")
    while at > 0:
        if path[:at] not in somebody:
            return path[: at + 1]
        at = path.find("/", at + 1)
    return path[: path.rfind("/") + 1] or "/"

"""The order in which a question climbs.

    whom a colleague named
    the triagers                      only where it is not clear which section it is: those of the likeliest
                                      sections and of the sections around them, of the sections whose channel
                                      it was asked in, then those of the map
    the section's maintainers, then its reviewers
    the same of each section around it, from the inside out
    the maintainers of THE REST, then its reviewers
    who sees to odd fixes in a section that was passed by
    those who read back
    (the mailing list)

A section that nobody attends to ("Orphan", "Odd Fixes", "Obsolete") has no rungs of its own: the question
climbs at once. Of such a section only the people of one with odd fixes are asked at all, last of those who
have anything to do with the matter: they said that they have little time, but one of them costs less than a
whole list.

Everybody stands on one rung only, the lowest that they have a place on; those who read back stand on the last
one as well, because there it does not matter that they are away. Who of a rung comes first, and who cannot be
asked at all, is decided elsewhere.

Pure. Must not import anything of chat.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from routing.candidates import Candidate
from routing.people import Person
from routing.presence import Venue, fold
from routing.sections import MaintainersMap, Section

OFFERED = 3
"""As many candidates are shown to a triager."""


class Standing(StrEnum):
    """In what capacity somebody is asked."""

    NAMED = "named"
    TRIAGER = "triager"
    MAINTAINER = "maintainer"
    REVIEWER = "reviewer"
    REST = "the rest"
    ODD_FIXES = "odd fixes"
    READS_BACK = "reads back"


@dataclass(frozen=True, slots=True)
class Rung:
    """People who are asked one at a time before the question climbs on. `section` is the one that they stand
    for, `around` whether that lies around the question's own."""

    standing: Standing
    people: tuple[Person, ...]
    section: str | None = None
    around: bool = False

    @property
    def role(self) -> str:
        """`maintainer`, `reviewer of the enclosing TOOLSTACK`, `triager of LIBXL`, `the rest`, …"""
        if self.around:
            return f"{self.standing} of the enclosing {self.section}"
        if self.standing in (Standing.TRIAGER, Standing.ODD_FIXES) and self.section is not None:
            return f"{self.standing} of {self.section}"
        return str(self.standing)


def unsure(candidates: Sequence[Candidate], threshold: float) -> bool:
    """Whether nothing points to a section clearly enough."""
    return not candidates or candidates[0].confidence < threshold


def ladder(
    map_: MaintainersMap,
    candidates: Sequence[Candidate],
    *,
    threshold: float,
    prefer: str | None = None,
    asked_in: Venue | None = None,
) -> Iterator[Rung]:
    """The rungs for a question with these candidates (the likeliest first), from the lowest; empty ones are
    left out. `prefer`: the id of whom a colleague named. `asked_in`: the venue of the question."""
    standing: set[str] = set()
    for rung in _rungs(map_, candidates, threshold, prefer, asked_in):
        people = tuple(
            person
            for person in dict.fromkeys(rung.people)
            if person.id not in standing or rung.standing is Standing.READS_BACK
        )
        standing.update(person.id for person in people)
        if people:
            yield Rung(rung.standing, people, rung.section, rung.around)


def passed_by(map_: MaintainersMap, candidates: Sequence[Candidate]) -> tuple[Section, ...]:
    """The sections on a question's way that have no rungs of their own, because nobody attends to them."""
    way = {section.name: section for section in _outwards(map_, candidates)}
    if map_.rest is not None:
        way[map_.rest] = map_.sections[map_.rest]
    return tuple(section for section in way.values() if section.unattended)


def _rungs(
    map_: MaintainersMap,
    candidates: Sequence[Candidate],
    threshold: float,
    prefer: str | None,
    asked_in: Venue | None,
) -> Iterator[Rung]:
    if prefer is not None and (named := map_.person(prefer)) is not None:
        yield Rung(Standing.NAMED, (named,))
    if unsure(candidates, threshold):
        for section in _triaged(map_, candidates, asked_in):
            yield Rung(Standing.TRIAGER, _known(map_, section.triagers), section.name)
        yield Rung(Standing.TRIAGER, _known(map_, map_.triagers))
    for section in _outwards(map_, candidates):
        if not section.unattended:
            around = section.name != candidates[0].section
            yield Rung(Standing.MAINTAINER, _known(map_, section.maintainers), section.name, around)
            yield Rung(Standing.REVIEWER, _known(map_, section.reviewers), section.name, around)
    rest = map_.sections[map_.rest] if map_.rest is not None else None
    if rest is not None and not rest.unattended:
        yield Rung(Standing.REST, _known(map_, rest.maintainers), rest.name)
        yield Rung(Standing.REST, _known(map_, rest.reviewers), rest.name)
    for section in passed_by(map_, candidates):
        if section.odd_fixes:
            people = _known(map_, (*section.maintainers, *section.reviewers))
            yield Rung(Standing.ODD_FIXES, people, section.name)
    yield Rung(Standing.READS_BACK, tuple(person for person in map_.people.values() if person.reads_back))


def _outwards(map_: MaintainersMap, candidates: Sequence[Candidate]) -> tuple[Section, ...]:
    """The section that is the likeliest, and those around it."""
    section = map_.sections.get(candidates[0].section) if candidates else None
    return (section, *map_.enclosing(section.name)) if section is not None else ()


def _triaged(
    map_: MaintainersMap, candidates: Sequence[Candidate], asked_in: Venue | None
) -> Iterator[Section]:
    """The sections whose triagers can tell where such a question belongs, the nearest first."""
    likely = [map_.sections[each.section] for each in candidates[:OFFERED] if each.section in map_.sections]
    around = [outer for section in likely for outer in map_.enclosing(section.name)]
    near = {section.name: section for section in (*likely, *around)}
    yield from (section for section in near.values() if section.triagers)
    if asked_in is not None:
        for name, section in map_.sections.items():
            own = section.channels if section.triagers and name not in near else ()
            if own and asked_in.key in channels(section):
                yield section


def channels(section: Section) -> frozenset[tuple[str, str]]:
    """The keys of a section's own chat channels."""
    written = (each.partition(" ") for each in section.channels)
    return frozenset((network, fold(name.strip())) for network, _, name in written)


def _known(map_: MaintainersMap, ids: Iterable[str]) -> tuple[Person, ...]:
    return tuple(map_.people[each] for each in ids)

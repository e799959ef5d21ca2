"""The order in which a question climbs.

    whom a colleague named
    the triagers                      only where it is not clear which section it is
    the section's maintainers, then its reviewers
    the same of each section around it, from the inside out
    the maintainers of THE REST, then its reviewers
    those who read back
    (the mailing list)

An orphaned section has no rungs of its own: the question climbs at once. Everybody stands on one rung only,
the lowest that they have a place on; those who read back stand on the last one as well, because there it does
not matter that they are away. Who of a rung comes first, and who cannot be asked at all, is decided
elsewhere.

Pure. Must not import anything of chat.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from routing.evidence import Candidate
from routing.people import Person
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
        """`maintainer`, `reviewer of the enclosing TOOLSTACK`, `the rest`, …"""
        return f"{self.standing} of the enclosing {self.section}" if self.around else str(self.standing)


def unsure(candidates: Sequence[Candidate], threshold: float) -> bool:
    """Whether nothing points to a section clearly enough."""
    return not candidates or candidates[0].confidence < threshold


def ladder(
    map_: MaintainersMap, candidates: Sequence[Candidate], *, threshold: float, prefer: str | None = None
) -> Iterator[Rung]:
    """The rungs for a question with these candidates (the likeliest first), from the lowest; empty ones are
    left out. `prefer`: the id of whom a colleague named."""
    standing: set[str] = set()
    for rung in _rungs(map_, candidates, threshold, prefer):
        people = tuple(
            person
            for person in dict.fromkeys(rung.people)
            if person.id not in standing or rung.standing is Standing.READS_BACK
        )
        standing.update(person.id for person in people)
        if people:
            yield Rung(rung.standing, people, rung.section, rung.around)


def _rungs(
    map_: MaintainersMap, candidates: Sequence[Candidate], threshold: float, prefer: str | None
) -> Iterator[Rung]:
    if prefer is not None and (named := map_.person(prefer)) is not None:
        yield Rung(Standing.NAMED, (named,))
    if unsure(candidates, threshold):
        yield Rung(Standing.TRIAGER, _known(map_, map_.triagers))
    section = map_.sections.get(candidates[0].section) if candidates else None
    if section is not None:
        yield from _of(map_, section, around=False)
        for outer in map_.enclosing(section.name):
            yield from _of(map_, outer, around=True)
    if map_.rest is not None:
        rest = map_.sections[map_.rest]
        for ids in (rest.maintainers, rest.reviewers) if not rest.orphan else ():
            yield Rung(Standing.REST, _known(map_, ids), rest.name)
    yield Rung(Standing.READS_BACK, tuple(person for person in map_.people.values() if person.reads_back))


def _of(map_: MaintainersMap, section: Section, *, around: bool) -> Iterator[Rung]:
    if not section.orphan:
        yield Rung(Standing.MAINTAINER, _known(map_, section.maintainers), section.name, around)
        yield Rung(Standing.REVIEWER, _known(map_, section.reviewers), section.name, around)


def _known(map_: MaintainersMap, ids: Iterable[str]) -> tuple[Person, ...]:
    return tuple(map_.people[each] for each in ids)

"""Who owns a path by the rules of MAINTAINERS files, and who is told.

Of each section the last `F:` or `N:` line that matches says how closely it owns a path, and one `X:` that
matches takes the whole section away. The deepest come first; where two are equally deep, in the order of the
file.

Patterns lie under the literal text that they begin with, so for a path as many looks are needed as it has
characters, and only patterns that begin like it are tried. `N:` lines are told apart by a piece that must
stand in the path. So some thousand sections cost a few microseconds for each path.

Who is told is what `get_maintainer.pl` prints: see `answer`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TypeAlias

from routing.answers import REVIEWER, Answer, Contact, Post, role_of
from routing.formats.addresses import Address
from routing.formats.dialects import Rules
from routing.formats.globs import FilePattern, NamePattern
from routing.formats.regexes import Expression
from routing.patterns import LONGEST_PATH
from routing.sections import MailingList, Owning
from routing.tree import Tree

_BY_PLACE = attrgetter("place")


THE_REST = "THE REST"
"""The section that owns what is left over; its name is in no label of a list."""
UNKNOWN = "unknown"
"""The status of a section that has no line for it, be it an empty one."""
_LAST = (role_of("Supported"), THE_REST)


@dataclass(frozen=True, slots=True)
class Behind:
    """Who stands behind a section, in the order of its lines. `title`: its name as the file has it; `status`:
    `UNKNOWN` where no line says it; `people`: address, and whether only a reviewer."""

    title: str
    status: str
    people: tuple[tuple[Address, bool], ...]
    lists: tuple[MailingList, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """A pattern of a section. `place`: its line, counted over all files; `against`: an `X:` line."""

    section: str
    pattern: FilePattern | NamePattern
    place: int
    against: bool = False
    owning: Owning = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "owning", Owning(self.section, self.pattern.depth, self.pattern.text))


_Filed: TypeAlias = tuple[int | None, Callable[[str], bool] | None, Claim]
"""How many slashes a path must have; what else it must be like, if its beginning is not enough."""
_Told: TypeAlias = tuple[Contact, frozenset[str]]
"""Somebody, and what makes them the same as somebody else."""


@dataclass(frozen=True, slots=True)
class Ownership:
    """A lookup by the rules of a dialect."""

    rules: Rules
    tree: Tree | None
    _heads: Mapping[str, tuple[_Filed, ...]] = field(repr=False)
    _longest: int = field(repr=False)
    """Of the heads, in characters."""
    _named: tuple[tuple[str, Expression, Claim], ...] = field(repr=False)
    """By a piece that must stand in the path."""
    _people: Mapping[str, tuple[_Told, ...]] = field(repr=False)
    _lists: Mapping[str, tuple[Post, ...]] = field(repr=False)
    """Without those that are for their subscribers only."""

    @classmethod
    def of(
        cls,
        claims: Iterable[Claim],
        behind: Mapping[str, Behind],
        rules: Rules,
        tree: Tree | None = None,
        ignored: Iterable[str] = (),
    ) -> "Ownership":
        """`ignored`: addresses that nobody is sent to."""
        heads: dict[str, list[_Filed]] = {}
        named: list[tuple[str, Expression, Claim]] = []
        for claim in claims:
            if isinstance(pattern := claim.pattern, NamePattern):
                named += [
                    (piece, pattern.expression, claim) for piece in pattern.expression.literals or ("",)
                ]
                continue
            for head in pattern.heads:
                heads.setdefault(head, []).append((pattern.slashes, pattern.further, claim))
        nobody = {address.lower() for address in ignored}
        if rules.buried:
            for each in behind.values():
                if each.status.lower().startswith("buried alive"):
                    nobody.update(address.person for address, _ in each.people)
        return cls(
            rules,
            tree,
            {head: tuple(found) for head, found in heads.items()},
            max(map(len, heads), default=0),
            tuple(named),
            {name: tuple(_told(name, each, rules, nobody)) for name, each in behind.items()},
            {name: tuple(_posts(name, each, rules)) for name, each in behind.items()},
        )

    def matching(self, path: str) -> list[Claim]:
        """Every pattern that matches `path`, those against it, too, in the order of the file."""
        count = path.count("/")
        found: list[Claim] = []
        heads = self._heads
        for end in range(min(len(path), self._longest) + 1):
            if (here := heads.get(path[:end])) is not None:
                for slashes, further, claim in here:
                    if (slashes is None or slashes == count) and (further is None or further(path)):
                        found.append(claim)
        for piece, expression, claim in self._named:
            if piece in path and expression.found_in(path):
                found.append(claim)
        found.sort(key=_BY_PLACE)
        return found

    def owning(self, path: str) -> tuple[Owning, ...]:
        if len(path) > LONGEST_PATH:
            return ()
        if self.tree is not None and path[-1:] != "/" and self.tree.is_directory(path):
            path += "/"
        best: dict[str, Claim] = {}
        against: set[str] = set()
        for claim in self.matching(path):
            if claim.against:
                against.add(claim.section)
            else:
                # The last that matches decides; among equals the section's own place does.
                best[claim.section] = claim
        owners = [each.owning for section, each in best.items() if section not in against]
        owners.sort(key=_by_depth)
        return tuple(owners)

    def answer(self, path: str) -> Answer:
        """Whom to write to about `path`: the people of all sections that own it, and then the lists.

        Nobody twice for the same name or address, but where a dialect tells them with every role of theirs;
        no list twice, and none that is for its subscribers only. In Xen's tree the supporters of THE REST are
        told only where no other section has a maintainer for it.
        """
        owning = self.owning(path)
        told = [each for owner in owning for each in self._people[owner.section]]
        if self.rules.rest_yields:
            nearer = [each for each in told if (each[0].role, each[0].label) != _LAST]
            if any(contact.label for contact, _ in nearer):  # which reviewers have none of there
                told = nearer
        known: set[str] = set()
        people: list[Contact] = []
        for contact, marks in told:
            if known.isdisjoint(marks):
                people.append(contact)
                known |= marks
        lists: dict[str, Post] = {}
        for owner in owning:
            for post in self._lists[owner.section]:
                lists.setdefault(post.email.lower(), post)
        return Answer(path, owning, tuple(people), tuple(lists.values()))


def _by_depth(owning: Owning) -> int:
    return -owning.depth


def _told(section: str, behind: Behind, rules: Rules, nobody: set[str]) -> Iterator[_Told]:
    label = _label(behind.title, rules)
    for address, reviewer in behind.people:
        if address.person not in nobody:
            role = REVIEWER if reviewer else role_of(behind.status)
            beside = label if rules.reviewed or not reviewer else ""
            contact = Contact(address.name, address.email, role, section, beside)
            marks = {address.person, address.name.lower()} - {""} if rules.once else {contact.address}
            yield contact, frozenset(marks)


def _posts(section: str, behind: Behind, rules: Rules) -> Iterator[Post]:
    label = _label(behind.title, rules)
    for each in behind.lists:
        if not each.hidden:
            kind = "moderated list" if "moderated" in each.note else "open list"
            yield Post(each.address, kind, section, "" if label == THE_REST else label)


def _label(title: str, rules: Rules) -> str:
    return title if len(title) <= rules.label else title[: rules.label - 3].rstrip() + "..."

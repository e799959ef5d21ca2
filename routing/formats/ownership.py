"""Who owns a path by the rules of MAINTAINERS files, and who is told.

Of each section the last `F:` or `N:` line that matches says how closely it owns a path, and one `X:` that
matches takes the whole section away. The deepest come first; where two are equally deep, in the order of the
file.

Patterns lie under the literal text that they begin with, so for a path as many looks are needed as it has
characters, and only patterns that begin like it are tried. What these looks find for a directory holds for
all that lies right below it, and is kept in mind: then only the name is left to be looked at. `N:` lines are
told apart by a piece that must stand in the path. So some thousand sections cost a few microseconds for each
path.

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

MOST_DIRECTORIES = 4096
"""As many are kept in mind: Xen has 500, Linux 6,000."""

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
class _Near:
    """What is known of the paths right below a directory. `slashes`: how many they have; `reach`: how long
    the longest head is that only some of them begin with; `perhaps`: what must be asked of each; `usually`:
    who owns those of which nothing but `surely` holds."""

    slashes: int
    reach: int
    surely: tuple[Claim, ...]
    perhaps: tuple[tuple[Callable[[str], bool], Claim], ...]
    usually: tuple[Owning, ...]


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
    _reach: Mapping[str, int] = field(repr=False)
    """The length of the longest head in a directory."""
    _directories: dict[str, _Near] = field(init=False, repr=False, compare=False, default_factory=dict)
    _answers: dict[tuple[str, ...], tuple[tuple[Contact, ...], tuple[Post, ...]]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    """By the sections that own a path."""

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
        reach: dict[str, int] = {}
        for head in heads:
            directory = head[: head.rfind("/") + 1]
            reach[directory] = max(reach.get(directory, 0), len(head))
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
            reach,
        )

    def owning(self, path: str) -> tuple[Owning, ...]:
        if len(path) > LONGEST_PATH:
            return ()
        if self.tree is not None and path[-1:] != "/" and self.tree.is_directory(path):
            path += "/"
        start = path.rfind("/") + 1
        near = self._near(path[:start])
        found = [claim for further, claim in near.perhaps if further(path)]
        for end in range(start + 1, min(len(path), near.reach) + 1):
            for slashes, further, claim in self._heads.get(path[:end], ()):
                if (slashes is None or slashes == near.slashes) and (further is None or further(path)):
                    found.append(claim)
        for piece, expression, claim in self._named:
            if piece in path and expression.found_in(path):
                found.append(claim)
        return _owners([*near.surely, *found]) if found else near.usually

    def _near(self, directory: str) -> "_Near":
        """What is known of every path that lies right below a directory, which has a slash at its end."""
        if (known := self._directories.get(directory)) is None:
            slashes = directory.count("/")
            surely: list[Claim] = []
            perhaps: list[tuple[Callable[[str], bool], Claim]] = []
            for end in range(min(len(directory), self._longest) + 1):
                for wanted, further, claim in self._heads.get(directory[:end], ()):
                    if wanted is None or wanted == slashes:
                        if further is None:
                            surely.append(claim)
                        else:
                            perhaps.append((further, claim))
            reach = self._reach.get(directory, 0)
            known = _Near(slashes, reach, tuple(surely), tuple(perhaps), _owners(surely))
            if len(self._directories) >= MOST_DIRECTORIES:
                self._directories.clear()
            self._directories[directory] = known
        return known

    def answer(self, path: str) -> Answer:
        """Whom to write to about `path`: the people of all sections that own it, and then the lists.

        Nobody twice for the same name or address, but where a dialect tells them with every role of theirs;
        no list twice, and none that is for its subscribers only. In Xen's tree the supporters of THE REST are
        told only where no other section has a maintainer for it.
        """
        owning = self.owning(path)
        sections = tuple(owner.section for owner in owning)
        if (told := self._answers.get(sections)) is None:
            if len(self._answers) >= MOST_DIRECTORIES:
                self._answers.clear()
            told = self._answers[sections] = self._told_of(sections)
        return Answer(path, owning, *told)

    def _told_of(self, sections: Iterable[str]) -> tuple[tuple[Contact, ...], tuple[Post, ...]]:
        told = [each for section in sections for each in self._people[section]]
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
        for section in sections:
            for post in self._lists[section]:
                lists.setdefault(post.email.lower(), post)
        return tuple(people), tuple(lists.values())


def _owners(claims: Iterable[Claim]) -> tuple[Owning, ...]:
    """Who owns a path that matches these, the closest first."""
    best: dict[str, Claim] = {}
    against: set[str] = set()
    for claim in sorted(claims, key=_BY_PLACE):
        if claim.against:
            against.add(claim.section)
        else:
            # The last that matches decides; among equals the section's own place does.
            best[claim.section] = claim
    owners = [each.owning for section, each in best.items() if section not in against]
    owners.sort(key=_by_depth)
    return tuple(owners)


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

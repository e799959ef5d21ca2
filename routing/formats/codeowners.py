"""CODEOWNERS files, by GitHub's rules.

    # who looks after what                      comments, also after a pattern
    *                @example/everybody         a team
    /docs/           @alice bob@example.org     users and addresses
    /docs/drafts/                               nobody owns what has no owners

The last line that matches a path decides, and no other. A pattern with a slash at its beginning or in its
middle begins at the root of the tree, any other is found at every depth. It matches a file, or a directory
and all that is below; with a slash at its end only the latter. `*` is any run of characters within one
segment, `?` one of them, `**` any number of segments; a last segment that is nothing but `*` goes no deeper.
A backslash makes the next character plain. There is neither `!` nor `[ ]`, nor a pattern that begins with
`\\#`: GitHub passes over such lines, and so do we, telling it; as of those with an owner who is none.

Each line is a section, named by its pattern. People and teams are known as they are written; an account of
GitHub's is none where questions are asked, so an overlay says where to find them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from knowledge.documents import DocumentError, Problem, Severity, in_order
from routing.filing import Filed, Filing, Owning
from routing.formats.addresses import LONGEST_ID, ids
from routing.formats.examined import Examined
from routing.formats.stanzas import decoded
from routing.patterns import LONGEST_PATH, LONGEST_PATTERN, covers, fits
from routing.people import Person
from routing.sections import Section
from routing.tree import Tree

LARGEST = 3_000_000
"""Bytes: GitHub takes no larger file."""
MOST_LINES = 20_000

_TOKEN = re.compile(r"(?:\\.|[^\s\\])+")
_GITLAB = re.compile(r"^[ \t]*\^?\[[^\]\n]+\](?:\[\d+\])?[ \t]*$", re.MULTILINE)
_OWNER = re.compile(r"@[A-Za-z0-9][A-Za-z0-9_-]*(?:/[A-Za-z0-9][A-Za-z0-9_.-]*)?|[^\s@]+@[^\s@]+\.[^\s@]+")
_STARS = re.compile(r"\*+")


@dataclass(frozen=True, slots=True)
class OwnersPattern:
    """A pattern of a line; `text` as it is written. Raises `ValueError` for what GitHub does not take."""

    text: str
    depth: int = field(init=False, repr=False, compare=False)
    trunk: tuple[str, ...] = field(init=False, repr=False, compare=False)
    tip: str | None = field(init=False, repr=False, compare=False)
    _segments: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if complaint := _complaint(self.text):
            raise ValueError(complaint)
        written = re.sub(r"\\(.)", r"\1", self.text)
        anchored = "/" in written.rstrip("/")
        named = [part if part == "**" else _STARS.sub("*", part) for part in written.split("/") if part]
        last = named[-1] if named else "**"
        whole = written.endswith("/")
        segments = [] if anchored else ["**"]
        segments += named
        if whole or last == "**":
            segments += ["*", "**"]  # something below it
        elif last != "*" or not anchored:
            segments += ["**"]  # it, or something below it
        set_ = object.__setattr__
        set_(self, "_segments", tuple(segments))
        set_(
            self, "depth", sum(1 for part in named if part.strip("*")) + (not whole and last.strip("*") != "")
        )
        plain = [not re.search(r"[*?]", part) for part in segments]
        set_(self, "trunk", tuple(segments[: plain.index(False)] if False in plain else segments))
        of_files = not whole and any(character not in "*?." for character in last)
        set_(self, "tip", re.split(r"[*?]", last, maxsplit=1)[0] if of_files else None)

    @property
    def floats(self) -> bool:
        return self._segments[0] == "**"

    def matches(self, path: str) -> bool:
        """Of a directory, written with a slash at its end, what is below it decides."""
        if len(path) > LONGEST_PATH:
            return False
        segments = path.split("/")  # a directory's last one is empty: any name
        return covers(self._segments, segments, "**", fits)

    def ends_like(self, name: str) -> bool:
        if self.tip is None or not name.startswith(self.tip) or len(name) > LONGEST_PATH:
            return False
        return fits(next(part for part in reversed(self._segments) if part != "**"), name)


@dataclass(frozen=True, slots=True)
class LastMatch:
    """A lookup in which the last line decides. `unowned`: the places of lines that name nobody."""

    filing: Filing
    unowned: frozenset[int]
    tree: Tree | None = None

    def owning(self, path: str) -> tuple[Owning, ...]:
        if self.tree is not None and path[-1:] != "/" and self.tree.is_directory(path):
            path += "/"
        last: Filed | None = None
        for filed in self.filing.matching(path):
            if last is None or filed.place > last.place:
                last = filed
        if last is None or last.place in self.unowned:
            return ()
        return (Owning(last.section, last.pattern.depth, last.pattern.text),)


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    pattern: OwnersPattern
    owners: tuple[str, ...]


def parse(text: str | bytes, source: str, *, tree: Tree | None = None) -> Examined:
    """The map in a file; `source` is the name that errors carry. Raises `DocumentError` where there is none
    to be read at all."""
    if len(text) > LARGEST:
        message = f"larger than {LARGEST:,} bytes, and so GitHub takes nothing of it"
        raise DocumentError([Problem(source, 1, 1, message)])
    whole, problems = decoded(text, source)
    if len(gitlab := list(islice(_GITLAB.finditer(whole), 2))) == 2:
        message = (
            f"`{gitlab[0][0].strip()[:60]}` begins a section of GitLab's, whose rules are others than "
            "GitHub's: write each pattern with its owners, without sections"
        )
        problems.append(Problem(source, whole.count("\n", 0, gitlab[0].start()) + 1, 1, message))
    lines = list(_lines(whole, source, problems))
    if not lines:
        problems.append(Problem(source, 1, 1, "names nobody: there is no line like `/docs/ @alice`"))
    owners = {owner.lower(): owner for line in lines for owner in line.owners}
    people = {
        owner: Person(who, owners[owner], email=None if owner.startswith("@") else owners[owner])
        for owner, who in _ids(owners).items()
    }
    sections: dict[str, Section] = {}
    places: dict[str, tuple[str, int]] = {}
    taken: dict[str, int] = {}
    filed: list[tuple[str, OwnersPattern]] = []
    for line in lines:
        name = _unique(line.pattern.text, taken)
        filed.append((name, line.pattern))
        if line.owners:
            behind = tuple(dict.fromkeys(people[owner.lower()].id for owner in line.owners))
            sections[name] = Section(name, behind, files=(line.pattern,), title=line.pattern.text)
            places[name] = (source, line.number)
    return Examined(
        source,
        sections,
        {person.id: person for person in people.values()},
        rest=next((name for name in reversed(sections) if sections[name].title in ("*", "**", "/**")), None),
        lookups=(
            LastMatch(
                Filing.of(filed), frozenset(at for at, line in enumerate(lines) if not line.owners), tree
            ),
        ),
        tree=tree,
        problems=tuple(in_order(problems)),
        places=places,
    )


def _lines(text: str, source: str, problems: list[Problem]) -> Iterator[_Line]:
    for number, line in enumerate(text.split("\n"), start=1):
        said = line.strip()
        if not said or said.startswith("#"):
            continue
        if number > MOST_LINES:
            message = f"has more than {MOST_LINES:,} lines, the most that are read"
            problems.append(Problem(source, number, 1, message))
            return
        found = _TOKEN.match(said)
        written = found[0] if found else said
        owners = re.split(r"(?:^|\s)#", said[len(written) :], maxsplit=1)[0].split()
        try:
            pattern = OwnersPattern(written)
            if wrong := next((owner for owner in owners if not _OWNER.fullmatch(owner)), None):
                raise ValueError(
                    f"`{wrong[:60]}` is no owner: @user, @organisation/team or a mail address is"
                )
        except ValueError as error:
            message = f"{error}; GitHub passes over the line"
            problems.append(Problem(source, number, 1, message, Severity.WARNING))
            continue
        yield _Line(number, pattern, tuple(owners))


def _complaint(text: str) -> str | None:
    if not text or not text.strip("/"):
        return f"`{text}` matches nothing; the whole tree is `*`"
    if len(text) > LONGEST_PATTERN:
        return f"a pattern has at most {LONGEST_PATTERN} characters here"
    if text.startswith("!"):
        return "a pattern cannot be negated; a later line without owners takes files away"
    if text.startswith("\\#"):
        return "a pattern cannot begin with `#`, not even with a backslash"
    if re.search(r"(?<!\\)[\[\]]", text):
        return "a pattern has no `[ ]`"
    if not text.isprintable() or text.endswith("\\"):
        return "a pattern has no control characters, and no backslash at its end"
    return None


def _unique(name: str, taken: dict[str, int]) -> str:
    """Sections are told apart whatever the case of their names."""
    again = taken[name.casefold()] = taken.get(name.casefold(), 0) + 1
    if again == 1:
        return name
    return _unique(f"{name} ({again})", taken)


def _ids(owners: dict[str, str]) -> dict[str, str]:
    """An id for everybody: `alice`, `example-team`, and of an address what is before the `@`."""
    as_addresses = {
        f"{owner[1:].replace('/', '-')[:LONGEST_ID]}@github" if owner.startswith("@") else owner: owner
        for owner in owners
    }
    return {as_addresses[address]: who for address, who in ids(as_addresses).items()}

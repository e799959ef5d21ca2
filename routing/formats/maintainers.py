"""MAINTAINERS files, as Linux, Xen, QEMU and U-Boot write them (`routing.formats.dialects`).

    XENSTORE
    M:  Alice Example <alice@example.org>       maintainer; R: reviewer
    L:  xenstore@lists.example.org              list; (subscribers-only) and (moderated …) may follow
    S:  Supported                               status
    C:  irc://irc.libera.chat/example           where it is talked about
    F:  tools/xenstored/                        files (`routing.formats.globs`); X: but not these
    N:  xenbus                                  files by a regular expression
    K:  \\bxs_\\w+                                what its files and patches hold, by another
    W: T: Q: B: P: V:                           say nothing to us

Whether a pattern without a slash at its end is a directory is known where the paths of the tree are; without
them it matches too little, and is told as a warning where it looks like one. U-Boot has a file in every
directory, which make one map. A section whose name another has already taken is `NAME (2)`.

What is wrong is told by `file:line`; what can be read all the same is there.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count

from knowledge.documents import DocumentError, Problem, Severity, in_order
from routing.formats.addresses import Address, ids, left_over, read_addresses, read_channel, read_list
from routing.formats.dialects import Dialect, Rules, dialect_of
from routing.formats.examined import Examined
from routing.formats.globs import FilePattern, NamePattern, file_pattern
from routing.formats.ownership import THE_REST, UNKNOWN, Behind, Claim, Ownership
from routing.formats.regexes import Expression, Expressions, TooManyError
from routing.formats.stanzas import Stanza, Tagged, decoded, read_stanzas
from routing.people import Person
from routing.sections import MOST_SECTIONS, MailingList, Section
from routing.tree import Tree

_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@[^\s@<>()\[\],;:\\\"]{1,190}")
"""What mail can be sent to; as the native format has it."""


def parse(
    text: str | bytes,
    source: str,
    *,
    dialect: Dialect | None = None,
    tree: Tree | None = None,
    further: Iterable[tuple[str | bytes, str]] = (),
    ignored: str = "",
) -> Examined:
    """The map in a file and in `further` ones (text, source); `source` is the name that errors carry.

    `ignored`: what `.get_maintainer.ignore` says, an address on a line. Raises `DocumentError` only where
    nothing of a map can be read, and where it is too large. A line that cannot be read is left out,
    which is a warning.
    """
    problems: list[Problem] = []
    texts: list[tuple[str, str]] = []
    for content, name in ((text, source), *further):
        whole, found = decoded(content, name)
        problems += found
        texts.append((whole, name))
    spoken = dialect or dialect_of("\n".join(whole for whole, _ in texts))
    reader = _Reader(spoken.rules, tree, problems)
    place = 0
    for whole, name in texts:
        for stanza in read_stanzas(whole, name, spoken.rules, place):
            if len(reader.sections) == MOST_SECTIONS:
                message = f"the map has more than {MOST_SECTIONS:,} sections, the most that one may"
                raise DocumentError([Problem(name, stanza.line, 1, message)])
            reader.take(stanza)
        place += whole.count("\n") + 1
    if not reader.sections:
        reader.wrong(source, 1, "holds no section: a name, and below it lines like `F: tools/`")
    return reader.examined(source, _lines(ignored))


def _lines(ignored: str) -> Iterator[str]:
    for line in ignored.splitlines():
        if address := line.partition("#")[0].strip():
            yield address


@dataclass(slots=True)
class _Reader:
    """Puts a map together, section by section."""

    rules: Rules
    tree: Tree | None
    problems: list[Problem]
    sections: dict[str, Section] = field(default_factory=dict)
    behind: dict[str, Behind] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    expressions: Expressions = field(default_factory=Expressions)
    _names: dict[str, int] = field(default_factory=dict)
    """Folded names that are taken, and how often."""

    def wrong(self, source: str, line: int, message: str, severity: Severity = Severity.ERROR) -> None:
        self.problems.append(Problem(source, line, 1, message, severity))

    def take(self, stanza: Stanza) -> None:
        name = self._unique(stanza)
        lists = tuple(self._lists(stanza))
        content = tuple(self._content(stanza))
        files: list[FilePattern | NamePattern] = []
        excluded: list[FilePattern | NamePattern] = []
        for pattern, said in self._patterns(stanza):
            self.claims.append(Claim(name, pattern, said.place, against=said.tag == "X"))
            (excluded if said.tag == "X" else files).append(pattern)
        said_so = [*stanza.values("S")]
        status = said_so[-1].strip() if said_so else ""
        people = tuple(self._people(stanza))
        self.behind[name] = Behind(stanza.title, status if said_so else UNKNOWN, people, lists)
        self.places[name] = (stanza.source, stanza.line)
        channels = filter(None, map(read_channel, stanza.values("C")))
        self.sections[name] = Section(
            name=name,
            title=stanza.title,
            files=tuple(files),
            excluded=tuple(excluded),
            content=content,
            status=status or "Maintained",
            lists=lists,
            mail=next((each.address for each in lists if not each.hidden), None),
            channels=tuple(dict.fromkeys(channels)),
        )

    def examined(self, source: str, ignored: Iterable[str]) -> Examined:
        people = self._everybody()
        for name, behind in self.behind.items():
            by_role: tuple[dict[str, None], dict[str, None]] = ({}, {})
            for address, reviewer in behind.people:
                by_role[reviewer][people[address.person].id] = None
            maintainers, reviewers = (tuple(each) for each in by_role)
            self.sections[name] = replace(self.sections[name], maintainers=maintainers, reviewers=reviewers)
        rest = self._rest()
        lookup = Ownership.of(self.claims, self.behind, self.rules, self.tree, ignored)
        return Examined(
            source,
            self.sections,
            {person.id: person for person in people.values()},
            rest,
            self.sections[rest].mail if rest else None,
            (lookup,),
            self.tree,
            tuple(in_order(self.problems)),
            self.places,
        )

    def _unique(self, stanza: Stanza) -> str:
        taken = self._names.setdefault(stanza.title.casefold(), 0)
        for again in count(taken + 1):
            name = stanza.title if again == 1 else f"{stanza.title} ({again})"
            if again == 1 or name.casefold() not in self._names:
                self._names[stanza.title.casefold()] = again
                self._names.setdefault(name.casefold(), 1)
                return name
        raise AssertionError  # there is always another number

    def _lists(self, stanza: Stanza) -> Iterator[MailingList]:
        for said in stanza.said:
            if said.tag == "L":
                found = read_list(said.value)
                if found is not None and _ADDRESS.fullmatch(found.address):
                    yield found
                else:
                    message = f"`{said.value[:80]}` is not the address of a list; it is left out"
                    self.wrong(stanza.source, said.line, message, Severity.WARNING)

    def _people(self, stanza: Stanza) -> Iterator[tuple[Address, bool]]:
        named = ""
        for said in stanza.said:
            before, named = named, said.value.strip() if said.tag == "P" and not self.rules.profiles else ""
            if said.tag not in ("M", "R"):
                continue
            found = [each for each in read_addresses(said.value) if each.email.isprintable()]
            if not all(_ADDRESS.fullmatch(each.email) for each in found) or not found:
                message = f"`{said.value[:80]}` holds no mail address that mail could be sent to"
                self.wrong(stanza.source, said.line, message, Severity.WARNING)
            elif rest := left_over(said.value):
                message = f"`{rest[:80]}` is left out: a name with a comma in it wants quotes"
                self.wrong(stanza.source, said.line, message, Severity.WARNING)
            for address in found:
                named_so = Address(before, address.email) if before and not address.name else address
                yield named_so, said.tag == "R"

    def _content(self, stanza: Stanza) -> Iterator[Expression]:
        for said in stanza.said:
            if said.tag == "K":
                try:
                    yield self.expressions.read(said.value)
                except ValueError as error:
                    self._leave_out(stanza, said, error)

    def _patterns(self, stanza: Stanza) -> Iterator[tuple[FilePattern | NamePattern, Tagged]]:
        directory = self.tree.is_directory if self.tree is not None else _never
        for said in stanza.said:
            try:
                if said.tag in ("F", "X"):
                    yield (
                        file_pattern(
                            said.value, self.expressions, directory=directory, braces=self.rules.braces
                        ),
                        said,
                    )
                elif said.tag == "N":
                    yield NamePattern(said.value, self.expressions.read(said.value)), said
            except ValueError as error:
                self._leave_out(stanza, said, error)

    def _leave_out(self, stanza: Stanza, said: Tagged, error: ValueError) -> None:
        message = f"`{said.tag}: {said.value[:80]}` {error}"
        if isinstance(error, TooManyError):
            raise DocumentError([Problem(stanza.source, said.line, 1, message)]) from None
        self.wrong(stanza.source, said.line, f"{message}; the line is left out", Severity.WARNING)

    def _everybody(self) -> dict[str, Person]:
        """By their addresses in lower case."""
        names: dict[str, str] = {}
        emails: dict[str, str] = {}
        for behind in self.behind.values():
            for address, _ in behind.people:
                emails.setdefault(address.person, address.email)
                if not names.get(address.person):
                    names[address.person] = address.name
        return {
            person: Person(who, names[person] or who, email=emails[person])
            for person, who in ids(emails).items()
        }

    def _rest(self) -> str | None:
        """The section that owns what is left over: by its name, else by its patterns."""
        if THE_REST in self.sections:
            return THE_REST
        for name, section in self.sections.items():
            if {"*", "*/"} <= {pattern.text for pattern in section.files}:
                return name
        return None


def _never(_: str) -> bool:
    return False

"""What somebody is told who asks whose a path is: sections, people with their roles, and lists.

A format with rules of its own for that (whom to leave out, what to call them) has a lookup that answers by
itself; for the others everybody of every section that owns the path is told, each address once. Imports
nothing of chat, nor a format.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from routing.sections import Lookup, MaintainersMap, Owning, Section

MAINTAINER, REVIEWER = "maintainer", "reviewer"

_ROLES = {
    "supported": "supporter",
    "maintained": MAINTAINER,
    "odd fixes": "odd fixer",
    "orphan": "orphan minder",
    "obsolete": "obsolete minder",
    "buried alive in reporters": "chief penguin",
}
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_ -]*")


def role_of(status: str) -> str:
    """What a maintainer of a section with that status is, in the words of `get_maintainer.pl`."""
    said = status.strip().lower()
    return _ROLES.get(said, said)


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody behind a section. `label`: what stands beside the role, often the section's name cut short."""

    name: str
    email: str
    role: str
    section: str
    label: str = ""

    def __str__(self) -> str:
        """As `get_maintainer.pl` prints it."""
        label = f":{self.label}" if self.label else ""
        return f"{self.address} ({self.role}{label})"

    @property
    def address(self) -> str:
        if not self.name or not self.email or self.name == self.email:
            return self.email or self.name
        quoted = '"' + self.name.replace('"', '\\"') + '"'
        return f"{self.name if _PLAIN_NAME.fullmatch(self.name) else quoted} <{self.email}>"


@dataclass(frozen=True, slots=True)
class Post:
    """A mailing list. `kind`: "open list" or "moderated list"."""

    email: str
    kind: str
    section: str
    label: str = ""

    def __str__(self) -> str:
        label = f":{self.label}" if self.label else ""
        return f"{self.email} ({self.kind}{label})"


@dataclass(frozen=True, slots=True)
class Answer:
    """Whose `path` is: the closest section first."""

    path: str
    owning: tuple[Owning, ...] = ()
    people: tuple[Contact, ...] = ()
    lists: tuple[Post, ...] = ()


def answer(of: MaintainersMap, path: str) -> Answer:
    """Whose a path from the root of the tree is. A lookup that has a method `answer(path) -> Answer` says so
    by itself."""
    own = [_answer(of, lookup, path) for lookup in of.lookups] or [_plain(of, path, of.owning(path))]
    if len(own) == 1:
        return own[0]
    people = {each.email.lower() or each.name: each for one in reversed(own) for each in reversed(one.people)}
    lists = {each.email.lower(): each for one in reversed(own) for each in reversed(one.lists)}
    return Answer(path, of.owning(path), tuple(reversed(people.values())), tuple(reversed(lists.values())))


def _answer(of: MaintainersMap, lookup: Lookup, path: str) -> Answer:
    own: Callable[[str], Answer] | None = getattr(lookup, "answer", None)  # isinstance takes microseconds
    return own(path) if own is not None else _plain(of, path, lookup.owning(path))


def _plain(of: MaintainersMap, path: str, owning: tuple[Owning, ...]) -> Answer:
    people: dict[str, Contact] = {}
    lists: dict[str, Post] = {}
    for section in (of.sections[each.section] for each in owning if each.section in of.sections):
        for contact in _behind(of, section):
            people.setdefault(contact.email.lower() or contact.name, contact)
        addresses = [each.address for each in section.lists if not each.hidden]
        for address in addresses or ([section.mail] if section.mail else []):
            lists.setdefault(address.lower(), Post(address, "open list", section.name, section.name))
    if owning and of.mail:
        lists.setdefault(of.mail.lower(), Post(of.mail, "open list", ""))
    return Answer(path, owning, tuple(people.values()), tuple(lists.values()))


def _behind(of: MaintainersMap, section: Section) -> Iterator[Contact]:
    role = role_of(section.status)
    for ids, said in ((section.maintainers, role), (section.reviewers, REVIEWER)):
        for person in (of.people[each] for each in ids if each in of.people):
            yield Contact(person.name, person.email or "", said, section.name, section.name)

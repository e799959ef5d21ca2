"""Complaints: what a rule says of a place, and what to do about it.

A family of rules yields what is `Said` of places in an entry; only where these stand in the file makes a
`Complaint` of it. Imports `knowledge.composing`, `knowledge.entry` and the table of rules.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from knowledge.composing import Location, Places, Problem, Severity
from knowledge.entry import Entry
from knowledge.lint.rules import RULES


@dataclass(frozen=True, slots=True)
class Said:
    """What `rule` says of the part of an entry that `at` leads to: what is wrong, in a sentence, and a
    `suggestion`, what to write or do. `severity` is that of the rule where there is none."""

    rule: str
    at: Location
    message: str
    suggestion: str
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Complaint:
    """What `rule` (a key of `RULES`) says of a place in a file, and what to write or do there."""

    problem: Problem
    rule: str
    suggestion: str

    @property
    def is_error(self) -> bool:
        """Whether it must be mended; else it is only worth a look."""
        return self.problem.severity is Severity.ERROR

    def __str__(self) -> str:
        return f"{self.problem.message}; {self.suggestion} [{self.rule}]"


@dataclass(frozen=True, slots=True)
class Lintable:
    """A file of a base. `text` gives what stands in it, and is only called while it is looked at; `places`
    are those of its parts.

    `entry` is None where the file holds none at all. One that is not `whole` is what remains of an entry that
    something is wrong with: it is only looked at for what it names.
    """

    places: Places
    text: Callable[[], str]
    entry: Entry | None = None
    whole: bool = True

    @property
    def source(self) -> str:
        return self.places.source


def complaints(said: Iterable[Said], places: Places) -> Iterator[Complaint]:
    """What is said of an entry, at its places."""
    for each in said:
        severity = each.severity or RULES[each.rule].severity
        yield Complaint(places.problem(each.at, each.message, severity), each.rule, each.suggestion)


def in_order(found: Iterable[Complaint]) -> list[Complaint]:
    """Complaints by file and place, each once."""
    return sorted(
        dict.fromkeys(found),
        key=lambda each: (
            each.problem.source,
            each.problem.line,
            each.problem.column,
            each.rule,
            each.problem.message,
        ),
    )

"""A folder of entries as lint looks at it: each file with its text, and everything that is wrong with it.

One door for `pkgdesk kb lint` and `pkgdesk check`: neither database nor network. Texts are read when they
are looked at and are not kept, so that memory does not grow with the size of the files. Imports of ours: the
readers of `knowledge`.
"""

import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

from knowledge.composing import Document, DocumentError, Location, Places, Problem, Value
from knowledge.documents import read_file
from knowledge.entry import Entry
from knowledge.facets import FacetKind
from knowledge.files import ENTRY_LIMITS
from knowledge.library import NO_ENTRY, Progress, Read, read
from knowledge.lint.complaint import Complaint, Lintable, in_order
from knowledge.lint.rules import RULES
from knowledge.lint.unfit import is_taken, unfit
from knowledge.lint.whole import COMPARED, Tell, lint

KEEP_ALL = sys.maxsize
"""A moment after which no file of now has changed: all that is read is kept, with the file it was read of."""


@dataclass(frozen=True, slots=True)
class Linted:
    """What was found in a folder, and how many entries were looked at."""

    complaints: tuple[Complaint, ...]
    entries: int

    @property
    def errors(self) -> int:
        return sum(each.is_error for each in self.complaints)

    @property
    def warnings(self) -> int:
        return len(self.complaints) - self.errors


def lint_folder(
    folder: Path,
    *,
    kinds: Iterable[FacetKind] = (),
    sections: Collection[str] | None = None,
    today: date,
    rules: Collection[str] = RULES.keys(),
    progress: Tell,
) -> Linted:
    """What the `rules` say of the entries in a folder. Never raises for what is there, or is not.

    `kinds` are the declared facets, where there are any; `sections` those of the map, where there is one.
    """
    declared = tuple(kinds)
    found = read(
        folder,
        declared,
        moment=KEEP_ALL,
        sections=sections,
        progress=lambda done, total: progress("files read", done, total),
    )
    if not found.entries and not found.problems:
        found = replace(found, problems=(Problem(str(folder), 1, 1, NO_ENTRY),))
    said = linted(found, kinds=declared, sections=sections, today=today, rules=rules, progress=progress)
    return Linted(tuple(said), len(found.entries))


def linted(
    found: Read,
    *,
    kinds: Iterable[FacetKind] = (),
    sections: Collection[str] | None = None,
    today: date,
    rules: Collection[str] = RULES.keys(),
    progress: Tell,
) -> list[Complaint]:
    """What the `rules` say of what was read of a folder with `KEEP_ALL`, what is wrong with its files
    included."""
    said = lint(_lintable(found), kinds=kinds, sections=sections, today=today, rules=rules, progress=progress)
    for path, seen in found.files.items():
        if seen.wrong:
            value = _value(path)
            said += (unfit(each, value) for each in seen.wrong)
    for problem in found.problems:
        # What else is told of a file that holds an entry is what that names, which rules have looked at.
        if problem.source not in found.files or is_taken(problem):
            said.append(unfit(problem, None))
    return in_order(each for each in said if each.rule in rules)


def beyond_reading(
    found: Read,
    *,
    kinds: Iterable[FacetKind] = (),
    sections: Collection[str] | None = None,
    today: date,
    progress: Progress | None = None,
) -> list[Problem]:
    """What the rules say of what was read of a folder with `KEEP_ALL`, but for what reading it has told."""

    def tell(what: str, done: int, total: int) -> None:
        if progress is not None and what == COMPARED:
            progress(done, total)

    said = lint(_lintable(found), kinds=kinds, sections=sections, today=today, progress=tell)
    return [as_problem(each) for each in said if each.rule not in _READ]


def of_one(document: Document, entry: Entry, today: date) -> list[Problem]:
    """What the rules say of one entry by itself, but for what reading it has told, and for what it names."""
    alone = Lintable(document.places, partial(_text, document.places.source), entry)
    return [as_problem(each) for each in lint([alone], today=today) if each.rule not in _READ]


def as_problem(complaint: Complaint) -> Problem:
    """A complaint as a problem among others: with what to do, and the rule."""
    return replace(complaint.problem, message=str(complaint))


_READ = frozenset({"broken-see", "unknown-facet", "unknown-section", "review-due"})
"""Rules for what reading a folder tells already."""


def _lintable(found: Read) -> Iterator[Lintable]:
    for path, seen in found.files.items():
        yield Lintable(
            Places(path, partial(_marks, path)), partial(_text, path), seen.entry, whole=not seen.wrong
        )
    for path in sorted(found.left_out):
        if path not in found.files:
            yield Lintable(Places(path, lambda: {(): (1, 1)}), partial(_text, path))


def _text(path: str) -> str:
    """What stands in a file, as far as an entry may be long; nothing where it cannot be read."""
    place = Path(path)
    try:
        if not place.is_file():
            return ""
        with place.open("rb") as file:
            return file.read(ENTRY_LIMITS.size).decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""


def _marks(path: str) -> Mapping[Location, tuple[int, int]]:
    try:
        return read_file(Path(path), ENTRY_LIMITS).places.marks
    except DocumentError:  # it has changed in this moment
        return {(): (1, 1)}


def _value(path: str) -> Value:
    try:
        return read_file(Path(path), ENTRY_LIMITS).value
    except DocumentError:
        return None

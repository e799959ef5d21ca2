"""Lint of one entry that is about to be published, beside the base as it is.

All rules that need no other file's text, in some milliseconds: the base is not looked at but for what the
phrasings of this entry find in it. Pure; imports the modules of `knowledge`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from knowledge.composing import DocumentError
from knowledge.documents import read
from knowledge.facets import FacetKind
from knowledge.files import ENTRY_LIMITS, entry_of
from knowledge.index import Index
from knowledge.lint.complaint import Complaint, complaints, in_order
from knowledge.lint.neighbours import beside
from knowledge.lint.texts import allowances
from knowledge.lint.unfit import unfit
from knowledge.lint.whole import of_entry, of_references, of_text
from knowledge.references import References


def lint_text(
    text: str,
    path: str,
    among: Index,
    *,
    kinds: Iterable[FacetKind] | None = None,
    sections: Collection[str] | None = None,
    today: date,
    newest: Mapping[str, str] | None = None,
) -> list[Complaint]:
    """What is said of the text of an entry, which is to stand in the file `path`, by its place there.

    `among`: the base; what stands there under the same id is what this takes the place of. `kinds`: the
    declared facets; those of the index where none are given.
    """
    noted = allowances(text, path)
    found = [*noted.wrong, *of_text(text, path)]
    try:
        document = read(text, path, ENTRY_LIMITS)
    except DocumentError as error:
        return in_order([*found, *(unfit(each, None) for each in error.problems)])
    try:
        entry = entry_of(document, path.rpartition("/")[2].removesuffix(".yaml"))
    except DocumentError as error:
        return in_order([*found, *(unfit(each, document.value) for each in error.problems)])
    references = References(
        (entry.id, *(each.id for each in among.entries)),
        among.declared if kinds is None else kinds,
        sections,
    )
    said = [
        *of_references(entry, references),
        *of_entry(entry, today, newest or {}),
        *beside(entry, among),
    ]
    found += complaints(said, document.places)
    return in_order(each for each in found if not noted.allow(each))


def refusal(found: Sequence[Complaint]) -> str:
    """Why an entry may not be published, in a line: its first error, with place, remedy and rule. Empty where
    it may be."""
    errors = [each for each in found if each.is_error]
    if not errors:
        return ""
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"line {first.problem.line}: {first}{more}"

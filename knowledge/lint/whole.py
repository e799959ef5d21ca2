"""Lint of a whole base: every rule, for every file.

What a base says is the same in whichever order its files come. Work grows with the base; a file cannot cost
more than its size allows. Pure: `text` of a file is read by whoever calls, one at a time, and not kept.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from itertools import chain

from knowledge.composing import Problem
from knowledge.entry import Entry
from knowledge.facets import FacetKind
from knowledge.index import Index
from knowledge.lint.addresses import addresses
from knowledge.lint.complaint import Complaint, Lintable, Said, complaints, in_order
from knowledge.lint.neighbours import Neighbours
from knowledge.lint.rules import RULES
from knowledge.lint.secrets import secrets
from knowledge.lint.sources import of_sources
from knowledge.lint.staleness import newest_named, overtaken, past_review
from knowledge.lint.texts import Allowances, Lines, allowances
from knowledge.lint.variants import of_variants
from knowledge.lint.wording import of_wording
from knowledge.references import References

TOLD_EVERY = 50
"""Entries after which progress is told again."""

Tell = Callable[[str, int, int], None]
"""Is told what is being done, how much of it is done, and of how much."""

COMPARED = "entries compared"
"""What takes the longest, as `Tell` is told it."""

NEIGHBOURLY = frozenset({"near-duplicate", "phrasing-finds-another", "contradiction", "vague-phrasing"})
"""Rules that ask the base, which is what takes time."""


def lint(
    base: Iterable[Lintable],
    *,
    kinds: Iterable[FacetKind] = (),
    sections: Collection[str] | None = None,
    today: date,
    newest: Mapping[str, str] | None = None,
    rules: Collection[str] = RULES.keys(),
    progress: Tell | None = None,
) -> list[Complaint]:
    """What the `rules` say of a base, by file and place.

    `kinds`: the declared facets; where there are none, facets are not compared with them. `sections`: those
    of the map; None where there is no map. `newest`: the newest release by facet, besides those that the base
    names itself. Of two files with one id the first (by path) is looked at.
    """
    tell = progress or _silent
    files = sorted(base, key=lambda each: each.source.split("/"))  # as paths are sorted
    declared = tuple(kinds)
    chosen: dict[str, tuple[Entry, Lintable]] = {}
    for each in files:
        if each.entry is not None and each.whole:
            chosen.setdefault(each.entry.id, (each.entry, each))
    references = References(
        {*chosen, *(each.entry.id for each in files if each.entry is not None)}, declared, sections
    )
    entries = [entry for _, (entry, _) in sorted(chosen.items())]
    latest = _latest(newest_named(entries, declared), newest or {})
    allowed: dict[str, Allowances] = {}
    found: list[Complaint] = []
    for done, each in enumerate(files, 1):
        text = each.text()
        if "lint" in text:
            allowed[each.source] = allowances(text, each.source)
            found += allowed[each.source].wrong
        found += of_text(text, each.source)
        if each.entry is not None:
            found += complaints(of_references(each.entry, references), each.places)
            if each.whole and chosen[each.entry.id][1] is each:
                found += complaints(of_entry(each.entry, today, latest), each.places)
        if done % TOLD_EVERY == 0 or done == len(files):
            tell("files looked at", done, len(files))
    if NEIGHBOURLY.intersection(rules) and len(entries) > 1:
        tell("words looked up", 0, len(entries))
        asked = Neighbours(Index.build(entries, declared))
        said = asked.all_said(lambda done, total: _now_and_then(tell, done, total))
        for entry, what in said:
            found += complaints([what], chosen[entry.id][1].places)
    return in_order(
        each
        for each in found
        if each.rule in rules
        and not ((comment := allowed.get(each.problem.source)) is not None and comment.allow(each))
    )


def of_text(text: str, source: str) -> Iterator[Complaint]:
    """What is said of the text of a file as it is."""
    lines: Lines | None = None
    for leak in chain(secrets(text), addresses(text)):
        lines = lines or Lines(text)
        problem = Problem(source, *lines.at(leak.offset), leak.message, leak.severity)
        yield Complaint(problem, leak.rule, leak.suggestion)


def of_entry(entry: Entry, today: date, newest: Mapping[str, str]) -> Iterator[Said]:
    """What is said of an entry by itself."""
    yield from of_variants(entry)
    yield from of_wording(entry)
    yield from of_sources(entry)
    yield from past_review(entry, today)
    yield from overtaken(entry, newest, today)


def of_references(entry: Entry, references: References) -> Iterator[Said]:
    """What the entry names that is not there."""
    for at, message in references.missing(entry):
        rule = {"see": "broken-see", "section": "unknown-section"}.get(str(at[0]), "unknown-facet")
        mend = _MENDING[rule] if "did you mean" not in message else "write the name that is meant"
        yield Said(rule, at, message, mend)


_MENDING = {
    "broken-see": "write the id of an entry that is there, or take it out",
    "unknown-section": "write a section as the map calls it",
    "unknown-facet": "write one that is declared, or declare it under `facets` of the configuration",
}


def _latest(named: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """The newest by facet. What is given is known from elsewhere, and goes before what the base names."""
    return {**named, **given}


def _now_and_then(tell: Tell, done: int, total: int) -> None:
    if done % TOLD_EVERY == 0 or done == total:
        tell(COMPARED, done, total)


def _silent(what: str, done: int, total: int) -> None:
    """Progress that nobody wants to be told."""

"""What to do next about a base: what its report asks for, what helps askers most first. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.reporting.values import Report
from bot.usage import End
from knowledge.drafts import DraftState

NAMED = 3
"""Entries or sections that are named with a step; the lists of the report have all."""

FEWEST = 2
"""Refusals from which on they are no accident."""

OFTEN = 1 / 4
"""The share of what an entry was asked from which on it is often not it."""


@dataclass(frozen=True, slots=True)
class Step:
    """`what` is to be done, in a sentence that `names` (entries, sections) go with, and the `command` that it
    begins with. `kind`: what programs know it by; `count`: of how many things it speaks."""

    kind: str
    count: int
    what: str
    command: str
    names: tuple[str, ...] = ()


def steps(report: Report) -> tuple[Step, ...]:
    """What to do next, the most helpful first; nothing where all is well."""
    return tuple(_steps(report))


def _steps(report: Report) -> Iterator[Step]:
    asked = {each.id: each.told.asked for each in report.used if each.there}

    def named(ids: list[str]) -> tuple[str, ...]:
        return tuple(sorted(ids, key=lambda name: (-asked.get(name, 0), name))[:NAMED])

    if not report.entries:
        yield Step("begin", 0, "The base has no entry yet: write the first one", "pkgdesk kb add")
    if report.usage is not None and (waiting := report.usage.waiting):
        count = report.usage.drafts.get(DraftState.QUEUED, len(waiting))  # of many not all are listed
        what = f"{_wait(count)} for an editor, the oldest since {waiting[0].at:%Y-%m-%d}"
        yield Step("review-drafts", count, what, "pkgdesk kb drafts")
    wrong = [
        each.id
        for each in sorted(report.used, key=lambda each: (-each.told.refused, each.id))
        if each.there and each.told.refused >= max(FEWEST, OFTEN * each.told.asked)
    ]
    if wrong:
        yield Step(
            "mend-refused",
            len(wrong),
            f"{_entries(len(wrong), 'is', 'are')} often not what was asked for: say what sets each apart",
            f"pkgdesk kb edit {wrong[0]}",
            tuple(wrong[:NAMED]),
        )
    without = report.ends.get(End.PEOPLE, 0) + report.ends.get(End.NOBODY, 0)
    if without:
        by_section = {
            each.name: ends.get(End.PEOPLE, 0) + ends.get(End.NOBODY, 0)
            for each in report.sections
            if each.name and (ends := each.ends or {})
        }
        most = sorted(
            (name for name in by_section if by_section[name]), key=lambda name: (-by_section[name], name)
        )
        what = f"{without:,} question{'s' if without != 1 else ''} went past the base: see what is missing"
        yield Step("fill-gaps", without, what, "pkgdesk kb gaps", tuple(most[:NAMED]))
    if report.stale:
        first = named([each.id for each in report.stale])
        what = f"{_entries(len(report.stale), 'is', 'are')} to be checked again"
        yield Step("check-again", len(report.stale), what, f"pkgdesk kb edit {first[0]}", first)
    unverified = [name for name in report.unverified if asked.get(name)] or list(report.unverified)
    if unverified:
        first = named(unverified)
        so_far = ", though asked for" if asked.get(first[0]) else ""
        what = f"{_entries(len(unverified), 'was', 'were')} never verified{so_far}"
        yield Step("verify", len(unverified), what, f"pkgdesk kb edit {first[0]}", first)


def _entries(count: int, one: str, several: str) -> str:
    return f"1 entry {one}" if count == 1 else f"{count:,} entries {several}"


def _wait(count: int) -> str:
    return "1 draft waits" if count == 1 else f"{count:,} drafts wait"

"""Entries that want to be looked at again: by their own word, or since a newer version is out.

A version **overtakes** an entry that was verified for an older series (`4.14` is one, 4.14.3 belongs to it),
where an answer of that entry holds for the newer one, too, without an upper bound. The newest is the newest
release of that facet that the base names: in `verified`, or in `applies` as one that something holds for
(`>=4.19`, `4.19`; `<4.22` may name what is not out yet). When a release comes out nearly every entry is one
behind; so an entry that says itself when it wants to be looked at again (`review_after`) is believed until
then, for one release: 4.20 may be followed by 4.21, but not by 4.22 nor by 5.0.

An entry says nothing of which facet its version is where it names none; then it is the only version that the
base knows, or left alone.

Pure; imports the modules of `knowledge`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from knowledge.entry import Entry
from knowledge.facets import FacetKind
from knowledge.freshness import review_due, worth_a_look
from knowledge.lint.complaint import Said
from knowledge.lint.regions import allowed, open_ended
from knowledge.versions import Version, parse_version, spans

SERIES = 2
"""Numbers of a version that name its series: 4.19 of 4.19.1."""

_KNOWN = re.compile(r"(?:>=|<=|>|=|)\s*([0-9.]+)")


def past_review(entry: Entry, today: date) -> Iterator[Said]:
    """Whether it is past its own time."""
    for at, message in worth_a_look(entry, today):
        if at == ("review_after",):
            mend = "write who checked it and when into `verified`, or take `review_after` out"
        elif at == ("verified", "on"):
            mend = f"write the day on which it was checked, at the latest {today}"
        else:
            mend = f"check it against its source and write {{on: {today}, by: your name}} into `verified`"
        yield Said("review-due", at, message, mend)


def newest_named(entries: Iterable[Entry], kinds: Iterable[FacetKind] = ()) -> dict[str, str]:
    """The newest release of each version facet that the entries name."""
    several = tuple(entries)
    newest: dict[str, Version] = {}
    for entry in several:
        for answer in entry.answers:
            for facet, values in answer.applies.items():
                for value in values:
                    for version in _named(value):
                        if facet not in newest or version > newest[facet]:
                            newest[facet] = version
    choices = {kind.name for kind in kinds if kind.choices is not None}
    newest = {facet: version for facet, version in newest.items() if facet not in choices}
    only = next(iter(newest)) if len(newest) == 1 else ""
    for entry in several:
        verified = parse_version(entry.verified.version) if entry.verified else None
        facet = _facet_of(entry, only)
        if verified and verified.candidate is None and facet in newest and verified > newest[facet]:
            newest[facet] = verified
    return {facet: str(version) for facet, version in newest.items()}


def overtaken(entry: Entry, newest: Mapping[str, str], today: date) -> Iterator[Said]:
    """Whether a version of the `newest` (by facet) is later than what it was verified for, and it holds for
    that."""
    if entry.verified is None or not entry.verified.version:
        return
    facet = _facet_of(entry, next(iter(newest)) if len(newest) == 1 else "")
    old, new = parse_version(entry.verified.version), parse_version(newest.get(facet, ""))
    if old is None or new is None or new.candidate is not None or _series(new) <= _series(old):
        return
    due = review_due(entry)
    if due is not None and due > today and _follows(_series(new), _series(old)):
        return
    open_answers = [
        position
        for position, answer in enumerate(entry.answers)
        if facet not in answer.applies or open_ended(allowed(answer.applies[facet]))
    ]
    if open_answers:
        holds = "it" if len(entry.answers) == 1 else f"answers[{open_answers[-1]}]"
        yield Said(
            "overtaken",
            ("verified", "for"),
            f"verified for {facet} {old}, and {holds} holds for {new}, too, which the base knows by now",
            f'check it with {new} and write for: "{new}", or end its `applies` before what differs '
            f'({facet}: "<{new}")',
        )


def _facet_of(entry: Entry, only: str) -> str:
    """Which facet the version is one of that the entry was verified for; empty where that is open."""
    named = {
        facet
        for answer in entry.answers
        for facet, values in answer.applies.items()
        if any(spans(value) is not None for value in values)
    }
    return next(iter(named)) if len(named) == 1 else only if not named else ""


def _named(constraint: str) -> Iterator[Version]:
    if spans(constraint) is None:
        return
    for part in constraint.split(","):
        if (found := _KNOWN.fullmatch(part.strip())) and (version := parse_version(found[1])):
            yield version


def _series(version: Version) -> tuple[int, ...]:
    return (*version.release, 0, 0)[:SERIES]


def _follows(series: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether it comes right after the other."""
    return series[:-1] == other[:-1] and series[-1] == other[-1] + 1

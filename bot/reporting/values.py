"""What a report says of a base, as values: what is in it, how it is used, what wants a look. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.usage import End, Told, Usage
from knowledge.entry import Answer, Entry
from knowledge.facets import FacetKind, Holds, applies
from knowledge.freshness import review_due
from knowledge.versions import parse_version, spans

NO_SECTION = ""
"""Entries and questions that belong nowhere."""

MOST_WEEKS = 520
"""Weeks that are told, the newest."""

MOST_VERSIONS = 12
"""Versions of one facet that are told apart, the newest."""

AGES = (("up to 3 months", 91), ("up to 6 months", 183), ("up to a year", 365), ("up to two years", 730))
"""Ages of verifications that are told apart, in days; what is older comes after them."""

OLDER, NEVER = "older", "never verified"

_RELEASE = re.compile(r"[0-9]+(?:\.[0-9]+)*")


@dataclass(frozen=True, slots=True)
class Section:
    """`entries` of which so many are `stale` (their review is due) or were never verified; and what became of
    the questions that belong here. `known`: the map has it, or there is no map."""

    name: str
    entries: int = 0
    stale: int = 0
    unverified: int = 0
    ends: Mapping[End, int] | None = None
    known: bool = True

    @property
    def questions(self) -> int:
        return sum((self.ends or {}).values())


@dataclass(frozen=True, slots=True)
class Facet:
    """How many entries have an answer for each value, by section. `anyway`: those that say nothing of the
    facet, and so hold for every value. `versions`: the values are versions, in their order."""

    name: str
    values: tuple[str, ...]
    versions: bool
    rows: tuple[tuple[str, int, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Used:
    """An entry with what questions say of it. `there`: the base still has it."""

    id: str
    headline: str
    section: str
    told: Told
    there: bool = True


@dataclass(frozen=True, slots=True)
class Stale:
    """An entry whose review is due since a day; `by` verified it last."""

    id: str
    headline: str
    due: date
    by: str


@dataclass(frozen=True, slots=True)
class Week:
    """What became of the questions of the week that began on this Monday."""

    monday: date
    ends: Mapping[End, int]

    @property
    def questions(self) -> int:
        return sum(self.ends.values())


@dataclass(frozen=True, slots=True)
class Report:
    """All of it. `usage`: None where there is no database; then there is nothing to say of who asked what.
    `never`: the ids of entries that no question found. `used`: the entries of which something was asked or
    said, the most asked first. `ages` in the order of `AGES`."""

    today: date
    entries: int
    phrasings: int
    answers: int
    sections: tuple[Section, ...]
    facets: tuple[Facet, ...]
    ages: tuple[tuple[str, int], ...]
    stale: tuple[Stale, ...]
    unverified: tuple[str, ...]
    used: tuple[Used, ...] = ()
    never: tuple[str, ...] = ()
    weeks: tuple[Week, ...] = ()
    usage: Usage | None = None

    @property
    def ends(self) -> Mapping[End, int]:
        """What became of all questions."""
        found: Counter[End] = Counter()
        for week in self.weeks:
            found.update(week.ends)
        return found

    @property
    def coverage(self) -> float | None:
        """The share of the questions that ended which the base answered; None where none has."""
        ended = self.ended
        return self.ends.get(End.BASE, 0) / ended if ended else None

    @property
    def ended(self) -> int:
        """How many questions have ended."""
        return sum(self.ends.get(each, 0) for each in (End.BASE, End.PEOPLE, End.NOBODY))


def report(
    entries: Sequence[Entry],
    *,
    kinds: Iterable[FacetKind],
    sections: Collection[str] | None,
    usage: Usage | None,
    today: date,
) -> Report:
    """The report on these entries. `sections`: those of the map, None where there is none."""
    dues = {entry.id: due for entry in entries if (due := review_due(entry)) is not None and due <= today}
    stale = [
        Stale(entry.id, entry.headline, dues[entry.id], entry.verified.by if entry.verified else "")
        for entry in entries
        if entry.id in dues
    ]
    found = Report(
        today=today,
        entries=len(entries),
        phrasings=sum(len(entry.phrasings) for entry in entries),
        answers=sum(len(entry.answers) for entry in entries),
        sections=_sections(entries, dues, sections, usage),
        facets=tuple(_facets(entries, tuple(kinds))),
        ages=_ages(entries, today),
        stale=tuple(sorted(stale, key=lambda each: (each.due, each.id))),
        unverified=tuple(entry.id for entry in entries if entry.verified is None),
    )
    if usage is None:
        return found
    used = _used(entries, usage.entries)
    asked = {each.id for each in used}
    never = tuple(entry.id for entry in entries if entry.id not in asked)
    return replace(found, used=used, never=never, weeks=_weeks(usage, today), usage=usage)


def _sections(
    entries: Sequence[Entry], dues: Collection[str], known: Collection[str] | None, usage: Usage | None
) -> tuple[Section, ...]:
    """The fullest first; in whichever case an entry writes them."""
    names = {name.casefold(): name for name in known or ()}
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name in names:
        counts[name]["entries"] = 0
    for entry in entries:
        key = entry.section.casefold()
        names.setdefault(key, entry.section)
        counts[key].update(
            entries=1, stale=entry.id in dues, unverified=entry.verified is None and entry.id not in dues
        )
    ends: defaultdict[str, Counter[End]] = defaultdict(Counter)
    for name, said in (usage.sections if usage else {}).items():
        names.setdefault(name.casefold(), name)
        ends[name.casefold()].update(said)
        counts[name.casefold()].update(entries=0)
    declared = None if known is None else {name.casefold() for name in known}
    found = [
        Section(
            names[key],
            count["entries"],
            count["stale"],
            count["unverified"],
            ends[key],
            declared is None or not key or key in declared,
        )
        for key, count in counts.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.entries, -each.questions, each.name.casefold())))


def _facets(entries: Sequence[Entry], kinds: Sequence[FacetKind]) -> Iterable[Facet]:
    declared = {kind.name: kind for kind in kinds}
    named: dict[str, Counter[str]] = {name: Counter() for name in declared}
    for entry in entries:
        for answer in entry.answers:
            for facet, allowed in answer.applies.items():
                named.setdefault(facet, Counter()).update(allowed)
    for facet, said in named.items():
        versions = _versions(said) if said and all(spans(each) is not None for each in said) else None
        kind = declared.get(facet)
        if kind is not None and kind.choices is not None:
            values = tuple(dict.fromkeys([*kind.choices, *sorted(said)]))
        else:
            values = versions if versions is not None else tuple(sorted(said))[:MOST_VERSIONS]
        if said:
            yield Facet(facet, values, versions is not None, _held(entries, facet, values))


def _versions(said: Iterable[str]) -> tuple[str, ...]:
    """The versions that constraints name, the oldest first: the newest `MOST_VERSIONS` of them."""
    found = {each for constraint in said for each in _RELEASE.findall(constraint)}
    known = {version: each for each in sorted(found) if (version := parse_version(each)) is not None}
    return tuple(known[version] for version in sorted(known)[-MOST_VERSIONS:])


def _held(
    entries: Sequence[Entry], facet: str, values: Sequence[str]
) -> tuple[tuple[str, int, tuple[int, ...]], ...]:
    rows: defaultdict[str, list[int]] = defaultdict(lambda: [0] * len(values))
    anyway: Counter[str] = Counter()
    names: dict[str, str] = {}
    for entry in entries:
        key = entry.section.casefold()
        names.setdefault(key, entry.section)
        alloweds = [answer.applies.get(facet) for answer in entry.answers]
        if all(allowed is None for allowed in alloweds):
            anyway[key] += 1
            continue
        row = rows[key]
        alone = [Answer("", applies={} if allowed is None else {facet: allowed}) for allowed in alloweds]
        for position, value in enumerate(values):
            row[position] += any(applies(each, {facet: value}) is Holds.YES for each in alone)
    ordered = sorted(names, key=lambda key: (-sum(rows[key]) if key in rows else 0, key))
    return tuple(
        (names[key], anyway[key], tuple(rows[key] if key in rows else [0] * len(values))) for key in ordered
    )


def _ages(entries: Iterable[Entry], today: date) -> tuple[tuple[str, int], ...]:
    found: Counter[str] = Counter()
    for entry in entries:
        if entry.verified is None:
            found[NEVER] += 1
        else:
            days = (today - entry.verified.on).days
            found[next((name for name, most in AGES if days <= most), OLDER)] += 1
    return tuple((name, found[name]) for name in (*(name for name, _ in AGES), OLDER, NEVER))


def _used(entries: Iterable[Entry], told: Mapping[str, Told]) -> tuple[Used, ...]:
    known = {entry.id: entry for entry in entries}
    found = [
        Used(name, known[name].headline, known[name].section, each)
        if name in known
        else Used(name, "", NO_SECTION, each, there=False)
        for name, each in told.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.told.asked, -each.told.confirmed, each.id)))


def _weeks(usage: Usage, today: date) -> tuple[Week, ...]:
    """Every week from the first in which something was asked, whether anything was asked in it or not."""
    if not usage.weeks:
        return ()
    last = today - timedelta(days=today.weekday())
    monday = max(min(usage.weeks), last - timedelta(weeks=MOST_WEEKS - 1))
    found = []
    while monday <= last:
        found.append(Week(monday, usage.weeks.get(monday, {})))
        monday += timedelta(weeks=1)
    return tuple(found)

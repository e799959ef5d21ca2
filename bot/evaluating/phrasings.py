"""Whether a base finds its own entries: by every phrasing as it stands, and by every phrasing without itself.

**As it stands** each phrasing must find its own entry first; one that does not is an error, for whoever asks
in these very words gets something else.

**Without itself** a phrasing stands for a question that nobody foresaw: it is taken out of the base, and the
base is asked. How many are still found, and how many are answered, says how well an entry is covered by the
others of its phrasings. For this the base is built anew many times: once for each phrasing where that is
affordable (`AFFORDABLE`), else for several at once, of which no two are of one entry if that can be.

The calibration is that of the whole base throughout. Values in, values out: nothing is read or printed here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.consult import consult
from bot.desk.model import Finding
from bot.desk.reference import Reference
from bot.evaluating.base import Tell, rebuilt
from knowledge.confidence import Band
from knowledge.entry import Entry
from knowledge.facets import choose_answer, describe

AFFORDABLE = 10_000
"""Entries that are built into bases in all, to ask phrasings without themselves: some seconds."""

OVERHEAD = 250
"""What a base costs besides, in entries: the words of the sentence model are read for each."""

FEWEST = 8
"""Bases that are built for it at least, however large each is."""


@dataclass(frozen=True, slots=True)
class Astray:
    """A phrasing (`position` from 0) that does not find its entry first, and why, in words."""

    entry: str
    position: int
    why: str


@dataclass(frozen=True, slots=True)
class Covered:
    """Of the `phrasings` of an entry, how many it is still found by, as the first, and answered to, when each
    is left out."""

    entry: str
    phrasings: int
    found: int
    answered: int


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a base: how many `phrasings` there are, how many of them are `first` and `answered` as
    they stand; those that go `astray`, in the order of the entries; how each entry with several phrasings is
    `covered`, the worst first; and how many have but one phrasing, so that nothing can be left out."""

    entries: int
    phrasings: int
    first: int
    answered: int
    astray: tuple[Astray, ...]
    covered: tuple[Covered, ...]
    single: int


def try_out(reference: Reference, tell: Tell) -> Tried:
    """Ask a base all of its phrasings, in both ways."""
    entries = reference.knowledge.entries
    total = sum(len(entry.phrasings) for entry in entries)
    same = _same(entries)
    astray: list[Astray] = []
    done = answered = 0
    for entry in entries:
        for position, phrasing in enumerate(entry.phrasings):
            tell("each phrasing as it stands", done, total)
            done += 1
            finding = consult(phrasing, None, reference)
            if not _is_first(entry, finding):
                astray.append(Astray(entry.id, position, _why(entry, phrasing, finding, same)))
            elif finding.band is Band.ANSWER:
                answered += 1
    several = [entry for entry in entries if len(entry.phrasings) > 1]
    covered = _covered(several, reference, tell)
    return Tried(
        entries=len(entries),
        phrasings=total,
        first=total - len(astray),
        answered=answered,
        astray=tuple(astray),
        covered=tuple(sorted(covered, key=_badness)),
        single=len(entries) - len(several),
    )


def _is_first(entry: Entry, finding: Finding) -> bool:
    return bool(finding.matches) and finding.matches[0].entry.id == entry.id


def _badness(each: Covered) -> tuple[float, float, str]:
    return each.found / each.phrasings, each.answered / each.phrasings, each.entry


# --- why a phrasing goes astray -----------------------------------------------------------------------


def _why(entry: Entry, phrasing: str, finding: Finding, same: dict[str, list[str]]) -> str:
    """Why a phrasing does not find its entry first, and what to do."""
    if finding.empty:
        return "holds no word that could be looked up: say in it what it is about"
    if choose_answer(entry, finding.facets) is None:
        named = ", ".join(f"{facet} {value}" for facet, value in finding.facets.items())
        holds_for = " or ".join(describe(answer.applies) for answer in entry.answers)
        return f"names {named}, and the answers hold for {holds_for} only: take it out, or add an answer"
    twins = [other for other in same[_folded(phrasing)] if other != entry.id]
    if twins:
        return f"is a phrasing of `{twins[0]}`, too: keep it in one of the two"
    if not finding.matches:
        return "finds nothing: say in it what it is about"
    other = finding.matches[0]
    own = next((match for match in finding.matches if match.entry.id == entry.id), None)
    mine = f"{100 * own.probability:.0f} %" if own is not None else "not among the first"
    because = f" because: {'; '.join(other.reasons)}" if other.reasons else ""
    return (
        f"finds `{other.entry.id}` before it ({100 * other.probability:.0f} %, this entry {mine}){because}. "
        "Say in one of the two what sets it apart"
    )


def _same(entries: Sequence[Entry]) -> dict[str, list[str]]:
    """The entries that have a phrasing, by its words."""
    found: dict[str, list[str]] = {}
    for entry in entries:
        for phrasing in dict.fromkeys(map(_folded, entry.phrasings)):
            found.setdefault(phrasing, []).append(entry.id)
    return found


def _folded(phrasing: str) -> str:
    return " ".join(phrasing.casefold().split()).rstrip("?!. ")


# --- without itself -----------------------------------------------------------------------------------


def _covered(several: Sequence[Entry], reference: Reference, tell: Tell) -> Iterator[Covered]:
    found = {entry.id: [0, 0] for entry in several}
    total = sum(len(entry.phrasings) for entry in several)
    bases = min(total, max(FEWEST, AFFORDABLE // (OVERHEAD + len(reference.knowledge.entries))))
    asked = 0
    for turn in range(bases):
        lent = _lent(several, turn, bases)
        if not lent:
            continue
        rest = _without(reference, lent)
        for entry in several:
            for position in lent.get(entry.id, ()):
                tell("each phrasing without itself", asked, total)
                asked += 1
                finding = consult(entry.phrasings[position], None, rest)
                is_first = _is_first(entry, finding)
                found[entry.id][0] += is_first
                found[entry.id][1] += is_first and finding.band is Band.ANSWER
    for entry in several:
        yield Covered(entry.id, len(entry.phrasings), *found[entry.id])


def _lent(several: Sequence[Entry], turn: int, bases: int) -> dict[str, tuple[int, ...]]:
    """The positions of the phrasings that are left out of one base, by their entry: never all of an entry,
    for two that stand together are left out of different bases."""
    lent: dict[str, tuple[int, ...]] = {}
    before = 0
    for entry in several:
        positions = tuple(range((turn - before) % bases, len(entry.phrasings), bases))
        if positions:
            lent[entry.id] = positions
        before += len(entry.phrasings)
    return lent


def _without(reference: Reference, lent: dict[str, tuple[int, ...]]) -> Reference:
    """The reference without some phrasings."""
    entries = tuple(
        replace(entry, phrasings=_others(entry.phrasings, lent[entry.id])) if entry.id in lent else entry
        for entry in reference.knowledge.entries
    )
    return rebuilt(reference, entries)


def _others(phrasings: Sequence[str], left_out: Sequence[int]) -> tuple[str, ...]:
    return tuple(each for position, each in enumerate(phrasings) if position not in left_out)

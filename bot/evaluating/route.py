"""`pkgdesk eval route`: a map, its history and cases are read, every case is brought to a section, and what
came of it is measured.

A history may hold the very changes that the cases were made of. So nothing is learned from a commit that is
not older than the earliest case, and it is said how many were left out for that.

Raises `DocumentError` for what is wrong with map, history or cases, before anything is learned, and `OSError`
where the file for the ranked sections cannot be written.
"""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TextIO

from bot.desk.settings import DeskSettings
from bot.evaluating import measures
from bot.evaluating.base import Tell
from bot.evaluating.burden import Burden, burden
from bot.evaluating.cases import Case, earliest, placed, read_cases
from bot.evaluating.clock import Clock, Lap, peak_memory
from bot.evaluating.measures import Answering, Estimate, Outcome, Share
from bot.evaluating.past import Past, read_past
from bot.evaluating.ranked import whole_or_none, write_lines
from bot.evaluating.routed import Band, Routed, Router, Told, route_all
from bot.evaluating.sets import some_of
from bot.maps.files import watched
from bot.maps.settings import MapSource
from bot.maps.sources import read_map
from bot.memory import give_back
from knowledge.documents import DocumentError, Problem
from routing.candidates import candidates
from routing.ladder import ladder
from routing.precedent import Precedent
from routing.sections import MaintainersMap

COVERAGES = tuple(Fraction(percent, 100) for percent in (100, 90, 75, 50, 25))
"""The shares of all questions that accuracy is stated for, the surest ones."""

ROUTE_AT = float(DeskSettings().route_at)
"""The desk's own threshold, as long as nobody sets another one."""

_NAMED = 3
"""Missing sections that are named."""

Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be measured, and how. `named`: the map, in its user's words; `history`: a log or what was
    learned of one; `paragraph`: cases are asked with theirs; `limit`: as many cases are asked."""

    map: tuple[MapSource, ...]
    named: str
    cases: Path
    history: Path | None = None
    ranked: Path | None = None
    paragraph: bool = True
    route_at: float = ROUTE_AT
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Learned:
    """What the history gave: from how many commits was learned, and how many were left out as they are not
    older than the earliest case. `reading` and `learning`: the seconds that took; `memory`: MiB by which the
    process had grown when the history itself was gone again, None where the system does not say."""

    commits: int
    left_out: int
    reading: float
    learning: float
    memory: float | None


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured. `lost`: how many cases nobody owns because the map has none of their gold, whose
    sections are `missing`, each with its cases. `acting`: of `Band.ROUTE`, as of answers; `triage`: how many
    of the cases in `Band.TRIAGE` have their section among the three. `burden`: of all, `burden_right`: of
    those that were brought to the right section. Milliseconds are of one thread, one case at a time; `peak`
    is in MiB."""

    plan: Plan
    sections: int
    people: int
    cases: int
    owned: int
    missing: dict[str, int]
    lost: int
    with_paragraph: int
    loading: Lap
    learned: Learned | None
    first: Share
    among_three: Share
    reciprocal_rank: Estimate
    telling: Estimate
    brier: Estimate
    calibration_error: float | None
    covered: tuple[tuple[Fraction, Share], ...]
    bands: dict[Band, Share]
    acting: Answering
    triage: Share
    burden: Burden
    burden_right: Burden
    p50: float
    p99: float
    peak: float


def measure(plan: Plan, tell: Tell, note: Note) -> Measured:
    """Carry the plan out. `note` takes what is worth knowing besides, a line at a time."""
    tell("reading", 0, 0)
    clock = Clock()
    map_ = read_map(plan.map)
    loading = clock.lap()
    cases = read_cases(plan.cases)
    _guard(plan)
    with whole_or_none(plan.ranked) if plan.ranked is not None else nullcontext() as file:
        return _measured(plan, map_, loading, cases, file, tell, note)


def _measured(
    plan: Plan,
    map_: MaintainersMap,
    loading: Lap,
    cases: tuple[Case, ...],
    file: TextIO | None,
    tell: Tell,
    note: Note,
) -> Measured:
    found = placed(some_of(cases, plan.limit), map_)
    if found.missing:
        note(_unknown(found.missing, found.lost))
    router, learned = _router(plan, map_, earliest(cases), tell, note)
    routed = route_all(found.cases, router, plan.route_at, tell, paragraph=plan.paragraph)
    if file is not None:
        write_lines(file, (Told.of(each, map_) for each in routed), "section")
    outcomes = [each.outcome for each in routed]
    times = [1e3 * each.seconds for each in routed]
    reached = [_reached(each, map_, plan.route_at) for each in routed]
    right = [people for people, outcome in zip(reached, outcomes, strict=True) if outcome.right]
    return Measured(
        plan=plan,
        sections=len(map_.sections),
        people=len(map_.people),
        cases=len(routed),
        owned=sum(each.answerable for each in outcomes),
        missing=dict(found.missing),
        lost=found.lost,
        with_paragraph=sum(bool(case.paragraph) for case in found.cases) if plan.paragraph else 0,
        loading=loading,
        learned=learned,
        first=measures.recall(outcomes, 1),
        among_three=measures.recall(outcomes, 3),
        reciprocal_rank=measures.reciprocal_rank(outcomes),
        telling=measures.auroc(outcomes),
        brier=measures.brier(outcomes),
        calibration_error=measures.calibration_error(outcomes),
        covered=tuple((share, measures.at_coverage(outcomes, share)) for share in COVERAGES),
        bands={band: Share(sum(each.band is band for each in routed), len(routed)) for band in Band},
        acting=measures.own(outcomes),
        triage=_triage(routed, outcomes),
        burden=burden(reached),
        burden_right=burden(right),
        p50=measures.percentile(times, 0.5) or 0.0,
        p99=measures.percentile(times, 0.99) or 0.0,
        peak=peak_memory(),
    )


def _router(
    plan: Plan, map_: MaintainersMap, before: float | None, tell: Tell, note: Note
) -> tuple[Router, Learned | None]:
    if plan.history is None:
        alone = Precedent.without_history(map_)
        return lambda text: candidates(map_, text, alone), None
    clock = Clock()
    past = read_past(plan.history, before, tell, note)
    reading = clock.lap()
    if past.left_out and before is not None:
        note(_left_out(plan.history, past, before))
    precedent = Precedent.learned(past.history.everything(), map_, partial(tell, "learning"))
    count, left_out = len(past.history.commits), past.left_out
    del past  # so that what it took does not count as what was learned
    give_back()
    learning = clock.lap()
    grown = None if reading.memory is None or learning.memory is None else reading.memory + learning.memory
    learned = Learned(count, left_out, reading.seconds, learning.seconds, grown)
    return lambda text: candidates(map_, text, precedent), learned


def _triage(routed: tuple[Routed, ...], outcomes: list[Outcome]) -> Share:
    ranks = [outcome.rank for each, outcome in zip(routed, outcomes, strict=True) if each.band is Band.TRIAGE]
    return Share(sum(rank is not None and rank <= 3 for rank in ranks), len(ranks))


def _reached(routed: Routed, map_: MaintainersMap, route_at: float) -> tuple[str, ...]:
    """The people of the lowest rung that the question has; none where it goes to the list at once."""
    rung = next(ladder(map_, routed.candidates, threshold=route_at), None)
    return tuple(person.id for person in rung.people) if rung is not None else ()


def _unknown(missing: Mapping[str, int], lost: int) -> str:
    names = ", ".join(f"`{name}`" for name in islice(missing, _NAMED))
    more = f" and {len(missing) - _NAMED:,} more" if len(missing) > _NAMED else ""
    one = lost == 1
    counted = f"{lost:,} {'case' if one else 'cases'} without any other gold {'counts' if one else 'count'}"
    owned = f"; {counted} as owned by nobody" if lost else ""
    return (
        f"the map has no section {names}{more}, which the cases name as gold{owned}: do map and cases belong "
        "together?"
    )


def _left_out(history: Path, past: Past, before: float) -> str:
    count, all_ = past.left_out, past.left_out + len(past.history.commits) + len(past.history.sweeping)
    day = datetime.fromtimestamp(before, UTC).date().isoformat()
    are = "is left out, for it is" if count == 1 else "are left out, for they are"
    return f"{history}: {count:,} of {all_:,} commits {are} not older than the earliest case ({day})"


def _guard(plan: Plan) -> None:
    """What is read is not written over."""
    if plan.ranked is None or not plan.ranked.exists():
        return
    for source in (*watched(plan.map), plan.cases, plan.history):
        if source is not None and source.exists() and plan.ranked.samefile(source):
            said = "is read here: name another file for the ranked sections"
            raise DocumentError([Problem(str(plan.ranked), 1, 1, said)])

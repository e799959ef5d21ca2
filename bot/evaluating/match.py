"""`pkgdesk eval match`: entries and queries are read, a base is built, every query is asked, and what came of
it is measured.

Raises `DocumentError` for what is wrong with entries, queries or configuration, before anything is built, and
`OSError` where the file for the ranked entries cannot be written.
"""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from bot.checking.bases import of_base
from bot.config import Settings, load
from bot.consult import thresholds
from bot.evaluating import measures
from bot.evaluating.base import Built, Costs, Reading, Surroundings, Tell, build, reading_by
from bot.evaluating.clock import peak_memory
from bot.evaluating.leaving_out import Without, without
from bot.evaluating.measures import Answering, Estimate, Share
from bot.evaluating.noise import Noise
from bot.evaluating.ranked import whole_or_none, write_lines
from bot.evaluating.sets import Query, known, read_entries, read_queries, some_of
from bot.evaluating.trial import Asked, ask
from bot.maps.sources import read_map
from knowledge import library
from knowledge.documents import DocumentError, Problem
from knowledge.entry import Entry


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be measured, and how. `config`: whose settings, facets and map hold; without one it is the
    desk as it is by default, and nobody is behind it. `without`: what is left out of the base; `limit`: as
    many queries are asked; `overheard`: as lines that nobody addressed to the desk."""

    entries: Path
    queries: Path
    config: Path | None = None
    ranked: Path | None = None
    semantic: bool = True
    noise: Noise | None = None
    without: Without | None = None
    overheard: bool = False
    seed: int = 0
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured. `entries` are in the base, with `phrasings` in all, and `left_out` were left out of
    it; `model`: the name of the sentence model, None for words alone; `lost`: how many queries have no answer
    because none of their gold is in the base; `answer_at` and `gap` are what is in force for this base.
    Milliseconds are of `consult`, one query at a time; `peak` is in MiB."""

    plan: Plan
    entries: int
    phrasings: int
    left_out: int
    model: str | None
    queries: int
    answerable: int
    lost: int
    first: Share
    among_three: Share
    reciprocal_rank: Estimate
    telling: Estimate
    own: Answering
    oracle: Answering
    answer_at: float
    gap: float
    p50: float
    p99: float
    costs: Costs
    peak: float


def measure(plan: Plan, tell: Tell, note: Callable[[str], None]) -> Measured:
    """Carry the plan out. `note` takes what is worth knowing besides, a line at a time."""
    settings = load(plan.config) if plan.config is not None else None
    around = _around(settings)
    reading = reading_by(settings, plan.entries, note) if plan.semantic else None
    tell("reading", 0, 0)
    entries = _entries(plan.entries, around, note)
    queries = read_queries(plan.queries)
    _guard(plan)
    with whole_or_none(plan.ranked) if plan.ranked is not None else nullcontext() as file:
        return _measured(plan, _Given(entries, queries, around, reading), file, tell, note)


@dataclass(frozen=True, slots=True)
class _Given:
    entries: tuple[Entry, ...]
    queries: tuple[Query, ...]
    around: Surroundings
    reading: Reading | None


def _measured(
    plan: Plan, given: _Given, file: TextIO | None, tell: Tell, note: Callable[[str], None]
) -> Measured:
    kept = without(given.entries, plan.without, plan.seed)
    chosen = known(some_of(given.queries, plan.limit), {entry.id for entry in kept})
    if chosen.lost and not any(query.gold for query in chosen.queries):
        note("none of the ids in gold is in the base: do ENTRIES and QUERIES belong together?")
    built = build(kept, given.around, tell, given.reading)
    asked = ask(chosen.queries, built.reference, tell, plan.noise, plan.seed, overheard=plan.overheard)
    if file is not None:
        write_lines(file, asked)
    return _figures(plan, built, asked, len(given.entries) - len(kept), chosen.lost)


def _figures(plan: Plan, built: Built, asked: tuple[Asked, ...], left_out: int, lost: int) -> Measured:
    entries = built.reference.knowledge.entries
    own = thresholds(built.reference, overheard=plan.overheard)
    outcomes = [each.outcome for each in asked]
    times = [1e3 * each.seconds for each in asked]
    return Measured(
        plan=plan,
        entries=len(entries),
        phrasings=sum(len(entry.phrasings) for entry in entries),
        left_out=left_out,
        model=built.model,
        queries=len(asked),
        answerable=sum(each.answerable for each in outcomes),
        lost=lost,
        first=measures.recall(outcomes, 1),
        among_three=measures.recall(outcomes, 3),
        reciprocal_rank=measures.reciprocal_rank(outcomes),
        telling=measures.auroc(outcomes),
        own=measures.own(outcomes),
        oracle=measures.oracle(outcomes),
        answer_at=own.answer,
        gap=own.gap,
        p50=measures.percentile(times, 0.5) or 0.0,
        p99=measures.percentile(times, 0.99) or 0.0,
        costs=built.costs,
        peak=peak_memory(),
    )


def _around(settings: Settings | None) -> Surroundings:
    if settings is None:
        return Surroundings()
    return Surroundings(settings.desk, settings.facet_kinds, read_map(settings.map_sources))


def _entries(path: Path, around: Surroundings, note: Callable[[str], None]) -> tuple[Entry, ...]:
    if not path.is_dir():
        return read_entries(path)
    read = library.read(path, around.facets)
    problems = of_base(path, read)
    if not read.entries:
        raise DocumentError(problems)
    for problem in problems:  # the desk serves without what is broken, and so it is measured
        note(f"not right: {problem}")
    return read.entries


def _guard(plan: Plan) -> None:
    """What is read is not written over."""
    for source in (plan.entries, plan.queries):
        if plan.ranked is not None and plan.ranked.exists() and plan.ranked.samefile(source):
            said = "is read here: name another file for the ranked entries"
            raise DocumentError([Problem(str(plan.ranked), 1, 1, said)])

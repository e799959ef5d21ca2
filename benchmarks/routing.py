"""How well and how fast a question finds its section, beside what others would reach for first.

Asked are questions whose sections are known (`bot.evaluating.cases`): the text alone, and with its paragraph.
Learned is from the project's history before the first of them, by every way alike. All of it happens in the
same run, each way in a process of its own, on one thread; times are those of the processor, of a text with
its paragraph. The error of a percentage is about 100 · sqrt(p (1 - p) / n) points.

What a way knows of its own errors shows where only the share of the questions is looked at that it is surest
of: so many a desk could send to a developer, and the others to a triager.
"""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial

from benchmarks import trees
from benchmarks.apart import apart, resident
from benchmarks.figures import Column, Setup, Stopwatch, Table, percent
from benchmarks.routers import Change, Ranked, Way, confidence, labelled, ways
from benchmarks.trees import Project
from bot.evaluating.cases import Case
from bot.evaluating.measures import Outcome, at_coverage, recall
from bot.evaluating.routed import WARM_UP
from bot.evaluating.sets import some_of
from routing.candidates import candidates
from routing.past.history import History
from routing.precedent import Precedent

SHARES = (100, 90, 75, 50, 25)
"""Percent of the questions, the surest ones."""

OURS = "pkgdesk"
_QUICK_CASES = 100
_QUICK_COMMITS = 2_000
_CASES = 1_000


def measure(setup: Setup) -> list[Table]:
    """The tables of routing; none where there are no questions at hand."""
    found: list[Result] = []
    given: list[tuple[str, str]] = []
    for asked in trees.with_cases(setup):
        project, past = asked.project, asked.past.history
        cases = some_of(asked.cases, _QUICK_CASES if setup.quick else _CASES)
        if setup.quick:
            past = replace(past, commits=past.commits[:_QUICK_COMMITS])
        setup.note(
            f"routing: {project.name}, {len(cases):,} questions; learned is from {len(past.commits):,} "
            f"commits, {asked.past.left_out:,} are not older than the first question and left out"
        )
        changes = labelled(past, project.map)
        made: list[tuple[str, str, Callable[[], Find]]] = [
            (
                OURS,
                "the map, the paths of the tree, messages and paths of past changes",
                partial(_ours, project, past),
            ),
            *((way.name, way.given, partial(_peer, way, project, changes)) for way in ways()),
        ]
        for name, told, make in made:
            setup.note(f"routing: {name}")
            found.append(apart(partial(_asked, name, make, project, cases)))
            given.append((name, told))
    if not found:
        setup.note(f"routing: there are no questions in {setup.data.parent / 'route'}: nothing is measured")
        return []
    return [
        _quality(found),
        _coverage(found),
        Table(
            "routing/ways",
            "Routing: what each way was given",
            (Column("way"), Column("given")),
            tuple(dict(given).items()),
        ),
    ]


@dataclass(frozen=True, slots=True)
class Result:
    """What one way did with the questions of one project: the text alone, and with its paragraph. `build`:
    seconds of the processor; `memory`: MiB beyond the commits themselves."""

    way: str
    project: str
    n: int
    alone: Sequence[Outcome]
    whole: Sequence[Outcome]
    times: Stopwatch
    build: float
    memory: float | None


Find = Callable[[str], tuple[Ranked, float]]
"""The sections of a text, the best first, and how sure it is of the first."""


def _ours(project: Project, past: History) -> Find:
    precedent = Precedent.learned(past.everything(), project.map)

    def find(text: str) -> tuple[Ranked, float]:
        found = candidates(project.map, text, precedent)
        return [(each.section, each.confidence) for each in found], found[0].confidence if found else 0.0

    return find


def _peer(way: Way, project: Project, changes: Sequence[Change]) -> Find:
    router = way.make(project.map, changes)

    def find(text: str) -> tuple[Ranked, float]:
        ranked = router(text)
        return ranked, confidence(ranked)

    return find


def _asked(name: str, make: Callable[[], Find], project: Project, cases: Sequence[Case]) -> Result:
    before, began = resident(), time.process_time()
    find = make()
    build, after = time.process_time() - began, resident()
    for case in cases[:WARM_UP]:
        find(case.text)
    gc.freeze()  # as the desk does at its start
    alone = [_outcome(find(case.text), case) for case in cases]
    watch, whole = Stopwatch(clock=time.thread_time), []
    for case in cases:
        text = case.asked()
        with watch.running():
            found = find(text)
        whole.append(_outcome(found, case))
    grown = None if before is None or after is None else max(0.0, after - before)
    return Result(name, project.name, len(cases), alone, whole, watch, build, grown)


def _outcome(found: tuple[Ranked, float], case: Case) -> Outcome:
    ranked, sure = found
    hits = (place for place, (section, _) in enumerate(ranked, 1) if section in case.gold)
    return Outcome(
        answerable=bool(case.gold),
        rank=next(hits, None),
        probability=sure if ranked else None,
        answered=False,
    )


def _quality(found: Sequence[Result]) -> Table:
    return Table(
        "routing/quality",
        "Routing: the right section is found",
        (
            Column("project"),
            Column("way"),
            Column("n"),
            *(Column(f"{what}{said}", "%") for said in ("", ", with paragraph") for what in _PLACES),
            Column("p50", "ms", 2),
            Column("p99", "ms", 2),
            Column("build", "s", 1),
            Column("memory", "MiB", 0),
        ),
        tuple(
            (
                each.project,
                each.way,
                each.n,
                *(_share(outcomes, among) for outcomes in (each.alone, each.whole) for among in (1, 3)),
                each.times.ms(0.5),
                each.times.ms(0.99),
                each.build,
                each.memory,
            )
            for each in found
        ),
        (
            "Texts are subjects of changes without the prefix that says where they belong; a question may be"
            " owned by several sections, each of which is right.",
            "Learned is from commits that are older than the first question; renamed paths count as what they"
            " are called today, for all ways alike.",
            "One thread, times of the processor; memory is what the process grew by, beyond the commits.",
        ),
    )


_PLACES = ("first", "in three")


def _coverage(found: Sequence[Result]) -> Table:
    return Table(
        "routing/coverage",
        "Routing: % with the right section first, of the questions that a way is surest of",
        (Column("project"), Column("way"), *(Column(f"surest {share} %") for share in SHARES)),
        tuple(
            (
                each.project,
                each.way,
                *(
                    percent(right.part, right.whole)
                    for right in (at_coverage(each.whole, Fraction(share, 100)) for share in SHARES)
                ),
            )
            for each in found
        ),
        (
            "In percent, with the paragraph. pkgdesk is as sure as its confidence says, the others as the"
            " first section's score is above the second's.",
        ),
    )


def _share(outcomes: Sequence[Outcome], among: int) -> float | None:
    found = recall(outcomes, among)
    return percent(found.part, found.whole)

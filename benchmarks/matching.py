"""How well and how fast a question finds its entry, beside what others would reach for first.

Quality: how often the right entry is the first, or among the first three, for questions as people typed
them, and for the same misspelt. Latency: how long one question takes, one after the other with one thread,
and what it takes to get ready. Both are of the same questions, asked in the same run, each method in a
process of its own; each is asked as many as bounded time allows (`n`). The error of a percentage is about
100 · sqrt(p (1 - p) / n) points. On a machine that others use, too, ratios of one run hold where
milliseconds do not, and so they have a table of their own.

Bands (`benchmarks.bands`): what the desk would have done with the questions, right or wrong, or have kept
silent.
"""

import gc
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

from benchmarks import bands, bases, ratios
from benchmarks.apart import apart, resident
from benchmarks.bases import Set
from benchmarks.figures import Column, Setup, Stopwatch, Table, percent
from benchmarks.ours import desks, embed, ours
from benchmarks.peers import BEST, Way, peers
from bot.evaluating.noise import mistyped
from bot.evaluating.sets import Query
from knowledge.entry import Entry

SIZES = (1_000, 10_000, 100_000)
_QUICK_SIZES = (125, 500)
_QUICK_QUERIES = 60
_WARM_UP = 10
"""Phrasings that are asked before anything is timed."""

SPELT = ("", ", misspelt")
"""As typed, and with typing errors: how the columns end."""


def measure(setup: Setup) -> list[Table]:
    """The tables of matching."""
    sets = public(setup)
    asked_desks = desks(setup)
    ways = [*ours(asked_desks), *peers(compiled=not setup.quick)]
    main, others = sets[0], sets[1].entries if len(sets) > 1 else ()
    tasks = [
        (main, size, bases.among(main.entries, others, size))
        for size in (_QUICK_SIZES if setup.quick else SIZES)
    ]
    if len(sets) > 1 and not setup.quick:
        tasks.insert(2, (sets[1], len(others), bases.among(others, (), len(others))))
    for way in ways:
        if not way.missing:
            way.load()
    embed(asked_desks, [*(entries for _, _, entries in tasks), *(each.entries for each in sets)], setup)
    found: list[Result] = []
    for asked, size, entries in tasks:
        for way in ways:
            if not way.missing:
                setup.note(f"matching: {way.name}, {asked.found} among {size:,}")
                found.append(apart(partial(_asked, way, entries, asked, setup)))
    quality, latency = _quality(found), _latency(found, main.found)
    compared = ratios.compared(quality, latency)
    return [quality, latency, compared, _methods(ways), *bands.tables(sets, asked_desks, setup)]


def public(setup: Setup) -> list[Set]:
    """What there is to measure on, the main set first; the second lends entries to be lost among."""
    there = [each for name in ("stackfaq", "nl2bash", "clinc") if (each := bases.public(setup.data, name))]
    if not there:
        setup.note(f"matching: no public sets in {setup.data}, so the demo's base is asked instead")
        return [bases.demo()]
    return there


@dataclass(frozen=True, slots=True)
class Result:
    """What one method did with questions among so many entries: as typed, and misspelt. `build`: seconds;
    `memory`: MiB beyond the entries themselves; `times`: by the clock of the processor; `asking`: seconds
    that all of it took by the clock on the wall."""

    method: str
    speed_only: bool
    asked: str
    entries: int
    n: int
    build: float
    memory: float | None
    first: tuple[float | None, ...]
    among_three: tuple[float | None, ...]
    times: tuple[Stopwatch, ...]
    asking: float


def _asked(way: Way, entries: Sequence[Entry], asked: Set, setup: Setup) -> Result:
    queries = _some(way, len(entries), asked.queries, setup)
    before = resident()
    building = Stopwatch()
    with building.running():
        find = way.make(entries)
    after = resident()
    for phrasing in islice((each for entry in entries for each in entry.phrasings), _WARM_UP):
        find(phrasing)
    gc.freeze()  # as the desk does at its start
    first, among_three, times = [], [], []
    began = time.perf_counter()
    for misspelt in (False, True):
        rng, watch = random.Random(bases.SEED), Stopwatch(clock=time.process_time)
        ranks = Counter[int]()
        for query in queries:
            text = mistyped(query.text, rng) if misspelt else query.text
            with watch.running():
                ids = find(text)
            ranks[next((rank for rank, each in enumerate(ids) if each in query.gold), BEST)] += 1
        first.append(percent(ranks[0], len(queries)))
        among_three.append(percent(sum(ranks[rank] for rank in range(BEST)), len(queries)))
        times.append(watch)
    asking = time.perf_counter() - began
    return Result(
        way.name,
        not way.found_right(entries),
        asked.found,
        len(entries),
        len(queries),
        building.taken[0],
        None if before is None or after is None else max(0.0, after - before),
        tuple(first),
        tuple(among_three),
        tuple(times),
        asking,
    )


def _some(way: Way, size: int, queries: Sequence[Query], setup: Setup) -> list[Query]:
    """As many of the questions that have an answer as the method can be asked in bounded time."""
    most = way.most // (len(SPELT) * size)
    answerable = [query for query in queries if query.gold]
    return answerable[: min(most, _QUICK_QUERIES) if setup.quick else most]


def _quality(found: Sequence[Result]) -> Table:
    return Table(
        "matching/quality",
        "Matching: the right entry is found",
        (
            Column("questions"),
            Column("entries"),
            Column("method"),
            Column("n"),
            *(Column(f"{what}{spelt}", "%") for spelt in SPELT for what in ("first", "in three")),
        ),
        tuple(
            (
                *(each.asked, each.entries, each.method, each.n),
                *(cell for pair in zip(each.first, each.among_three, strict=True) for cell in pair),
            )
            for each in found
            if not each.speed_only
        ),
        (
            "Misspelt: one edit in half of the words of more than three letters.",
            "Entries: those that the questions are about, among others. Beyond 9,693 these are varied: of the"
            " words of real ones half are replaced by others.",
        ),
    )


def _latency(found: Sequence[Result], main: str) -> Table:
    computed = sum(sum(watch.taken) for each in found for watch in each.times)
    waited = sum(each.asking for each in found) / computed - 1
    return Table(
        "matching/latency",
        "Matching: time for a question, and what it takes to get ready",
        (
            Column("entries"),
            Column("method"),
            Column("n"),
            *(Column(f"{share}{spelt}", "ms", 2) for spelt in SPELT for share in ("p50", "p99")),
            Column("build", "s", 2),
            Column("memory", "MiB", 0),
        ),
        tuple(
            (
                *(each.entries, each.method, each.n),
                *(times.ms(share) for times in each.times for share in (0.5, 0.99)),
                *(each.build, each.memory),
            )
            for each in found
            if each.asked == main
        ),
        (
            "pkgdesk is timed with all of `bot.consult`: facets, index, confidence, evidence for the map.",
            "One thread. Times are those of the processor, so that what other programs took of it does not"
            f" count. By the clock on the wall all questions together took {100 * waited:.0f} % longer.",
            "The p99 of fewer than 100 questions is that of the slowest one.",
            "Memory: what the process grew by, beyond the entries themselves.",
        ),
    )


def _methods(ways: Sequence[Way]) -> Table:
    return Table(
        "matching/methods",
        "Matching: what each method was given",
        (Column("method"), Column("given"), Column("missing")),
        tuple((way.name, way.given, way.missing) for way in ways),
        ("In brackets: weights beside that of the phrasings, 1, as suits these questions best.",),
    )

"""How well and how fast a question finds its entry, beside what others would reach for first.

Quality: how often the right entry is the first, or among the first three, for questions as people typed
them, and for the same with half of their longer words mistyped. Each peer is asked as many questions as
bounded time allows (`n`); the error of a percentage is about 100 · sqrt(p (1 - p) / n) points.

Bands: what the desk would have done with the questions, once half of the answers are gone from the base.
An answer to a question that has none, or the wrong one, is the worst that it can do.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchmarks import bases
from benchmarks.bases import Query, Set
from benchmarks.figures import Cell, Column, Setup, Stopwatch, Table, percent
from benchmarks.peers import BEST, PEERS, Peer
from bot.consult import consult
from bot.desk.reference import Reference
from knowledge.confidence import Band
from knowledge.entry import Entry
from knowledge.library import recalibrated

SIZES = (125, 1_000, 10_000)
_QUICK_SIZES = (125, 1_000)
_QUICK_QUERIES = 60
_CHATTER = 1_000


def measure(setup: Setup) -> list[Table]:
    """The tables of matching."""
    sets = _sets(setup)
    found: list[_Result] = []
    for size in _QUICK_SIZES if setup.quick else SIZES:
        entries = bases.among(sets[0].entries, sets[1].entries if len(sets) > 1 else (), size)
        for peer in PEERS:
            setup.note(f"matching: {peer.name}, {len(entries):,} entries")
            found.append(_asked(peer, entries, sets[0], setup))
    if len(sets) > 1 and not setup.quick:
        entries = bases.among(sets[1].entries, (), len(sets[1].entries))
        for peer in PEERS:
            setup.note(f"matching: {peer.name}, {sets[1].found}")
            found.append(_asked(peer, entries, sets[1], setup))
    return [_quality(found), _latency(found), _bands(sets, setup)]


def _sets(setup: Setup) -> list[Set]:
    """What there is to measure on, the main set first; the second lends entries to be lost among."""
    there = [each for name in ("stackfaq", "nl2bash", "clinc") if (each := bases.public(setup.data, name))]
    if not there:
        setup.note(f"matching: no public sets in {setup.data}, so the demo's base is asked instead")
        return [bases.demo()]
    return there


@dataclass(frozen=True, slots=True)
class _Result:
    peer: str
    asked: str
    entries: int
    n: int
    build: float
    typed: tuple[float | None, float | None]
    mistyped: tuple[float | None, float | None]
    times: Stopwatch


def _asked(peer: Peer, entries: Sequence[Entry], asked: Set, setup: Setup) -> _Result:
    building = Stopwatch()
    with building.running():
        find = peer.make(entries)
    answerable = [query for query in asked.queries if query.gold]
    most = peer.most // (2 * len(entries))
    queries = answerable[: min(most, _QUICK_QUERIES) if setup.quick else most]
    times = Stopwatch()
    hits = []
    for spoilt in (False, True):
        rng = random.Random(bases.SEED)
        ranks = Counter[int]()
        for query in queries:
            text = bases.mistyped(query.text, rng) if spoilt else query.text
            with times.running():
                ids = find(text)
            ranks[next((rank for rank, each in enumerate(ids) if each in query.gold), BEST)] += 1
        among_three = sum(ranks[rank] for rank in range(BEST))
        hits.append((percent(ranks[0], len(queries)), percent(among_three, len(queries))))
    return _Result(
        peer.name, asked.found, len(entries), len(queries), building.taken[0], hits[0], hits[1], times
    )


def _quality(found: Sequence[_Result]) -> Table:
    return Table(
        "matching/quality",
        "Matching: the right entry is found",
        (
            Column("questions"),
            Column("entries"),
            Column("method"),
            Column("n"),
            Column("first", "%"),
            Column("in three", "%"),
            Column("first, mistyped", "%"),
            Column("in three, mistyped", "%"),
        ),
        tuple((each.asked, each.entries, each.peer, each.n, *each.typed, *each.mistyped) for each in found),
        ("mistyped: one edit in half of the words of more than three letters",),
    )


def _latency(found: Sequence[_Result]) -> Table:
    return Table(
        "matching/latency",
        "Matching: time for a question",
        (
            Column("questions"),
            Column("entries"),
            Column("method"),
            Column("n"),
            Column("p50", "ms", 2),
            Column("p99", "ms", 2),
            Column("build", "s", 2),
        ),
        tuple(
            (
                *(each.asked, each.entries, each.peer, len(each.times.taken)),
                *(each.times.ms(0.5), each.times.ms(0.99), each.build),
            )
            for each in found
        ),
        ("pkgdesk is timed with all of `bot.consult`: facets, index, evidence for the map",),
    )


# --- bands ----------------------------------------------------------------------------------------------


def _bands(sets: Sequence[Set], setup: Setup) -> Table:
    rows: list[tuple[Cell, ...]] = []
    main, others = sets[0], sets[1].entries if len(sets) > 1 else ()
    kept = main.entries[::2]
    size = 500 if setup.quick else 1_000
    setup.note("matching: bands")
    halved = _calibrated(bases.among(kept, others, size))
    ids = {entry.id for entry in kept}
    queries = [replace(query, gold=query.gold & ids) for query in main.queries]
    rows += _row(f"{main.found}, half of it gone", halved, queries, setup)
    said = bases.chatter(setup.data, _CHATTER)
    rows += _row("lines of channels", halved, [Query(text, frozenset()) for text in said], setup)
    for each in sets[2:]:
        rows += _row(each.found, _calibrated(each.entries), each.queries, setup)
    return Table(
        "matching/bands",
        "Matching: what the desk would have done",
        (
            Column("questions"),
            Column("entries"),
            Column("known"),
            Column("n"),
            Column("told right", "%"),
            Column("told wrong", "%"),
            Column("offered right", "%"),
            Column("offered wrong", "%"),
            Column("to a person", "%"),
        ),
        tuple(rows),
        (
            "known: the base has an answer. Thresholds as by default, calibrated on the base at hand.",
            "offered right: the answer is among those offered",
        ),
    )


def _calibrated(entries: Sequence[Entry]) -> Reference:
    reference = bases.reference(entries)
    return replace(reference, knowledge=recalibrated(reference.knowledge))


def _row(asked: str, reference: Reference, queries: Sequence[Query], setup: Setup) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for answerable in (True, False):
        chosen = [query for query in queries if bool(query.gold) is answerable]
        chosen = chosen[:_QUICK_QUERIES] if setup.quick else chosen
        if chosen:
            fates = Counter(_fate(query, reference) for query in chosen)
            shares = (percent(fates[fate], len(chosen)) for fate in _FATES)
            entries = len(reference.knowledge.entries)
            rows.append((asked, entries, "yes" if answerable else "no", len(chosen), *shares))
    return rows


_FATES = (
    (Band.ANSWER, True),
    (Band.ANSWER, False),
    (Band.OFFER, True),
    (Band.OFFER, False),
    (Band.ROUTE, False),
)


def _fate(query: Query, reference: Reference) -> tuple[Band, bool]:
    finding = consult(query.text, None, reference)
    told = 1 if finding.band is Band.ANSWER else BEST
    right = finding.band is not Band.ROUTE and any(
        match.entry.id in query.gold for match in finding.matches[:told]
    )
    return finding.band, right

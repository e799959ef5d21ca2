"""What the desk would have done with questions, half of which have no answer: knowing when to keep silent.

Half of the answers are gone from the base, and whoever asks for these is told something wrong or nothing.
Lines of channels have none. The threshold is the desk's own, calibrated on that base; what an oracle's would
have given is told beside it. Measures are those of `pkgdesk eval match` (`bot.evaluating.measures`).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from benchmarks import bases
from benchmarks.apart import apart
from benchmarks.bases import Set
from benchmarks.figures import Cell, Column, Setup, Table, percent
from benchmarks.ours import Desk
from benchmarks.peers import BEST
from bot.evaluating.leaving_out import Without, without
from bot.evaluating.measures import auroc, oracle, own
from bot.evaluating.noise import Noise
from bot.evaluating.sets import Query
from bot.evaluating.trial import Asked, ask
from knowledge.confidence import Band
from knowledge.entry import Entry

_AMONG = 1_000
_CHATTER = 10_000
_QUICK_AMONG = 250
_QUICK_QUERIES = 60
_QUICK_CHATTER = 200


@dataclass(frozen=True, slots=True)
class _Base:
    """Entries, and the lists of questions that are asked of them, by what they are called."""

    entries: Sequence[Entry]
    asked: tuple[tuple[str, Sequence[Query], Noise | None], ...]


@dataclass(frozen=True, slots=True)
class _Found:
    asked: str
    entries: int
    desk: str
    answers: tuple[Asked, ...]


def tables(sets: Sequence[Set], desks: Sequence[Desk], setup: Setup) -> list[Table]:
    """Who keeps silent when, and what became of the questions."""
    found: list[_Found] = []
    for desk in desks:
        if not desk.missing:
            for base in _bases(sets, setup):
                setup.note(f"matching: bands, {desk.name}, {base.asked[0][0]}")
                found += apart(partial(_answers, desk, base))
    return [_silence(found), _fates(found)]


def _bases(sets: Sequence[Set], setup: Setup) -> list[_Base]:
    main, others = sets[0], sets[1].entries if len(sets) > 1 else ()
    kept = without(main.entries, Without.HALF, bases.SEED)
    said = bases.chatter(setup.data, _QUICK_CHATTER if setup.quick else _CHATTER)
    chatter = [Query(text, frozenset()) for text in said]
    halved = f"{main.found}, half of it gone"
    queries = _asked(main.queries, kept, setup)
    found = [
        _Base(
            bases.among(kept, others, _QUICK_AMONG if setup.quick else _AMONG),
            (
                (halved, queries, None),
                (f"{halved}, misspelt", queries, Noise.TYPO50),
                ("lines of channels", chatter, None),
            ),
        )
    ]
    if setup.quick:
        return found
    for each in sets[1:2]:
        left = without(each.entries, Without.HALF, bases.SEED)
        found.append(
            _Base(left, ((f"{each.found}, half of it gone", _asked(each.queries, left, setup), None),))
        )
    for each in sets[2:]:
        found.append(_Base(each.entries, ((each.found, each.queries, None),)))
    return found


def _asked(queries: Sequence[Query], kept: Sequence[Entry], setup: Setup) -> list[Query]:
    ids = {entry.id for entry in kept}
    asked = [replace(query, gold=query.gold & ids) for query in queries]
    return asked[:_QUICK_QUERIES] if setup.quick else asked


def _answers(desk: Desk, base: _Base) -> list[_Found]:
    reference = desk.calibrated(base.entries)
    return [
        _Found(name, len(base.entries), desk.name, ask(queries, reference, _silently, noise, bases.SEED))
        for name, queries, noise in base.asked
    ]


def _silently(what: str, done: int, total: int) -> None:
    """Progress that nobody wants to be told."""


def _silence(found: Sequence[_Found]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for each in found:
        outcomes = [asked.outcome for asked in each.answers]
        mine, best, area = own(outcomes), oracle(outcomes), auroc(outcomes)
        rows.append(
            (
                *(each.asked, each.entries, each.desk, len(outcomes), mine.coverage.whole),
                *(_percent(mine.coverage.value), _percent(mine.precision.value)),
                *(_percent(mine.false_answers.value), _percent(best.coverage.value), area.value),
            )
        )
    return Table(
        "matching/silence",
        "Matching: knowing when not to answer",
        (
            Column("questions"),
            Column("entries"),
            Column("method"),
            Column("n"),
            Column("answerable"),
            Column("coverage", "%"),
            Column("precision", "%"),
            Column("false answers", "%", 2),
            Column("coverage at 90 % precision, oracle", "%"),
            Column("AUROC", digits=3),
        ),
        tuple(rows),
        (
            "Coverage: right answers of the answerable questions. Precision: right answers of those given."
            " False answers: of the questions that have none. All three at the desk's own threshold.",
            "The oracle knows the outcomes, and takes the threshold that suits them best.",
        ),
    )


def _fates(found: Sequence[_Found]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for each in found:
        for known in (True, False):
            chosen = [asked for asked in each.answers if bool(asked.gold) is known]
            if chosen:
                fates = Counter(map(_fate, chosen))
                shares = (percent(fates[fate], len(chosen)) for fate in _FATES)
                yes = "yes" if known else "no"
                rows.append((each.asked, each.entries, each.desk, yes, len(chosen), *shares))
    return Table(
        "matching/bands",
        "Matching: what the desk would have done",
        (
            Column("questions"),
            Column("entries"),
            Column("method"),
            Column("known"),
            Column("n"),
            Column("told right", "%"),
            Column("told wrong", "%", 2),
            Column("offered right", "%"),
            Column("offered wrong", "%"),
            Column("to a person", "%"),
        ),
        tuple(rows),
        (
            "Known: the base has an answer. Thresholds as by default, calibrated on the base at hand.",
            "Offered right: the answer is among those offered.",
        ),
    )


_FATES = (
    (Band.ANSWER, True),
    (Band.ANSWER, False),
    (Band.OFFER, True),
    (Band.OFFER, False),
    (Band.ROUTE, False),
)


def _fate(asked: Asked) -> tuple[Band, bool]:
    told = 1 if asked.band is Band.ANSWER else BEST
    right = asked.band is not Band.ROUTE and any(entry in asked.gold for entry, _ in asked.ranked[:told])
    return asked.band, right


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share

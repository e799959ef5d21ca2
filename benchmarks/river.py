"""From a line that is heard to the answer that leaves: `river` takes this, `lines` and `crowd`.

In process, over the seam (`benchmarks.desk`), with durable commits to a real file. Beside it stands what a
commit costs at least on the same disk: one row with Python's sqlite3 in the same mode, and 4 KiB written and
flushed.
"""

import asyncio
import os
import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from itertools import count, islice
from pathlib import Path

from benchmarks import bases, crowd, lines
from benchmarks.desk import CHANNEL, IDLERS, NETWORK, Desk, now
from benchmarks.figures import Cell, Column, Setup, Stopwatch, Table
from bot.config import LogSettings
from bot.consult import consult
from bot.desk.concerning import concerns
from bot.desk.decide import decide
from bot.desk.effects import Operate, SaveQuestion
from bot.desk.model import Question, Speaker, State
from bot.desk.reference import Reference
from bot.evaluating.noise import mistyped
from bot.log import set_up
from bot.store.store import Store
from knowledge.confidence import Band

AT_ONCE = 100
EARLIER = 10_000
"""Questions that are in the database already, for the desk that is not new."""

_QUICK_EARLIER = 1_000


def measure(setup: Setup) -> list[Table]:
    """The tables of the river."""
    setup.note(f"river: in process, {setup.entries:,} entries")
    reference = bases.reference(bases.generated(setup.entries))
    # It is written where a desk's would be, because that is a part of the cost.
    with (setup.work / "river.log").open("w", encoding="utf-8") as log:
        set_up(LogSettings(format="json"), stream=log)
        answers, commits = asyncio.run(_in_process(reference, setup))
        set_up(LogSettings())
    return [answers, commits, lines.measure(setup), *crowd.measure(setup)]


async def _in_process(reference: Reference, setup: Setup) -> tuple[Table, Table]:
    times = 30 if setup.quick else 300
    earlier = _QUICK_EARLIER if setup.quick else EARLIER
    known, unknown = _questions(reference, Band.ANSWER), _questions(reference, Band.ROUTE)
    rows: list[tuple[Cell, ...]] = []
    async with Desk.open(reference, setup.work / "new.sqlite") as desk:
        alone = await _one_by_one(desk, "a", islice(known, times))
        rows.append(_row("answered, one at a time", alone))
        noted = await _one_by_one(desk, "n", islice(unknown, times))
        rows.append(_row("noted for a person, one at a time", noted))
        rounds = [
            await _at_once(desk, f"r{turn}", islice(known, AT_ONCE))
            for turn in range(1 if setup.quick else 3)
        ]
        rows.append(
            _row(f"answered, {AT_ONCE} at once", Stopwatch([each for times_, _ in rounds for each in times_]))
        )
        spent = sum(taken for _, taken in rounds)
    async with Desk.open(reference, setup.work / "old.sqlite") as desk:
        await _remember(desk.store, earlier)
        later = await _one_by_one(desk, "l", islice(known, times))
        rows.append(_row(f"answered, one at a time, {earlier:,} questions in the database", later))
        committed = await _commits(desk, islice(known, times))
    answers = Table(
        "river/answers",
        "River: from a line to the bytes of its answer",
        (Column("what"), Column("n"), Column("p50", "ms"), Column("p99", "ms"), Column("longest", "ms")),
        tuple(rows),
        (
            f"{setup.entries:,} entries, {IDLERS} people in the channel, durable commits, pacing off",
            "everybody asks once; the desk's clock goes on far enough at each question to let a newcomer in",
        ),
    )
    commits = Table(
        "river/commits",
        "River: what is committed in a second",
        (
            Column("what"),
            Column("n"),
            Column("per second", "", 0),
            Column("p50", "ms", 2),
            Column("p99", "ms", 2),
        ),
        (
            _rate("an answered question: question, prompt, line, reasons", committed),
            (
                "questions answered by the whole desk, one at a time",
                times,
                1 / (sum(alone.taken) / times),
                None,
                None,
            ),
            (
                f"questions answered by the whole desk, {AT_ONCE} at once",
                AT_ONCE * len(rounds),
                AT_ONCE * len(rounds) / spent,
                None,
                None,
            ),
            _rate(
                "sqlite3 alone: one row, WAL, synchronous=FULL", _sqlite(setup.work / "peer.sqlite", times)
            ),
            _rate("the disk alone: 4 KiB written and flushed", _flushes(setup.work / "flushed", times)),
        ),
        (
            "an answered question takes two transactions: the answer, marked as being sent now, and that it",
            "arrived; where something waits to be sent already, that it is sent now takes one of its own",
        ),
    )
    return answers, commits


def _questions(reference: Reference, band: Band) -> Iterator[str]:
    """Questions of which the desk makes this, without end, no two alike."""
    rng = random.Random(bases.SEED)
    entries = reference.knowledge.entries
    for number in count():
        if band is Band.ANSWER:
            text = mistyped(entries[number * 7 % len(entries)].phrasings[number % 4], rng)
        else:
            text = f"colour {number} of the teapot in our kitchen wobbles, whose teapot is that?"
        if consult(text, None, reference).band is band:
            yield text


async def _one_by_one(desk: Desk, name: str, questions: Iterator[str]) -> Stopwatch:
    taken = Stopwatch()
    for number, text in enumerate(questions):
        taken.taken.append(await desk.ask(f"{name}{number}", text))
        await desk.quiet()
    return taken


async def _at_once(desk: Desk, name: str, questions: Iterator[str]) -> tuple[list[float], float]:
    """How long each waited, and how long it took until all was done and recorded."""
    asked = list(questions)
    began = time.perf_counter()
    taken = await asyncio.gather(*(desk.ask(f"{name}x{number}", text) for number, text in enumerate(asked)))
    await desk.quiet()
    return list(taken), time.perf_counter() - began


async def _commits(desk: Desk, questions: Iterator[str]) -> Stopwatch:
    """Real effects of real questions, without the rest of the desk."""
    taken = Stopwatch()
    for number, text in enumerate(questions):
        event = desk.heard(f"c{number}", text)
        finding = consult(text, None, desk.reference)
        facts = await desk.store.facts_for(concerns(event, desk.reference), event.at)
        effects = decide(event, finding, facts, desk.reference)
        stored = [effect for effect in effects if not isinstance(effect, Operate)]
        with taken.running():
            await desk.store.commit(event.id, event.at, stored)
    return taken


async def _remember(store: Store, questions: int) -> None:
    """Questions of the past, answered long ago."""
    for first in range(0, questions, 1000):
        ended = [_ended(number) for number in range(first + 1, first + 1001)]
        await store.commit(f"past/{first}", now(), [SaveQuestion(question) for question in ended])


def _ended(number: int) -> Question:
    at = now() - timedelta(days=1 + number % 300)
    return Question(
        number=number,
        venue=CHANNEL,
        asker=Speaker(NETWORK, f"past{number % 500}", f"past{number % 500}"),
        text=f"how was it with {number}, back then?",
        asked_at=at,
        due=None,
        state=State.ANSWERED,
        step=2,
        outcome="told, not refused",
        ended_at=at + timedelta(minutes=30),
    )


def _sqlite(path: Path, times: int) -> Stopwatch:
    taken = Stopwatch()
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = FULL")
        base.execute("CREATE TABLE line (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
        for _ in range(times):
            with taken.running():
                base.execute("INSERT INTO line (text) VALUES (?)", ("an answer of a usual length " * 8,))
    return taken


def _flushes(path: Path, times: int) -> Stopwatch:
    taken = Stopwatch()
    with path.open("wb", buffering=0) as file:
        for _ in range(times):
            with taken.running():
                file.write(bytes(4096))
                os.fdatasync(file.fileno())
    return taken


def _row(what: str, taken: Stopwatch) -> tuple[Cell, ...]:
    return what, len(taken.taken), taken.ms(0.5), taken.ms(0.99), taken.ms(1.0)


def _rate(what: str, taken: Stopwatch) -> tuple[Cell, ...]:
    return what, len(taken.taken), len(taken.taken) / sum(taken.taken), taken.ms(0.5), taken.ms(0.99)

"""A crowded channel over the real IRC transport: what chatter costs, and what a flood costs the others.

The desk sits in a channel of the demo's server where a thousand lines a second are said that do not
concern it, beside a listener made of the library `irc` alone, which only reads: what reading costs at
least. In between, questions are asked. Then one nick says ten thousand commands, and others ask a
question meanwhile.

Times are those of people: from writing a line to reading the answer, server and both ways included.
"""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

from benchmarks import bases
from benchmarks.figures import Cell, Column, Setup, Stopwatch, Table
from benchmarks.stage import DESK, Person, RunningDesk, Stage, end, memory, write_base
from knowledge.entry import Entry
from knowledge.files import to_yaml

RATE = 1_000
"""Lines a second."""

COMMANDS = 10_000
_QUICK_COMMANDS = 2_000
_SECONDS = 10
_ASKERS = ("ann", "amy", "ada")
_PAUSE = 0.3  # seconds between questions, so that each meets a network at rest
_SETTLED = 3.0
_LATEST = 40.0


def measure(setup: Setup) -> list[Table]:
    """The tables of the crowd."""
    entries = bases.generated(setup.entries)
    knowledge = write_base(entries, setup.work / "crowd")
    return asyncio.run(_crowd(setup, entries, knowledge))


async def _crowd(setup: Setup, entries: Sequence[Entry], knowledge: Path) -> list[Table]:
    async with Stage.open(setup.work, _ASKERS) as stage:
        people = {nick: await stage.enter(nick) for nick in _ASKERS}
        crowd = Crowd(setup, stage, people, _questions(entries))
        setup.note("river: a crowded channel")
        desk = await stage.desk(knowledge, people[_ASKERS[0]])
        await desk.calibrates()
        await crowd.quiet()
        await crowd.chatter(desk)
        if not setup.quick:
            setup.note("river: knowledge is read anew")
            edited = replace(entries[0], phrasings=(*entries[0].phrasings, "and what is new about it?"))
            (knowledge / f"{edited.id}.yaml").write_text(to_yaml(edited), "utf-8")
            await crowd.reload(desk)
        setup.note("river: a flood of commands of one nick")
        await crowd.flood(desk, "pacing off")
        await desk.ends()
        if not setup.quick:
            setup.note("river: the same, paced as by default")
            paced = await stage.desk(knowledge, people[_ASKERS[0]], {})
            await paced.calibrates()
            await crowd.flood(paced, "pacing on")
        return crowd.tables()


class Crowd:
    """The people in the channel, and what was measured with them."""

    def __init__(
        self, setup: Setup, stage: Stage, people: dict[str, Person], questions: Iterator[str]
    ) -> None:
        self._setup = setup
        self._stage = stage
        self._people = people
        self._questions = questions
        self._costs: list[tuple[Cell, ...]] = []
        self._answers: list[tuple[Cell, ...]] = []
        self._floods: list[tuple[Cell, ...]] = []

    async def quiet(self) -> None:
        """Questions, and nothing else."""
        times = []
        for turn in range(6):
            await asyncio.sleep(_PAUSE)
            times.append(await self._asked(_ASKERS[turn % len(_ASKERS)]))
        self._answered("nothing else is said", times)

    async def chatter(self, desk: RunningDesk) -> None:
        """Lines that do not concern the desk, and a question every second."""
        seconds = 3 if self._setup.quick else _SECONDS
        lines = bases.chatter(self._setup.data, seconds * RATE)
        listener = await self._stage.program("benchmarks.listener", "lee")
        talker = await self._stage.program("benchmarks.talker", "tom")
        before, memory_before = await listener.report(), memory(listener.pid)
        async with self._cost(desk, "pkgdesk, chatter", len(lines)):
            began = time.perf_counter()
            talking = asyncio.create_task(talker.report({"say": lines, "rate": RATE}))
            times = []
            for turn in range(seconds):
                await asyncio.sleep(max(0.0, began + turn + 0.5 - time.perf_counter()))
                times.append(await self._asked(_ASKERS[turn % len(_ASKERS)]))
            await talking
            took = time.perf_counter() - began
        after = await listener.report()
        heard, cpu = after["heard"] - before["heard"], after["cpu"] - before["cpu"]
        self._costs.append(
            (
                *("irc alone, chatter", heard / took, 100 * cpu / took, 1e6 * cpu / max(1, heard)),
                *(memory_before, memory(listener.pid), None, None, None),
            )
        )
        self._answered(f"{RATE:,} lines a second are said", times)
        await end(listener.process)
        await end(talker.process)

    async def reload(self, desk: RunningDesk) -> None:
        """An entry was edited, and the operator has knowledge and map read anew (SIGHUP) while questions are
        asked."""
        async with self._cost(desk, "pkgdesk, reading anew", 0):
            os.kill(desk.program.pid, signal.SIGHUP)
            done = asyncio.create_task(desk.calibrates(2))
            times = []
            for asker in _ASKERS:
                times.append(await self._asked(asker))
                await asyncio.sleep(_PAUSE)
            await done
        self._answered("knowledge is read anew", times)

    async def flood(self, desk: RunningDesk, pacing: str) -> None:
        """One nick says very many commands; others ask meanwhile, in the channel and in private."""
        witness, public, private = (self._people[nick] for nick in _ASKERS)
        flooder = await self._stage.program("benchmarks.talker", "flo")
        commands = _QUICK_COMMANDS if self._setup.quick else COMMANDS
        said = [f"{DESK}: help"] * commands
        async with self._cost(desk, f"flooded, {pacing}", commands):
            flooding = asyncio.create_task(flooder.report({"say": said, "rate": 0}))
            await asyncio.sleep(0.2)
            question = next(self._questions)
            began = time.perf_counter()
            waited = await asyncio.gather(
                witness.hears(f"{DESK}: {question}"),
                public.ask(question, within=_LATEST),
                private.ask(next(self._questions), DESK, within=_LATEST),
            )
            await flooding
            await flooder.report({"say": ["that was all"], "rate": 0})
            await witness.hears("that was all")
        await asyncio.sleep(_SETTLED)
        got = (await flooder.report())["got"]
        self._floods.append((f"{commands:,} commands, {pacing}", waited[0] - began, *waited[1:], got))
        await end(flooder.process)

    def tables(self) -> list[Table]:
        return [
            Table(
                "river/crowd",
                "River: what a crowded channel costs",
                (
                    Column("who"),
                    Column("lines", "a second", 0),
                    Column("cpu", "% of a core"),
                    Column("cpu for a line", "µs", 0),
                    Column("memory before", "MiB"),
                    Column("memory after", "MiB"),
                    Column("loop blocked", "ms"),
                    Column("over 50 ms", "times"),
                    Column("longest turn", "ms cpu"),
                ),
                tuple(self._costs),
                (
                    f"over the demo's server, {self._setup.entries:,} entries",
                    f"chatter: {RATE:,} lines a second that do not concern the desk",
                    "loop blocked: the longest that it could not do what was due; longest turn: what it",
                    "worked itself at once. For the rest it waited for another thread or for a processor.",
                ),
            ),
            Table(
                "river/meanwhile",
                "River: how soon a question in the channel is answered",
                (Column("while"), Column("n"), Column("p50", "ms"), Column("longest", "ms")),
                tuple(self._answers),
                ("from writing the question to reading the answer, over the demo's server; pacing off",),
            ),
            Table(
                "river/flood",
                "River: a flood, and the innocent",
                (
                    Column("flood"),
                    Column("the question was heard", "s", 2),
                    Column("answer in the channel", "s", 2),
                    Column("answer in private", "s", 2),
                    Column("lines that the flooder got"),
                ),
                tuple(self._floods),
                (
                    "seconds are from asking on, 0.2 s after the flood began; heard: by somebody else there",
                    f"– means not within {_LATEST:.0f} s",
                ),
            ),
        ]

    @asynccontextmanager
    async def _cost(self, desk: RunningDesk, who: str, lines: int) -> AsyncIterator[None]:
        """What the desk spends meanwhile."""
        was, before, began = await desk.program.report(), memory(desk.program.pid), time.perf_counter()
        yield
        took, now = time.perf_counter() - began, await desk.program.report()
        cpu = now["cpu"] - was["cpu"]
        self._costs.append(
            (
                *(
                    who,
                    lines / took if lines else None,
                    100 * cpu / took,
                    1e6 * cpu / lines if lines else None,
                ),
                *(before, memory(desk.program.pid)),
                *(1e3 * now["blocked"], now["over"], 1e3 * now["turn"]),
            )
        )

    async def _asked(self, nick: str) -> float | None:
        return await self._people[nick].ask(next(self._questions))

    def _answered(self, when: str, times: Sequence[float | None]) -> None:
        came = Stopwatch([each for each in times if each is not None])
        lost = len(times) - len(came.taken)
        what = f"{when} ({lost} got none)" if lost else when
        self._answers.append((what, len(times), came.ms(0.5), came.ms(1.0)))


def _questions(entries: Sequence[Entry]) -> Iterator[str]:
    """Questions that the base knows, without end, no two alike."""
    for number in count():
        entry = entries[number * 7 % len(entries)]
        yield entry.phrasings[number // len(entries) % len(entry.phrasings)]

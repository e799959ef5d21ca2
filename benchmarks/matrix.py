"""The desk on a real Matrix homeserver beside other bots: coming into a large room, many rooms in which
people talk about other things, and how soon an answer leaves. `matrix` takes this.

One Synapse, and one bot after the other: on a machine of two cores they would else take each other's time.
Processor time is that of each bot's whole process, from its own clock. The library matrix-nio alone tells
what reading costs at least.

An answer's time is taken at a door before the homeserver: from when the bot has been written the answer to
/sync with the question until its own line has come. What the homeserver makes of the question is not in it.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from itertools import cycle

from benchmarks import bases
from benchmarks.figures import Setup, Table
from benchmarks.matrix_door import Door
from benchmarks.matrix_findings import Cost, Findings
from benchmarks.matrix_town import SIMPLE, Party, Town
from benchmarks.parties import talk
from benchmarks.stage import write_base
from bot.demo.synapse import NoSynapse, find

RATE = 20
"""Lines a second, in all rooms together."""

_QUESTION_EVERY = 5.0
_RESTS = 2.0
"""Seconds for a bot to come to rest before it is measured, and to work off what it was told."""

_BETWEEN = 0.05
_LATEST = 10.0
_TALKERS = 10


def measure(setup: Setup) -> list[Table]:
    """The tables of Matrix; none where there is no homeserver."""
    try:
        python = find()
    except NoSynapse as error:
        setup.note(f"matrix: skipped, {error}")
        return []
    entries = bases.generated(setup.entries)
    knowledge = write_base(entries, setup.work / "matrix")
    questions = [entry.phrasings[0] for entry in entries[::4]]
    # Fetching it takes longer than all of a quick run.
    why = "left out" if setup.quick else SIMPLE.made(setup.note)
    bench = Bench(setup, {SIMPLE.name: why} if why else {})

    async def run() -> None:
        async with Town.open(setup, python, knowledge, questions) as town:
            await bench.run(town)

    asyncio.run(run())
    return bench.findings.tables()


class Bench:
    """What is measured, one thing after the other. `missing`: bots that cannot be, and why."""

    def __init__(self, setup: Setup, missing: dict[str, str]) -> None:
        self._setup = setup
        self._missing = missing
        self._rests = 0.5 if setup.quick else _RESTS
        self._rooms, self._seconds = (5, 3) if setup.quick else (50, 40)
        self._members, self._joins = (20, 1) if setup.quick else (600, 5)
        self._asked = 5 if setup.quick else 200
        self.findings = Findings(self._rooms, RATE, self._members, setup.entries, missing)

    async def run(self, town: Town) -> None:
        self._setup.note("matrix: people come into the rooms")
        talkers = await town.people("talker", 2 if self._setup.quick else _TALKERS)
        pairs = [(talkers[at % len(talkers)], talkers[(at + 1) % len(talkers)]) for at in range(self._rooms)]
        rooms = [await town.room(first, [second]) for first, second in pairs]
        said = [(room, who) for room, pair in zip(rooms, pairs, strict=True) for who in pair]
        for turn, party in enumerate(self._parties(town, "rooms", rooms)):
            async with party as bot:
                await self._reads(town, bot, said, rooms[0], pairs[0][0], turn)
        await self._answers(town)
        await self._comes(town)

    def _parties(
        self, town: Town, name: str, rooms: Sequence[str], url: str = ""
    ) -> list[AbstractAsyncContextManager[Party]]:
        """Those that are measured, in their order, none of them begun."""
        parties = [
            town.alone(f"alone-{name}", rooms, url=url),
            town.desk(f"desk-{name}", rooms, url=url),
        ]
        if not any(name.startswith(SIMPLE.name) for name in self._missing):
            parties.append(town.simple(f"simple-{name}", rooms, url=url))
        return parties

    # --- many rooms -----------------------------------------------------------------------------------------

    async def _reads(
        self, town: Town, bot: Party, said: Sequence[tuple[str, str]], room: str, by: str, turn: int
    ) -> None:
        """What it costs to be in rooms where others talk."""
        count = self._seconds * RATE
        lines = talk(self._setup, count)
        await town.answers(bot, room, by)
        self._setup.note(f"matrix: {RATE} lines a second in {self._rooms} rooms, {bot.name}")
        (asker,) = await town.people(f"asker{turn}n", 1)
        await town.join(room, asker)
        asked = iter(bot.asked)
        await asyncio.sleep(self._rests)
        answered = len(await town.said_by(bot.user, room, by))
        before, used, began = bot.memory, bot.used, time.perf_counter()
        saying, questions = [], 0
        for number, ((where, who), words) in enumerate(zip(cycle(said), lines)):
            await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
            saying.append(asyncio.create_task(town.say(where, who, words)))
            if number % (RATE * _QUESTION_EVERY) == RATE:
                questions += 1
                saying.append(asyncio.create_task(town.say(room, asker, next(asked))))
        await asyncio.gather(*saying)
        took = time.perf_counter() - began
        await asyncio.sleep(self._rests)
        spent, after = bot.used - used, bot.memory
        if bot.process.process.returncode is not None:
            # The rest of the run is worth having without it.
            self._missing[bot.name] = "it ended in the midst of it"
            return
        got = len(await town.said_by(bot.user, room, by)) - answered
        self.findings.costs[bot.name] = Cost(spent, took, count, before, after, questions, got)

    # --- an answer ------------------------------------------------------------------------------------------

    async def _answers(self, town: Town) -> None:
        """Questions one at a time, and nothing else. Many ask, so that nobody asks without end."""
        askers = await town.people("asker", max(2, self._asked // 5))
        room = await town.room(askers[0], askers[1:])
        async with Door.open(town.url) as door:
            for party in self._parties(town, "answers", [room], door.url):
                async with party as bot:
                    await town.answers(bot, room, askers[0])
                    self._setup.note(f"matrix: {self._asked} questions, {bot.name}")
                    await asyncio.sleep(self._rests)
                    asked = iter(bot.asked)
                    taken = [
                        await self._answer(
                            town, door, room, askers[1 + turn % (len(askers) - 1)], next(asked)
                        )
                        for turn in range(self._asked)
                    ]
                    self.findings.answers[bot.name] = [each for each in taken if each is not None]

    async def _answer(self, town: Town, door: Door, room: str, by: str, words: str) -> float | None:
        """Seconds; None where nothing came."""
        before = door.lines
        event = await town.say(room, by, words)
        came = await door.line_after(before, _LATEST)
        await asyncio.sleep(_BETWEEN)
        told = door.told(event)
        return came - told if came is not None and told is not None else None

    # --- a large room ---------------------------------------------------------------------------------------

    async def _comes(self, town: Town) -> None:
        """It is invited into a large room, and put out again."""
        self._setup.note(f"matrix: {self._members} people come into a room")
        people = await town.people("member", self._members)
        room = await town.room(people[0], people[1:], name="a large room")
        async with town.alone("alone-join") as bot:
            self.findings.joins[bot.name] = [
                await self._come(town, bot, room, people[0], asks=False) for _ in range(self._joins)
            ]
        async with town.desk("desk-join", module=("benchmarks.matrix_probe",)) as bot:
            self.findings.joins[bot.name] = [
                await self._come(town, bot, room, people[0], asks=True) for _ in range(self._joins)
            ]

    async def _come(self, town: Town, bot: Party, room: str, by: str, *, asks: bool) -> float:
        self._setup.note(f"matrix: {bot.name} is invited into a room of {self._members}")
        await asyncio.sleep(self._rests)
        began, known = time.perf_counter(), 0
        await town.moves(room, by, "invite", bot.user)
        while known < self._members:
            told = await (bot.process.report() if asks else bot.process.reads())
            known = known + told["members"] if asks else told["members"]
            if asks and known < self._members:
                await asyncio.sleep(_BETWEEN)
        await town.moves(room, by, "kick", bot.user)
        taken: float = told["at"] - began
        return taken

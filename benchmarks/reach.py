"""The desk on a real server beside other bots: what chatter costs, what a flood costs the others, and where
the time of an answer goes. `irc` takes this.

One InspIRCd, whose limits on floods are off, with fifty who idle and ten who talk in five channels. The bots
come one after the other and hear the same lines from the same people: on a machine of two cores they would
else take each other's time, and whoever is late reads more at once and pays less for a line. Processor time
is that of each bot's whole process, from its own clock.

Chatter is said once for what it costs, and half as long again with questions in between, for how long these
wait. A client of the library `irc` that hears and does nothing tells what hearing costs at least.

In a flood the innocent ask for the first time, each once. Where lines are paced as networks want it, one of
them also asks again and again: a place at the head of the queue is kept for who was not answered lately, and
for nobody else.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from benchmarks import bases, journey
from benchmarks.bots import BOTS
from benchmarks.figures import Setup, Table
from benchmarks.findings import ALONE, ASYNCIO, Attack, Cost, Findings
from benchmarks.guest import Guest
from benchmarks.ircd import MISSING, binary, inspircd
from benchmarks.parties import ASKERS, CHANNELS, IDLERS, TALKERS, NotThere, Party, Town, talk
from benchmarks.stage import DESK, Program, write_base

RATE = 1_000
"""Lines a second."""

COMMANDS = 10_000
ATTACKERS = 20

_RESTS = 1.0
"""Seconds for a bot to come to rest before it is measured, and to work off what it was told."""

_QUESTION_EVERY = 0.25
_INNOCENT_EVERY = 1.0
_PACED_EVERY = 6.0
"""Seconds between two questions of the innocent; paced as by default, a line takes two seconds by itself."""

_BETWEEN = 0.05
"""Seconds between two questions of which each one's journey is followed."""

_LATEST = 3.0
"""Seconds after which an answer is not waited for any more."""

_NEW, _SAME = "somebody new each time", "the same again"


def measure(setup: Setup) -> list[Table]:
    """The tables of the reach; none where there is no server."""
    if binary() is None:
        setup.note(f"irc: skipped, {MISSING}")
        return []
    # Fetching them takes longer than all of a quick run.
    tried = {bot.name: "left out" if setup.quick else bot.made(setup.note) for bot in BOTS}
    entries = bases.generated(setup.entries)
    knowledge = write_base(entries, setup.work / "reach")
    questions = [entry.phrasings[0] for entry in entries[::4]]
    reach = Reach(setup, {name: why for name, why in tried.items() if why})

    async def run() -> None:
        async with inspircd() as port:
            await reach.run(Town(setup, port, knowledge, questions))

    asyncio.run(run())
    people = f"{TALKERS} talk and {IDLERS} idle in {len(CHANNELS)} channels"
    return reach.findings.tables(people, _LATEST)


class Reach:
    """What is measured, one thing after the other. `missing`: bots that cannot be, and why."""

    def __init__(self, setup: Setup, missing: dict[str, str]) -> None:
        self._setup = setup
        self._missing = missing
        self._others = [bot for bot in BOTS if bot.name not in missing]
        self._rests = 0.5 if setup.quick else _RESTS
        self._lines = talk(setup, (3 if setup.quick else 10) * RATE)
        self.findings = Findings(len(self._lines), RATE, setup.entries, missing)

    async def run(self, town: Town) -> None:
        async with AsyncExitStack() as opened:
            bots = (DESK, *(bot.nick for bot in self._others))
            town.askers = await opened.enter_async_context(town.asking("ann", ASKERS, CHANNELS, bots))
            async with town.throng("x", IDLERS, TALKERS, CHANNELS, "nobody") as throng:
                for name, loop in ((ALONE, "own"), (ASYNCIO, "asyncio")):
                    async with town.listener(name, loop) as listener:
                        await self._cost(listener, throng)
                async with town.desk() as desk:
                    await self._chatter(desk, throng, town.askers)
                    for attackers in (ATTACKERS,) if self._setup.quick else (1, ATTACKERS):
                        await self._attack(town, desk, attackers)
                for bot in tuple(self._others):
                    try:
                        async with town.other(bot) as other:
                            await self._chatter(other, throng, town.askers)
                    except NotThere as error:
                        # The rest of the run is worth having without it.
                        self._others.remove(bot)
                        self._missing[bot.name] = str(error)
            if not self._setup.quick:
                async with town.desk({}) as desk:
                    await self._attack(town, desk, ATTACKERS, paced=True)
            for bot in self._others:
                for attackers in (1, ATTACKERS):
                    # A new one each time: one of them remembers for minutes whom it ignores.
                    async with town.other(bot) as other:
                        await self._attack(town, other, attackers)
        await self._travels(town)

    # --- chatter --------------------------------------------------------------------------------------------

    async def _chatter(self, party: Party, throng: Program, askers: Sequence[Guest]) -> None:
        await self._cost(party, throng)
        half = self._lines[: len(self._lines) // 2]
        turns = int(len(half) / RATE / _QUESTION_EVERY)
        talking = asyncio.create_task(throng.report({"say": half, "rate": RATE}))
        self.findings.waits[party.name] = await _asked(party, turns, _QUESTION_EVERY, askers)
        await talking

    async def _cost(self, party: Party, throng: Program) -> None:
        """What it costs to hear the chatter once."""
        self._setup.note(f"irc: chatter, {party.name}")
        await asyncio.sleep(self._rests)
        before, used = party.memory, party.used
        await throng.report({"say": self._lines, "rate": RATE})
        await asyncio.sleep(self._rests)
        spent = (party.used - used) * 10_000 / len(self._lines)
        self.findings.costs[party.name] = Cost(party.name, spent, before, party.memory)

    # --- attack ---------------------------------------------------------------------------------------------

    async def _attack(self, town: Town, party: Party, attackers: int, *, paced: bool = False) -> None:
        """Many commands from so many nicks, while the innocent ask."""
        commands, turns = (1_000, 2) if self._setup.quick else (COMMANDS, 3 if paced else 6)
        every, pacing = (_PACED_EVERY, "as by default") if paced else (_INNOCENT_EVERY, "off")
        innocent = {_NEW: town.askers[:-1], **({_SAME: town.askers[-1:]} if paced else {})}
        said = f"{commands:,} from {'one nick' if attackers == 1 else f'{attackers} nicks'}"
        self._setup.note(f"irc: {said}, {party.name}, pacing {pacing}")
        await asyncio.sleep(self._rests)
        name = f"a{len(self.findings.attacks)}"
        async with town.throng(name, 0, attackers, CHANNELS[:1], party.nick) as throng:
            used = party.used
            order = {"say": [party.command] * commands, "rate": commands / (every * turns)}
            flooding = asyncio.create_task(throng.report(order))
            asked = [
                _asked(party, turns, every, askers, every * share / (len(innocent) + 1))
                for share, askers in enumerate(innocent.values(), start=1)
            ]
            waits = await asyncio.gather(*asked)
            await flooding
            await asyncio.sleep(self._rests)
            told = await throng.report()
        counts = told["in a minute"], told["public"], told["private"]
        self.findings.attacks += [
            Attack(party.name, said, pacing, who, waited, *((counts, party.used - used) if first else ()))
            for who, waited, first in zip(innocent, waits, (True, False), strict=False)
        ]

    # --- journey --------------------------------------------------------------------------------------------

    async def _travels(self, town: Town) -> None:
        """Questions one at a time, and nothing else."""
        self._setup.note("irc: the journey of a question")
        # As many guests as may ask several questions each without a thought of floods.
        async with AsyncExitStack() as opened:
            number = 6 if self._setup.quick else 30
            town.askers = await opened.enter_async_context(town.asking("guest", number, CHANNELS, (DESK,)))
            desk = await opened.enter_async_context(town.desk(module=("benchmarks.journey",)))
            await asyncio.sleep(self._rests)
            for turn in range((3 if self._setup.quick else 5) * number):
                await desk.process.report()
                guest = town.askers[turn % number]
                answered = await guest.ask(DESK, next(desk.asked), CHANNELS[0], within=_LATEST)
                await asyncio.sleep(_BETWEEN)
                found = journey.parts((await desk.process.report())["marks"])
                # The first ones meet a desk that has not yet done any of it.
                if answered is not None and found is not None and turn >= number // 2:
                    self.findings.journeys.append(found)


async def _asked(
    party: Party, turns: int, every: float, askers: Sequence[Guest], first: float = 0.0
) -> list[float | None]:
    """How long each of so many questions waited; one every so many seconds from the `first` on, whether or
    not the one before was answered, by each asker in turn."""
    asking = []
    for turn in range(turns):
        await asyncio.sleep(first)
        guest = askers[turn % len(askers)]
        question = next(party.asked)
        asking.append(asyncio.create_task(guest.ask(party.nick, question, CHANNELS[0], party.sign, _LATEST)))
        await asyncio.sleep(every - first)
    return list(await asyncio.gather(*asking))

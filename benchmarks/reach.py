"""The desk on a real server beside other bots: what chatter costs, what a flood costs the others, and where
the time of an answer goes. `irc` takes this.

One InspIRCd, whose limits on floods are off, with fifty who idle and ten who talk in five channels. The bots
come one after the other and hear the same lines from the same people: on a machine of two cores they would
else take each other's time, and whoever is late reads more at once and pays less for a line. Processor time
is that of each bot's whole process, from its own clock.

The chatter is said twice: once for what it costs, once with questions in between, for how long these wait. A
client of the library `irc` that hears and does nothing tells what hearing costs at least.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack

from benchmarks import bases, journey
from benchmarks.bots import BOTS
from benchmarks.figures import Cell, Column, Setup, Stopwatch, Table, percentile
from benchmarks.guest import Guest
from benchmarks.ircd import MISSING, binary, inspircd
from benchmarks.parties import ASKERS, CHANNELS, IDLERS, TALKERS, NotThere, Party, Town, talk
from benchmarks.stage import DESK, Program, write_base

RATE = 1_000
"""Lines a second."""

COMMANDS = 10_000
ATTACKERS = 20

_RESTS = 2.0
"""Seconds for a bot to come to rest before it is measured, and to work off what it was told."""

_QUESTION_EVERY = 0.5
_INNOCENT_EVERY = 2.0
_PACED_EVERY = 6.0
"""Seconds between two questions of the innocent; paced as by default, a line takes two seconds by itself."""

_LATEST = 10.0
"""Seconds after which an answer is not waited for any more."""

_OWN_LOOP, _ASYNCIO = "irc alone", "irc alone, on asyncio"


def measure(setup: Setup) -> list[Table]:
    """The tables of the reach; none where there is no server."""
    if binary() is None:
        setup.note(f"irc: skipped, {MISSING}")
        return []
    # Fetching them takes longer than all of a quick run.
    missing = {bot.name: "left out" if setup.quick else bot.made(setup.note) for bot in BOTS}
    entries = bases.generated(setup.entries)
    knowledge = write_base(entries, setup.work / "reach")
    questions = [entry.phrasings[0] for entry in entries[::4]]
    reach = Reach(setup, missing)

    async def run() -> None:
        async with inspircd() as port:
            await reach.run(Town(setup, port, knowledge, questions))

    asyncio.run(run())
    return reach.tables()


class Reach:
    """What was measured so far. `missing`: bots that cannot be measured here, and why."""

    def __init__(self, setup: Setup, missing: Mapping[str, str]) -> None:
        self._setup = setup
        self._missing = {name: why for name, why in missing.items() if why}
        self._others = [bot for bot in BOTS if bot.name not in self._missing]
        self._rests = 0.5 if setup.quick else _RESTS
        self._lines = talk(setup, (3 if setup.quick else 10) * RATE)
        self._costs: dict[str, tuple[str, float, float | None, float | None]] = {}
        self._waits: list[tuple[Cell, ...]] = []
        self._attacks: list[tuple[Cell, ...]] = []
        self._journeys: list[dict[str, float]] = []

    async def run(self, town: Town) -> None:
        async with AsyncExitStack() as opened:
            bots = (DESK, *(bot.nick for bot in self._others))
            town.askers = await opened.enter_async_context(town.asking("ann", ASKERS, CHANNELS, bots))
            async with town.throng("x", IDLERS, TALKERS, CHANNELS, "nobody") as throng:
                for name, loop in ((_OWN_LOOP, "own"), (_ASYNCIO, "asyncio")):
                    async with town.listener(name, loop) as listener:
                        await self._cost(listener, throng)
                async with town.desk() as desk:
                    await self._chatter(desk, throng, town.askers)
                for bot in tuple(self._others):
                    try:
                        async with town.other(bot) as other:
                            await self._chatter(other, throng, town.askers)
                    except NotThere as error:
                        # The rest of the run is worth having without it.
                        self._others.remove(bot)
                        self._missing[bot.name] = str(error)
            await self._attacked(town)
        await self._travels(town)

    # --- chatter --------------------------------------------------------------------------------------------

    async def _chatter(self, party: Party, throng: Program, askers: Sequence[Guest]) -> None:
        await self._cost(party, throng)
        times = len(self._lines) / RATE
        turns = int(times / _QUESTION_EVERY)
        talking = asyncio.create_task(throng.report({"say": self._lines, "rate": RATE}))
        waits = await _asked(party, turns, _QUESTION_EVERY, askers)
        await talking
        self._waits.append((party.name, turns, *_waited(waits)))

    async def _cost(self, party: Party, throng: Program) -> None:
        """What it costs to hear the chatter once."""
        self._setup.note(f"irc: chatter, {party.name}")
        await asyncio.sleep(self._rests)
        before, used = party.memory, party.used
        await throng.report({"say": self._lines, "rate": RATE})
        await asyncio.sleep(self._rests)
        spent = (party.used - used) * 10_000 / len(self._lines)
        self._costs[party.name] = (party.name, spent, before, party.memory)

    # --- attack ---------------------------------------------------------------------------------------------

    async def _attacked(self, town: Town) -> None:
        for attackers in (ATTACKERS,) if self._setup.quick else (1, ATTACKERS):
            async with town.desk() as desk:
                await self._attack(town, desk, attackers, _INNOCENT_EVERY, "off")
        if not self._setup.quick:
            async with town.desk({}) as desk:
                await self._attack(town, desk, ATTACKERS, _PACED_EVERY, "as by default")
        for bot in self._others:
            async with town.other(bot) as other:
                await self._attack(town, other, 1, _INNOCENT_EVERY, "off")

    async def _attack(self, town: Town, party: Party, attackers: int, every: float, pacing: str) -> None:
        """Many commands from so many nicks, while an innocent asks every so many seconds."""
        commands, turns = (1_000, 2) if self._setup.quick else (COMMANDS, 6)
        who = "one nick" if attackers == 1 else f"{attackers} nicks"
        self._setup.note(f"irc: {commands:,} commands from {who}, {party.name}, pacing {pacing}")
        await asyncio.sleep(self._rests)
        async with town.throng(f"a{len(self._attacks)}", 0, attackers, CHANNELS[:1], party.nick) as throng:
            used = party.used
            said = {"say": [party.command] * commands, "rate": commands / (every * turns)}
            flooding = asyncio.create_task(throng.report(said))
            waits = await _asked(party, turns, every, town.askers[:1])
            await flooding
            await asyncio.sleep(self._rests)
            told = await throng.report()
            self._attacks.append(
                (
                    *(party.name, f"{commands:,} from {who}", pacing, turns, *_waited(waits)),
                    *(told["in a minute"], told["public"], told["private"], party.used - used),
                )
            )

    # --- journey --------------------------------------------------------------------------------------------

    async def _travels(self, town: Town) -> None:
        """Questions one at a time, and nothing else."""
        self._setup.note("irc: the journey of a question")
        # As many guests as may ask several questions each without a thought of floods.
        async with AsyncExitStack() as opened:
            number = 6 if self._setup.quick else 60
            town.askers = await opened.enter_async_context(town.asking("guest", number, CHANNELS, (DESK,)))
            desk = await opened.enter_async_context(town.desk(module=("benchmarks.journey",)))
            await asyncio.sleep(self._rests)
            turns = (3 if self._setup.quick else 4) * number
            for turn, (guest, question) in enumerate(
                (town.askers[turn % number], desk.asked[turn % len(desk.asked)]) for turn in range(turns)
            ):
                await desk.process.report()
                answered = await guest.ask(DESK, question, CHANNELS[0], within=5.0)
                await asyncio.sleep(0.05)
                found = journey.parts((await desk.process.report())["marks"])
                # The first ones meet a desk that has not yet done any of it.
                if answered is not None and found is not None and turn >= number // 2:
                    self._journeys.append(found)

    # --- tables ---------------------------------------------------------------------------------------------

    def tables(self) -> list[Table]:
        return [self._chatter_table(), self._waits_table(), self._attack_table(), self._journey_table()]

    def _chatter_table(self) -> Table:
        least = self._costs[_OWN_LOOP][1]
        return Table(
            "irc/chatter",
            "IRC: what hearing chatter costs",
            (
                Column("who"),
                Column("cpu for 10,000 lines", "s", 2),
                Column("beside irc alone", "times", 2),
                Column("memory before", "MiB"),
                Column("memory after", "MiB"),
            ),
            tuple(
                (name, spent, spent / least, before, after)
                for name, spent, before, after in self._costs.values()
            ),
            (
                f"{len(self._lines):,} lines at {RATE:,} a second in {len(CHANNELS)} channels, to no bot; "
                f"{TALKERS} talk and {IDLERS} idle; one bot after the other on one InspIRCd",
                f"pkgdesk: `pkgdesk run`, {self._setup.entries:,} entries, SQLite on disk, words alone; the "
                "others with as few plugins as they go with; none logs what is said",
                *(f"{name}: not measured, {why}" for name, why in self._missing.items()),
            ),
        )

    def _waits_table(self) -> Table:
        return Table(
            "irc/meanwhile",
            "IRC: how soon a question in the midst of it is answered",
            (
                Column("who"),
                Column("asked"),
                Column("answered"),
                Column("p50", "ms"),
                Column("longest", "ms"),
            ),
            tuple(self._waits),
            (
                f"a question every {_QUESTION_EVERY} s while {RATE:,} lines a second are said; from writing "
                "it to reading the answer; to pkgdesk one that it knows, to the others `ping`",
                f"pacing off; who had no answer within {_LATEST:.0f} s counts as asked, not as answered",
            ),
        )

    def _attack_table(self) -> Table:
        return Table(
            "irc/attack",
            "IRC: a flood of commands, and the innocent",
            (
                *(Column("who"), Column("commands"), Column("pacing")),
                *(Column("asked"), Column("answered"), Column("p50", "ms"), Column("longest", "ms")),
                Column("to one attacker in a minute", "lines in public"),
                *(Column("to all in public", "lines"), Column("to all in private", "lines")),
                Column("cpu", "s", 2),
            ),
            tuple(self._attacks),
            (
                f"an innocent with another nick on the same host asks every {_INNOCENT_EVERY:.0f} s "
                f"meanwhile (paced as by default, every {_PACED_EVERY:.0f} s), in the same channel",
                "protection of the others from floods: as it comes",
            ),
        )

    def _journey_table(self) -> Table:
        whole = [1e3 * sum(each.values()) for each in self._journeys]
        rows: list[tuple[Cell, ...]] = []
        for _, part in journey.MILESTONES:
            rows.append(_spread(part, [1e3 * each[part] for each in self._journeys]))
        return Table(
            "irc/journey",
            "IRC: from the line to the answer, inside the desk",
            (
                Column("part"),
                *(Column("mean", "ms", 2), Column("p50", "ms", 2)),
                *(Column("p99", "ms", 2), Column("longest", "ms", 2)),
            ),
            (*rows, _spread("from the line arriving to the answer leaving", whole)),
            (
                f"{len(whole)} questions that the desk knows, one at a time; {self._setup.entries:,} "
                "entries, words alone, SQLite on disk, pacing off",
            ),
        )


async def _asked(party: Party, turns: int, every: float, askers: Sequence[Guest]) -> list[float | None]:
    """How long each of so many questions waited; one every so many seconds, whether or not the one before was
    answered, by each asker in turn."""
    asking = []
    for turn in range(turns):
        await asyncio.sleep(every / 2)
        guest, question = askers[turn % len(askers)], party.asked[turn % len(party.asked)]
        asking.append(asyncio.create_task(guest.ask(party.nick, question, CHANNELS[0], party.sign, _LATEST)))
        await asyncio.sleep(every / 2)
    return list(await asyncio.gather(*asking))


def _waited(waits: Sequence[float | None]) -> tuple[int, float | None, float | None]:
    """How many had an answer, and median and longest wait in milliseconds."""
    came = Stopwatch([wait for wait in waits if wait is not None])
    return len(came.taken), came.ms(0.5), came.ms(1.0)


def _spread(part: str, taken: Sequence[float]) -> tuple[Cell, ...]:
    mean = sum(taken) / len(taken) if taken else None
    return part, mean, *(percentile(taken, share) for share in (0.5, 0.99, 1.0))

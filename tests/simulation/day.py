"""A day of the whole desk on scripted networks: everything of it is drawn from one seed.

The desk is the one that runs: river, store on a file of SQLite, outbox with its pacing, timers, and an
`IrcTransport` with the library's own connection for each network. Made up are the time (`virtual_time`), the
wires (`memory_wire`) and whoever is at their other end (`network`, `people`, `weather`).
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import promises
import structlog.testing
from network import Network
from people import Crowd
from profiles import PROFILES, Profile
from project import ACCOUNT, CHANNELS, PASSWORD, port, written
from promises import Promise
from virtual_time import VirtualLoop, run
from weather import Harbour, Weather

from bot.app import Desk
from bot.aside import Aside
from bot.sources import read_sources
from bot.store.store import Store

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
CALM = 900.0
"""Seconds at the end in which nothing more goes wrong, so that promises of minutes can be seen."""


@dataclass
class Day:
    """What came of one day."""

    seed: int
    broken: promises.Broken = field(default_factory=dict)
    happened: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    late: tuple[int, int] = (0, 0)
    states: Counter[str] = field(default_factory=Counter)
    fates: Counter[str] = field(default_factory=Counter)
    longest: dict[str, float] = field(default_factory=dict)
    most_waiting: int = 0
    seconds: float = 0.0
    networks: list[Network] = field(default_factory=list)
    log: list[Any] = field(default_factory=list)

    @property
    def transcript(self) -> list[str]:
        """All that was written lately, and what the log says beside it, in order."""
        lines = [line for network in self.networks for line in network.transcript]
        lines += [
            f"{each['at']:%d %H:%M:%S.%f} log {each['event']}"
            for each in self.log
            if each["log_level"] != "debug"
        ]
        return sorted(lines, key=lambda line: line[: len("01 00:00:00.000000")])

    def breaks(self, promise: Promise, how: Iterable[str]) -> None:
        for each in how:
            self.broken.setdefault(promise, []).append(each)

    def __str__(self) -> str:
        broken = sum(map(len, self.broken.values()))
        ends = ", ".join(f"{count} {state}" for state, count in sorted(self.states.items()))
        longest = ", ".join(f"{what} {seconds:.0f} s" for what, seconds in sorted(self.longest.items()))
        return (
            f"seed {self.seed}: {'well' if not broken else f'{broken} broken'};"
            f" {self.happened.total()} accidents; {self.asked} questions ({ends}),"
            f" {self.late[0]} asked while it could not hear, {self.late[1]} of them read later; lines: "
            + ", ".join(f"{count} {state}" for state, count in sorted(self.fates.items()))
            + f"; longest: {longest}; most lines waiting at a server: {self.most_waiting};"
            f" {self.seconds:.1f} s of processor time"
        )


def live(
    seed: int,
    folder: Path,
    *,
    hours: float = 24.0,
    profiles: tuple[Profile, ...] = PROFILES,
    bustle: float = 1.0,
    trouble: float = 1.0,
) -> Day:
    """One day in `folder`. `bustle`: how much is asked and said, 1 being a question an hour on each network;
    `trouble`: how much goes wrong, 1 being an accident of each kind a day on each network."""
    began = time.process_time()
    day = Day(seed)

    async def main(loop: VirtualLoop) -> None:
        await _lived(loop, day, folder, hours, profiles, bustle, trouble)

    run(main)
    day.seconds = time.process_time() - began
    return day


async def _lived(
    loop: VirtualLoop,
    day: Day,
    folder: Path,
    hours: float,
    profiles: tuple[Profile, ...],
    bustle: float,
    trouble: float,
) -> None:
    loop.set_default_executor(Aside())
    loop.set_exception_handler(lambda _, context: day.breaks(Promise.ALIVE, [str(context)]))
    chance = random.Random(day.seed)
    end = hours * 3600.0

    def clock() -> datetime:
        return START + timedelta(seconds=loop.time())

    def stamped(_: Any, __: str, entry: MutableMapping[str, Any]) -> Mapping[str, Any]:
        return {**entry, "at": clock()}

    names = tuple(each.name for each in profiles)
    settings = written(folder, names, tuple(each.name for each in profiles if each.mechanisms))
    networks, crowds, watchers, weathers = [], [], [], []
    for profile in profiles:
        own = random.Random(f"{day.seed} {profile.name}")
        network = Network(profile.name, profile, {ACCOUNT: PASSWORD}, CHANNELS, clock, loop.time, own)
        harbour = Harbour(network, own)
        loop.hosts["localhost", port(profile.name, names)] = harbour
        crowd = Crowd(network, own, clock)
        weather = Weather(network, harbour, crowd, own)
        networks.append(network)
        crowds.append(crowd)
        weathers.append(weather)
        watchers.append(promises.Watcher(network, harbour, loop.time))
        _planned(loop, own, end, crowd, weather, bustle, trouble)
    with structlog.testing.capture_logs([stamped]) as entries:
        await _served(loop, day, folder, settings, clock, chance, end, watchers)
    garbled_at = [at for weather in weathers for at in weather.garbled_at]
    _judged(day, folder / "desk.sqlite", clock(), networks, crowds, watchers, entries, garbled_at)
    for weather in weathers:
        day.happened.update(weather.happened)


def _planned(
    loop: VirtualLoop,
    chance: random.Random,
    end: float,
    crowd: Crowd,
    weather: Weather,
    bustle: float,
    trouble: float,
) -> None:
    """Draw what happens when."""
    calm = max(0.0, end - CALM)
    hours = end / 3600.0
    for _ in range(round(hours * bustle)):
        loop.call_at(chance.uniform(60, end), crowd.ask)
    for _ in range(round(10 * hours * bustle)):
        loop.call_at(chance.uniform(0, end), crowd.chatter)
    for kind in Weather.KINDS:
        # As many as come to it on average, and never fewer than the whole part of that.
        for _ in range(int(trouble * hours / 24 + chance.random())):
            loop.call_at(chance.uniform(120, calm), weather.happen, kind)


async def _served(
    loop: VirtualLoop,
    day: Day,
    folder: Path,
    settings: Any,
    clock: Any,
    chance: random.Random,
    end: float,
    watchers: list[promises.Watcher],
) -> None:
    sources = read_sources(settings)
    if sources.reference is None or sources.problems:
        raise ValueError(f"the project cannot be used: {sources.problems}")
    store = await Store.open(settings.database_url)
    try:
        desk = Desk(settings, None, store, sources.reference, (), 0, clock=clock, chance=chance)
        serving = loop.create_task(desk.serve(anew=asyncio.Event()))

        async def watch() -> None:
            while True:
                for each in watchers:
                    each.look()
                await asyncio.sleep(promises.TICK)

        watching = loop.create_task(watch())
        await asyncio.wait({serving, watching}, timeout=end, return_when=asyncio.FIRST_COMPLETED)
        watching.cancel()
        if serving.done():
            day.breaks(Promise.ALIVE, [f"the desk ended by itself: {serving}"])
        vitals = await desk.watch.vitals()
        if vitals.events or any(waiting > 50 for waiting in vitals.lines.values()):
            day.breaks(Promise.QUEUES, [f"at the end {vitals.events} events, lines: {vitals.lines}"])
        desk.end()
        if await serving != 0:
            day.breaks(Promise.ALIVE, ["a part of the desk ended"])
    finally:
        await store.close()


def _judged(
    day: Day,
    database: Path,
    now: datetime,
    networks: list[Network],
    crowds: list[Crowd],
    watchers: list[promises.Watcher],
    entries: Any,
    garbled_at: list[datetime],
) -> None:
    day.networks, day.log = networks, entries
    asked = [each for crowd in crowds for each in crowd.asked]
    day.asked = len(asked)
    day.breaks(Promise.ALIVE, promises.escaped(entries, garbled_at))
    for watcher in watchers:
        for promise, how in watcher.broken:
            day.breaks(promise, [how])
        for what, seconds in watcher.longest.items():
            day.longest[what] = max(seconds, day.longest.get(what, 0.0))
    for network, crowd in zip(networks, crowds, strict=True):
        day.breaks(Promise.FLOODING, (f"{network.name}: {each}" for each in network.broken))
        day.breaks(Promise.LINES, promises.untrue_fates(database, network))
        day.breaks(Promise.ATTACKERS, promises.fed_attackers(crowd))
        day.most_waiting = max(day.most_waiting, network.most_waiting)
    day.breaks(Promise.QUESTIONS, promises.lost_questions(database, asked))
    day.breaks(Promise.QUESTIONS, promises.open_for_ever(database, now - timedelta(minutes=2)))
    day.breaks(Promise.QUESTIONS, promises.never_said(database, now))
    day.late = promises.late_questions(database, asked)
    day.states.update(row["state"] for row in promises.rows(database, "SELECT state FROM question"))
    day.fates.update(row["state"] for row in promises.rows(database, "SELECT state FROM outbox"))

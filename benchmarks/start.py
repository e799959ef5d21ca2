"""How soon it is there: commands from start to end, a desk from start to being in the channel, and its
memory.

Beside it: Python that does nothing, which nothing written in Python can undercut, and a client made of
the library `irc` alone. The first run of all is not counted: it fills the caches of the disk.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import bases
from benchmarks.figures import Cell, Column, Setup, Stopwatch, Table, percentile
from benchmarks.stage import (
    CHANNEL,
    DESK,
    ROOT,
    Person,
    Stage,
    calibrated,
    configuration,
    end,
    memory,
    seen,
    write_base,
)

_WATCHER = "ann"
_IDLE_FOR = 2.0


def measure(setup: Setup) -> list[Table]:
    """The table of starts."""
    entries = bases.generated(setup.entries)
    knowledge = write_base(entries, setup.work / "start")
    config = setup.work / "start.json"
    config.write_text(configuration(6667, knowledge, "start.sqlite", None), "utf-8")
    question = entries[0].phrasings[0]
    times = 1 if setup.quick else 5
    setup.note("start: commands")
    _ended("pkgdesk ask", ["-m", "bot.cli", "ask", "build without cloning qemu"], 1)
    rows = [
        _ended("python that does nothing", ["-c", "pass"], times),
        _ended("pkgdesk version", ["-m", "bot.cli", "version"], times),
        _ended("pkgdesk ask, the demo's base", ["-m", "bot.cli", "ask", "build without cloning qemu"], times),
        _ended(
            f"pkgdesk ask, {setup.entries:,} entries",
            ["-m", "bot.cli", "ask", "-c", str(config), question],
            min(3, times),
        ),
    ]
    rows += asyncio.run(_joined(setup, knowledge))
    return [
        Table(
            "start",
            "Start: from starting the process on",
            (
                Column("what"),
                Column("n"),
                Column("median", "s", 2),
                Column("longest", "s", 2),
                Column("memory when idle", "MiB"),
            ),
            tuple(rows),
            ("commands: until they have ended; run and irc alone: until somebody sees them in the channel",),
        )
    ]


def _ended(what: str, arguments: Sequence[str], times: int) -> tuple[Cell, ...]:
    taken = Stopwatch()
    for _ in range(times):
        with taken.running():
            done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, check=False)
        if done.returncode not in (0, 1):  # 1: it does not know
            raise RuntimeError(f"{what}: {done.stderr.decode(errors='replace')}")
    return what, times, *_seconds(taken.taken), None


@dataclass(slots=True)
class _Runs:
    """Several starts of the same."""

    taken: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)

    def row(self, what: str) -> tuple[Cell, ...]:
        return what, len(self.taken), *_seconds(self.taken), percentile(self.memory, 0.5)


async def _joined(setup: Setup, knowledge: Path) -> list[tuple[Cell, ...]]:
    times = 1 if setup.quick else 3
    desks, listeners = _Runs(), _Runs()
    async with Stage.open(setup.work, [_WATCHER]) as stage:
        watcher = await stage.enter(_WATCHER)
        config = setup.work / "joining.json"
        config.write_text(configuration(stage.port, knowledge, "joining.sqlite", None), "utf-8")
        for turn in range(times):
            setup.note(f"start: run, {turn}")
            log = setup.work / f"joining{turn}.log"
            run = ("-m", "bot.cli", "run", "--config", str(config))
            async with _seen(watcher, DESK, desks, run, log) as process:
                await calibrated(log)
                await asyncio.sleep(_IDLE_FOR)
                desks.memory += [mib for mib in [memory(process.pid)] if mib is not None]
        for turn in range(times):
            listen = ("-m", "benchmarks.listener", str(stage.port), f"lee{turn}", CHANNEL)
            log = setup.work / f"lee{turn}.log"
            async with _seen(watcher, f"lee{turn}", listeners, listen, log) as process:
                listeners.memory += [mib for mib in [memory(process.pid)] if mib is not None]
    return [desks.row(f"pkgdesk run, {setup.entries:,} entries"), listeners.row("irc alone")]


@asynccontextmanager
async def _seen(
    watcher: Person, nick: str, runs: _Runs, arguments: Sequence[str], log: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process, from when its nick was seen in the channel."""
    with log.open("wb") as errors:
        began = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *arguments),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=errors,
        )
    try:
        runs.taken.append(await seen(watcher, nick, process, log) - began)
        yield process
    finally:
        await end(process)


def _seconds(taken: Sequence[float]) -> tuple[float | None, float | None]:
    """Median and longest."""
    return percentile(taken, 0.5), max(taken)

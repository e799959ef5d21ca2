"""How soon it is there, and what it costs while nothing happens: commands from start to end, a desk from
start to being in the channel, then its memory and its share of a core; what is promised, beside its goal.

Beside it: Python that does nothing, which nothing written in Python can undercut, and a client made of
the library `irc` alone. The first run of all is not counted: it fills the caches of the disk.
"""

import asyncio
import os
import pty
import re
import resource
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
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
    processor,
    seen,
    write_base,
)

CHECKED_WITHIN = 5.0
"""Seconds for `pkgdesk check` on `CHECKED` entries."""

CHECKED = 10_000
JOINED_WITHIN = 1.5
"""Seconds from starting `pkgdesk run` until it is in the channel, with 1,000 entries."""

IDLE_MEMORY = 120.0
"""Megabytes (of 1,000,000 bytes) of a desk with 1,000 entries that has nothing to do."""

IDLE_SHARE = 0.5
"""Percent of one core that it uses then."""

_WATCHER = "ann"
_SETTLES_IN = 2.0
_PROGRESS = re.compile(rb"([0-9]+)/[0-9]+")


def measure(setup: Setup) -> list[Table]:
    """The tables of starts and of goals."""
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
    checks, size = _checks(setup)
    desks, listeners = asyncio.run(_joined(setup, knowledge))
    rows.append(checks.row(f"pkgdesk check, {size:,} entries"))
    rows.append(desks.row(f"pkgdesk run, {setup.entries:,} entries"))
    rows.append(listeners.row("irc alone"))
    starts = Table(
        "start",
        "Start: from starting the process on",
        (
            Column("what"),
            Column("n"),
            Column("median", "s", 2),
            Column("longest", "s", 2),
            Column("processor", "s", 2),
            Column("memory when idle", "MiB"),
        ),
        tuple(rows),
        (
            "commands: until they have ended; run and irc alone: until somebody sees them in the channel",
            "processor: what it used of one, at the median; where the time is far more, others were at work",
        ),
    )
    return [starts, _goals(setup, size, checks, desks)]


def _goals(setup: Setup, size: int, checks: "_Runs", desks: "_Runs") -> Table:
    megabytes = [mib * 2**20 / 1e6 for mib in desks.memory]
    rows = (
        (f"check of {size:,} entries, with progress", "s", checks.taken, CHECKED_WITHIN),
        (f"run with {setup.entries:,} entries, until it is in the channel", "s", desks.taken, JOINED_WITHIN),
        ("memory when idle, resident", "MB", megabytes, IDLE_MEMORY),
        ("processor when idle", "% of a core", desks.idle, IDLE_SHARE),
    )
    return Table(
        "start/goals",
        "Goals",
        (Column("what"), Column("in"), Column("n"), Column("median", "", 2), Column("goal"), Column("kept")),
        tuple(_goal(*row) for row in rows),
        (
            f"the goals are set for {CHECKED:,} and 1,000 entries, on a machine that does nothing else",
            f"check told {checks.told} times how far it was",
        ),
    )


def _goal(what: str, unit: str, measured: Sequence[float], goal: float) -> tuple[Cell, ...]:
    median = percentile(measured, 0.5)
    kept = "–" if median is None else "yes" if median < goal else "no"
    return what, unit, len(measured), median, goal, kept


def _ended(what: str, arguments: Sequence[str], times: int) -> tuple[Cell, ...]:
    taken, used = Stopwatch(), []
    for _ in range(times):
        before = _children()
        with taken.running():
            done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, check=False)
        used.append(_children() - before)
        if done.returncode not in (0, 1):  # 1: it does not know
            raise RuntimeError(f"{what}: {done.stderr.decode(errors='replace')}")
    return what, times, *_seconds(taken.taken), percentile(used, 0.5), None


def _children() -> float:
    """Seconds of processor that all children that have ended used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@dataclass(slots=True)
class _Runs:
    """Several starts of the same: seconds until it was there or done, and of processor until then; MiB and
    percent of a core when idle; how often progress was told."""

    taken: list[float] = field(default_factory=list)
    used: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)
    told: int = 0

    def row(self, what: str) -> tuple[Cell, ...]:
        median = percentile(self.used, 0.5)
        return what, len(self.taken), *_seconds(self.taken), median, percentile(self.memory, 0.5)


def _checks(setup: Setup) -> tuple[_Runs, int]:
    """`pkgdesk check` as somebody at a terminal runs it, who is shown how far it is; and of how many
    entries."""
    size = setup.entries if setup.quick else CHECKED
    knowledge = write_base(bases.generated(size), setup.work / "checked")
    config = setup.work / "checked.json"
    config.write_text(configuration(6667, knowledge, "checked.sqlite", None), "utf-8")
    runs = _Runs()
    for turn in range(1 if setup.quick else 3):
        setup.note(f"start: check, {turn}")
        before, began = _children(), time.perf_counter()
        said = _at_a_terminal(["-m", "bot.cli", "check", "--config", str(config)])
        runs.taken.append(time.perf_counter() - began)
        runs.used.append(_children() - before)
        runs.told = len(set(_PROGRESS.findall(said)))
        if not runs.told and size == CHECKED:  # what is quickly done shows no progress
            raise RuntimeError(f"check told nothing of its progress: {said.decode(errors='replace')}")
    return runs, size


def _at_a_terminal(arguments: Sequence[str]) -> bytes:
    """What a command that ends well writes to standard error, which is a terminal."""
    ours, theirs = pty.openpty()
    said = b""
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**os.environ, "TERM": "xterm"},
            stdout=subprocess.DEVNULL,
            stderr=theirs,
        )
        os.close(theirs)
        with suppress(OSError):  # EIO: nobody has the other end open any more
            while read := terminal.read(4096):
                said += read
        if process.wait():
            raise RuntimeError(f"{' '.join(arguments)}: {said.decode(errors='replace')}")
    return said


async def _joined(setup: Setup, knowledge: Path) -> tuple[_Runs, _Runs]:
    """Desks and listeners that came into a channel."""
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
                await asyncio.sleep(_SETTLES_IN)
                desks.memory += [mib for mib in [memory(process.pid)] if mib is not None]
                desks.idle += await _idle(process.pid, 5.0 if setup.quick else 20.0)
        for turn in range(times):
            listen = ("-m", "benchmarks.listener", str(stage.port), f"lee{turn}", CHANNEL)
            log = setup.work / f"lee{turn}.log"
            async with _seen(watcher, f"lee{turn}", listeners, listen, log) as process:
                listeners.memory += [mib for mib in [memory(process.pid)] if mib is not None]
    return desks, listeners


async def _idle(pid: int, span: float) -> list[float]:
    """The percentage of a core that a process used in so many seconds, where the system says."""
    before, began = processor(pid), time.perf_counter()
    await asyncio.sleep(span)
    after, ended = processor(pid), time.perf_counter()
    return [] if before is None or after is None else [100 * (after - before) / (ended - began)]


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
        runs.used += [used for used in [processor(process.pid)] if used is not None]
        yield process
    finally:
        await end(process)


def _seconds(taken: Sequence[float]) -> tuple[float | None, float | None]:
    """Median and longest."""
    return percentile(taken, 0.5), max(taken)

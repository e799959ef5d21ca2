"""Who is in the channels of the real server: fifty who idle, ten who talk, some who ask; and one bot at a
time, each a process of its own that ends with its block.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

from benchmarks.bases import chatter
from benchmarks.bots import Bot
from benchmarks.figures import Setup
from benchmarks.guest import Guest
from benchmarks.stage import (
    DESK,
    FAST,
    Program,
    calibrated,
    configuration,
    memory,
    processor,
    started,
)

CHANNELS = ("#packagers", "#devel", "#ports", "#users", "#random")
IDLERS, TALKERS, ASKERS = 50, 10, 10

_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Party:
    """A bot that is in the channels. `asked` are lines that it answers, without end; its answer holds `sign`,
    or else the nick of who asked. `command` is one that costs it as little as any."""

    name: str
    nick: str
    process: Program
    asked: Iterator[str] = field(default_factory=lambda: iter(()))
    sign: str = ""
    command: str = ""

    @property
    def used(self) -> float:
        """Seconds of processor."""
        return processor(self.process.pid) or 0.0

    @property
    def memory(self) -> float | None:
        """MiB."""
        return memory(self.process.pid)


class NotThere(RuntimeError):
    """A bot that was started did not come into the channels in time; what it said last."""


class Town:
    """The server on `port` and everybody on it. `knowledge` is the folder of the desk's base, `questions` are
    what that knows."""

    def __init__(self, setup: Setup, port: int, knowledge: Path, questions: Sequence[str]) -> None:
        self.setup = setup
        self.port = port
        self.askers: tuple[Guest, ...] = ()
        self._knowledge = knowledge
        self._questions = tuple(f"{DESK}: {question}" for question in questions)
        self._turn = 0

    @asynccontextmanager
    async def asking(
        self, name: str, number: int, channels: Sequence[str], bots: Sequence[str]
    ) -> AsyncIterator[tuple[Guest, ...]]:
        """Guests who hear what these bots say."""
        guests = tuple(Guest(self.port, f"{name}{each}", channels, bots) for each in range(number))
        try:
            # All at once: a server may take a second to let somebody in.
            await asyncio.gather(*(guest.come() for guest in guests))
            yield guests
        finally:
            for guest in guests:
                await guest.leave()

    @asynccontextmanager
    async def throng(
        self, name: str, idlers: int, talkers: int, channels: Sequence[str], bot: str
    ) -> AsyncIterator[Program]:
        arguments = (str(self.port), name, str(idlers), str(talkers), ",".join(channels), bot)
        async with AsyncExitStack() as opened:
            command = (sys.executable, "-m", "benchmarks.throng", *arguments)
            program = Program(await started(opened, self._log(name), command, talks=True))
            await program.reads()
            yield program

    @asynccontextmanager
    async def listener(self, name: str, loop: str) -> AsyncIterator[Party]:
        """The library `irc` alone."""
        async with AsyncExitStack() as opened:
            arguments = (str(self.port), "lee", ",".join(CHANNELS), loop)
            command = (sys.executable, "-m", "benchmarks.listener", *arguments)
            program = Program(await started(opened, self._log("listener"), command, talks=True))
            await program.reads()
            yield Party(name, "lee", program)

    @asynccontextmanager
    async def desk(
        self, pace: dict[str, str] | None = None, module: Sequence[str] = ("bot.cli", "run", "--config")
    ) -> AsyncIterator[Party]:
        """`pkgdesk run` with a database of its own, or a `module` that takes a configuration; paced as good
        as not at all unless it is said how."""
        self._turn += 1
        name = f"reach{self._turn}"
        config = self.setup.work / f"{name}.json"
        text = configuration(
            self.port, self._knowledge, f"{name}.sqlite", FAST if pace is None else pace, CHANNELS
        )
        config.write_text(text, "utf-8")
        async with AsyncExitStack() as opened:
            log = self._log(name)
            command = (sys.executable, "-m", *module, str(config))
            program = Program(await started(opened, log, command, talks=len(module) == 1))
            await self._comes(DESK, program, log)
            await calibrated(log)
            # No two desks share a database, so they may be asked the same.
            yield Party("pkgdesk", DESK, program, cycle(self._questions), command=f"{DESK}: help")

    @asynccontextmanager
    async def other(self, bot: Bot) -> AsyncIterator[Party]:
        """Another bot."""
        self._turn += 1
        folder = self.setup.work / f"{bot.nick}{self._turn}"
        folder.mkdir()
        async with AsyncExitStack() as opened:
            log = self._log(folder.name)
            command = (str(bot.python), *bot.start(folder, bot.nick, self.port, CHANNELS))
            program = Program(await started(opened, log, command, folder=folder))
            await self._comes(bot.nick, program, log)
            name, asked = f"{bot.name} {bot.version}", cycle((bot.asked,))
            yield Party(name, bot.nick, program, asked, bot.answered, bot.asked)

    async def _comes(self, nick: str, program: Program, log: Path) -> None:
        """Returns when it is in all channels. Raises NotThere where it is not in time."""
        watcher, ended = self.askers[0], program.process
        with suppress(TimeoutError):
            await watcher.until(
                lambda: watcher.joined[nick] >= len(CHANNELS) or ended.returncode is not None, _PATIENCE
            )
        if watcher.joined[nick] < len(CHANNELS):
            raise NotThere(f"{nick} did not come into the channels:\n{_end_of(log)}")

    def _log(self, name: str) -> Path:
        return self.setup.work / f"{name}.log"


def _end_of(log: Path) -> str:
    return log.read_text("utf-8", "replace")[-2000:].strip()


def talk(setup: Setup, number: int) -> list[str]:
    """Lines that people say to each other: none that a bot could take for a command."""
    bots = (DESK, "limnoria", "sopel")
    said = (line for line in chatter(setup.data, number) if line[0].isalnum())
    fit = [line for line in said if not any(bot in line.casefold() for bot in bots)]
    return list(islice(cycle(fit), number))

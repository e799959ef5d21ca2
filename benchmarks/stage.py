"""A network on this machine: the demo's server, a desk, a listener and people, who talk over real
sockets.

Server, desk and listener have processes of their own, each ended by its own number when the stage closes.
People live in this process: they write, and note when they read what.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.bases import DEMO
from bot.demo.client import Client
from knowledge.documents import read_file
from knowledge.entry import Entry
from knowledge.files import to_yaml

HOST = "127.0.0.1"
CHANNEL = "#packagers"
DESK = "pkgdesk"
NETWORK = "demo"
FAST = {"burst": "100", "rate": "1000", "target_rate": "1000"}
"""As good as no pacing, for what is measured of the desk and not of the rules of networks."""

ROOT = Path(__file__).parents[1]
_PATIENCE = 60.0
_LONGEST_ANSWER = 1 << 24


@dataclass(frozen=True, slots=True)
class Spoken:
    """A line that somebody read, and when (monotonic seconds)."""

    at: float
    who: str
    where: str
    what: str


class Person:
    """Somebody at a client, whose account is called as they are."""

    def __init__(self, nick: str, port: int) -> None:
        self.nick = nick
        self.desk_said: list[Spoken] = []
        self._client = Client(HOST, port, nick, CHANNEL, self._told)
        self._changed = asyncio.Event()
        self._joined: set[str] = set()
        self._heard: dict[str, float] = {}

    async def come(self) -> None:
        await self._client.come()

    async def leave(self) -> None:
        await self._client.leave()

    async def say(self, what: str, where: str = CHANNEL) -> None:
        await self._client.say(where, what)

    async def ask(self, what: str, where: str = CHANNEL, within: float = _PATIENCE) -> float | None:
        """Seconds until the desk says something to this person in that place; None where it does not."""
        place = CHANNEL if where == CHANNEL else self.nick
        before = len(self.desk_said)
        began = time.perf_counter()
        await self.say(f"{DESK}: {what}" if where == CHANNEL else what, where)
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while True:
                    for said in self.desk_said[before:]:
                        if said.where == place:
                            return said.at - began
                    self._changed.clear()
                    await self._changed.wait()
        return None

    async def hears(self, what: str, within: float = _PATIENCE) -> float:
        """When this person heard exactly these words, whether or not that was already."""
        async with asyncio.timeout(within):
            while what not in self._heard:
                self._changed.clear()
                await self._changed.wait()
        return self._heard[what]

    async def sees(self, nick: str, within: float = _PATIENCE) -> float:
        """When this person saw somebody join, who was not there before."""
        async with asyncio.timeout(within):
            while nick not in self._joined:
                self._changed.clear()
                await self._changed.wait()
        self._joined.discard(nick)
        return time.perf_counter()

    def _told(self, report: dict[str, Any]) -> None:
        match report["tell"]:
            case "heard":
                if report["what"] not in self._heard:
                    self._heard[report["what"]] = time.perf_counter()
                    self._changed.set()
                to_me = report["where"] == self.nick or report["what"].startswith(f"{self.nick}: ")
                if report["who"] == DESK and to_me:
                    said = Spoken(time.perf_counter(), report["who"], report["where"], report["what"])
                    self.desk_said.append(said)
                    self._changed.set()
            case "joined":
                self._joined.add(report["who"])
                self._changed.set()


class Program:
    """A process that answers each line by one."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    @property
    def pid(self) -> int:
        return self.process.pid

    async def reads(self) -> dict[str, Any]:
        """The next line that it writes."""
        assert self.process.stdout is not None
        async with asyncio.timeout(_PATIENCE):
            line = await self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"a process of the benchmark ended: {await self.process.wait()}")
        read: dict[str, Any] = json.loads(line)
        return read

    async def report(self, order: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What it says when it is asked, or has done what it was told to."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order or {}).encode() + b"\n")
        return await self.reads()


class Stage:
    """Everything on it is ended with it. `port`: of the server."""

    def __init__(self, folder: Path, port: int, opened: AsyncExitStack) -> None:
        self.folder = folder
        self.port = port
        self._opened = opened
        self._desks = 0

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, nicks: Sequence[str]) -> AsyncIterator["Stage"]:
        """A server that knows accounts of these names."""
        async with AsyncExitStack() as opened:
            accounts = ",".join(f"{nick}={nick}" for nick in nicks)
            server = await _started(
                opened, folder / "server.log", "bot.demo.server", "--port", "0", "--accounts", accounts
            )
            port: int = (await server.reads())["port"]
            yield cls(folder, port, opened)

    async def enter(self, nick: str) -> Person:
        """A person comes into the channel."""
        person = Person(nick, self.port)
        await person.come()
        self._opened.push_async_callback(person.leave)
        return person

    async def program(self, module: str, nick: str) -> Program:
        """A listener or a talker, in the channel."""
        log = self.folder / f"{nick}.log"
        program = await _started(self._opened, log, module, str(self.port), nick, CHANNEL)
        await program.reads()
        return program

    async def desk(
        self, knowledge: Path, watcher: Person, pace: Mapping[str, str] | None = None
    ) -> "RunningDesk":
        """A desk with a database of its own, seen in the channel by `watcher`."""
        self._desks += 1
        name = f"desk{self._desks}"
        config = self.folder / f"{name}.json"
        config.write_text(
            configuration(self.port, knowledge, f"{name}.sqlite", FAST if pace is None else pace), "utf-8"
        )
        log = self.folder / f"{name}.log"
        program = await _started(self._opened, log, "benchmarks.probe", str(config))
        await seen(watcher, DESK, program.process, log)
        return RunningDesk(program, log)


@dataclass(frozen=True, slots=True)
class RunningDesk:
    """A desk that sits in the channel, and its log."""

    program: Program
    log: Path

    async def calibrates(self, times: int = 1) -> None:
        """Waits until it has learned from its base so many times since its start."""
        await calibrated(self.log, times)

    async def ends(self) -> None:
        await end(self.program.process)


def configuration(
    port: int,
    knowledge: Path,
    database: str,
    pace: Mapping[str, str] | None,
    channels: Sequence[str] = (CHANNEL,),
) -> str:
    """A desk's configuration: the demo's, on this server, without the bounds that would stop one person from
    asking many questions. (What JSON writes, YAML reads.)"""
    settings: Any = read_file(DEMO / "config.yaml").value
    network = {**settings["networks"][NETWORK], "port": str(port), "channels": list(channels)}
    if pace is not None:
        network["pace"] = dict(pace)
    settings |= {
        "networks": {NETWORK: network},
        "knowledge": str(knowledge),
        "map": str(DEMO / settings["map"]),
        "database": database,
        "desk": {"open_questions": "100", "join_lines": "1s", "bots_answer": "0s"},
    }
    return json.dumps(settings, indent=2)


def write_base(entries: Sequence[Entry], folder: Path) -> Path:
    """The folder with the entries as files."""
    folder.mkdir()
    for entry in entries:
        (folder / f"{entry.id}.yaml").write_text(to_yaml(entry), "utf-8")
    return folder


def memory(pid: int) -> float | None:
    """MiB of a process in memory; None where the system does not say (proc(5), VmRSS)."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("ascii", "replace").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), None)


def processor(pid: int) -> float | None:
    """Seconds of processor that a process has used; None where the system does not say. (The number of its
    clock is made of its own as in clock_getcpuclockid(3) on Linux; 2: what the scheduler counts.)"""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except (OSError, AttributeError):
        return None


async def end(process: asyncio.subprocess.Process) -> None:
    """End a process: politely, then not."""
    asks: tuple[Callable[[], None], ...] = (process.terminate, process.kill)
    for ask in asks:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                ask()
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 10.0)


async def calibrated(log: Path, times: int = 1) -> None:
    """Waits until the log of a desk says so often that it has learned from its base how sure a match is."""
    async with asyncio.timeout(_PATIENCE):
        while _read(log).count("calibrated on the base") < times:  # noqa: ASYNC110 - nothing tells of a file
            await asyncio.sleep(0.1)


def _read(log: Path) -> str:
    return log.read_text("utf-8", "replace")


async def seen(watcher: Person, nick: str, process: asyncio.subprocess.Process, log: Path) -> float:
    """When `watcher` saw the process come into the channel. Raises RuntimeError where it ended before."""
    coming = asyncio.ensure_future(watcher.sees(nick))
    ending = asyncio.ensure_future(process.wait())
    await asyncio.wait({coming, ending}, return_when=asyncio.FIRST_COMPLETED)
    ending.cancel()
    if not coming.done():
        coming.cancel()
        raise RuntimeError(f"{nick} ended before it was in the channel:\n{_read(log)[-2000:]}")
    return await coming


async def _started(opened: AsyncExitStack, log: Path, module: str, *arguments: str) -> Program:
    process = await started(opened, log, (sys.executable, "-m", module, *arguments), talks=True)
    return Program(process)


async def started(
    opened: AsyncExitStack,
    log: Path,
    command: Sequence[str],
    *,
    folder: Path = ROOT,
    talks: bool = False,
    environment: Mapping[str, str] | None = None,
) -> asyncio.subprocess.Process:
    """A process, ended when `opened` is closed. What it writes goes into `log`; to us, where it `talks`, go
    its answers. `environment`: instead of ours."""
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env=environment,
            stdin=asyncio.subprocess.PIPE if talks else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE if talks else errors,
            stderr=errors,
            limit=_LONGEST_ANSWER,
        )
    opened.push_async_callback(end, process)
    return process

"""The scene of the demo: a folder, a server, a desk and players, each in a process of its own.

    async with Scene(state=None, port=0, report=…) as scene:
        alice = await scene.enter("alice")
        await scene.open_desk()
        alice.say("pkgdesk: …")
        await alice.hears(r"…")
        await scene.kill_desk()

The desk is one in earnest; only its delays are other than usual, by the configuration that is written here.
Whatever was started is ended with the scene, however it ends, each process by its own number.
"""

import asyncio
import contextlib
import errno
import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, Self

from bot.demo.actor import CHANNEL, DESK, READY_WITHIN, Actor, NoPlace, Report, SceneFailed, end
from knowledge.documents import read_file

NETWORK = "demo"
HOST = "127.0.0.1"
ACCOUNTS = ("alice", "bob", "carol", "dave", "erin")
"""Who plays, and one who may join; a player's nick, account and password are the same."""

_LOG_SHOWN = 25
_TELLING = ("event", "error", "reason", "exception")
_ROOM = 2 * 2**20
"""Bytes that a disk must have left; a short demo writes a few hundred thousand."""

_FOLDER = Path(__file__).parent


class Scene:
    """`state`: the folder for database, configuration and logs, kept afterwards; None for one that is not.
    `port`: of the server, 0 for any. `base`: the folder of the knowledge base, None for the demo's own.
    `delays`: settings of the desk that are other than usual."""

    def __init__(
        self,
        *,
        state: Path | None = None,
        port: int = 0,
        base: Path | None = None,
        delays: Mapping[str, str] | None = None,
        report: Report = lambda _player, _report: None,
    ) -> None:
        self.port = port
        self._kept = state
        self._base = base
        self._delays = dict(delays or {})
        self._report = report
        self._open = contextlib.AsyncExitStack()
        self._actors: list[Actor] = []
        self.desk: asyncio.subprocess.Process | None = None
        self._server: asyncio.subprocess.Process | None = None
        self._closing = False
        self._desk_there = asyncio.Event()
        self._desk_gone = asyncio.Event()

    async def __aenter__(self) -> Self:
        try:
            self.state = self._folder()
            await self.open_server()
            try:
                self.configuration.write_text(self._settings(), "utf-8")
            except OSError as error:
                raise NoPlace(f"{self.configuration} cannot be written: {error.strerror}") from None
        except BaseException:
            await self._open.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing = True
        await self._open.aclose()

    @property
    def configuration(self) -> Path:
        return self.state / "config.yaml"

    @property
    def database(self) -> Path:
        return self.state / "desk.sqlite"

    @property
    def desk_log(self) -> str:
        """The last lines that the desk logged."""
        return _tail(self.state / "desk.log")

    async def enter(self, name: str) -> Actor:
        """A player comes in."""
        process = await self._start(
            "player.log",
            *("bot.demo.player", "--host", HOST, "--port", str(self.port)),
            *("--nick", name, "--channel", CHANNEL),
        )
        actor = Actor(name, process, self._heard)
        self._open.push_async_callback(actor.end)
        self._actors.append(actor)
        await actor.come()
        return actor

    async def open_desk(self) -> None:
        """Start the desk, and wait until the first player has seen it come into the channel."""
        await self.start_desk()
        await self.desk_came()

    async def start_desk(self) -> None:
        self._desk_there.clear()
        self._desk_gone.clear()
        self.desk = await self._start("desk.log", "bot.cli", "run", "--config", str(self.configuration))
        self._open.push_async_callback(end, self.desk)

    async def desk_came(self) -> None:
        """Raises SceneFailed where the desk ends before it is there, or takes too long."""
        ended = asyncio.ensure_future(self._running().wait())
        there = asyncio.ensure_future(self._desk_there.wait())
        await asyncio.wait({ended, there}, timeout=READY_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        missing = not there.done()
        for waiting in (ended, there):
            waiting.cancel()
        if missing:
            raise SceneFailed(f"the desk did not come into {CHANNEL}; {self.last_words()}")

    def last_words(self) -> str:
        """What the desk last logged, and a full disk, which may have kept it from that."""
        said = self.desk_log.rpartition("\n")[2].removeprefix("pkgdesk: ")
        with contextlib.suppress(ValueError, AttributeError):
            said = ", ".join(f"{value}" for key, value in json.loads(said).items() if key in _TELLING)
        if shutil.disk_usage(self.state).free < _ROOM:
            said = f"{said or 'nothing'} (the disk that holds {self.state} is full)"
        return f"it last said: {said or 'nothing'}"

    async def kill_desk(self) -> None:
        """`kill -9`, and wait until the server has noticed."""
        desk = self._running()
        desk.kill()
        await desk.wait()
        if not self._desk_there.is_set():
            return
        try:
            await asyncio.wait_for(self._desk_gone.wait(), READY_WITHIN)
        except TimeoutError:
            raise SceneFailed("the server did not notice that the desk is dead") from None

    def _running(self) -> asyncio.subprocess.Process:
        if self.desk is None:
            raise SceneFailed("there is no desk")
        return self.desk

    def _heard(self, player: str, report: dict[str, Any]) -> None:
        if self._closing:
            return
        self._report(player, report)
        if player == self._actors[0].name:
            match report:
                case {"tell": "joined", "who": who} if who == DESK:
                    self._desk_there.set()
                case {"tell": "present", "who": names} if DESK in names:
                    self._desk_there.set()
                case {"tell": "gone", "who": who} if who == DESK:
                    self._desk_gone.set()

    def _folder(self) -> Path:
        if self._kept is not None:
            folder = self._kept.absolute()
            try:
                folder.mkdir(parents=True, exist_ok=True)
                # Root may write where a mode forbids it, and nobody on a disk that is mounted to be read.
                tempfile.TemporaryFile(dir=folder).close()
            except OSError as error:
                wrong = "it is a file" if folder.is_file() else error.strerror
                raise NoPlace(
                    f"{self._kept} cannot hold the demo's files: {wrong}. Name another folder with --state."
                ) from None
            advice = "name a folder elsewhere with --state"
        else:
            try:
                folder = Path(tempfile.mkdtemp(prefix="pkgdesk-demo-"))
            except OSError as error:
                raise NoPlace(
                    f"no folder for temporary files can be used ({error.strerror}): set TMPDIR to one"
                ) from None
            self._open.callback(shutil.rmtree, folder, ignore_errors=True)
            advice = "set TMPDIR to a folder elsewhere"
        if (free := shutil.disk_usage(folder).free) < _ROOM:
            raise NoPlace(
                f"the disk that holds {folder} is full ({free // 1024} KiB left): make room, or {advice}"
            )
        return folder

    async def open_server(self) -> None:
        """Start the server, at the port of before where there was one."""
        accounts = ",".join(f"{name}={name}" for name in ACCOUNTS)
        self._server = await self._start(
            "server.log", "bot.demo.server", "--port", str(self.port), "--accounts", accounts
        )
        self._open.push_async_callback(end, self._server)
        assert self._server.stdout is not None
        line = b""
        with contextlib.suppress(TimeoutError):
            line = await asyncio.wait_for(self._server.stdout.readline(), READY_WITHIN)
        told = json.loads(line or b"{}")
        match told:
            case {"port": port}:
                self.port = port
            case {"refused": errno.EADDRINUSE}:
                raise SceneFailed(
                    f"port {self.port} is taken: another program listens there. Name another with --port, or "
                    "leave it out, and any free one is taken."
                )
            case {"refused": _, "why": why}:
                raise SceneFailed(f"port {self.port} cannot be had: {why}. Name another with --port.")
            case _:
                said = _tail(self.state / "server.log").rpartition("\n")[2] or "nothing"
                raise SceneFailed(f"the IRC server did not start; it last said: {said}")

    async def close_server(self) -> None:
        if self._server is not None:
            await end(self._server)

    def _settings(self) -> str:
        """The demo's configuration, with what is other here. (What JSON writes, YAML reads.)"""
        settings: Any = read_file(_FOLDER / "config.yaml").value
        for key in ("knowledge", "map"):
            settings[key] = str(_FOLDER / settings[key])
        if self._base is not None:
            settings["knowledge"] = str(self._base)
        settings["database"] = self.database.name
        settings["desk"] = self._delays
        settings["networks"] = {
            NETWORK: {
                **settings["networks"][NETWORK],
                "port": str(self.port),
                "pace": {"burst": "50", "rate": "50", "target_rate": "50"},
                "times": {"reconnect": "1s"},
            }
        }
        return json.dumps(settings, indent=2, ensure_ascii=False)

    async def _start(self, log: str, module: str, *arguments: str) -> asyncio.subprocess.Process:
        """A Python process of its own group, so that Ctrl-C reaches it through us only."""
        with (self.state / log).open("ab") as errors:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot.demo.leash", module, *arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                process_group=0,
                limit=2**20,
            )


def _tail(log: Path) -> str:
    """The last lines of a log; nothing where there is none."""
    try:
        return "\n".join(log.read_text("utf-8", "replace").splitlines()[-_LOG_SHOWN:])
    except OSError:
        return ""


def until_told_to_end(play: Coroutine[Any, Any, int]) -> int:
    """The exit code of `play`, or, where Ctrl-C, SIGTERM or the closing of the terminal came first, the one
    that says so; either way after everything was cleared away."""

    async def played() -> int:
        task = asyncio.ensure_future(play)
        told: list[int] = []

        def end_it(number: int) -> None:
            # Once: a second Ctrl-C must not keep what was started from being ended.
            if not told:
                told.append(number)
                task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, end_it, number)
        try:
            return await task
        except (asyncio.CancelledError, OSError):
            # A terminal that is gone cannot even be left as it was found.
            if not told:
                raise
            return 128 + told[0]

    return asyncio.run(played())

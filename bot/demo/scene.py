"""The scene of the demo: a folder, a server, a desk and players, each in a process of its own.

    async with Scene(state=None, report=…) as scene:
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
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from bot.demo.actor import CHANNEL, DESK, READY_WITHIN, Actor, NoPlace, Report, SceneFailed, end
from bot.demo.base import ISOLATED, Commit, last_commit, lay_out
from bot.demo.log import Log
from bot.demo.place import ACCOUNTS, IrcPlace, Place, tail
from knowledge.documents import read_file

NETWORK = "demo"

_TELLING = ("event", "error", "reason", "exception")
_ROOM = 2 * 2**20
"""Bytes that a disk must have left; a short demo writes a few hundred thousand."""

_HELD = ("desk.sqlite*", "knowledge", "homeserver")
"""What a state holds of a play: questions, entries, and what was said, where that is kept."""

_FOLDER = Path(__file__).parent


class Scene:
    """`state`: the folder for database, configuration and logs, kept afterwards; None for one that is not.
    `place`: the network, without it an IRC server's. `base`: the folder of the entries to begin with, None
    for the demo's own; `anew`: what a kept state holds of an earlier play is put aside. `delays`:
    settings of the desk that are other than usual."""

    def __init__(
        self,
        *,
        state: Path | None = None,
        place: Place | None = None,
        base: Path | None = None,
        anew: bool = False,
        delays: Mapping[str, str] | None = None,
        report: Report = lambda _player, _report: None,
    ) -> None:
        self.place: Place = IrcPlace() if place is None else place
        self._kept = state
        self._base = base
        self._anew = anew
        self._delays = dict(delays or {})
        self._report = report
        self._open = contextlib.AsyncExitStack()
        self._actors: list[Actor] = []
        self.desk: asyncio.subprocess.Process | None = None
        self._closing = False
        self._desk_there = asyncio.Event()
        self._desk_gone = asyncio.Event()
        self.remark = ""
        """What is less than it could be here, for people; or nothing."""

    async def __aenter__(self) -> Self:
        try:
            self.state = self._folder()
            if self._anew:
                self._put_aside()
            self.remark = await asyncio.to_thread(lay_out, self.knowledge, self._base)
            self._open.push_async_callback(self.place.close)
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
    def knowledge(self) -> Path:
        """The base of the desk."""
        return self.state / "knowledge"

    @property
    def desk_log(self) -> str:
        """The last lines that the desk logged."""
        return tail(self.state / "desk.log")

    async def enter(self, name: str) -> Actor:
        """A player comes in."""
        process = await self._start("player.log", *self.place.player(name))
        actor = Actor(name, process, self._heard)
        self._open.push_async_callback(actor.end)
        self._actors.append(actor)
        await actor.come()
        return actor

    async def open_desk(self) -> None:
        """Start the desk, and wait until the first player has seen it come into the channel; where it never
        left that for others, it is there already, and reads what was said meanwhile."""
        await self.start_desk()
        await self.desk_came()

    async def start_desk(self) -> None:
        if self.place.shows_absence:
            self._desk_there.clear()
        self._desk_gone.clear()
        self._log = Log(self.state / "desk.log")
        self.desk = await self._start(
            self._log.path.name, "bot.cli", "run", "--config", str(self.configuration)
        )
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

    async def desk_logged(self, event: str) -> None:
        """Wait until the desk, as it was started last, has logged that. SceneFailed where it does not."""
        if not await self._log.tells(event, READY_WITHIN):
            raise SceneFailed(f"the desk did not log `{event}`; {self.last_words()}")

    async def last_commit(self) -> Commit | None:
        """The one that the base stands at; None where it has no history."""
        return await asyncio.to_thread(last_commit, self.knowledge)

    async def kill_desk(self) -> None:
        """`kill -9`, and wait until the others can see it, where they can."""
        desk = self._running()
        desk.kill()
        await desk.wait()
        if not (self.place.shows_absence and self._desk_there.is_set()):
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

    def _put_aside(self) -> None:
        """What was here before is kept, until it is put aside the next time."""
        before = [path for name in _HELD for path in self.state.glob(name)]
        if before:
            aside = self.state / "before"
            shutil.rmtree(aside, ignore_errors=True)
            aside.mkdir()
            for path in before:
                path.rename(aside / path.name)

    async def open_server(self) -> None:
        """Start the server, at the port of before where there was one."""
        await self.place.open(self.state, self._start)

    async def close_server(self) -> None:
        await self.place.close()

    def _settings(self) -> str:
        """The demo's configuration, with what is other here. (What JSON writes, YAML reads.)"""
        settings: Any = read_file(_FOLDER / "config.yaml").value
        settings["knowledge"] = self.knowledge.name
        settings["map"] = str(self._map(_FOLDER / settings["map"]))
        settings["database"] = self.database.name
        desk = settings["desk"]
        for role in ("operators", "editors"):
            desk[role] = {NETWORK: [self.place.account(name) for name in desk[role][NETWORK]]}
        settings["desk"] = desk | self._delays
        settings["networks"] = {
            NETWORK: {
                **self.place.network(),
                "pace": {"burst": "50", "rate": "50", "target_rate": "50"},
            }
        }
        return json.dumps(settings, indent=2, ensure_ascii=False)

    def _map(self, path: Path) -> Path:
        """The map, with people's accounts as they are here."""
        text = path.read_text("utf-8")
        here = re.sub(
            r"(?<=accounts: )\{demo: (\w+)\}",
            lambda found: f'{{{NETWORK}: "{self.place.account(found[1])}"}}',
            text,
        )
        if all(self.place.account(name) == name for name in ACCOUNTS):
            return path
        own = self.state / "map.yaml"
        own.write_text(here, "utf-8")
        return own

    async def _start(self, log: str, module: str, *arguments: str) -> asyncio.subprocess.Process:
        """A Python process of its own group, so that Ctrl-C reaches it through us only."""
        with (self.state / log).open("ab") as errors:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot.demo.leash", module, *arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                env=os.environ | ISOLATED,
                process_group=0,
                limit=2**20,
            )

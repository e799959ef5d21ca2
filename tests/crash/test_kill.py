"""`kill -9` at any moment: a real desk on a real server, with real clients who ask and answer.

A life of the desk goes from its start to its violent end; when that comes is drawn from the seed: before the
desk is in the channel, within milliseconds after somebody said a line, within milliseconds after it said one
itself, or at any time. What must hold is checked after every kill, on the dead desk's database and on all
that was heard.

Twice on SQLite, which share the kills, and in a shorter play on PostgreSQL, where there are its programs.

PKGDESK_KILLS says how often (20), PKGDESK_SEED from which seed on. The order in which processes run is not
ours to draw: the same seed makes the same plans, not the same interleaving.
"""

import asyncio
import json
import os
import random
import re
import shutil
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nursery
import pytest
from clusters import Cluster
from records import PING, InFile, OnServer, Recording, damage

from bot.demo.actor import DESK, Actor
from bot.demo.base import ISOLATED
from bot.demo.scene import Scene
from bot.desk.model import ENDED

pytestmark = pytest.mark.crash

DEMO = Path(__file__).parents[2] / "bot" / "demo"
KILLS = int(os.environ.get("PKGDESK_KILLS", "20"))
SEED = int(os.environ.get("PKGDESK_SEED", "1"))
RUNS = 2
"""Scenes that the kills are shared among, so that two workers can play them."""

ON_SERVER = RUNS
"""The number of the scene whose desk has its database on a server."""

SHORT = {
    "bots_answer": "0s",
    "ping_after": "0s",
    "patience": "1s",
    "ack_patience": "2s",
    "quiet": "1s",
    "settle": "1s",
    "join_lines": "1s",
    "answer_stands": "2s",
    "offer_lapses": "2s",
    "confirm_within": "2s",
    "keep_for": "3s",
    "ping_expires": "3s",
    "open_questions": "100",
}
ASKERS = ("alice", "erin")
DEVELOPERS = ("bob", "carol", "dave")
ENDS_WITHIN = 60.0
KNOWN = "how do I build the tools without cloning QEMU, case {}?"
UNKNOWN = (
    "xenstored dies with SIGSEGV in tools/xenstored/talloc.c, case {}",
    "libxl_create.c does not compile with gcc 15, case {}",
    "xen/Rules.mk fails with make -j64, case {}",
    "tools/ocaml/libs/xc/xenctrl.ml does not link, case {}",
)
REPLIES = (
    "use the branch of case {}",
    "which version is case {}?",
    "not me",
    "not me → dave",
    "ack",
    "answer {} with the newest release",
    "",
)
DEATHS = (
    *("after a line to it",) * 4,
    *("after a line of it", "after a ping", "any time") * 2,
    "starting",
)
"""When it is killed, and how often so."""

BARE = ("more", "not it", "yes", "no", "1", "done", "thanks", "missed")


ENTRIES = ("system-qemu", "system-seabios", "system-ovmf", "disable-stubdom", "python-version")


class QuickScene(Scene):
    """Its desks come from the nursery, and read a few entries only: starts are most of what this costs."""

    def __init__(self, folder: Path, report: Callable[[str, dict[str, Any]], None]) -> None:
        base = folder / "entries"
        base.mkdir()
        for each in ENTRIES:
            shutil.copy(DEMO / "knowledge" / f"{each}.yaml", base)
        super().__init__(state=folder / "state", base=base, delays=SHORT, report=report)

    async def _start(self, log: str, module: str, *arguments: str) -> Any:
        if module != "bot.cli":
            return await super()._start(log, module, *arguments)
        with (self.state / log).open("ab") as errors:
            return nursery.started(
                *arguments,
                stderr=errors.fileno(),
                env=os.environ | ISOLATED,
                kind=nursery.WaitedFor,
            )


class Crowd:
    """The clients, and what they do by themselves: developers react to pings as drawn."""

    def __init__(self, rng: random.Random) -> None:
        self.recording = Recording(witness="bob")
        self.actors: dict[str, Actor] = {}
        self._rng = rng
        self._cases = 0
        self._away: set[str] = set()
        self._lines = asyncio.Event()
        self._pings = asyncio.Event()
        self._said = asyncio.Event()
        self._round = 0
        self._rounds: Counter[str] = Counter()
        self._turn = asyncio.Event()

    def told(self, player: str, report: dict[str, Any]) -> None:
        self.recording.told(player, report)
        match report:
            case {"tell": "said"}:
                self._said.set()
            case {"tell": "heard", "who": who, "what": what} if what.startswith("round "):
                if who == ("bob" if player == "alice" else "alice"):
                    self._rounds[player] = int(what.split()[1])
                    self._turn.set()
            case {"tell": "heard", "who": who, "what": what, "where": where} if who == DESK:
                self._lines.set()
                ping = PING.match(what)
                if ping and player in DEVELOPERS and (ping["to"] == player or where == player):
                    self._pings.set()
                    self._react(player, int(ping["number"]))

    def acts(self) -> None:
        """Somebody says or does something."""
        who = self._rng.choice(ASKERS)
        deed = self._rng.random()
        if who in self._away:
            self._order(who, {"do": "come"})
            self._away.discard(who)
        elif deed < 0.3:
            self._says(who, f"{DESK}: {KNOWN.format(self._case())}")
        elif deed < 0.7:
            self._says(who, f"{DESK}: {self._rng.choice(UNKNOWN).format(self._case())}")
        elif deed < 0.95 or who == "alice":
            word = self._rng.choice(BARE)
            self._says(who, f"{DESK}: {word}" if word == "missed" else word)
        else:
            self._order(who, {"do": "leave", "what": "bye"})
            self._away.add(who)

    def speaks(self) -> None:
        """Somebody who is there says a line."""
        self._says("alice", f"{DESK}: {self._rng.choice((KNOWN, *UNKNOWN)).format(self._case())}")

    async def line(self, within: float) -> None:
        """Until the desk says one, or some seconds have passed."""
        await _until(self._lines, within)

    async def ping(self, within: float) -> None:
        """Until the desk pings somebody, or some seconds have passed."""
        await _until(self._pings, within)

    async def said(self) -> None:
        """Until the next line of somebody is on its way."""
        await _until(self._said, 5.0)

    async def settled(self) -> None:
        """Until everybody has heard all that was said so far: two say a word that others hear after it."""
        self._round += 1
        for who in ("alice", "bob"):
            self._says(who, f"round {self._round}")
        while not all(self._rounds[name] >= self._round for name in ("alice", *DEVELOPERS)):
            await _until(self._turn, 10.0, must=True)

    def _react(self, who: str, number: int) -> None:
        words = self._rng.choice(REPLIES).format(number)
        if words:
            self._says(who, words)

    def _case(self) -> int:
        self._cases += 1
        return self._cases

    def _says(self, who: str, what: str) -> None:
        self.actors[who].say(what)

    def _order(self, who: str, order: dict[str, Any]) -> None:
        self.actors[who].order(order)


async def _until(event: asyncio.Event, within: float, *, must: bool = False) -> None:
    event.clear()
    try:
        await asyncio.wait_for(event.wait(), within)
    except TimeoutError:
        if must:
            raise


async def _life(scene: Scene, crowd: Crowd, rng: random.Random) -> str:
    """Start the desk, let things happen, and come to the instant of its death; what kind of death that is."""
    kind = rng.choice(DEATHS)
    await scene.start_desk()
    if kind == "starting":
        await asyncio.sleep(rng.uniform(0.0, 1.0))
        return kind
    await scene.desk_came()
    if rng.random() < 0.6:
        # From now on it pings: it has been there for long enough to know who else is.
        await asyncio.sleep(1.1)
    for _ in range(rng.randint(0, 2)):
        crowd.acts()
        await crowd.line(rng.uniform(0.02, 0.5))
    match kind:
        case "after a line to it":
            crowd.speaks()
            await crowd.said()
            await asyncio.sleep(rng.uniform(0.0, 0.08))
        case "after a line of it":
            crowd.speaks()
            await crowd.line(3.0)
            await asyncio.sleep(rng.uniform(0.0, 0.03))
        case "after a ping":
            crowd.speaks()
            await crowd.ping(2.5)
            await asyncio.sleep(rng.uniform(0.0, 0.03))
        case _:
            crowd.acts()
            await asyncio.sleep(rng.uniform(0.0, 1.5))
    return kind


@pytest.mark.parametrize("run", range(RUNS + 1))
async def test_whenever_it_is_killed_nothing_acknowledged_is_lost_and_no_line_comes_twice(
    run: int, on_disk: Path, request: pytest.FixtureRequest
) -> None:
    url: str | None = request.getfixturevalue("server_url") if run == ON_SERVER else None
    seed = SEED * 1000 + run
    rng = random.Random(seed)
    crowd = Crowd(rng)
    started = time.monotonic()
    kills = -(-KILLS // 5) if url else KILLS // RUNS + (run < KILLS % RUNS)
    deaths: Counter[str] = Counter()
    async with QuickScene(on_disk, crowd.told) as scene:
        kept = OnServer(url) if url else InFile(scene.database, on_disk / "copy")
        if url:
            keep_on(url, scene)
        for name in ("bob", "alice", "carol", "dave", "erin"):
            crowd.actors[name] = await scene.enter(name)
        for kill in range(kills):
            kind = await _life(scene, crowd, rng)
            await scene.kill_desk()
            await crowd.settled()
            deaths[kind] += 1
            where = f"PKGDESK_SEED={SEED}, run {run}: after kill {kill + 1} ({kind})"
            with kept.stored() as database:
                if database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                    assert damage(database, crowd.recording, ASKERS) == [], where
            assert _complaints(scene) == [], where

        await scene.open_desk()
        await _everything_ended(kept, f"PKGDESK_SEED={SEED}, run {run}")
        assert scene.desk is not None
        scene.desk.terminate()
        assert await asyncio.wait_for(scene.desk.wait(), 5.0) == 0
        await crowd.settled()
        with kept.stored() as database:
            assert damage(database, crowd.recording, ASKERS) == [], (
                f"PKGDESK_SEED={SEED}, run {run}: at the end"
            )
            ends = Counter(row[0] for row in database.execute("SELECT state FROM question"))
            fates = Counter(row[0] for row in database.execute("SELECT state FROM outbox"))
        assert _complaints(scene) == []
    heard = len(crowd.recording.lines)
    acknowledged = len(crowd.recording.acknowledged(ASKERS))
    print(
        f"seed {seed}: {kills} kills ({dict(deaths)}) in {time.monotonic() - started:.0f} s, "
        f"{heard} lines heard, {acknowledged} questions acknowledged: {dict(ends)}; lines: {dict(fates)}"
    )
    assert acknowledged >= kills // 4, "somebody was heard now and then"


def _complaints(scene: Scene) -> list[str]:
    """Lines of the desk's log that tell of a defect."""
    log = (scene.state / "desk.log").read_text("utf-8", "replace")
    return [line for line in log.splitlines() if re.search(r'"level": "(error|critical)"|^Traceback', line)]


def keep_on(url: str, scene: Scene) -> None:
    """The scene's desk has its database at `url`."""
    settings = json.loads(scene.configuration.read_text("utf-8"))
    scene.configuration.write_text(json.dumps({**settings, "database": url}), "utf-8")


async def _everything_ended(kept: InFile | OnServer, where: str) -> None:
    """Left alone, with short delays, every question comes to its end."""
    until = time.monotonic() + ENDS_WITHIN
    while live := [(number, state) for number, state in kept.states() if state not in ENDED]:
        assert time.monotonic() < until, f"{where}: not ended after {ENDS_WITHIN:.0f} s: {live}"
        await asyncio.sleep(0.2)


# --- the ordinary end, and an unfriendly beginning ---------------------------------------------------------


async def test_told_to_end_it_says_goodbye_and_ends_well(tmp_path: Path) -> None:
    left: list[str] = []

    def told(_: str, report: dict[str, Any]) -> None:
        if report["tell"] == "gone" and report["who"] == DESK:
            left.append(report["what"])

    async with Scene(state=tmp_path / "state", delays=SHORT, report=told) as scene:
        alice = await scene.enter("alice")
        await scene.open_desk()
        alice.say(f"{DESK}: {UNKNOWN[0].format(1)}")
        await alice.hears(r"#1: ")
        assert scene.desk is not None
        scene.desk.terminate()

        assert await asyncio.wait_for(scene.desk.wait(), 5.0) == 0

        await _soon(lambda: bool(left))
        assert left == ["Quit: the desk is closed for a moment"]
        with InFile(scene.database, tmp_path / "copy").stored() as database:
            assert [
                row[0] for row in database.execute("SELECT state FROM outbox WHERE state <> 'sent'")
            ] == []


async def test_a_server_that_is_down_at_the_start_is_tried_again(tmp_path: Path) -> None:
    async with Scene(state=tmp_path / "state", delays=SHORT) as scene:
        await scene.close_server()

        await scene.start_desk()
        log = tmp_path / "state" / "desk.log"
        await _soon(lambda: log.read_text().count("could not connect") >= 2)
        assert scene.desk is not None
        assert scene.desk.returncode is None, "it has not given up"
        assert "Traceback" not in log.read_text()
        told = [line for line in log.read_text().splitlines() if "could not connect" in line]
        port = str(scene.place.port)
        assert all(port in line for line in told), "each attempt has its line, which says where"

        await scene.open_server()
        await scene.enter("alice")
        await scene.desk_came()
        scene.desk.terminate()
        assert await asyncio.wait_for(scene.desk.wait(), 5.0) == 0


async def test_a_desk_outlives_a_restart_of_its_database(
    server_url: str, cluster: Cluster, tmp_path: Path
) -> None:
    async with Scene(state=tmp_path / "state", delays=SHORT) as scene:
        keep_on(server_url, scene)
        alice = await scene.enter("alice")
        await scene.open_desk()
        alice.say(f"{DESK}: {KNOWN.format(1)}")
        await alice.hears(r"with-system-qemu")

        cluster.stop()
        log = tmp_path / "state" / "desk.log"
        alice.say(f"{DESK}: {UNKNOWN[0].format(2)}")
        await _soon(lambda: "the database cannot be reached" in log.read_text())
        cluster.start()

        await alice.hears(r"#2")
        assert scene.desk is not None
        scene.desk.terminate()
        assert await asyncio.wait_for(scene.desk.wait(), 10.0) == 0
        assert "Traceback" not in log.read_text()


async def _soon(true: Callable[[], bool], within: float = 30.0) -> None:
    until = time.monotonic() + within
    while not true():
        assert time.monotonic() < until
        await asyncio.sleep(0.02)

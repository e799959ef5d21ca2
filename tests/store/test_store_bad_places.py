"""A desk whose database cannot be used, as its operator meets it: one clear line, an exit code, and nothing
is damaged; and a disk that fills up while a desk runs."""

import asyncio
import ctypes
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nursery
import psycopg
import pytest
import pytest_asyncio
from clusters import Cluster
from small_disks import WAYS, Limited, Mounted, disk
from store_databases import make
from store_values import CHANNEL, NOON, asked, url_of

from bot.config import load
from bot.demo.actor import DESK
from bot.demo.scene import Scene
from bot.desk.effects import SaveQuestion, Say, SettleLine
from bot.desk.events import Delivered, Event, Fate
from bot.desk.facts import Concern
from bot.desk.model import Line, Purpose
from bot.outbox import Outbox
from bot.sources import read_sources
from bot.store.errors import StoreError
from bot.store.store import Store
from bot.transports.base import Receipt
from bot.transports.pacing import PaceSettings
from routing.presence import Roster

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "bot" / "demo"
NO_ROOM = "is full: make room|see whether it has room"


def desk(folder: Path, database: str, prepare: Callable[[], None] | None = None) -> tuple[int, str]:
    """Run a desk that is expected to end by itself: its exit code and the last line that it said. What is to
    `prepare` before it needs an interpreter of its own."""
    settings = {
        "networks": {
            "libera": {"host": "127.0.0.1", "port": "1", "tls": "no", "nick": "desk", "channels": ["#a"]}
        },
        "knowledge": str(DEMO / "knowledge"),
        "map": str(DEMO / "map.yaml"),
        "database": database,
        "control": {"socket": "none"},
    }
    config = folder / "config.yaml"
    config.write_text(json.dumps(settings))
    words = ("run", "--config", str(config))
    if prepare is None:
        done = nursery.ran(*words, cwd=ROOT)
    else:
        done = subprocess.run(
            [sys.executable, "-m", "bot.cli", *words],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            preexec_fn=prepare,
        )
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    said = [line for line in done.stderr.splitlines() if line.startswith("pkgdesk: ")]
    assert len(said) == 1, done.stderr
    return done.returncode, said[0].removeprefix("pkgdesk: ")


def spoil(path: Path, how: str) -> None:
    match how:
        case "text":
            path.write_text("the minutes of a meeting\n" * 100)
        case "foreign":
            with closing(sqlite3.connect(path)) as other:
                other.execute("CREATE TABLE bookmarks (url TEXT)")
        case "newer":
            asyncio.run(make(url_of(path)))
            with closing(sqlite3.connect(path)) as later, later:
                later.execute("UPDATE alembic_version SET version_num = '0999'")
        case "damaged":
            asyncio.run(make(url_of(path)))
            whole = path.read_bytes()
            path.write_bytes(whole[:100] + b"\xff" * (len(whole) - 100))


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("text", "is not a database: move it away, or set `database` to another"),
        ("foreign", "belongs to another program: set `database` to another"),
        (
            "newer",
            "was written by a newer pkgdesk (its schema is 0999): run that version, or restore a backup",
        ),
        ("damaged", "is damaged: take a backup (`pkgdesk db restore FILE`)"),
    ],
)
def test_a_file_that_will_not_do(tmp_path: Path, how: str, said: str) -> None:
    path = tmp_path / "desk.sqlite"
    spoil(path, how)
    before = path.read_bytes()
    code, told = desk(tmp_path, str(path))
    assert (code, told.startswith(f"{path} {said}")) == (3, True), told
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("done", "said"),
    [
        ("CREATE TABLE bookmarks (url text)", "belongs to another program: set `database` to another"),
        (None, "cannot be reached ("),
    ],
)
def test_a_database_on_a_server_that_will_not_do(
    tmp_path: Path, cluster: Cluster, done: str | None, said: str
) -> None:
    name = cluster.create()
    url = cluster.url(name if done else "nowhere")
    if done:
        with psycopg.connect(url, autocommit=True) as other:
            other.execute(done)  # type: ignore[arg-type]
    code, told = desk(tmp_path, url)
    assert (code, told.startswith(f"{url} {said}")) == (3, True), told
    cluster.drop(name)


async def test_a_second_desk_on_the_same_database(tmp_path: Path, url: str) -> None:
    store = await Store.open(url)
    code, said = await asyncio.to_thread(desk, tmp_path, url)
    assert code == 4
    assert f"is in use by another desk ({'process' if 'sqlite' in url else 'pkgdesk'} {os.getpid()}" in said
    await store.commit("e1", NOON, [SaveQuestion(asked())])
    await store.close()


def without_override() -> None:
    """Root may write anywhere by a capability (capabilities(7)); from the next program on it has none."""
    if os.geteuid() == 0:
        drop_from_bounding_set, dac_override = 24, 1
        assert ctypes.CDLL(None).prctl(drop_from_bounding_set, dac_override, 0, 0, 0) == 0


@pytest.mark.parametrize("what", ["folder", "file"])
def test_what_may_only_be_read(tmp_path: Path, what: str) -> None:
    path = tmp_path / "data" / "desk.sqlite"
    path.parent.mkdir()
    if what == "file":
        asyncio.run(make(url_of(path)))
        path.chmod(0o400)
        before = path.read_bytes()
    else:
        path.parent.chmod(0o500)
    code, said = desk(tmp_path, str(path), without_override)
    assert (code, said) == (3, f"{path} cannot be written: let this user write the file and its folder")
    path.parent.chmod(0o700)
    assert not path.exists() if what == "folder" else path.read_bytes() == before


@pytest.fixture(params=WAYS)
def small(request: pytest.FixtureRequest) -> Iterator[Limited | Mounted]:
    with (
        tempfile.TemporaryDirectory(prefix="pkgdesk-") as folder,
        disk(request.param, Path(folder) / "disk") as made,
    ):
        yield made


def test_no_room_to_begin_with(tmp_path: Path, small: Limited | Mounted) -> None:
    path = small.folder / "desk.sqlite"

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, resource.RLIM_INFINITY))

    if isinstance(small, Mounted):
        small.fill(0)
    code, said = desk(tmp_path, str(path), limit if isinstance(small, Limited) else None)
    assert code == 3
    assert NO_ROOM.split("|")[isinstance(small, Limited)] in said
    assert str(path) in said
    if isinstance(small, Mounted):
        small.free(0)
    asyncio.run(make(url_of(path)))


async def test_the_disk_fills_up_under_a_running_desk(tmp_path: Path, small: Limited | Mounted) -> None:
    state = tmp_path / "state"
    log = state / "desk.log"
    async with Scene(state=state, delays={"patience": "1h"}) as scene:
        settings: dict[str, Any] = json.loads(scene.configuration.read_text("utf-8"))
        settings["database"] = str(small.folder / "desk.sqlite")
        settings["control"] = {"socket": "none"}
        scene.configuration.write_text(json.dumps(settings), "utf-8")
        alice, erin = await scene.enter("alice"), await scene.enter("erin")
        await scene.open_desk()
        assert scene.desk is not None
        alice.say(f"{DESK}: xenstored dies with SIGSEGV in tools/xenstored/talloc.c")
        await alice.hears(r"#1\b")

        small.fill(scene.desk.pid)
        erin.say(f"{DESK}: libxl_create.c does not compile with gcc 15")
        await until(lambda: any(each["happened"] == "Heard" for each in lost(log)))
        small.free(scene.desk.pid)

        erin.say(f"{DESK}: xen/Rules.mk fails with make -j64")
        await erin.hears(r"#2\b")
        scene.desk.terminate()
        assert await asyncio.wait_for(scene.desk.wait(), 20) == 0
    assert all(any(words in each["why"] for words in NO_ROOM.split("|")) for each in lost(log))
    store = await Store.open(url_of(small.folder / "desk.sqlite"))
    facts = await store.facts_for(Concern(numbers=(1, 2, 3)), datetime.now(UTC))
    kept = [facts.questions[number].text.split()[0] for number in sorted(facts.questions)]
    assert kept == ["xenstored", "xen/Rules.mk"]
    await store.close()


def lost(log: Path) -> list[dict[str, str]]:
    """What the desk says that it could not store."""
    return [json.loads(line) for line in log.read_text().splitlines() if '"an event is lost"' in line]


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 - nobody could set an event
            await asyncio.sleep(0.02)


@dataclass
class Door:
    """A network that takes every line."""

    written: list[str] = field(default_factory=list)
    connected: bool = True

    async def send(self, line: Line, _addressee: str | None, _members: tuple[str, ...]) -> Receipt:
        self.written.append(line.text)
        return Receipt(NOON, line.text)


@pytest_asyncio.fixture
async def on_small(small: Limited | Mounted) -> AsyncIterator[Store]:
    store = await Store.open(url_of(small.folder / "desk.sqlite"))
    yield store
    await store.close()


async def test_lines_and_their_fates_wait_for_room_and_nothing_is_said_twice(
    small: Limited | Mounted, on_small: Store
) -> None:
    """The outbox over a store whose disk is full, then has room: without a restart every line is written
    once, in its order, and its fate is stored."""
    reference = read_sources(load(DEMO / "config.yaml")).reference
    assert reference is not None
    door, told, failing = Door(), [], asyncio.Event()

    async def put(event: Event) -> None:
        assert isinstance(event, Delivered)
        try:
            await on_small.commit(event.id, NOON, [SettleLine(event.line, "sent")])
        except StoreError:
            failing.set()
            outbox.settled(event, Fate.FAILED)
        else:
            told.append(event.line)
            outbox.settled(event, Fate.WELL)

    outbox = Outbox(
        on_small,
        {CHANNEL.network: (door, PaceSettings(burst=100, rate=1000.0, target_rate=1000.0))},  # type: ignore[dict-item]
        put=put,
        roster=Roster,
        reference=lambda: reference,
        clock=lambda: NOON,
    )
    says = [Say(Line(CHANNEL, text, Purpose.TELL)) for text in ("one", "two", "three")]
    lines = (await on_small.commit("e1", NOON, says)).lines
    running = asyncio.create_task(outbox.run())
    small.fill(os.getpid())
    try:
        outbox.add(lines)
        await until(lambda: bool(outbox._pauses))
        assert door.written == []
    finally:
        small.free(os.getpid())
    await until(lambda: len(told) == 3)
    assert door.written == ["one", "two", "three"]
    assert told == [line.id for line in lines]
    assert await on_small.queued() == await on_small.in_flight() == ()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

"""The database opens, in whatever state it was left; where it cannot, one line says why and what to do."""

import asyncio
import errno
import os
import re
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from store_databases import make
from store_values import NOON, asked, line, url_of

from bot.desk.effects import SaveQuestion, Say
from bot.desk.facts import Concern
from bot.store.errors import AlreadyRunning, StoreError
from bot.store.sqlite import Sqlite
from bot.store.sqlite import make as make_file
from bot.store.store import Store

NOBODY = 65534


async def open_and_close(path: Path, *, exclusive: bool = True) -> None:
    await (await Store.open(url_of(path), exclusive=exclusive)).close()


async def refusal(path: Path, *, exclusive: bool = True) -> str:
    with pytest.raises(StoreError) as refused:
        await open_and_close(path, exclusive=exclusive)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def refusal_of(path: Path, *, exclusive: bool = True) -> str:
    return asyncio.run(refusal(path, exclusive=exclusive))


async def test_a_new_database_is_made_with_its_folders_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "var" / "lib" / "desk.sqlite"
    store = await Store.open(url_of(path))
    await store.commit("e1", NOON, [SaveQuestion(asked())])
    made = sorted(path.parent.iterdir())
    assert [each.name for each in made] == [f"desk.sqlite{end}" for end in ("", "-shm", "-wal", ".lock")]
    assert {stat.S_IMODE(each.stat().st_mode) for each in made} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    await store.close()
    assert sorted(each.name for each in path.parent.iterdir()) == ["desk.sqlite", "desk.sqlite.lock"]


async def test_what_was_committed_is_there_when_it_is_opened_again(new: str) -> None:
    for number in (1, 2, 3):
        store = await Store.open(new)
        assert (await store.facts_for(Concern(), NOON)).next_number == number
        await store.commit(f"e{number}", NOON, [SaveQuestion(asked(number))])
        await store.close()


def setting(connection: Connection, pragma: str) -> object:
    return connection.exec_driver_sql(f"PRAGMA {pragma}").scalar()


async def test_every_connection_is_durable_and_strict(path: Path) -> None:
    store = await Store.open(url_of(path))
    await store.facts_for(Concern(), NOON)  # a connection sees the journal's mode when it next reads
    for held, reads in ((store._writing, 0), (store._reading, 1)):
        for pragma, value in [
            ("journal_mode", "wal"),
            ("synchronous", 2),
            ("foreign_keys", 1),
            ("busy_timeout", 5000),
            ("query_only", reads),
        ]:
            assert (pragma, await held.run(setting, pragma)) == (pragma, value)
    await store.close()


async def test_a_second_desk_on_the_same_database_is_refused(url: str) -> None:
    store = await Store.open(url)
    with pytest.raises(AlreadyRunning) as refused:
        await Store.open(url)
    name, us = re.escape(url.removeprefix("sqlite:///")), os.getpid()
    assert re.fullmatch(
        rf"{name} is in use by another desk \((process|pkgdesk) {us}( on \S+)?\):"
        " stop that one, or give this one a database of its own",
        str(refused.value),
    )
    await store.commit("e1", NOON, [SaveQuestion(asked())])
    await store.close()
    await (await Store.open(url)).close()


async def test_a_database_that_somebody_has_is_waited_for(url: str) -> None:
    former = await Store.open(url)
    opening = asyncio.create_task(Store.open(url, wait=30))
    with structlog.testing.capture_logs() as said:
        async with asyncio.timeout(30):
            while not said:  # noqa: ASYNC110 - nobody could set an event
                await asyncio.sleep(0.01)
        await former.close()
        store = await opening
    assert [(each["event"], each["at_most"]) for each in said] == [("the database is waited for", "30 s")]
    await store.close()


async def test_a_symbolic_link_leads_to_the_same_claim(tmp_path: Path, path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "linked.sqlite"
    link.symlink_to(path)
    store = await Store.open(url_of(link))
    assert sorted(each.name for each in link.parent.iterdir()) == ["linked.sqlite"]
    with pytest.raises(AlreadyRunning, match=re.escape(f"{path} is in use by another desk")):
        await Store.open(url_of(path))
    await store.close()
    store = await Store.open(url_of(path))
    with pytest.raises(AlreadyRunning):
        await Store.open(url_of(link))
    await store.close()


@pytest.mark.parametrize("exclusive", [True, False])
def test_what_is_no_regular_file_is_not_touched(tmp_path: Path, exclusive: bool) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for wrong in (pipe, Path("/dev/null")):
        said = refusal_of(wrong, exclusive=exclusive)
        assert said == f"{wrong} is no regular file: set `database` to one"
        assert not wrong.with_name(f"{wrong.name}.lock").exists()
    assert [each.name for each in tmp_path.iterdir()] == ["pipe"]


def test_a_desk_that_could_not_open_holds_no_lock(path: Path) -> None:
    path.write_text("something else entirely, and long enough to be looked at\n" * 20)
    refusal_of(path)
    path.unlink()
    asyncio.run(open_and_close(path))


async def test_who_only_reads_reads_beside_the_desk_and_cannot_write(url: str) -> None:
    store = await Store.open(url)
    await store.commit("e1", NOON, [SaveQuestion(asked())])
    reader = await Store.open(url, exclusive=False)
    assert (await reader.facts_for(Concern(numbers=(1,)), NOON)).questions == {1: asked(revision=1)}
    with pytest.raises(StoreError, match="cannot be written"):
        await reader.commit("e2", NOON, [Say(line())])
    await store.commit("e2", NOON, [SaveQuestion(asked(2))])
    assert (await reader.facts_for(Concern(), NOON)).next_number == 3
    await reader.close()
    await store.close()


def test_who_only_reads_makes_nothing_and_changes_nothing(path: Path) -> None:
    assert refusal_of(path, exclusive=False) == (
        f"there is no database {path}: start the desk first, or correct `database`"
    )
    assert not path.exists()
    path.touch()
    assert "is not up to date: start the desk once" in refusal_of(path, exclusive=False)
    assert path.read_bytes() == b""


def test_an_empty_file_becomes_a_database(path: Path) -> None:
    path.touch()
    asyncio.run(open_and_close(path))
    assert path.read_bytes().startswith(b"SQLite format 3\0")


@pytest.mark.parametrize("exclusive", [True, False])
async def test_a_folder(tmp_path: Path, exclusive: bool) -> None:
    said = await refusal(tmp_path, exclusive=exclusive)
    assert said == f"{tmp_path} is a directory: name a file in it, such as {tmp_path}/pkgdesk.sqlite"


@pytest.mark.parametrize("exclusive", [True, False])
def test_a_file_that_is_no_database_is_left_as_it_is(path: Path, exclusive: bool) -> None:
    text = "this is the minutes of a meeting\n" * 40
    path.write_text(text)
    assert refusal_of(path, exclusive=exclusive) == (
        f"{path} is not a database: move it away, or set `database` to another"
    )
    assert path.read_text() == text


def test_the_database_of_another_program_is_left_as_it_is(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE bookmarks (url TEXT)")
    assert refusal_of(path) == f"{path} belongs to another program: set `database` to another"
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("bookmarks",)]


@pytest.mark.parametrize("exclusive", [True, False])
def test_a_database_of_a_newer_version_is_left_as_it_is(path: Path, exclusive: bool) -> None:
    asyncio.run(open_and_close(path))
    with sqlite3.connect(path) as later:
        later.execute("UPDATE alembic_version SET version_num = '0999'")
    assert refusal_of(path, exclusive=exclusive) == (
        f"{path} was written by a newer pkgdesk (its schema is 0999):"
        " run that version, or restore a backup from before it"
    )


def test_a_damaged_database(path: Path) -> None:
    asyncio.run(open_and_close(path))
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\xff" * (len(whole) - 100))
    assert refusal_of(path) == f"{path} is damaged: take a backup (`pkgdesk db restore FILE`)"


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = refusal_of(tmp_path / "file" / "desk.sqlite")
    assert said.startswith(f"{tmp_path}/file/desk.sqlite cannot be opened (")
    assert said.endswith("): correct `database`")


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder that this process may read but not write, whoever runs it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        was = os.geteuid()
        if was == 0:
            os.seteuid(NOBODY)
        yield folder
        if was == 0:
            os.seteuid(was)
        folder.chmod(0o700)


async def test_a_folder_that_cannot_be_written(unprivileged: Path) -> None:
    path = unprivileged / "desk.sqlite"
    assert await refusal(path) == f"{path} cannot be written: let this user write the file and its folder"
    path = unprivileged / "deeper" / "desk.sqlite"
    assert await refusal(path) == f"{path} cannot be written: let this user write the file and its folder"


@pytest.mark.parametrize(
    "wrong",
    ["desk.sqlite", "sqlite://", "sqlite:///:memory:", "mysql://desk:secret@localhost/desk"],
)
async def test_a_url_that_names_no_database(wrong: str) -> None:
    words = r"use sqlite:///path/to/pkgdesk\.sqlite or postgresql://user@host/name"
    with pytest.raises(StoreError, match=words) as refused:
        await Store.open(wrong)
    assert "secret" not in str(refused.value)


def test_a_full_disk_is_told_from_a_broken_one(path: Path) -> None:
    with sqlite3.connect(path, isolation_level=None) as small:
        small.execute("CREATE TABLE t (x)")
        small.execute("PRAGMA max_page_count = 2")
        with pytest.raises(sqlite3.OperationalError) as full:
            small.execute("INSERT INTO t VALUES (zeroblob(100000))")
    said = str(Sqlite(path).explained(OperationalError("INSERT", None, full.value)))
    assert said == f"the disk that holds {path} is full: make room"


def test_no_room_for_the_file_itself(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(StoreError, match="is full: make room"):
        make_file(path)


async def test_a_commit_that_finds_the_disk_full_leaves_nothing_and_the_next_one_works(path: Path) -> None:
    store = await Store.open(url_of(path))
    await store.commit("e1", NOON, [SaveQuestion(asked())])
    await store._writing.run(setting, "max_page_count = 1")
    with pytest.raises(StoreError, match="is full: make room"):
        await store.commit("e2", NOON, [SaveQuestion(asked(2)), Say(line("x" * 100_000))])
    assert (await store.facts_for(Concern(), NOON)).next_number == 2
    await store._writing.run(setting, f"max_page_count = {2**30}")
    await store.commit("e2", NOON, [SaveQuestion(asked(2)), Say(line("x" * 100_000))])
    assert (await store.facts_for(Concern(), NOON)).next_number == 3
    await store.close()


def test_a_database_that_is_up_to_date_opens_without_alembic(new: str, tmp_path: Path) -> None:
    """One that is not does so with it."""
    asyncio.run(make(new))
    script = (
        "import asyncio, sys\n"
        "from bot.store.store import Store\n"
        "async def each():\n"
        "    for url in sys.argv[1:]:\n"
        "        await (await Store.open(url)).close()\n"
        "        print('alembic' in sys.modules)\n"
        "asyncio.run(each())\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", script, new, url_of(tmp_path / "unmade.sqlite")],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert said == ["False", "True"]


def test_a_process_that_never_closed_the_store_ends_all_the_same(new: str) -> None:
    script = "import asyncio, sys\nfrom bot.store.store import Store\nasyncio.run(Store.open(sys.argv[1]))\n"
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, new],
        cwd=Path(__file__).parents[2],
        timeout=60,
        check=False,
        capture_output=True,
    )
    assert ended.returncode == 0
    asyncio.run(make(new))

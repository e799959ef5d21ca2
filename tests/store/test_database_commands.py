"""`pkgdesk db …` as an operator uses it: real commands, beside a desk that is being written to."""

import asyncio
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import clusters
import nursery
import pytest
from clusters import Cluster
from committed import whole
from store_values import ALICE, NOON, asked, line, url_of

from bot.cli import exit_code
from bot.desk.effects import Effect, SaveQuestion, SaveVote, Say
from bot.desk.facts import Concern
from bot.store import backup, schema
from bot.store.store import Store
from knowledge.votes import Vote

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DEMO = ROOT / "bot" / "demo"


def configuration(folder: Path, database: str = "desk.sqlite") -> Path:
    """A desk with a network that nobody serves: port 1."""
    folder.mkdir(exist_ok=True)
    settings = {
        "networks": {
            "libera": {"host": "127.0.0.1", "port": "1", "tls": "no", "nick": "desk", "channels": ["#a"]}
        },
        "knowledge": str(DEMO / "knowledge"),
        "map": str(DEMO / "map.yaml"),
        "database": database,
    }
    path = folder / "config.yaml"
    path.write_text(json.dumps(settings))
    return path


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


def desk(config: Path, *words: str) -> Done:
    """One command, to its end."""
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        code = exit_code([*words, "--config", str(config)])
    return Done(code, out.getvalue(), err.getvalue())


def committing(url: str) -> subprocess.Popen[str]:
    """A process that commits as fast as it can; it holds the database as a desk does."""
    return subprocess.Popen(
        [sys.executable, HERE / "committing.py", url],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
    )


def acknowledged(process: subprocess.Popen[str], count: int) -> int:
    """The last of the next so many events that it says are committed."""
    assert process.stdout is not None
    return [int(process.stdout.readline()) for _ in range(count)][-1]


def killed(process: subprocess.Popen[str], last: int) -> int:
    """Kill it; the last event that it says is committed, `last` or later."""
    process.kill()
    rest = process.communicate()[0].splitlines(keepends=True)
    return int([f"{last}\n", *(each for each in rest if each.endswith("\n"))][-1])


async def fill(url: str) -> None:
    store = await Store.open(url)
    votes = (SaveVote(Vote("How?", "system-qemu", account, True)) for account in ("a", "b"))
    asking: list[Effect] = [SaveQuestion(asked(1)), Say(line("waits")), *votes]
    await store.commit("e1", NOON, asking, position=("libera", "p1"))
    await store.close()


def test_a_backup_taken_under_load_restores_and_boots(tmp_path: Path) -> None:
    config, copy = configuration(tmp_path / "here"), tmp_path / "copy.sqlite"
    here = tmp_path / "here" / "desk.sqlite"
    process = committing(url_of(here))
    before = acknowledged(process, 30)

    done = nursery.ran("db", "backup", str(copy), "--config", str(config), cwd=ROOT)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{copy}: ")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    refused = desk(config, "db", "restore", str(copy))
    assert (refused.returncode, refused.stdout) == (4, "")
    assert f"{here} is in use by another desk (process {process.pid})" in refused.stderr
    last = killed(process, before)

    there = configuration(tmp_path / "there")
    done = desk(there, "db", "restore", str(copy))
    assert (done.returncode, done.stderr) == (0, "")
    database = tmp_path / "there" / "desk.sqlite"
    assert before <= asyncio.run(whole(url_of(database))) <= last
    assert asyncio.run(whole(url_of(here))) >= last, "the one that was copied has gone on"
    boots(there)


def boots(config: Path) -> None:
    """The desk starts, tries its network, and ends well when it is told to."""
    running, log = nursery.telling("run", "--config", str(config), on="stderr", cwd=ROOT)
    with log:
        for said in log:
            assert '"level": "error"' not in said
            if "could not connect" in said:
                break
        running.terminate()
        log.read()
    assert running.wait() == 0


def test_a_restored_database_takes_the_place_of_one_that_was_killed(tmp_path: Path) -> None:
    config, copy = configuration(tmp_path), tmp_path / "copy.sqlite"
    asyncio.run(fill(url_of(copy)))
    process = committing(url_of(tmp_path / "desk.sqlite"))
    last = killed(process, acknowledged(process, 20))
    assert (tmp_path / "desk.sqlite-wal").stat().st_size, "not everything is in the file itself"

    done = desk(config, "db", "restore", str(copy))

    assert done.returncode == 0, done.stderr
    [kept] = tmp_path.glob("desk.sqlite.replaced-*")
    assert done.stdout.splitlines()[1] == f"what was there before: {kept}"
    assert {each.name for each in tmp_path.glob("desk.sqlite*")} == {
        "desk.sqlite",
        "desk.sqlite.lock",
        kept.name,
    }
    assert asyncio.run(whole(url_of(kept))) >= last
    asyncio.run(restored(tmp_path / "desk.sqlite"))


def test_a_database_behind_a_symbolic_link_is_the_one_it_leads_to(tmp_path: Path) -> None:
    there, copy = tmp_path / "disk" / "real.sqlite", tmp_path / "copy.sqlite"
    config = configuration(tmp_path / "desk")
    asyncio.run(fill(url_of(there)))
    (tmp_path / "desk" / "desk.sqlite").symlink_to(there)
    assert desk(config, "db", "backup", "--force", str(there)).returncode == 2
    assert desk(config, "db", "backup", str(copy)).returncode == 0

    done = desk(config, "db", "restore", str(copy))

    assert done.returncode == 0, done.stderr
    [kept] = there.parent.glob("real.sqlite.replaced-*")
    assert done.stdout == f"{there}: restored from {copy}\nwhat was there before: {kept}\n"
    assert (tmp_path / "desk" / "desk.sqlite").is_symlink()
    asyncio.run(restored(there))


async def restored(path: Path) -> None:
    store = await Store.open(url_of(path))
    facts = await store.facts_for(Concern(numbers=(1,), speaker_keys=ALICE.keys), NOON)
    assert facts.questions == {1: asked(1, revision=1)}
    assert await store.position("libera") == "p1"
    assert [each.account for each in await store.votes()] == ["b", "a"]
    assert await store.queued() == (), "it may have been written since, and is not written again"
    assert [each.text for each in await store.in_flight()] == ["waits"]
    await store.close()


def test_what_stands_there_already_is_not_overwritten(tmp_path: Path) -> None:
    config, copy = configuration(tmp_path), tmp_path / "copy.sqlite"
    asyncio.run(fill(url_of(tmp_path / "desk.sqlite")))
    copy.write_text("precious")
    done = desk(config, "db", "backup", str(copy))
    assert (done.returncode, done.stderr) == (
        2,
        f"pkgdesk: {copy} is there already: name another file, or replace it with --force\n",
    )
    assert copy.read_text() == "precious"
    assert desk(config, "db", "backup", "--force", str(copy)).returncode == 0
    assert copy.read_bytes().startswith(b"SQLite format 3\0")
    own = desk(config, "db", "backup", "--force", str(tmp_path / "desk.sqlite"))
    assert (own.returncode, own.stderr.endswith("is the database's own: name another file\n")) == (2, True)
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        *("config.yaml", "copy.sqlite", "desk.sqlite", "desk.sqlite.lock"),
    ]


def spoiled(path: Path, how: str) -> None:
    """A copy that cannot be restored."""
    match how:
        case "text":
            path.write_text("the minutes of a meeting\n" * 100)
        case "empty":
            path.touch()
        case "foreign":
            with closing(sqlite3.connect(path)) as other:
                other.execute("CREATE TABLE bookmarks (url TEXT)")
        case "damaged":
            asyncio.run(fill(url_of(path)))
            whole_file = bytearray(path.read_bytes())
            whole_file[20000:40000] = bytes(20000)
            path.write_bytes(whole_file)
        case "newer":
            asyncio.run(fill(url_of(path)))
            with closing(sqlite3.connect(path)) as later, later:
                later.execute("UPDATE alembic_version SET version_num = '0999'")


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("text", "is no copy of a desk's database: name one that `pkgdesk db backup` made"),
        ("empty", "is no copy of a desk's database: name one that `pkgdesk db backup` made"),
        ("foreign", "is no copy of a desk's database: name one that `pkgdesk db backup` made"),
        ("damaged", "is damaged"),
        ("newer", "was written by a newer pkgdesk (its schema is 0999)"),
    ],
)
def test_what_cannot_be_restored_leaves_everything_as_it_was(tmp_path: Path, how: str, said: str) -> None:
    config, copy = configuration(tmp_path), tmp_path / "copy"
    asyncio.run(fill(url_of(tmp_path / "desk.sqlite")))
    spoiled(copy, how)
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir() if each.suffix != ".lock"}

    done = desk(config, "db", "restore", str(copy))

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"pkgdesk: {copy} {said}")
    assert done.stderr.count("\n") == 1
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir() if each.suffix != ".lock"} == before


def test_a_backup_of_an_older_pkgdesk_is_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tomorrow's tables have one more column."""
    copy, database = tmp_path / "copy", tmp_path / "desk.sqlite"
    asyncio.run(fill(url_of(copy)))
    tomorrow = tmp_path / "migrations"
    shutil.copytree(schema._SCRIPTS, tomorrow)
    newest = schema.REVISIONS[-1]
    (tomorrow / "versions" / "tomorrow.py").write_text(
        '"""One more column."""\n'
        "import sqlalchemy as sa\n"
        "from alembic import op\n"
        f"revision, down_revision, branch_labels, depends_on = 'tomorrow', '{newest}', None, None\n"
        "def upgrade() -> None:\n"
        "    op.add_column('position', sa.Column('more', sa.Text()))\n"
    )
    monkeypatch.setattr(schema, "_SCRIPTS", tomorrow)
    monkeypatch.setattr(schema, "REVISIONS", (*schema.REVISIONS, "tomorrow"))

    assert backup.restore(database, copy, datetime.now(UTC)) is None

    assert backup.revision(database) == "tomorrow"
    assert backup.revision(copy) == newest, "the copy is only read"
    asyncio.run(restored(database))


def test_how_the_database_stands(new: str, tmp_path: Path) -> None:
    config, name, newest = (
        configuration(tmp_path / "c", new),
        new.removeprefix("sqlite:///"),
        schema.REVISIONS[-1],
    )
    nothing = desk(config, "db", "status")
    if name == new:
        assert "schema     none; `pkgdesk db upgrade` brings it to" in nothing.stdout
        assert desk(config, "db", "upgrade").stdout == f"{name}: schema none -> {newest}\n"
    else:
        missing = f"there is no database {name}: start the desk first, or correct `database`"
        assert (nothing.returncode, nothing.stderr) == (3, f"pkgdesk: {missing}\n")
    asyncio.run(fill(new))
    assert desk(config, "db", "upgrade").stdout == f"{name}: is up to date already (schema {newest})\n"
    text = desk(config, "db", "status").stdout
    assert f"schema     {newest}, up to date\n" in text
    assert "questions  1: 1 open\nto be sent 1 line\nvotes      2 on 1 entry\n" in text
    data = json.loads(desk(config, "db", "status", "--json").stdout)
    assert data.pop("bytes") > 10_000
    assert data == {
        "database": name,
        "kind": "PostgreSQL" if name == new else "SQLite",
        "schema": newest,
        "up_to_date": True,
        "questions": {"open": 1},
        "lines_to_be_sent": 1,
        "votes": 2,
        "entries_voted_on": 1,
    }


def test_a_database_on_a_server_is_copied_by_its_own_tools(
    cluster: Cluster, template: str, tmp_path: Path
) -> None:
    """The lines that are told are run as they are: into a new database, and over what was written since."""
    names = [cluster.create(template), cluster.create()]
    here, there = (configuration(tmp_path / name, cluster.url(name)) for name in names)
    copy = tmp_path / "the copy"
    asyncio.run(fill(cluster.url(names[0])))
    for config, command in ((here, "backup"), (there, "restore"), (there, "restore")):
        for line_told in told(config, command, copy):
            assert run_line(line_told) == (0, "")
        if command == "restore":
            asyncio.run(restored_on(cluster.url(names[1])))
    for name in names:
        cluster.drop(name)


def test_a_database_on_a_server_is_not_restored_under_a_desk(
    cluster: Cluster, template: str, tmp_path: Path
) -> None:
    """Neither where it runs when the lines are asked for, nor where it is started before they are run; and
    where they fail, everything is as it was."""
    name, copy = cluster.create(template), tmp_path / "copy"
    config = configuration(tmp_path / "c", cluster.url(name))
    asyncio.run(fill(cluster.url(name)))
    [backing_up] = told(config, "backup", copy)
    assert run_line(backing_up) == (0, "")
    prepared, restoring = told(config, "restore", copy)
    assert run_line(prepared) == (0, "")

    async def beside_a_desk() -> None:
        store = await Store.open(cluster.url(name))
        refused = await asyncio.to_thread(desk, config, "db", "restore", str(copy))
        assert (refused.returncode, refused.stdout) == (4, "")
        assert f"is in use by another desk (pkgdesk {os.getpid()} on " in refused.stderr
        code, said = await asyncio.to_thread(run_line, restoring)
        assert (code > 0, "lock timeout" in said) == (True, True)
        assert [each.text for each in await store.queued()] == ["waits"]
        await store.close()

    asyncio.run(beside_a_desk())
    script = Path(f"{copy}.sql")
    whole_script = script.read_text()
    script.write_text(f"{whole_script}\nSELECT 1 / 0;\n")
    code, said = run_line(restoring)
    assert (code > 0, "division by zero" in said) == (True, True)
    script.write_text(whole_script)
    assert run_line(restoring) == (0, "")
    asyncio.run(restored_on(cluster.url(name)))
    cluster.drop(name)


def told(config: Path, command: str, copy: Path) -> list[str]:
    """The lines for a shell."""
    said = desk(config, "db", command, str(copy))
    assert (said.returncode, said.stdout) == (2, "")
    first, *lines = [each.removeprefix("pkgdesk: ") for each in said.stderr.splitlines()]
    assert first.endswith("is on a server, whose own tools do that. Run:")
    return lines


def run_line(words: str) -> tuple[int, str]:
    """Its exit code and what it says."""
    done = subprocess.run(
        ["/bin/sh", "-e", "-c", words],
        check=False,
        env={**os.environ, "PATH": f"{clusters.binaries()}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


async def restored_on(url: str) -> None:
    store = await Store.open(url)
    assert (await store.facts_for(Concern(numbers=(1,)), NOON)).questions == {1: asked(1, revision=1)}
    assert (await store.queued(), len(await store.in_flight())) == ((), 1)
    await store.commit("e2", NOON, [SaveQuestion(asked(2)), Say(line())])
    await store.close()

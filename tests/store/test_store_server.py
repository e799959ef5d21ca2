"""A database on a server: what a file cannot do. It goes away and comes back, it is held by one desk, it has
users, encodings and sessions."""

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from clusters import Cluster
from psycopg import sql
from sqlalchemy import Connection
from store_databases import loses_its_connections
from store_values import NOON, asked, line

from bot.desk.effects import SaveQuestion, Say
from bot.desk.facts import Concern
from bot.store.errors import AlreadyDone, StoreError
from bot.store.store import Store

HERE = Path(__file__).parent


@pytest.fixture
def url(cluster: Cluster, name: str) -> str:
    return cluster.url(name)


async def refusal(url: str, *, exclusive: bool = True) -> str:
    with pytest.raises(StoreError) as refused:
        await Store.open(url, exclusive=exclusive)
    assert "\n" not in str(refused.value)
    return str(refused.value)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 - nobody could set an event
            await asyncio.sleep(0.01)


async def lines_of(store: Store) -> list[str]:
    return [each.text for each in await store.queued()]


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


# --- it goes away -----------------------------------------------------------------------------------------


async def test_a_server_that_is_restarted_ends_nothing(cluster: Cluster, store: Store) -> None:
    await store.commit("e1", NOON, [SaveQuestion(asked(1))])
    assert (await store.facts_for(Concern(), NOON)).next_number == 2
    cluster.stop()
    writing = asyncio.create_task(store.commit("e2", NOON, [SaveQuestion(asked(2)), Say(line("after all"))]))
    reading = asyncio.create_task(store.facts_for(Concern(), NOON))
    await until(lambda: not store.reached)
    assert not writing.done()
    assert not reading.done()
    cluster.start()
    assert [each.text for each in (await writing).lines] == ["after all"]
    assert (await reading).next_number in (2, 3)
    assert (await store.facts_for(Concern(), NOON)).next_number == 3
    assert store.reached
    with pytest.raises(AlreadyDone):
        await store.commit("e2", NOON, [Say(line("twice"))])
    assert await lines_of(store) == ["after all"]


async def test_a_session_that_the_server_ends_is_begun_anew(store: Store, url: str) -> None:
    for number in (1, 2, 3):
        loses_its_connections(url)
        await store.commit(f"e{number}", NOON, [SaveQuestion(asked(number))])
        assert (await store.facts_for(Concern(), NOON)).next_number == number + 1


async def test_a_store_can_be_closed_while_the_server_is_gone(cluster: Cluster, url: str) -> None:
    store = await Store.open(url)
    cluster.stop()
    waiting = asyncio.create_task(store.commit("e1", NOON, [Say(line())]))
    await until(lambda: not store.reached)
    await store.close()
    with pytest.raises(StoreError, match="could not be reached until the end"):
        await waiting
    cluster.start()
    again = await Store.open(url)
    assert await lines_of(again) == []
    await again.close()


class Between:
    """Stands between a store and its server, and cuts the connection at a COMMIT when told to: before the
    server has it, or before its answer is passed on."""

    def __init__(self, server: str) -> None:
        self._server = f"{server}/.s.PGSQL.5432"
        self._tasks: set[asyncio.Task[None]] = set()
        self.cut: str | None = None
        self.cuts = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream, upstream_writer = await asyncio.open_unix_connection(self._server)
        back = asyncio.create_task(self._pass(upstream, writer))
        with contextlib.suppress(ConnectionError):
            while said := await reader.read(65536):
                cut = self.cut if b"COMMIT" in said else None
                if cut == "before":
                    break
                if cut == "after":
                    await _ended(back)
                upstream_writer.write(said)
                await upstream_writer.drain()
                if cut == "after":
                    await upstream.read(65536)
                    break
        self.cuts += self.cut is not None
        self.cut = None
        await _ended(back)
        for each in (upstream_writer, writer):
            each.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while said := await reader.read(65536):
            writer.write(said)
        writer.close()


@pytest_asyncio.fixture
async def between(cluster: Cluster, name: str) -> AsyncIterator[tuple[Between, str]]:
    proxy = Between(cluster.host)
    with tempfile.TemporaryDirectory(prefix="pkgdesk-", dir="/tmp") as folder:
        listening = await asyncio.start_unix_server(proxy.serve, f"{folder}/.s.PGSQL.5432")
        yield proxy, f"postgresql://desk@/{name}?host={folder}"
        listening.close()


@pytest.mark.parametrize("cut", ["before", "after"])
async def test_a_commit_of_which_nobody_knows_is_done_once(between: tuple[Between, str], cut: str) -> None:
    proxy, url = between
    store = await Store.open(url)
    proxy.cut = cut
    committed = await store.commit("e1", NOON, [SaveQuestion(asked(1)), Say(line("one")), Say(line("two"))])
    assert proxy.cuts == 1
    assert await store.queued() == committed.lines
    assert [each.text for each in committed.lines] == ["one", "two"]
    facts = await store.facts_for(Concern(numbers=(1,)), NOON)
    assert facts.questions == {1: asked(1, revision=1)}
    with pytest.raises(AlreadyDone):
        await store.commit("e1", NOON, [Say(line("three"))])
    await store.close()


@pytest.mark.parametrize("cut", ["before", "after"])
async def test_a_line_whose_marking_is_in_doubt_is_written_all_the_same(
    between: tuple[Between, str], cut: str
) -> None:
    proxy, url = between
    store = await Store.open(url)
    [said] = (await store.commit("e1", NOON, [Say(line())])).lines
    proxy.cut = cut
    assert await store.mark_sending(said.id)
    assert proxy.cuts == 1
    assert not await store.mark_sending(said.id)
    assert [each.id for each in await store.in_flight()] == [said.id]
    await store.close()


# --- what it is like --------------------------------------------------------------------------------------


def shown(connection: Connection, setting: str) -> object:
    return connection.exec_driver_sql(f"SHOW {setting}").scalar()


async def test_every_session_is_durable_in_utc_and_of_one_mind(name: str, cluster: Cluster) -> None:
    cluster.admin(sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(sql.Identifier(name)))
    cluster.admin(sql.SQL("ALTER DATABASE {} SET timezone = 'Asia/Kathmandu'").format(sql.Identifier(name)))
    store = await Store.open(cluster.url(name))
    for held, isolation, read_only in (
        (store._writing, "read committed", "off"),
        (store._reading, "repeatable read", "on"),
    ):
        for setting, value in [
            ("synchronous_commit", "on"),
            ("timezone", "UTC"),
            ("transaction_isolation", isolation),
            ("transaction_read_only", read_only),
        ]:
            assert (setting, await held.run(shown, setting)) == (setting, value)
    await store.close()


async def test_a_url_with_a_password_is_shown_without_it() -> None:
    for url in ("postgresql://desk:secret@localhost:1/desk", "postgresql://localhost:1/desk?password=secret"):
        said = await refusal(url)
        assert "secret" not in said
        assert "cannot be reached" in said


async def test_what_is_not_there_is_told(cluster: Cluster, url: str) -> None:
    assert 'database "nowhere" does not exist' in await refusal(cluster.url("nowhere"))
    assert "No such file or directory" in await refusal("postgresql:///desk?host=/nowhere")
    assert 'invalid URI query parameter: "hots"' in await refusal("postgresql:///desk?hots=here")
    bare = cluster.create()
    assert "is not up to date: start the desk once" in await refusal(cluster.url(bare), exclusive=False)
    cluster.drop(bare)


async def test_a_database_that_cannot_hold_every_character(cluster: Cluster) -> None:
    name = cluster.create(ENCODING="LATIN1")
    assert await refusal(cluster.url(name)) == (
        f"{cluster.url(name)} is encoded in LATIN1, which does not hold every character:"
        " make another with `createdb --encoding=UTF8 --template=template0`"
    )
    cluster.drop(name)


async def test_a_user_without_rights(cluster: Cluster) -> None:
    name = cluster.create()
    cluster.admin(sql.SQL("CREATE ROLE guest LOGIN"))
    said = await refusal(f"postgresql://guest@/{name}?host={cluster.host}")
    assert said.endswith(
        "does not let its user do that (permission denied for schema public):"
        " make that user the owner of the database"
    )
    cluster.drop(name)
    cluster.admin(sql.SQL("DROP ROLE guest"))


@pytest.mark.parametrize(
    ("done", "said"),
    [
        (
            "UPDATE alembic_version SET version_num = '0999'",
            "was written by a newer pkgdesk (its schema is 0999)",
        ),
        ("DROP TABLE alembic_version", "belongs to another program: set `database` to another"),
    ],
)
async def test_a_database_that_is_not_for_us_is_left_as_it_is(url: str, done: str, said: str) -> None:
    tables = "SELECT relname FROM pg_class WHERE relkind = 'r' ORDER BY relname"
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(done)  # type: ignore[arg-type]
        before = other.execute(tables).fetchall()
        assert said in await refusal(url)
        assert other.execute(tables).fetchall() == before


def test_without_the_driver_the_extra_is_named() -> None:
    script = (
        "import asyncio, sys\n"
        "sys.modules['psycopg'] = None\n"
        "from bot.store.errors import StoreError\n"
        "from bot.store.store import Store\n"
        "try:\n"
        "    asyncio.run(Store.open('postgresql://desk@localhost/desk'))\n"
        "except StoreError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )
    assert done.stdout.startswith(
        "postgresql://desk@localhost/desk is a PostgreSQL database, for which the driver"
    )
    assert done.stdout.endswith("install it with `pip install 'pkgdesk[postgresql]'`\n")

"""A database on a server is one desk's: who loses it to another writes no more, and ends."""

import asyncio
import json
import os
import socket
from pathlib import Path

import nursery
import psycopg
import pytest
from clusters import Cluster
from store_databases import loses_its_connections
from store_values import NOON, asked

from bot.desk.effects import SaveQuestion
from bot.desk.facts import Concern
from bot.store.errors import AlreadyRunning
from bot.store.postgresql import _LOCK
from bot.store.store import Store

HERE = Path(__file__).parent


@pytest.fixture
def url(cluster: Cluster, name: str) -> str:
    return cluster.url(name)


async def test_who_lost_the_database_to_another_desk_writes_no_more(store: Store, url: str) -> None:
    await store.commit("e1", NOON, [SaveQuestion(asked(1))])
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as other:
        await other.execute("SET application_name = 'another desk'")
        taken = asyncio.create_task(other.execute("SELECT pg_advisory_lock(%s)", (_LOCK,)))
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as operator:
            waits = "SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            while (await (await operator.execute(waits)).fetchone()) != (True,):  # noqa: ASYNC110
                await asyncio.sleep(0)
            await operator.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            )
        await taken
        with pytest.raises(
            AlreadyRunning, match=r"is in use by another desk \(another desk\): stop that one"
        ):
            await store.commit("e2", NOON, [SaveQuestion(asked(2))])
    # What it remembers is stale: it does not have it back when the other is done with it.
    async with asyncio.timeout(30):
        with pytest.raises(AlreadyRunning):
            await store.displaced()
    with pytest.raises(AlreadyRunning):
        await store.commit("e3", NOON, [SaveQuestion(asked(3))])
    assert (await store.facts_for(Concern(), NOON)).next_number == 2


async def test_who_missed_what_another_desk_did_writes_no_more(store: Store, url: str) -> None:
    await store.commit("e1", NOON, [SaveQuestion(asked(1))])
    loses_its_connections(url)
    other = await Store.open(url)
    await other.commit("e2", NOON, [SaveQuestion(asked(2))])
    await other.close()
    for event in ("e3", "e4"):
        with pytest.raises(AlreadyRunning, match="was used by another desk while this one had no connection"):
            await store.commit(event, NOON, [SaveQuestion(asked(3))])
    await (await Store.open(url)).close()


@pytest.mark.parametrize("still_there", [True, False])
async def test_a_desk_ends_whose_database_is_or_was_another_s(
    url: str, tmp_path: Path, still_there: bool
) -> None:
    """Nobody says a word: it is enough that it looks after itself, which a watchdog wants often."""
    config = tmp_path / "config.yaml"
    network = {"host": "127.0.0.1", "port": "1", "tls": "no", "nick": "desk", "channels": ["#a"]}
    settings = {"networks": {"libera": network}, "database": url, "control": {"socket": "none"}}
    settings |= {name: str(HERE.parents[1] / "bot" / "demo" / name) for name in ("knowledge", "map.yaml")}
    settings["map"] = settings.pop("map.yaml")
    config.write_text(json.dumps(settings))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(tmp_path / "notify"))
        watched = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "1000000"}
        desk, stderr = nursery.telling(
            *("run", "--config", str(config)),
            on="stderr",
            cwd=HERE.parents[1],
            env={**os.environ, **watched},
            kind=nursery.WaitedFor,
        )
        with stderr:
            async with asyncio.timeout(60):
                while '"event": "serving"' not in (said := await asyncio.to_thread(stderr.readline)):
                    assert said, "it ended"
                opening = asyncio.create_task(Store.open(url, wait=60))
                while not opening.done():
                    await asyncio.to_thread(loses_its_connections, url, os.getpid())
                other = await opening
                if not still_there:
                    await other.close()
                rest = await asyncio.to_thread(stderr.read)
                assert (await desk.wait(), rest.splitlines()[-1].startswith(f"pkgdesk: {url} ")) == (4, True)
                if still_there:
                    await other.close()


HOLDS = """\
import asyncio, sys, time
from bot.store.store import Store
async def hold():
    store = await Store.open(sys.argv[1])
    print("held", flush=True)
    time.sleep(600)
asyncio.run(hold())
"""


async def test_a_desk_that_was_killed_leaves_its_place_to_the_next(url: str, tmp_path: Path) -> None:
    (tmp_path / "holds.py").write_text(HOLDS)
    holder, stdout = nursery.telling(url, program=tmp_path / "holds.py", kind=nursery.WaitedFor)
    with stdout:
        assert await asyncio.to_thread(stdout.readline) == "held\n"
        with pytest.raises(AlreadyRunning, match=rf"\(pkgdesk {holder.pid} on "):
            await Store.open(url)
        holder.kill()
        await holder.wait()
    await (await Store.open(url)).close()

"""A store with nothing in it, on either kind of database: one for a test, or one that the examples of a
property share. Where PostgreSQL is not installed, its half is skipped."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import clusters
import pytest
import pytest_asyncio
from clusters import Cluster
from store_databases import KINDS, databases, make
from store_values import url_of

from bot.store.store import Store


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    if clusters.binaries() is None:
        pytest.skip(clusters.MISSING)
    with clusters.cluster() as running:
        yield running


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.sqlite"


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without anything in it, made once: making the tables takes longer than most tests."""
    path = tmp_path_factory.mktemp("empty") / "desk.sqlite"
    asyncio.run(make(url_of(path)))
    return path


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    """The same on PostgreSQL."""
    name = cluster.create()
    asyncio.run(make(cluster.url(name)))
    return name


@pytest.fixture
def name(cluster: Cluster, template: str) -> Iterator[str]:
    """What an empty database on the server is called; tests that are about servers make their `url` of it."""
    name = cluster.create(template)
    yield name
    cluster.drop(name)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def new(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database that has no tables yet; of SQLite's there is not even the file."""
    yield from databases(kind, tmp_path, request, tables=False)


@pytest.fixture
def url(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database whose tables are empty."""
    yield from databases(kind, tmp_path, request, tables=True)


@pytest_asyncio.fixture
async def store(url: str) -> AsyncIterator[Store]:
    opened = await Store.open(url)
    yield opened
    await opened.close()


@pytest.fixture(scope="module")
def run() -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture(scope="module", params=KINDS)
def shared(
    run: Callable[[Coroutine[Any, Any, Any]], Any],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Store]:
    for url in databases(request.param, tmp_path_factory.mktemp("shared"), request, tables=True):
        store = run(Store.open(url))
        yield store
        run(store.close())

"""A store in an empty folder: one for a test, or one that the examples of a property share."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from store_values import url_of

from bot.store.store import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.sqlite"


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without anything in it, made once: making the tables takes longer than most tests."""
    path = tmp_path_factory.mktemp("empty") / "desk.sqlite"

    async def make() -> None:
        await (await Store.open(url_of(path))).close()

    asyncio.run(make())
    return path


@pytest_asyncio.fixture
async def store(empty: Path, path: Path) -> AsyncIterator[Store]:
    shutil.copy(empty, path)
    opened = await Store.open(url_of(path))
    yield opened
    await opened.close()


@pytest.fixture(scope="module")
def run() -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture(scope="module")
def shared(
    run: Callable[[Coroutine[Any, Any, Any]], Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    store = run(Store.open(url_of(tmp_path_factory.mktemp("shared") / "desk.sqlite")))
    yield store
    run(store.close())

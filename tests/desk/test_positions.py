"""Up to when each network was read survives an end of the desk."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.backscroll import Bookmarks
from bot.positions import Positions
from bot.store.store import Store

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(f"sqlite:///{tmp_path}/desk.sqlite")
    yield opened
    await opened.close()


async def test_what_was_read_is_read_on_after_a_restart(store: Store) -> None:
    marks = {"libera": Bookmarks(), "oftc": Bookmarks()}
    positions = Positions(store, marks)
    await positions.resume()
    assert marks["libera"].get("#a") is None, "the first start ever"
    marks["libera"].read("#a", NOON)
    await positions.keep(within=5.0)
    again = {"libera": Bookmarks(), "oftc": Bookmarks()}
    await Positions(store, again).resume()
    assert again["libera"].get("#a") == NOON
    assert again["oftc"].get("#a") is None


async def test_where_nobody_spoke_no_table_is_touched(store: Store) -> None:
    marks = Bookmarks()
    positions = Positions(store, {"libera": marks})
    await positions.keep(within=5.0)
    assert await store.position("libera") is None
    marks.read("#a", NOON)
    await positions.keep(within=5.0)
    await store.bookmark("libera", "something else")
    await positions.keep(within=5.0)
    assert await store.position("libera") == "something else", "nothing new was read"
    marks.read("#a", NOON + timedelta(minutes=1))
    await positions.keep(within=5.0)
    assert await store.position("libera") == marks.token


async def test_a_database_that_says_nothing_is_not_waited_for(store: Store) -> None:
    marks = Bookmarks()
    marks.read("#a", NOON)
    await store.close()
    await Positions(store, {"libera": marks}).keep(within=0.01)

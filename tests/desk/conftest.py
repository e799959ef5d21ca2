"""Every test of the desk gets a world of its own."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from world import DATABASE, World


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which nothing is stored yet: making one takes longer than copying it."""
    folder = tmp_path_factory.mktemp("empty")
    World(folder).close()
    return folder / DATABASE


@pytest.fixture
def make_world(tmp_path: Path, empty: Path) -> Iterator[Callable[..., World]]:
    """Worlds with another map, base or settings; each is closed in the end."""
    worlds: list[World] = []

    def make(**reference: Any) -> World:
        folder = tmp_path / str(len(worlds))
        folder.mkdir()
        shutil.copy(empty, folder)
        worlds.append(World(folder, **reference))
        return worlds[-1]

    yield make
    for world in worlds:
        world.close()


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world()

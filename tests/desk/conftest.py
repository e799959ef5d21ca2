"""Every test of the desk gets a world of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from world import World


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Worlds with another map, base or settings; each is closed in the end."""
    worlds: list[World] = []

    def make(**reference: Any) -> World:
        folder = tmp_path / str(len(worlds))
        folder.mkdir()
        worlds.append(World(folder, **reference))
        return worlds[-1]

    yield make
    for world in worlds:
        world.close()


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world()

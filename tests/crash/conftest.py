"""A server for the desks that have their database on one, as the tests of the store run it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "store"))

import clusters
from clusters import Cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    if clusters.binaries() is None:
        pytest.skip(clusters.MISSING)
    with clusters.cluster() as running:
        yield running


@pytest.fixture
def server_url(cluster: Cluster) -> Iterator[str]:
    """A database with nothing in it."""
    name = cluster.create()
    yield cluster.url(name)
    cluster.drop(name)

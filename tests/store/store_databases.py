"""Databases of both kinds, for the fixtures of `conftest`."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from clusters import Cluster
from store_values import url_of

from bot.store.store import Store

KINDS = ("sqlite", "postgresql")


async def make(url: str) -> None:
    """The tables, with nothing in them."""
    await (await Store.open(url)).close()


def databases(kind: str, folder: Path, request: pytest.FixtureRequest, *, tables: bool) -> Iterator[str]:
    """The URL of one database of that kind, for as long as it is wanted."""
    if kind == "sqlite":
        path = folder / "desk.sqlite"
        if tables:
            shutil.copy(request.getfixturevalue("empty"), path)
        yield url_of(path)
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = cluster.create(request.getfixturevalue("template") if tables else "template0")
    yield cluster.url(name)
    cluster.drop(name)


def loses_its_connections(url: str, but: int = 0) -> None:
    """Everybody whose database it is, but the process of that number."""
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND datname = current_database() AND application_name NOT LIKE %s",
            (f"pkgdesk {but} on %",),
        )

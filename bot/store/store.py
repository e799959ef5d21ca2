"""The door of the store: opens the database, holds its connections, and runs what the other modules say.

Two connections are held open: one writes, one reads. Each carries one transaction at a time, so that a
decision reads one state, and commits come in the order in which they were asked for. A caller who is
cancelled in the middle of a commit does not know whether it was written; the journal does.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, StatementError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from bot.desk.effects import Stored
from bot.desk.events import DeadlinePassed
from bot.desk.facts import Concern, Facts
from bot.desk.model import Line
from bot.store import commit, facts, queue, sqlite
from bot.store.commit import Committed
from bot.store.errors import StoreError
from bot.store.schema import bring_up_to_date

P = ParamSpec("P")
T = TypeVar("T")


class Transactions:
    """A connection held open, on which one transaction follows the other."""

    def __init__(self, connection: AsyncConnection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._turn = asyncio.Lock()

    async def run(
        self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """`function` in a transaction, which is committed where it returns and rolled back where it raises.

        StoreError where the database fails; ValueError or TypeError where it is handed what it cannot hold.
        """

        def in_transaction(connection: Connection) -> T:
            with connection.begin():
                return function(connection, *args, **kwargs)

        async with self._turn:
            try:
                return await self._connection.run_sync(in_transaction)
            except DBAPIError as error:
                raise sqlite.explained(error, self._path) from error
            except StatementError as error:
                raise error.orig or error from error


class Store:
    """Everything that is remembered. Make one with `await Store.open(url)`."""

    def __init__(self, reading: Transactions, writing: Transactions, opened: AsyncExitStack) -> None:
        self._reading = reading
        self._writing = writing
        self._opened = opened

    @classmethod
    async def open(cls, url: str, *, exclusive: bool = True) -> Self:
        """Open the database at `url`: `sqlite+aiosqlite:///` and a path, which may be absolute.

        `exclusive`: claim it for this process, create what is missing, bring it up to date. Otherwise it must
        be there and up to date, and cannot be written. StoreError where any of it fails.
        """
        path = _path(url)
        async with AsyncExitStack() as opened:
            if exclusive:
                sqlite.create(path)
                opened.callback(os.close, sqlite.lock(path))
            else:
                sqlite.find(path)
            engine = create_async_engine(
                URL.create("sqlite+aiosqlite", database=str(path)),
                async_creator=partial(sqlite.connect, path, writes=exclusive),
            )
            opened.push_async_callback(engine.dispose)
            try:
                reading = Transactions(await opened.enter_async_context(engine.connect()), path)
                writing = Transactions(await opened.enter_async_context(engine.connect()), path)
            except DBAPIError as error:
                raise sqlite.explained(error, path) from error
            await writing.run(bring_up_to_date, str(path), may_write=exclusive)
            return cls(reading, writing, opened.pop_all())
        raise AssertionError("an exit stack without suppression")

    async def close(self) -> None:
        """Give back the connections and the lock; what was committed stays, whether or not this is called."""
        await self._opened.aclose()

    async def facts_for(self, concern: Concern, at: datetime) -> Facts:
        """What is stored around one event, at one instant; the roster is left empty."""
        return await self._reading.run(facts.read, concern, at)

    async def commit(
        self, event: str, at: datetime, effects: Sequence[Stored], position: tuple[str, str] | None = None
    ) -> Committed:
        """All that the event changes, in one transaction, on the disk when this returns.

        `position`: a network, and how far it was read with this event. With neither effects nor position
        nothing is written, and the event is not remembered. AlreadyDone, Conflict: nothing was written.
        """
        if not effects and position is None:
            return Committed()
        return await self._writing.run(commit.write, event, at, effects, position)

    async def due(self, at: datetime, limit: int = 50) -> tuple[DeadlinePassed, ...]:
        """The deadlines that have passed, the earliest first."""
        return await self._reading.run(queue.due, at, limit)

    async def next_due(self) -> datetime | None:
        """When the next deadline falls, or fell; None where there is none."""
        return await self._reading.run(queue.next_due)

    async def queued(self) -> tuple[Line, ...]:
        """The lines that nobody has begun to write, in the order in which they were committed."""
        return await self._reading.run(queue.queued)

    async def in_flight(self) -> tuple[Line, ...]:
        """The lines that were marked and not settled: at start, those whose fate nobody knows."""
        return await self._reading.run(queue.in_flight)

    async def mark_sending(self, line: int) -> bool:
        """Take the line out of the queue for good, before its first byte is written; False where it is not in
        the queue."""
        return await self._writing.run(queue.mark_sending, line)

    async def interest(self, at: datetime) -> frozenset[str]:
        """Whose lines can matter: keys of speakers, and `person/<id>`; see `queue.interest`."""
        return await self._reading.run(queue.interest, at)

    async def position(self, network: str) -> str | None:
        """How far the network was read; None where that was never committed."""
        return await self._reading.run(queue.position, network)

    async def prune(self, at: datetime) -> None:
        """Forget what can no longer matter; see `queue.prune`."""
        await self._writing.run(queue.prune, at)


_USE = "use sqlite+aiosqlite:///path/to/pkgdesk.sqlite"


def _path(url: str) -> Path:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(f"the database's URL cannot be read: {_USE}") from error
    if parsed.drivername != "sqlite+aiosqlite" or parsed.database in (None, "", ":memory:"):
        raise StoreError(f"{parsed.render_as_string()} names no file of SQLite: {_USE}")
    return Path(parsed.database)

"""The door of the store: opens the database, holds its connections, and runs what the other modules say.

Two connections are held open, each in a thread of its own: one writes, one reads. Each carries one
transaction at a time, so that a decision reads one state, and commits come in the order in which they were
asked for. A caller who is cancelled in the middle of a commit does not know whether it was written; the
journal does.

A server that goes away is waited for, in all of these calls, and what was asked for is done when it is back
(see `bot.store.transactions`). Unless somebody else has the database then, or has had it: AlreadyRunning from
every write from then on, for what the caller remembers is stale.
"""

import asyncio
import secrets
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NoReturn, Self

import structlog
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from bot.desk.effects import Stored
from bot.desk.events import DeadlinePassed
from bot.desk.facts import Concern, Facts
from bot.desk.links import Links
from bot.desk.model import Line
from bot.received import Received
from bot.store import asked, claimed, commit, corrections, drafts, facts, links, queue, received, votes
from bot.store.commit import Committed
from bot.store.errors import AlreadyRunning, StoreError
from bot.store.postgresql import SCHEMES, Postgresql
from bot.store.schema import bring_up_to_date, revision_of
from bot.store.sqlite import Sqlite
from bot.store.transactions import CLOSE_WITHIN, Database, Transactions
from knowledge.drafts import Draft
from knowledge.gaps import Asked
from knowledge.votes import Vote
from routing.past.corrections import Correction

log = structlog.get_logger()

CLAIM_AGAIN = 0.1
"""Seconds between two attempts at a database that somebody else has."""


class Store:
    """Everything that is remembered. Make one with `await Store.open(url)`."""

    def __init__(self, reading: Transactions, writing: Transactions, opened: AsyncExitStack) -> None:
        self._reading = reading
        self._writing = writing
        self._opened = opened

    @classmethod
    async def open(cls, url: str, *, exclusive: bool = True, wait: float = 0.0) -> Self:
        """Open the database at `url`: see `database`.

        `exclusive`: claim it for this process, create what is missing, bring it up to date. Otherwise it must
        be there and up to date, and cannot be written. StoreError where any of it fails. `wait`: for how many
        seconds to try where somebody else has it, before that is AlreadyRunning; the log tells once.
        """
        kind, clock = database(url), asyncio.get_running_loop().time
        end, told = clock() + wait, False
        while True:
            try:
                return await cls._open(kind, exclusive=exclusive)
            except AlreadyRunning as error:
                if clock() >= end:
                    raise
                if not told:
                    log.warning("the database is waited for", why=str(error), at_most=f"{wait:g} s")
                told = True
            await asyncio.sleep(CLAIM_AGAIN)

    @classmethod
    async def _open(cls, kind: Database, *, exclusive: bool) -> Self:
        async with AsyncExitStack() as opened:
            if exclusive:
                opened.callback(kind.claim())
            else:
                kind.find()
            connections: list[Transactions] = []
            opened.push_async_callback(_close, connections)
            # Who writes would make a file his own by opening it: whose it is, is looked at before.
            reading = await Transactions.open(kind, writes=False)
            connections.append(reading)
            await reading.run(revision_of, kind.name)
            writing = await Transactions.open(kind, writes=exclusive)
            connections.append(writing)
            await writing.run(bring_up_to_date, kind.name, may_write=exclusive)
            if exclusive:
                desk = secrets.token_hex(8)
                await writing.run(claimed.enter, desk)
                writing.verify = partial(claimed.verify, desk=desk, name=kind.name)
            return cls(reading, writing, opened.pop_all())
        raise AssertionError("an exit stack without suppression")

    async def close(self) -> None:
        """Give back connections and claim; what was committed stays, whether or not this is called."""
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
        done = partial(commit.written, event=event)
        return await self._writing.once(done, commit.write, event, at, effects, position)

    async def bookmark(self, network: str, token: str) -> None:
        """Keep how far a network was read, where that belongs to no event; no journal remembers it."""
        await self._writing.run(commit.bookmark, network, token)

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
        done = partial(queue.is_sending, line=line)
        return await self._writing.once(done, queue.mark_sending, line)

    async def put_back(self, lines: Sequence[int]) -> None:
        """Let lines wait again that were taken out of the queue, and certainly never written."""
        await self._writing.run(queue.put_back, lines)

    async def interest(self, at: datetime) -> frozenset[str]:
        """Whose lines can matter: keys of speakers, and `person/<id>`; see `queue.interest`."""
        return await self._reading.run(queue.interest, at)

    async def position(self, network: str) -> str | None:
        """How far the network was read; None where that was never committed."""
        return await self._reading.run(queue.position, network)

    async def receive(
        self, network: str, token: str, since: str | None, body: str, at: datetime, handled: Sequence[int]
    ) -> int:
        """Keep what a network handed over, and how far it was read with it; its number. See `bot.received`,
        as for the three that follow."""
        done = partial(received.is_read, network=network, token=token)
        return await self._writing.once(done, received.receive, network, token, since, body, at, handled)

    async def received(self, network: str) -> tuple[int, ...]:
        """The numbers of what a network handed over and is not handled, in their order."""
        return await self._reading.run(received.received, network)

    async def begin(self, number: int) -> Received | None:
        """Count one more try to handle it; None where it is handled."""
        return await self._writing.run(received.begin, number)

    async def handled(self, numbers: Sequence[int]) -> None:
        """Forget what is handled."""
        await self._writing.run(received.handled, numbers)

    async def votes(self) -> tuple[Vote, ...]:
        """The votes on entries of the base that count, the oldest first."""
        return await self._reading.run(votes.counting)

    async def corrections(self) -> tuple[Correction, ...]:
        """Where people said that questions belong, as far as it counts, the oldest first."""
        return await self._reading.run(corrections.counting)

    async def drafts_under_way(self) -> tuple[Draft, ...]:
        """The drafts for which the base is being changed, or is about to be."""
        return await self._reading.run(drafts.under_way)

    async def drafts(self) -> tuple[Draft, ...]:
        """All drafts there are, the oldest first."""
        return await self._reading.run(drafts.every)

    async def unanswered(self, since: datetime) -> tuple[Asked, ...]:
        """The questions from `since` on that the base did not answer, the oldest first."""
        return await self._reading.run(asked.unanswered, since)

    async def links(self) -> Links:
        """Which accounts are one person's."""
        return await self._reading.run(links.read)

    @property
    def reached(self) -> bool:
        """False while a server that went away is waited for."""
        return self._reading.reached and self._writing.reached

    async def displaced(self) -> NoReturn:
        """AlreadyRunning as soon as it is known that another desk has, or has had, the database. As long as
        nothing is written nobody looks."""
        raise await self._writing.refused()

    async def probe(self) -> None:
        """Write something that leaves no trace. StoreError where nothing can be written now."""
        await self._writing.run(queue.probe)

    async def prune(self, at: datetime) -> None:
        """Forget what can no longer matter; see `queue.prune`."""
        await self._writing.run(queue.prune, at)
        await self._writing.run(received.prune, at)


async def _close(connections: Sequence[Transactions]) -> None:
    """One after the other, as SQLite must have it (who closes last clears away its log), and yet within the
    time of one: a server that hangs is waited for once."""
    clock = asyncio.get_running_loop().time
    by = clock() + CLOSE_WITHIN
    for each in reversed(connections):
        await each.close(by - clock())


_USE = "use sqlite:///path/to/pkgdesk.sqlite or postgresql://user@host/name"


def database(url: str) -> Database:
    """The database that `url` names: `sqlite:///` and a path, which may be absolute, or a URL of PostgreSQL.
    StoreError where it names none."""
    if url.startswith(SCHEMES):
        return Postgresql(url)
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(f"the database's URL cannot be read: {_USE}") from error
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        raise StoreError(f"{parsed.render_as_string()} names no file of SQLite: {_USE}")
    return Sqlite(Path(parsed.database))

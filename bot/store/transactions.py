"""One connection and the thread that it lives in: transactions follow each other there, one at a time.

A transaction is one trip to the thread and back, however many statements it has. Whoever is cancelled while
theirs is under way leaves it to be finished; one that has not begun is dropped. The thread is a daemon: a
process that ends does not wait for it.

A connection that was lost (a server can be restarted) is made anew, with pauses that grow, and the
transaction is carried out again: what had not been committed is gone. Where the loss came upon the commit,
nobody has said whether it took place; the database is asked before anything is written twice. Where the
database is somebody else's by then, that is the end of it: nothing is tried again.

Must not import sqlite3, psycopg or anything else of one kind of database: that is behind `Database`.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, StatementError

from bot.store.errors import AlreadyRunning, NotReached, StoreError

log = structlog.get_logger()

P = ParamSpec("P")
T = TypeVar("T")

RECONNECT_FIRST, RECONNECT_MOST = 0.1, 15.0
"""Seconds between two attempts to reach a server that was lost."""

CLOSE_WITHIN = 1.0
"""Seconds for what is under way to end. It goes on without us after that, or ends with the process."""


class Database(Protocol):
    """What is particular to one kind of database."""

    @property
    def name(self) -> str:
        """How it is called in what is told to people."""

    def claim(self) -> Callable[[], None]:
        """Make it where it is not there, and make sure that it is nobody else's; what gives it back.
        StoreError."""

    def find(self) -> None:
        """StoreError where it is not there."""

    def engine(self, *, writes: bool) -> Engine:
        """What makes connections; unless `writes`, such as cannot write."""

    def lost(self, error: DBAPIError) -> bool:
        """Whether the connection is gone, so that another may do better."""

    def explained(self, error: DBAPIError) -> StoreError:
        """What it complained of, in a line that says what to do about it."""


class Transactions:
    """A connection held open. Make one with `await Transactions.open(…)`.

    `verify` looks, in a transaction of its own, whether a database that was lost and reached again is still
    the same to us: AlreadyRunning where it is not.
    """

    verify: Callable[[Connection], None] | None = None

    def __init__(self, database: Database, *, writes: bool) -> None:
        self._database = database
        self._engine = database.engine(writes=writes)
        self._connection: Connection | None = None
        self._ending = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._refusal: AlreadyRunning | None = None
        self._refused = asyncio.Event()
        self._jobs: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        name = f"database {'writer' if writes else 'reader'}"
        threading.Thread(target=self._work, name=name, daemon=True).start()

    @classmethod
    async def open(cls, database: Database, *, writes: bool) -> "Transactions":
        """Connected. StoreError where that fails; then nothing is left behind."""
        made = cls(database, writes=writes)
        try:
            await made._given(made._connect)
        except BaseException:
            await made.close()
            raise
        return made

    async def run(
        self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """`function` in a transaction, which is committed where it returns and rolled back where it raises.

        Only for what may be done twice. StoreError where the database fails; ValueError or TypeError where it
        is handed what it cannot hold.
        """
        return await self._given(lambda: self._carried_out(lambda on: function(on, *args, **kwargs), None))

    async def once(
        self,
        done: Callable[[Connection], bool],
        function: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """The same for what must not be done twice. `done` says whether it was, where the connection was lost
        before the database had confirmed it."""
        return await self._given(lambda: self._carried_out(lambda on: function(on, *args, **kwargs), done))

    @property
    def reached(self) -> bool:
        """Whether there is a connection: not while a lost one is being made anew."""
        return self._connection is not None

    async def refused(self) -> AlreadyRunning:
        """Why nothing is carried out any more, as soon as that is so."""
        await self._refused.wait()
        return self._again()

    async def close(self, within: float = CLOSE_WITHIN) -> None:
        """Finish what was given, and give back the connection, in as many seconds."""
        self._ending.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._given(self._leave)
        self._jobs.put(None)

    async def _given(self, job: Callable[[], T]) -> T:
        future: Future[T] = Future()
        self._jobs.put((future, job))
        return await asyncio.wrap_future(future)

    # --- in the thread ------------------------------------------------------------------------------------

    def _work(self) -> None:
        while (taken := self._jobs.get()) is not None:
            future, job = taken
            if future.set_running_or_notify_cancel():
                try:
                    result = job()
                except BaseException as error:  # it is for whoever waits
                    future.set_exception(error)
                else:
                    future.set_result(result)
                    del result
            del taken, future, job  # while it waits, it keeps nobody's values

    def _carried_out(self, call: Callable[[Connection], T], done: Callable[[Connection], bool] | None) -> T:
        """`call` in a transaction; where its commit got no answer, what it gave is what it will have given if
        it is found done."""
        promised: list[T] = []
        while True:
            try:
                connection = self._connected()
                with connection.begin():
                    if promised and done is not None and done(connection):
                        return promised[0]
                    promised.clear()
                    result = call(connection)
                    promised.append(result)
                return result
            except DBAPIError as error:
                if not self._database.lost(error):
                    raise self._database.explained(error) from error
                log.warning("the database was lost", why=str(self._database.explained(error)))
                self._leave()
            except StatementError as error:
                raise error.orig or error from error

    def _connected(self) -> Connection:
        """The connection; where it was lost, as soon as there is another."""
        if self._connection is not None:
            return self._connection
        if self._refusal is not None:
            raise self._again()
        pause = RECONNECT_FIRST
        while not self._ending.wait(pause):
            try:
                connection = self._connect()
                self._verify(connection)
            except AlreadyRunning as error:
                self._refusal = error
                with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
                    self._loop.call_soon_threadsafe(self._refused.set)
                raise
            except NotReached as error:
                pause = min(pause * 2, RECONNECT_MOST)
                log.warning("the database cannot be reached", why=str(error), again_in=f"{pause:g} s")
            else:
                log.info("the database was reached again")
                return connection
        raise StoreError(f"{self._database.name} could not be reached until the end")

    def _connect(self) -> Connection:
        try:
            self._connection = self._engine.connect()
        except DBAPIError as error:
            raise NotReached(str(self._database.explained(error))) from error
        return self._connection

    def _verify(self, connection: Connection) -> None:
        if self.verify is None:
            return
        try:
            with connection.begin():
                self.verify(connection)
        except BaseException:
            self._leave()  # what was not looked at is not used, nor kept from others
            raise

    def _again(self) -> AlreadyRunning:
        return AlreadyRunning(str(self._refusal))

    def _leave(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(DBAPIError):
                connection.close()

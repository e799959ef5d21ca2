"""How a database stands, for people: what it is, of which version, and what is in it. Reads, and changes
nothing; a desk may be using it meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Table, bindparam, func, inspect, select, text
from sqlalchemy.exc import DBAPIError

from bot.desk.model import State
from bot.store import asked, corrections, facts, usage, votes
from bot.store.schema import REVISIONS, revision_of
from bot.store.sqlite import beside
from bot.store.store import database
from bot.store.tables import CORRECTION, DRAFT, OUTBOX, QUESTION, VOTE, LineState
from bot.store.transactions import Database
from bot.usage import Usage
from knowledge.gaps import Asked
from knowledge.votes import Vote
from routing.past.corrections import Correction

_ReadT = TypeVar("_ReadT")

_WAITING = select(func.count()).select_from(OUTBOX).where(OUTBOX.c.state == bindparam("state"))


@dataclass(frozen=True, slots=True)
class Standing:
    """`bytes`: what it takes on its disk. `waiting`: lines that nobody has begun to write. `votes`: what
    askers confirmed or refused, on so many entries as `voted`."""

    name: str
    kind: str
    revision: str
    bytes: int
    questions: dict[State, int] = field(default_factory=dict)
    waiting: int = 0
    votes: int = 0
    voted: int = 0

    @property
    def up_to_date(self) -> bool:
        return self.revision == REVISIONS[-1]


def look(url: str) -> Standing:
    """How the database at `url` stands. StoreError where it cannot be read or is not ours."""
    kind = database(url)
    kind.find()
    engine = kind.engine(writes=False)
    try:
        with engine.connect() as connection:
            return _look(connection, kind)
    except DBAPIError as error:
        raise kind.explained(error) from error
    finally:
        engine.dispose()


def votes_in(url: str) -> tuple[Vote, ...]:
    """The votes that count in the database at `url`, the oldest first; none where it is from before there
    were votes. StoreError where it cannot be read or is not ours."""
    return _read(url, VOTE, votes.counting)


def corrections_in(url: str) -> tuple[Correction, ...]:
    """The same of what people said of where questions belong."""
    return _read(url, CORRECTION, corrections.counting)


def unanswered_in(url: str, since: datetime) -> tuple[Asked, ...]:
    """The same of the questions from `since` on that the base did not answer."""
    return _read(url, DRAFT, partial(asked.unanswered, since=since))


def usage_in(url: str, since: datetime) -> tuple[Usage, ...]:
    """The same of how the base was used from `since` on: one value, or none where nothing was stored yet."""
    return _read(url, QUESTION, lambda connection: (usage.counted(connection, since),))


def _read(url: str, table: Table, read: Callable[[Connection], tuple[_ReadT, ...]]) -> tuple[_ReadT, ...]:
    kind = database(url)
    kind.find()
    engine = kind.engine(writes=False)
    try:
        with engine.connect() as connection:
            revision_of(connection, kind.name)
            return read(connection) if inspect(connection).has_table(table.name) else ()
    except DBAPIError as error:
        raise kind.explained(error) from error
    finally:
        engine.dispose()


def unclaimed(url: str) -> None:
    """AlreadyRunning where a desk has the database on a server at `url`; StoreError where it cannot be
    reached."""
    kind = database(url)
    engine = kind.engine(writes=True)
    try:
        engine.connect().close()
    except DBAPIError as error:
        raise kind.explained(error) from error
    finally:
        engine.dispose()


def _look(connection: Connection, kind: Database) -> Standing:
    revision = revision_of(connection, kind.name)
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        size = sum(part.stat().st_size for part in _parts(Path(kind.name)))
    else:
        size = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
    label = "SQLite" if sqlite else "PostgreSQL"
    if revision is None:
        return Standing(kind.name, label, "", size)
    return Standing(
        kind.name,
        label,
        revision,
        size,
        facts.counts(connection),
        connection.execute(_WAITING, {"state": LineState.QUEUED.value}).scalar_one(),
        *(votes.how_many(connection) if inspect(connection).has_table(VOTE.name) else (0, 0)),
    )


def _parts(path: Path) -> list[Path]:
    """The file and what belongs to it just now."""
    return [part for part in (path, *beside(path)) if part.exists()]

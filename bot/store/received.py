"""Answers of homeservers that were taken over and are not handled yet; `bot.received` says what for."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, insert, select

from bot.received import Received
from bot.store.commit import bookmark
from bot.store.queue import position
from bot.store.tables import RECEIVED

KEPT = timedelta(days=60)
"""How long one is kept whose network is not configured any more."""

_OF = select(RECEIVED.c.id).where(RECEIVED.c.network == bindparam("of")).order_by(RECEIVED.c.id)
_ONE = RECEIVED.c.id == bindparam("the_id")
_READ = select(RECEIVED).where(_ONE)
_BEGIN = RECEIVED.update().where(_ONE).values(tries=RECEIVED.c.tries + 1)
_HANDLED = RECEIVED.delete().where(RECEIVED.c.id.in_(bindparam("the_ids", expanding=True)))
_PRUNE = RECEIVED.delete().where(RECEIVED.c.at < bindparam("before"))


def receive(
    connection: Connection,
    network: str,
    token: str,
    since: str | None,
    body: str,
    at: datetime,
    done: Sequence[int],
) -> int:
    """Keep an answer and how far `network` was read with it; its number. Those of `done` are forgotten."""
    handled(connection, done)
    bookmark(connection, network, token)
    row = {"network": network, "since": since, "body": body, "at": at, "tries": 1}
    number: int = connection.execute(insert(RECEIVED).returning(RECEIVED.c.id), row).scalar_one()
    return number


def is_read(connection: Connection, network: str, token: str) -> bool:
    """Whether `network` was read just so far."""
    return position(connection, network) == token


def received(connection: Connection, network: str) -> tuple[int, ...]:
    """The numbers of the answers that are not handled, in their order."""
    return tuple(connection.execute(_OF, {"of": network}).scalars())


def begin(connection: Connection, number: int) -> Received | None:
    """Count one more try, and give the answer; None where there is none any more."""
    connection.execute(_BEGIN, {"the_id": number})
    row = connection.execute(_READ, {"the_id": number}).one_or_none()
    return None if row is None else Received(row.id, row.since, row.body, row.at, row.tries)


def handled(connection: Connection, numbers: Sequence[int]) -> None:
    """Forget answers of which nothing is left to be handled."""
    if numbers:
        connection.execute(_HANDLED, {"the_ids": list(numbers)})


def prune(connection: Connection, at: datetime) -> None:
    """Forget what nobody has come back for."""
    connection.execute(_PRUNE, {"before": at - KEPT})

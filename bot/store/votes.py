"""Votes on entries of the base: those that count, and how many there are.

A row is written over by the next vote of its account on its entry, and forgotten after `KEPT`; that its entry
is gone meanwhile is no reason, for it may come back. What is read is bounded whatever is stored: of each
account the newest `EACH`, of all these the newest `MOST`.
"""

from datetime import timedelta

from sqlalchemy import Connection, func, select

from bot.store.tables import VOTE
from knowledge.votes import Vote

MOST = 10_000
"""Votes that count: more take memory, and say little more."""

EACH = 200
"""Votes of one account that count, so that none can crowd out the others'."""

KEPT = timedelta(days=730)
"""How long a vote is kept: the texts are what people asked, and answers grow old."""

_NTH = func.row_number().over(partition_by=VOTE.c.account, order_by=(VOTE.c.at.desc(), VOTE.c.entry))
_RANKED = select(VOTE, _NTH.label("nth")).subquery()
_COUNTING = (
    select(_RANKED.c.text, _RANKED.c.entry, _RANKED.c.account, _RANKED.c.confirmed)
    .where(_RANKED.c.nth <= EACH)
    .order_by(_RANKED.c.at.desc(), _RANKED.c.entry, _RANKED.c.account)
    .limit(MOST)
)
_HOW_MANY = select(func.count().label("votes"), func.count(VOTE.c.entry.distinct()).label("entries"))


def counting(connection: Connection) -> tuple[Vote, ...]:
    """The votes that count, the oldest first."""
    rows = connection.execute(_COUNTING).all()
    return tuple(Vote(text, entry, account, right) for text, entry, account, right in reversed(rows))


def how_many(connection: Connection) -> tuple[int, int]:
    """The votes that are stored, and the entries that they are on."""
    votes, entries = connection.execute(_HOW_MANY).one()
    return votes, entries

"""Votes on entries of the base: those that count, and how many there are.

A row is written over by the next vote of its account on its entry, and forgotten after `KEPT`; that its entry
is gone meanwhile is no reason, for it may come back. What is read is bounded whatever is stored: of each
account the newest `EACH`, of all these the newest `MOST`. Linked accounts are one person's, whose
newest vote on an entry counts.
"""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from bot.store import links
from bot.store.tables import VOTE
from bot.store.upserting import upsert
from knowledge.votes import Vote

MOST = 10_000
"""Votes that count: more take memory, and say little more."""

EACH = 200
"""Votes of one account that count, so that none can crowd out the others'."""

LOOKED_AT = 5 * MOST
"""Votes that are looked at for those, the newest: reading takes no longer, whatever is stored."""

KEPT = timedelta(days=730)
"""How long a vote is kept: the texts are what people asked, and answers grow old."""

_NEWEST = (
    select(VOTE.c.text, VOTE.c.entry, VOTE.c.account, VOTE.c.confirmed)
    .order_by(VOTE.c.at.desc(), VOTE.c.entry, VOTE.c.account)
    .limit(LOOKED_AT)
)
_AT_ONCE = 1000
_HOW_MANY = select(func.count().label("votes"), func.count(VOTE.c.entry.distinct()).label("entries"))


def save(connection: Connection, vote: Vote, at: datetime) -> None:
    """Keep the latest vote of its account on its entry."""
    row = {"entry": vote.entry, "account": vote.account, "text": vote.question, "confirmed": vote.right}
    connection.execute(upsert(connection.dialect.name, VOTE), row | {"at": at})


def counting(connection: Connection) -> tuple[Vote, ...]:
    """The votes that count, the oldest first."""
    groups = links.read(connection).groups
    cast: Counter[str] = Counter()
    found: list[Vote] = []
    seen: set[tuple[str, str]] = set()
    with connection.execute(_NEWEST, execution_options={"yield_per": _AT_ONCE}) as rows:
        for text, entry, by, right in rows:
            account = groups[by][0].key if by in groups else by
            if (entry, account) in seen:
                continue
            seen.add((entry, account))
            cast[account] += 1
            if cast[account] <= EACH:
                found.append(Vote(text, entry, account, right))
            if len(found) == MOST:
                break
    return tuple(reversed(found))


def how_many(connection: Connection) -> tuple[int, int]:
    """The votes that are stored, and the entries that they are on."""
    votes, entries = connection.execute(_HOW_MANY).one()
    return votes, entries

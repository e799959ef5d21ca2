"""How the base is used, counted over the questions since a moment. Texts are not read.

Withdrawn questions are none, nor is what operators try at the control socket. What is read is bounded
whatever is stored: the newest `LOOKED_AT` questions, votes on `MOST` entries, the oldest `WAITING` drafts.
"""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, Text, bindparam, cast, func, inspect, select

from bot.desk.model import CONTROL, State
from bot.store.tables import DRAFT, QUESTION, VOTE
from bot.usage import End, Told, Usage, Waiting
from knowledge.drafts import DraftState

LOOKED_AT = 200_000
"""Questions that are looked at, the newest: some two seconds' work."""

MOST = 100_000
"""Entries whose votes are counted, those with the most."""

WAITING = 500
"""Drafts that are told one by one, the oldest."""

RECENTLY = timedelta(days=30)
"""How long it counts for the digest that an entry was said to be not it."""

_AT_ONCE = 1000

_NEWEST = select(func.coalesce(func.max(QUESTION.c.number), 0)).scalar_subquery()
_QUESTIONS = select(
    *(QUESTION.c[name] for name in ("state", "responder", "asked_at", "section", "placed")),
    *(QUESTION.c[name] for name in ("entries", "refused")),
).where(
    QUESTION.c.number > _NEWEST - LOOKED_AT,
    QUESTION.c.asked_at >= bindparam("since", type_=QUESTION.c.asked_at.type),
    QUESTION.c.state != State.WITHDRAWN.value,
    QUESTION.c.network != CONTROL,
    QUESTION.c.asker_network != CONTROL,
)
_REFUSED = (
    select(QUESTION.c.asker_account_key, QUESTION.c.asker_session_key, QUESTION.c.refused)
    .where(
        QUESTION.c.asked_at >= bindparam("since", type_=QUESTION.c.asked_at.type),
        cast(QUESTION.c.refused, Text) != "[]",
        QUESTION.c.network != CONTROL,
        QUESTION.c.asker_network != CONTROL,
    )
    .order_by(QUESTION.c.number.desc())
    .limit(LOOKED_AT)
)
_CONFIRMED = (
    select(VOTE.c.entry, func.count())
    .where(VOTE.c.confirmed, VOTE.c.at >= bindparam("since", type_=VOTE.c.at.type))
    .group_by(VOTE.c.entry)
    .order_by(func.count().desc(), VOTE.c.entry)
    .limit(MOST)
)
_DRAFTS = select(DRAFT.c.state, func.count()).group_by(DRAFT.c.state)
_WAITING = (
    select(DRAFT.c.number, DRAFT.c.entry, DRAFT.c.at, DRAFT.c.was == "", DRAFT.c.now == "")
    .where(DRAFT.c.state == DraftState.QUEUED.value)
    .order_by(DRAFT.c.number)
    .limit(WAITING)
)


def counted(connection: Connection, since: datetime) -> Usage:
    """How the base was used from `since` on."""
    weeks: defaultdict[date, Counter[End]] = defaultdict(Counter)
    sections: defaultdict[str, Counter[End]] = defaultdict(Counter)
    entries: defaultdict[str, Told] = defaultdict(Told)
    options = {"yield_per": _AT_ONCE}
    with connection.execute(_QUESTIONS, {"since": since}, execution_options=options) as rows:
        for state, responder, asked_at, section, placed, candidates, refused in rows:
            end = _end(State(state), responder)
            day = asked_at.astimezone(UTC).date()
            weeks[day - timedelta(days=day.weekday())][end] += 1
            sections[placed or section or ""][end] += 1
            for entry in {*candidates[:1], *refused}:
                entries[entry].asked += 1
            for entry in set(refused):
                entries[entry].refused += 1
            if end is End.BASE and candidates:
                entries[candidates[0]].answered += 1
    there = inspect(connection)
    if there.has_table(VOTE.name):
        for entry, votes in connection.execute(_CONFIRMED, {"since": since}):
            entries[entry].confirmed = votes
    if not there.has_table(DRAFT.name):  # a database from before there were any
        return Usage(since, weeks, sections, entries)
    drafts = {DraftState(state): number for state, number in connection.execute(_DRAFTS)}
    waiting = tuple(
        Waiting(number, entry, bool(new and not remark), at, bool(remark))
        for number, entry, at, new, remark in connection.execute(_WAITING)
    )
    return Usage(since, weeks, sections, entries, drafts, waiting)


def refused(connection: Connection, at: datetime) -> dict[str, int]:
    """Entry -> how many different askers said within `RECENTLY` that it was not it."""
    askers: defaultdict[str, set[str]] = defaultdict(set)
    for account, session, ids in connection.execute(_REFUSED, {"since": at - RECENTLY}):
        for entry in ids:
            askers[entry].add(account or session)
    return {entry: len(keys) for entry, keys in askers.items()}


def _end(state: State, responder: str | None) -> End:
    if state is State.ANSWERED:
        return End.BASE if responder is None else End.PEOPLE
    if state is State.KEPT:  # the answer is there, its asker is not
        return End.PEOPLE
    return End.NOBODY if state.ended else End.OPEN

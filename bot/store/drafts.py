"""Drafts and digests: how they are written, and what of them one event concerns.

Drafts about which something is still to be done are read all at once; that there are no more than `MOST` is
the desk's to see to. What was published, rejected or reverted stays: it says who changed the base, and when.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, Text, and_, bindparam, cast, func, or_, select

from bot.desk.facts import Concern
from bot.store.columns import storable
from bot.store.errors import Conflict
from bot.store.rows.drafts import draft_of, draft_row
from bot.store.tables import DIGEST, DRAFT, QUESTION
from knowledge.drafts import LIVE, Draft, DraftState, Origin

MOST = 1_000
"""Drafts that are read at once, the oldest."""

DAY = timedelta(hours=24)
"""What suggestions are counted over."""

_LARGEST = 2**31 - 1

FOLLOWED = timedelta(days=60)
"""How long after a draft was decided about it is noticed what becomes of that which it was made of."""

DOUBTED = timedelta(days=14)
"""How long a doubt is told in digests: those of two weeks, for one may be told late."""

_LATEST = 100
"""Questions that are looked for in what was rejected."""

_AT_ONCE = 5
"""Rejections of which somebody is told at once."""

_LIVE = DRAFT.c.state.in_(sorted(LIVE))
_UNDER_WAY = select(DRAFT).where(DRAFT.c.state.in_(["publishing", "reverting"])).order_by(DRAFT.c.number)
_ALL_LIVE = select(DRAFT).where(_LIVE).order_by(DRAFT.c.number).limit(MOST)
_NAMED = (
    select(DRAFT)
    .where(
        or_(
            DRAFT.c.number.in_(bindparam("numbers", expanding=True)),
            DRAFT.c.question.in_(bindparam("questions", expanding=True)),
            DRAFT.c.key.in_(bindparam("keys", expanding=True)),
        )
    )
    .order_by(DRAFT.c.number)
    .limit(MOST)
)
_NOTED = select(DRAFT).where(
    DRAFT.c.state.in_([DraftState.REJECTED.value, DraftState.PUBLISHED.value]),
    DRAFT.c.origin.in_([Origin.PHRASINGS.value, Origin.EDIT.value]),
)
_DOUBTED = (
    select(DRAFT)
    .where(
        DRAFT.c.state == DraftState.PUBLISHED.value,
        DRAFT.c.doubt != "",
        DRAFT.c.doubted_at >= bindparam("since", type_=DRAFT.c.at.type),
    )
    .order_by(DRAFT.c.doubted_at.desc(), DRAFT.c.number)
    .limit(_LATEST)
)
_UNTOLD = DRAFT.c.state == DraftState.REJECTED.value, DRAFT.c.told.is_(False)
_REJECTED = (
    select(DRAFT)
    .where(*_UNTOLD, DRAFT.c.author.in_(bindparam("keys", expanding=True)))
    .order_by(DRAFT.c.number)
    .limit(_AT_ONCE)
)
AWAITED = select(DRAFT.c.author).where(
    *_UNTOLD, DRAFT.c.decided_at >= bindparam("drafts_since", type_=DRAFT.c.at.type)
)
"""The keys of those who have not heard yet that a draft of theirs was rejected."""
_FOLLOWED = and_(
    DRAFT.c.origin.in_([Origin.ANSWER.value, Origin.PHRASINGS.value]),
    or_(
        _LIVE,
        and_(
            DRAFT.c.state == DraftState.PUBLISHED.value,
            DRAFT.c.decided_at >= bindparam("drafts_since", type_=DRAFT.c.at.type),
        ),
    ),
)
"""Drafts that change, or come into doubt, where what they were made of is edited."""
_WROTE = select(DRAFT.c.author, DRAFT.c.co_authors, DRAFT.c.amended_by).where(_FOLLOWED)
_ASKED = (
    select(QUESTION.c.asker_account_key, QUESTION.c.asker_session_key)
    .join(DRAFT, DRAFT.c.question == QUESTION.c.number)
    .where(_FOLLOWED)
)
_NAMELESS = select(DRAFT.c.author).where(_LIVE, DRAFT.c.nameless.is_(True))
_ANSWERS = select(DRAFT.c.question).where(
    DRAFT.c.origin == Origin.ANSWER.value,
    or_(_LIVE, DRAFT.c.decided_at >= bindparam("drafts_since", type_=DRAFT.c.at.type)),
)
_TALKED = select(QUESTION.c.number).where(
    QUESTION.c.number.in_(_ANSWERS),
    or_(
        *(cast(QUESTION.c[each], Text).contains(bindparam("message")) for each in ("replies", "parts")),
    ),
)
_NEXT = select(func.coalesce(func.max(DRAFT.c.number), 0) + 1)
_SUGGESTED = and_(
    DRAFT.c.origin == Origin.SUGGESTION.value, DRAFT.c.at > bindparam("since", type_=DRAFT.c.at.type)
)
_BY_THEM = select(func.count()).where(_SUGGESTED, DRAFT.c.author.in_(bindparam("keys", expanding=True)))
_BY_SESSIONS = select(func.count()).where(_SUGGESTED, DRAFT.c.nameless.is_(True))
_UPDATE = DRAFT.update().where(
    DRAFT.c.number == bindparam("the_number"), DRAFT.c.revision == bindparam("the_revision")
)
_RECALL = DRAFT.update().where(
    DRAFT.c.number == bindparam("the_number"), DRAFT.c.state == DraftState.PUBLISHING.value
)
_PROMOTE = (
    DRAFT.update()
    .where(DRAFT.c.author == bindparam("the_session"), DRAFT.c.state == DraftState.QUEUED.value)
    .values(author=bindparam("author"), nameless=False, revision=DRAFT.c.revision + 1)
)
_THERE = select(DRAFT.c.number).where(
    or_(DRAFT.c.number == bindparam("the_number"), DRAFT.c.key == bindparam("the_key"))
)
_DIGESTS = select(DIGEST.c.account, DIGEST.c.week)
_FORGET_DIGEST = DIGEST.delete().where(DIGEST.c.account == bindparam("the_account"))


def save(connection: Connection, draft: Draft) -> None:
    """Write a draft over the revision that was read. Raises Conflict where it has moved on."""
    values = draft_row(draft) | {"revision": draft.revision + 1}
    if draft.revision:
        the_row = {"the_number": draft.number, "the_revision": draft.revision}
        if not connection.execute(_UPDATE, values | the_row).rowcount:
            raise Conflict(f"draft {draft.number} has moved on from revision {draft.revision}")
    elif connection.execute(_THERE, {"the_number": draft.number, "the_key": draft.key}).first() is not None:
        raise Conflict(f"the number {draft.number} is taken by another draft")
    else:
        connection.execute(DRAFT.insert(), values)


def recall(connection: Connection, number: int, reason: str) -> None:
    """Keep why a draft that is being published must not wait again. Its revision stays: by that is known what
    came of it."""
    connection.execute(_RECALL, {"the_number": number, "reason": reason})


def promote(connection: Connection, session: str, account: str) -> None:
    """What was suggested from a session is the account's from now on. Where it is being published it is not:
    by its revision is known what came of it."""
    connection.execute(_PROMOTE, {"the_session": session, "author": account})


def told(connection: Connection, account: str, week: str, at: datetime) -> None:
    """Keep that an account was told the digest of a week."""
    connection.execute(_FORGET_DIGEST, {"the_account": account})
    connection.execute(DIGEST.insert(), {"account": account, "week": week, "at": at})


def wanted(concern: Concern) -> bool:
    """Whether an event concerns drafts at all."""
    named = bool(concern.draft_numbers or concern.draft_keys or concern.rejected)
    return concern.drafts or concern.drafts_of or named


def concerned(
    connection: Connection, concern: Concern, questions: Iterable[int], at: datetime
) -> dict[int, Draft]:
    """The drafts that an event concerns, by number, the oldest first."""
    found: dict[int, Draft] = {}
    of_questions = list(questions) if concern.drafts or concern.drafts_of else []
    if concern.drafts or of_questions:
        found |= {row.number: draft_of(row) for row in connection.execute(_ALL_LIVE)}
    numbers = [number for number in concern.draft_numbers if 0 < number <= _LARGEST]
    if numbers or of_questions or concern.draft_keys:
        named = {"numbers": numbers, "questions": of_questions, "keys": concern.draft_keys}
        rows = connection.execute(_NAMED, named)
        found |= {row.number: draft_of(row) for row in rows}
    if of_questions and concern.noted:
        # Phrasings are of several questions, which their note names; one that is taken back is kept nowhere.
        of_any = or_(*(DRAFT.c.note.like(f"%#{number}%") for number in of_questions[-_LATEST:]))
        found |= {row.number: draft_of(row) for row in connection.execute(_NOTED.where(of_any))}
    if concern.digests:
        rows = connection.execute(_DOUBTED, {"since": at - DOUBTED})
        found |= {row.number: draft_of(row) for row in rows}
    if concern.rejected:
        rows = connection.execute(_REJECTED, {"keys": concern.rejected})
        found |= {row.number: draft_of(row) for row in rows}
    return dict(sorted(found.items()))


def followed(connection: Connection, at: datetime) -> frozenset[str]:
    """The keys of those who may edit what a draft was made of that waits, or was published lately; and of the
    sessions that suggested one that waits: they may prove to be an account's."""
    since = {"drafts_since": at - FOLLOWED}
    keys = {key for row in connection.execute(_ASKED, since) for key in row if key is not None}
    for author, others, amended_by in connection.execute(_WROTE, since):
        keys |= {author, *(key for key, _ in others), *amended_by}
    return frozenset(keys | set(connection.execute(_NAMELESS).scalars()))


def talked_of(connection: Connection, messages: Iterable[tuple[str, str]], at: datetime) -> set[int]:
    """The questions in whose talk these messages (network, id) may have been said, where a draft was made of
    the answer: however long ago they ended."""
    found: set[int] = set()
    for _, message in messages:
        # In the text of the JSON; whether it is the message itself is for whoever reads the question to see.
        named = {"message": json.dumps(storable(message))[1:-1], "drafts_since": at - FOLLOWED}
        found |= set(connection.execute(_TALKED, named).scalars())
    return found


def next_number(connection: Connection) -> int:
    """The number of the next draft."""
    number: int = connection.execute(_NEXT).scalar_one()
    return number


def suggested(connection: Connection, keys: Iterable[str], at: datetime) -> tuple[int, int]:
    """How many suggestions the speakers with these keys made within a day, and all sessions together."""
    since = {"since": at - DAY}
    own: int = connection.execute(_BY_THEM, since | {"keys": list(keys)}).scalar_one()
    strangers: int = connection.execute(_BY_SESSIONS, since).scalar_one()
    return own, strangers


def digests(connection: Connection) -> Mapping[str, str]:
    """Account key -> the last week whose digest it was told."""
    return {row.account: row.week for row in connection.execute(_DIGESTS)}


def under_way(connection: Connection) -> tuple[Draft, ...]:
    """The drafts for which the base is being changed, or is about to be, in their order."""
    return tuple(draft_of(row) for row in connection.execute(_UNDER_WAY))


def every(connection: Connection) -> tuple[Draft, ...]:
    """All drafts there are, the oldest first."""
    return tuple(draft_of(row) for row in connection.execute(select(DRAFT).order_by(DRAFT.c.number)))

"""Concern -> Facts: what is stored around one event, read in one transaction and in few statements.

One statement brings every question that can matter, by a union of the ways in which the event can touch one,
together with the highest number given out; which question came in by which way is seen from the rows. The
statements are built once per shape of a concern; SQLAlchemy then finds their compiled form in its cache.

Numbers that a user made up may be larger than any integer of the database; they name nothing and are not
looked up.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, func, or_, select, union

from bot.desk.facts import Concern, Facts
from bot.desk.model import Line, Ping, Prompt, Purpose, Question, Reaction, State
from bot.store import drafts, links, people
from bot.store.columns import storable
from bot.store.rows.lines import line_of
from bot.store.rows.questions import ping_of, prompt_of, question_of
from bot.store.rows.reactions import reaction_of
from bot.store.tables import (
    EXPLANATION,
    FACET,
    OUTBOX,
    PING,
    PROMPT,
    QUESTION,
    REACTION,
)
from bot.store.usage import refused
from routing.presence import Load

REMEMBERED = timedelta(days=14)
"""How long an ended question still counts as its asker's own, and a ping as one that may be replied to."""

_LARGEST = 2**31 - 1

_IN_A_THREAD = 20
"""Questions of one thread that are read, the newest: however many were asked there."""


def read(connection: Connection, concern: Concern, at: datetime) -> Facts:
    """Everything that `concern` names, as it was stored at one instant; the roster is left empty."""
    since = at - REMEMBERED
    line = _line(connection, concern.line)
    prompts = _prompts(connection, concern.speaker_keys, at)
    numbers = {*concern.numbers}
    if line is not None:
        numbers |= {number for number in (line.question, line.conditions.question) if number is not None}
    lines, reactions = _lines(connection, concern), _reactions(connection, concern)
    numbers |= {each.question for each in lines.values() if each.question is not None}
    numbers |= {reaction.before.number for reaction in reactions}
    numbers |= drafts.talked_of(connection, concern.talked, at) if concern.talked else set()
    rows, newest = _questions(connection, concern, numbers, at, since)
    questions = {row.number: question_of(row) for row in rows}
    pings = _pings(connection, questions)
    found = drafts.concerned(connection, concern, questions, at) if drafts.wanted(concern) else {}
    return Facts(
        next_number=newest + 1,
        prompts=prompts,
        questions=questions,
        own=_own(rows, concern, since),
        pinged=_pinged(pings, concern, since),
        pings=pings,
        line=line,
        lines=lines,
        reactions=reactions,
        latest=_latest(rows, concern),
        load=people.load(connection, at) if concern.load else Load(),
        wishes=people.wishes(connection) if concern.load or concern.wishes else {},
        took=people.took(connection, at) if concern.took and _may_be_ping(line) else (),
        explanations=_explanations(connection, questions) if concern.explain else {},
        counts=counts(connection) if concern.counts else {},
        facets=_facets(connection, concern.speaker_keys) if concern.facets else {},
        code=links.code(connection, concern.code) if concern.code is not None else None,
        tries=links.tries(connection, concern.tries) if concern.tries is not None else (0, None),
        drafts=found,
        next_draft=drafts.next_number(connection) if drafts.wanted(concern) else 1,
        suggested=drafts.suggested(connection, concern.suggested, at) if concern.suggested else (0, 0),
        digests=drafts.digests(connection) if concern.digests else {},
        refused=refused(connection, at) if concern.digests else {},
    )


_LINE = select(OUTBOX).where(OUTBOX.c.id == bindparam("id"))
_OPEN_PROMPT = and_(
    PROMPT.c.speaker.in_(bindparam("keys", expanding=True)), PROMPT.c.expires > bindparam("at")
)
_PROMPTS = select(PROMPT).where(_OPEN_PROMPT).order_by(PROMPT.c.opened)
_PINGS = (
    select(PING)
    .where(PING.c.question.in_(bindparam("numbers", expanding=True)))
    .order_by(PING.c.at, PING.c.question, PING.c.step)
)
_LINES = select(OUTBOX).where(
    OUTBOX.c.network == bindparam("network"), OUTBOX.c.message.in_(bindparam("messages", expanding=True))
)
_REACTIONS = (
    select(REACTION)
    .where(
        REACTION.c.network == bindparam("network"),
        or_(
            REACTION.c.message.in_(bindparam("messages", expanding=True)),
            REACTION.c.target.in_(bindparam("messages", expanding=True)),
        ),
    )
    .order_by(REACTION.c.at.desc(), REACTION.c.message)
    .limit(20)
)
"""More than people have to do with one line."""
_EXPLANATIONS = (
    select(EXPLANATION.c.question, EXPLANATION.c.reasons)
    .where(EXPLANATION.c.question.in_(bindparam("numbers", expanding=True)))
    .order_by(EXPLANATION.c.id)
)
_FACETS = (
    select(FACET.c.facet, FACET.c.value)
    .where(FACET.c.account.in_(bindparam("keys", expanding=True)))
    .order_by(FACET.c.at, FACET.c.facet)
)
_COUNTS = select(QUESTION.c.state, func.count().label("many")).group_by(QUESTION.c.state)


@cache
def _wanted(keys: bool, person: bool, numbers: bool, message: bool, latest: bool, live: bool) -> Select[Any]:
    """Every question that can matter, each row with the highest number of all in `newest`; where none can,
    one row with nothing but that."""
    ways: list[Select[Any]] = []
    number = QUESTION.c.number
    if keys:
        asked_by = or_(
            QUESTION.c.asker_account_key.in_(bindparam("keys", expanding=True)),
            QUESTION.c.asker_session_key.in_(bindparam("keys", expanding=True)),
        )
        remembered = or_(QUESTION.c.due.is_not(None), QUESTION.c.ended_at >= bindparam("since"))
        ways.append(select(number).where(asked_by, remembered))
        ways.append(select(PROMPT.c.question).where(_OPEN_PROMPT))
    if person:
        recent = PING.c.at >= bindparam("since")
        ways.append(select(PING.c.question).where(PING.c.person == bindparam("person"), recent))
    if numbers:
        ways.append(select(number).where(number.in_(bindparam("numbers", expanding=True))))
    on_network = QUESTION.c.network == bindparam("network")
    if message:
        asked_in = or_(
            QUESTION.c.message_id.in_(bindparam("messages", expanding=True)),
            QUESTION.c.thread.in_(bindparam("messages", expanding=True)),
        )
        there = QUESTION.c.network == bindparam("messages_network")
        newest_there = select(number).where(there, asked_in).order_by(number.desc()).limit(_IN_A_THREAD)
        ways.append(select(newest_there.subquery().c.number))
    if latest:
        asked_there = QUESTION.c.venue_key == bindparam("venue")
        ways.append(select(func.max(number)).where(on_network, asked_there))
    if live:
        ways.append(select(number).where(QUESTION.c.due.is_not(None)))
    newest = select(func.max(number).label("newest")).subquery()
    if not ways:
        return select(newest.c.newest)
    return select(newest.c.newest, *QUESTION.c).select_from(
        newest.outerjoin(QUESTION, number.in_(union(*ways)))
    )


def _questions(
    connection: Connection, concern: Concern, numbers: Iterable[int], at: datetime, since: datetime
) -> tuple[Sequence[Row[Any]], int]:
    real = [number for number in numbers if 0 < number <= _LARGEST]
    venue = concern.venue
    in_message = bool(concern.messages)
    statement = _wanted(
        bool(concern.speaker_keys),
        concern.person is not None,
        bool(real),
        in_message,
        venue is not None,
        concern.live,
    )
    values: dict[str, Any] = {}
    if concern.speaker_keys:
        values |= {"keys": concern.speaker_keys, "at": at, "since": since}
    if concern.person is not None:
        values |= {"person": concern.person, "since": since}
    if real:
        values["numbers"] = real
    if venue is not None:
        values |= {"network": venue.network, "venue": venue.key[1]}
    if in_message:
        values |= _asked_in(concern, "messages_network")
    rows = connection.execute(statement, values).all()
    newest = rows[0].newest or 0
    return ([row for row in rows if row.number is not None] if values or concern.live else []), newest


def _line(connection: Connection, number: int | None) -> Line | None:
    if number is None or not 0 < number <= _LARGEST:
        return None
    row = connection.execute(_LINE, {"id": number}).one_or_none()
    return None if row is None else line_of(row)


def _asked_in(concern: Concern, network: str = "network") -> dict[str, Any]:
    """The messages of a concern, which are of one network, as values of a statement."""
    return {network: concern.messages[0][0], "messages": [message for _, message in concern.messages]}


def _lines(connection: Connection, concern: Concern) -> dict[str, Line]:
    """Our own lines among the messages."""
    if not concern.messages:
        return {}
    found = {row.message: line_of(row) for row in connection.execute(_LINES, _asked_in(concern))}
    return {
        message: found[storable(message)] for _, message in concern.messages if storable(message) in found
    }


def _reactions(connection: Connection, concern: Concern) -> tuple[Reaction, ...]:
    if not (concern.messages and concern.reactions):
        return ()
    return tuple(reaction_of(row) for row in connection.execute(_REACTIONS, _asked_in(concern)))


def _prompts(connection: Connection, keys: tuple[str, ...], at: datetime) -> tuple[Prompt, ...]:
    if not keys:
        return ()
    return tuple(prompt_of(row) for row in connection.execute(_PROMPTS, {"keys": keys, "at": at}))


def _pings(connection: Connection, questions: Mapping[int, Question]) -> tuple[Ping, ...]:
    if not questions:
        return ()
    return tuple(ping_of(row) for row in connection.execute(_PINGS, {"numbers": list(questions)}))


def _own(rows: Sequence[Row[Any]], concern: Concern, since: datetime) -> tuple[int, ...]:
    keys = {storable(key) for key in concern.speaker_keys}
    return tuple(
        sorted(
            (
                row.number
                for row in rows
                if keys & {row.asker_account_key, row.asker_session_key}
                and (row.due is not None or row.ended_at >= since)
            ),
            reverse=True,
        )
    )


def _pinged(pings: tuple[Ping, ...], concern: Concern, since: datetime) -> tuple[Ping, ...]:
    if concern.person is None:
        return ()
    person = storable(concern.person)
    return tuple(ping for ping in reversed(pings) if ping.person == person and ping.at >= since)


def _latest(rows: Sequence[Row[Any]], concern: Concern) -> int | None:
    if concern.venue is None:
        return None
    network, name = concern.venue.key
    wanted = (storable(network), storable(name))
    return max((row.number for row in rows if (row.network, row.venue_key) == wanted), default=None)


def _explanations(connection: Connection, questions: Mapping[int, Question]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    if questions:
        for row in connection.execute(_EXPLANATIONS, {"numbers": list(questions)}):
            found[row.question] = (*found.get(row.question, ()), *row.reasons)
    return found


def _facets(connection: Connection, keys: tuple[str, ...]) -> dict[str, str]:
    """What is remembered of a speaker, the newest last."""
    return {row.facet: row.value for row in connection.execute(_FACETS, {"keys": keys})} if keys else {}


def _may_be_ping(line: Line | None) -> bool:
    return line is None or line.purpose is Purpose.PING


def counts(connection: Connection) -> dict[State, int]:
    """How many questions there are in each state that there is one in."""
    return {State(row.state): row.many for row in connection.execute(_COUNTS)}

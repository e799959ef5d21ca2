"""Effects -> one transaction: all that an event changes, or nothing.

The journal comes first, so that an event seen before is refused whatever else has changed; then questions and
pings, each as the last of its kind in the list says, for everything else refers to them; then the rest in the
order of the list.

A question is written only over the revision that was read. `Promote` counts as a write of each question it
touches, so that whoever read the question under its session reads it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import assert_never

from sqlalchemy import Connection, Insert, Table, bindparam, func, select
from sqlalchemy.dialects import sqlite

from bot.desk.effects import (
    ClosePrompts,
    Explain,
    OpenPrompt,
    Promote,
    SaveCorrection,
    SaveFacet,
    SavePing,
    SaveQuestion,
    SaveVote,
    SaveWish,
    Say,
    SettleLine,
    Stored,
)
from bot.desk.model import Line, Ping, Prompt, Question, account_key
from bot.store.columns import storable
from bot.store.errors import AlreadyDone, Conflict
from bot.store.rows import line_row, ping_row, prompt_row, question_row, vote_row
from bot.store.tables import (
    CORRECTION,
    EXPLANATION,
    FACET,
    JOURNAL,
    OUTBOX,
    PING,
    POSITION,
    PROMPT,
    QUESTION,
    VOTE,
    WISH,
    LineState,
)
from knowledge.votes import Vote


@dataclass(frozen=True, slots=True)
class Committed:
    """What a transaction gave: the lines queued, with their numbers, in the order in which they are to be
    said; and whether a question was written, so that the earliest deadline may now be another."""

    lines: tuple[Line, ...] = ()
    due_changed: bool = False


def write(
    connection: Connection,
    event: str,
    at: datetime,
    effects: Sequence[Stored],
    position: tuple[str, str] | None,
) -> Committed:
    """Carry out `effects` in the transaction that `connection` is in.

    AlreadyDone, Conflict and whatever the database refuses leave the transaction to be rolled back.
    """
    _enter(connection, event, at)
    if position is not None:
        bookmark(connection, *position)
    questions = {e.question.number: e.question for e in effects if isinstance(e, SaveQuestion)}
    for question in questions.values():
        _save_question(connection, question)
    pings = {(e.ping.question, e.ping.step): e.ping for e in effects if isinstance(e, SavePing)}
    for ping in pings.values():
        _save_ping(connection, ping)
    lines: list[Line] = []
    for effect in effects:
        match effect:
            case SaveQuestion() | SavePing():
                pass
            case OpenPrompt(prompt):
                _open_prompt(connection, prompt)
            case ClosePrompts():
                _close_prompts(connection, effect)
            case Promote():
                _promote(connection, effect)
            case Say(line):
                lines.append(_queue(connection, line, event, at))
            case SettleLine():
                _settle(connection, effect, at)
            case Explain():
                _explain(connection, effect, event, at)
            case SaveVote(vote):
                _save_vote(connection, vote, at)
            case SaveFacet():
                _save_facet(connection, effect, at)
            case SaveWish():
                _save_wish(connection, effect, at)
            case SaveCorrection():
                _save_correction(connection, effect, at)
            case _:
                assert_never(effect)
    return Committed(tuple(lines), due_changed=bool(questions))


def bookmark(connection: Connection, network: str, token: str) -> None:
    """Keep how far `network` was read."""
    connection.execute(_upsert(connection.dialect.name, POSITION), {"network": network, "token": token})


def written(connection: Connection, event: str) -> bool:
    """Whether the effects of `event` are committed."""
    return connection.execute(_JOURNALLED, {"the_event": event}).one_or_none() is not None


_JOURNALLED = select(JOURNAL.c.event).where(JOURNAL.c.event == bindparam("the_event"))
_UPDATE_QUESTION = QUESTION.update().where(
    QUESTION.c.number == bindparam("the_number"), QUESTION.c.revision == bindparam("the_revision")
)
_CLOSE_ALL = PROMPT.delete().where(PROMPT.c.speaker == bindparam("the_speaker"))
_CLOSE = _CLOSE_ALL.where(PROMPT.c.question == bindparam("the_question"))
_PROMOTE = (
    QUESTION.update()
    .where(QUESTION.c.asker_session_key == bindparam("the_session"), QUESTION.c.asker_account_key.is_(None))
    .values(revision=QUESTION.c.revision + 1)
)
_PROMPTS_OF = (
    select(PROMPT.c.speaker, PROMPT.c.network, PROMPT.c.venue_key)
    .where(PROMPT.c.speaker.in_(bindparam("the_speakers", expanding=True)))
    .order_by(PROMPT.c.opened.desc())
)
_DROP_PROMPT = _CLOSE_ALL.where(
    PROMPT.c.network == bindparam("the_network"), PROMPT.c.venue_key == bindparam("the_venue")
)
_MOVE_PROMPTS = PROMPT.update().where(PROMPT.c.speaker == bindparam("the_session"))
_NEXT_OPENED = select(func.coalesce(func.max(PROMPT.c.opened), 0) + 1).scalar_subquery()
_QUEUE = OUTBOX.insert()
_SETTLE = OUTBOX.update().where(
    OUTBOX.c.id == bindparam("the_line"), OUTBOX.c.state.in_(bindparam("the_states", expanding=True))
)
_EXPLAIN = EXPLANATION.insert()
_FORGET = FACET.delete().where(
    FACET.c.account == bindparam("the_account"), FACET.c.facet == bindparam("the_facet")
)
_UNWISH = WISH.delete().where(WISH.c.person == bindparam("the_person"), WISH.c.kind == bindparam("the_kind"))


_COUNTED = {"preserve_rowcount": True}
"""SQLAlchemy counts the rows that an INSERT wrote only where it is told that somebody will ask."""


def _insert(dialect: str, table: Table) -> sqlite.Insert:
    """SQLite and PostgreSQL have the same words for a row already there, SQLAlchemy two constructs that have
    the same methods. PostgreSQL's would cost every start a twentieth of its time."""
    insert: sqlite.Insert = import_module(f"sqlalchemy.dialects.{dialect}").insert(table)
    return insert


@cache
def _unless_there(dialect: str, table: Table) -> Insert:
    """Insert a row; where its key is taken, none (so that a broken rule is not mistaken for that)."""
    insert = _insert(dialect, table).on_conflict_do_nothing(index_elements=list(table.primary_key.columns))
    return insert.execution_options(**_COUNTED)


@cache
def _upsert(dialect: str, table: Table) -> Insert:
    """Insert a row, or write over the one with its key; but not over a ping at another person."""
    insert = _insert(dialect, table)
    key = list(table.primary_key.columns)
    written = {column.name: insert.excluded[column.name] for column in table.columns if column not in key}
    over = PING.c.person == insert.excluded.person if table is PING else None
    if table is PROMPT:
        insert = insert.values(opened=_NEXT_OPENED)
    insert = insert.on_conflict_do_update(index_elements=key, set_=written, where=over)
    return insert.execution_options(**_COUNTED)


def _enter(connection: Connection, event: str, at: datetime) -> None:
    entry = {"event": event, "at": at}
    if not connection.execute(_unless_there(connection.dialect.name, JOURNAL), entry).rowcount:
        raise AlreadyDone(event)


def _save_question(connection: Connection, question: Question) -> None:
    values = question_row(question) | {"revision": question.revision + 1}
    if question.revision:
        the_row = {"the_number": question.number, "the_revision": question.revision}
        if not connection.execute(_UPDATE_QUESTION, values | the_row).rowcount:
            raise Conflict(f"question {question.number} has moved on from revision {question.revision}")
    elif not connection.execute(_unless_there(connection.dialect.name, QUESTION), values).rowcount:
        raise Conflict(f"the number {question.number} is taken")


def _save_ping(connection: Connection, ping: Ping) -> None:
    if not connection.execute(_upsert(connection.dialect.name, PING), ping_row(ping)).rowcount:
        raise Conflict(f"somebody else was pinged at step {ping.step} of question {ping.question}")


def _open_prompt(connection: Connection, prompt: Prompt) -> None:
    connection.execute(_upsert(connection.dialect.name, PROMPT), prompt_row(prompt))


def _close_prompts(connection: Connection, effect: ClosePrompts) -> None:
    if effect.question is None:
        connection.execute(_CLOSE_ALL, {"the_speaker": effect.speaker})
    else:
        connection.execute(_CLOSE, {"the_speaker": effect.speaker, "the_question": effect.question})


def _promote(connection: Connection, effect: Promote) -> None:
    account = account_key(effect.network, effect.account)
    owner = {"asker_account": effect.account, "asker_account_key": account}
    connection.execute(_PROMOTE, {"the_session": effect.session_key, **owner})
    speakers = {"the_speakers": [effect.session_key, account]}
    prompts = connection.execute(_PROMPTS_OF, speakers).all()
    if all(row.speaker == storable(account) for row in prompts):
        return
    kept: set[tuple[str, str]] = set()
    for speaker, network, venue in prompts:
        if (network, venue) in kept:
            the_older = {"the_speaker": speaker, "the_network": network, "the_venue": venue}
            connection.execute(_DROP_PROMPT, the_older)
        kept.add((network, venue))
    connection.execute(_MOVE_PROMPTS, {"the_session": effect.session_key, "speaker": account})


def _queue(connection: Connection, line: Line, event: str, at: datetime) -> Line:
    values = line_row(line) | {
        "event": event,
        "queued_at": at,
        "state": (LineState.SENDING if line.begun else LineState.QUEUED).value,
        "detail": "",
        "settled_at": None,
    }
    key = connection.execute(_QUEUE, values).inserted_primary_key
    assert key is not None, "one row was inserted, so there is its key"
    return replace(line, id=key[0], event=event, queued_at=at)


def _settle(connection: Connection, effect: SettleLine, at: datetime) -> None:
    """A line that was sent or dropped stays so; one that nobody confirmed may turn out to have been sent."""
    state, _, detail = effect.fate.partition(": ")
    unsettled = [LineState.QUEUED.value, LineState.SENDING.value]
    if state == LineState.SENT:
        unsettled.append(LineState.UNCONFIRMED.value)
    the_row = {"the_line": effect.line, "the_states": unsettled}
    connection.execute(_SETTLE, the_row | {"state": state, "detail": detail, "settled_at": at})


def _explain(connection: Connection, effect: Explain, event: str, at: datetime) -> None:
    connection.execute(
        _EXPLAIN, {"question": effect.question, "event": event, "at": at, "reasons": effect.reasons}
    )


def _save_vote(connection: Connection, vote: Vote, at: datetime) -> None:
    connection.execute(_upsert(connection.dialect.name, VOTE), vote_row(vote) | {"at": at})


def _save_facet(connection: Connection, effect: SaveFacet, at: datetime) -> None:
    account, facet, value = effect.account, effect.facet, effect.value
    if value is None:
        connection.execute(_FORGET, {"the_account": account, "the_facet": facet})
    else:
        row = {"account": account, "facet": facet, "value": value, "at": at}
        connection.execute(_upsert(connection.dialect.name, FACET), row)


def _save_correction(connection: Connection, effect: SaveCorrection, at: datetime) -> None:
    row = {
        "question": effect.question,
        "person": effect.by,
        "section": effect.section,
        "how": effect.how.value,
        "at": at,
    }
    connection.execute(_upsert(connection.dialect.name, CORRECTION), row)


def _save_wish(connection: Connection, effect: SaveWish, at: datetime) -> None:
    person, kind, value = effect.person, effect.wish.value, effect.value
    if value is None:
        connection.execute(_UNWISH, {"the_person": person, "the_kind": kind})
    else:
        row = {"person": person, "kind": kind, "value": value, "at": at}
        connection.execute(_upsert(connection.dialect.name, WISH), row)

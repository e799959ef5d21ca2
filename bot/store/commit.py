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

from sqlalchemy import Connection, Insert, Table, and_, bindparam, case, exists, func, select
from sqlalchemy.dialects import sqlite

from bot.desk.effects import (
    ClosePrompts,
    DropReaction,
    Explain,
    Forget,
    Link,
    OpenPrompt,
    Promote,
    RecallDraft,
    SaveCode,
    SaveCorrection,
    SaveDigest,
    SaveDraft,
    SaveFacet,
    SavePing,
    SaveQuestion,
    SaveReaction,
    SaveTries,
    SaveVote,
    SaveWish,
    Say,
    SettleLine,
    Stored,
    Unlink,
    Unsay,
    VoidCode,
)
from bot.desk.model import TAKEN_BACK, Line, Ping, Prompt, Question, Reaction, account_key
from bot.store import drafts, links
from bot.store.columns import storable
from bot.store.errors import AlreadyDone, Conflict
from bot.store.rows import line_row, ping_row, prompt_row, question_row, reaction_row, vote_row
from bot.store.tables import (
    CORRECTION,
    EXPLANATION,
    FACET,
    JOURNAL,
    LINK_CODE,
    LINK_TRIES,
    OUTBOX,
    PING,
    POSITION,
    PROMPT,
    QUESTION,
    REACTION,
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
                _open_prompt(connection, prompt, event)
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
            case SaveReaction(reaction):
                _save_reaction(connection, reaction, at)
            case DropReaction(reaction):
                _drop_reaction(connection, reaction)
            case Forget():
                _forget(connection, effect, event)
            case Unsay():
                _unsay(connection, effect, at)
            case SaveCode():
                _save_code(connection, effect)
            case VoidCode(account):
                connection.execute(_VOID, {"the_account": account})
            case SaveTries():
                _save_tries(connection, effect)
            case Link(one, other):
                links.link(connection, one, other, at)
            case Unlink(account):
                links.unlink(connection, account, at)
            case SaveDraft(draft):
                drafts.save(connection, draft)
            case RecallDraft():
                drafts.recall(connection, effect.draft, effect.reason)
            case SaveDigest():
                drafts.told(connection, effect.account, effect.week, at)
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
_TAKEN_BACK = exists().where(QUESTION.c.number == OUTBOX.c.question, QUESTION.c.text == TAKEN_BACK)
# A line that waited while its question was taken back keeps nothing of it either, said or not.
_SETTLE = (
    OUTBOX.update()
    .where(OUTBOX.c.id == bindparam("the_line"), OUTBOX.c.state.in_(bindparam("the_states", expanding=True)))
    .values(text=case((_TAKEN_BACK, TAKEN_BACK), else_=OUTBOX.c.text))
)
_UNSAY = (
    OUTBOX.update()
    .where(
        OUTBOX.c.question == bindparam("the_question"),
        OUTBOX.c.event == bindparam("the_event"),
        OUTBOX.c.state == LineState.QUEUED.value,
    )
    .values(state=LineState.DROPPED.value, detail="taken back")
)
_EXPLAIN = EXPLANATION.insert()
_FORGET = FACET.delete().where(
    FACET.c.account == bindparam("the_account"), FACET.c.facet == bindparam("the_facet")
)
_REACTED = and_(
    REACTION.c.network == bindparam("the_network"), REACTION.c.message == bindparam("the_message")
)
_REACTED_AT = select(REACTION.c.at).where(_REACTED)
_DROP_REACTION = REACTION.delete().where(_REACTED)
_FORGET_REACTIONS = REACTION.delete().where(REACTION.c.question == bindparam("the_question"))
_VOTES_OF = VOTE.delete().where(VOTE.c.account == bindparam("the_account"))
# What an event writes bears its time: a vote that was cast again since is another.
_UNVOTE = _VOTES_OF.where(VOTE.c.at == bindparam("the_instant", type_=VOTE.c.at.type))
_FORGET_VOTES = _VOTES_OF.where(
    VOTE.c.entry.in_(bindparam("the_entries", expanding=True)),
    VOTE.c.at.between(
        bindparam("the_first", type_=VOTE.c.at.type), bindparam("the_last", type_=VOTE.c.at.type)
    ),
)
_FORGET_LINES = (
    OUTBOX.update()
    .where(OUTBOX.c.question == bindparam("the_question"), OUTBOX.c.settled_at.is_not(None))
    .values(text=TAKEN_BACK)
)
_FORGET_REASONS = EXPLANATION.delete().where(
    EXPLANATION.c.question == bindparam("the_question"), EXPLANATION.c.event != bindparam("the_event")
)
_FORGET_PROMPTS = PROMPT.delete().where(PROMPT.c.question == bindparam("the_question"))
_VOID = LINK_CODE.delete().where(LINK_CODE.c.account == bindparam("the_account"))
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


def _open_prompt(connection: Connection, prompt: Prompt, event: str) -> None:
    """One that is opened anew, since there is less to go on with, stays that of the event that opened it."""
    row = prompt_row(prompt) | {"event": prompt.event or event}
    connection.execute(_upsert(connection.dialect.name, PROMPT), row)


def _close_prompts(connection: Connection, effect: ClosePrompts) -> None:
    if effect.question is None:
        connection.execute(_CLOSE_ALL, {"the_speaker": effect.speaker})
    else:
        connection.execute(_CLOSE, {"the_speaker": effect.speaker, "the_question": effect.question})


def _promote(connection: Connection, effect: Promote) -> None:
    account = account_key(effect.network, effect.account)
    owner = {"asker_account": effect.account, "asker_account_key": account}
    connection.execute(_PROMOTE, {"the_session": effect.session_key, **owner})
    drafts.promote(connection, effect.session_key, account)
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
    told = {} if effect.message is None else {"message": effect.message}
    connection.execute(_SETTLE, the_row | {"state": state, "detail": detail, "settled_at": at, **told})


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


def _save_code(connection: Connection, effect: SaveCode) -> None:
    row = {
        "account": effect.account.key,
        "network": effect.account.network,
        "name": effect.account.name,
        "hash": effect.hash,
        "said_by": effect.said_by,
        "expires": effect.expires,
    }
    connection.execute(_upsert(connection.dialect.name, LINK_CODE), row)


def _save_tries(connection: Connection, effect: SaveTries) -> None:
    row = {"account": effect.account, "tries": effect.count, "since": effect.since}
    connection.execute(_upsert(connection.dialect.name, LINK_TRIES), row)


def _save_wish(connection: Connection, effect: SaveWish, at: datetime) -> None:
    person, kind, value = effect.person, effect.wish.value, effect.value
    if value is None:
        connection.execute(_UNWISH, {"the_person": person, "the_kind": kind})
    else:
        row = {"person": person, "kind": kind, "value": value, "at": at}
        connection.execute(_upsert(connection.dialect.name, WISH), row)


def _save_reaction(connection: Connection, reaction: Reaction, at: datetime) -> None:
    connection.execute(_upsert(connection.dialect.name, REACTION), reaction_row(reaction) | {"at": at})


def _drop_reaction(connection: Connection, reaction: Reaction) -> None:
    the_row = {"the_network": reaction.network, "the_message": reaction.message}
    cast = connection.execute(_REACTED_AT, the_row).scalar_one_or_none()
    connection.execute(_UNVOTE, {"the_account": reaction.speaker, "the_instant": cast})
    connection.execute(_DROP_REACTION, the_row)


def _unsay(connection: Connection, effect: Unsay, at: datetime) -> None:
    heard = {"the_question": effect.question, "the_event": f"{effect.network}/{effect.message}"}
    connection.execute(_UNSAY, heard | {"settled_at": at})


def _forget(connection: Connection, effect: Forget, event: str) -> None:
    about = {"the_question": effect.question}
    connection.execute(_FORGET_REACTIONS, about)
    connection.execute(_FORGET_LINES, about)
    cast = {"the_first": effect.since, "the_last": effect.until, "the_entries": effect.entries}
    connection.execute(_FORGET_VOTES, {"the_account": effect.asker, **cast})
    if effect.whole:
        connection.execute(_FORGET_REASONS, about | {"the_event": event})
        connection.execute(_FORGET_PROMPTS, about)

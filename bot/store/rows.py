"""Values of the desk <-> rows of the tables. Pure: what went in comes out the same.

(But for what no database takes, see `columns`: there U+FFFD comes out.)
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Row, Table

from bot.desk.model import (
    Conditions,
    Failure,
    Line,
    Ping,
    PingKind,
    PingState,
    Prompt,
    PromptKind,
    Purpose,
    Question,
    Reaction,
    ReplyLine,
    Speaker,
    State,
    account_key,
    of_session,
)
from bot.store.columns import Moment, in_utc
from bot.store.tables import PING, PROMPT, QUESTION, LineState
from knowledge.drafts import Author, Draft, DraftState, Origin
from knowledge.votes import Vote
from routing.presence import Venue, Visibility

MICROSECOND = timedelta(microseconds=1)


def question_row(question: Question) -> dict[str, Any]:
    asker = question.asker
    return {
        "number": question.number,
        "state": question.state.value,
        "step": question.step,
        "due": question.due,
        "network": question.venue.network,
        "venue": question.venue.name,
        "venue_key": question.venue.key[1],
        "visibility": question.venue.visibility.value,
        "asker_network": asker.network,
        "asker_nick": asker.nick,
        "asker_account": asker.account,
        "asker_session": asker.session,
        "asker_account_key": account_key(asker.network, asker.account) if asker.account else None,
        "asker_session_key": asker.session_key if asker.session else None,
        "text": question.text,
        "asked_at": question.asked_at,
        "message_id": question.message_id,
        "last_line_at": question.last_line_at,
        "entries": question.entries,
        "refused": question.refused,
        "section": question.section,
        "directed_to": question.directed_to,
        "responder": question.responder,
        "replies": [_reply_json(reply) for reply in question.replies],
        "outcome": question.outcome,
        "unsaid": question.unsaid,
        "ended_at": question.ended_at,
        "placed": question.placed,
        "thread": question.thread,
        "sealed": question.venue.sealed,
        "parts": question.parts,
    }


def question_of(row: Row[Any]) -> Question:
    return Question(
        number=row.number,
        venue=_venue_of(row),
        asker=Speaker(row.asker_network, row.asker_nick, row.asker_account, row.asker_session),
        text=row.text,
        asked_at=row.asked_at,
        due=row.due,
        state=State(row.state),
        step=row.step,
        revision=row.revision,
        message_id=row.message_id,
        last_line_at=row.last_line_at,
        entries=tuple(row.entries),
        refused=tuple(row.refused),
        section=row.section,
        directed_to=row.directed_to,
        responder=row.responder,
        replies=tuple(_reply_of(reply) for reply in row.replies),
        outcome=row.outcome,
        unsaid=row.unsaid,
        ended_at=row.ended_at,
        placed=row.placed,
        thread=row.thread,
        parts=tuple(tuple(part) for part in row.parts),
    )


def ping_row(ping: Ping) -> dict[str, Any]:
    return {
        "question": ping.question,
        "step": ping.step,
        "person": ping.person,
        "network": ping.venue.network,
        "venue": ping.venue.name,
        "visibility": ping.venue.visibility.value,
        "nick": ping.nick,
        "at": ping.at,
        "reason": ping.reason,
        "state": ping.state.value,
        "kind": ping.kind.value,
        "role": ping.role,
        "sections": ping.sections,
        "until": ping.until,
        "delivered_at": ping.delivered_at,
        "took": None if ping.took is None else ping.took // MICROSECOND,
        "failure": ping.failure,
        "sealed": ping.venue.sealed,
    }


def ping_of(row: Row[Any]) -> Ping:
    return Ping(
        question=row.question,
        step=row.step,
        person=row.person,
        venue=_venue_of(row),
        nick=row.nick,
        at=row.at,
        reason=row.reason,
        state=PingState(row.state),
        kind=PingKind(row.kind),
        role=row.role,
        sections=tuple(row.sections),
        until=row.until,
        delivered_at=row.delivered_at,
        took=None if row.took is None else row.took * MICROSECOND,
        failure=None if row.failure is None else Failure(row.failure),
    )


def prompt_row(prompt: Prompt) -> dict[str, Any]:
    return {
        "speaker": prompt.speaker,
        "network": prompt.venue.network,
        "venue_key": prompt.venue.key[1],
        "venue": prompt.venue.name,
        "visibility": prompt.venue.visibility.value,
        "kind": prompt.kind.value,
        "expires": prompt.expires,
        "question": prompt.question,
        "options": prompt.options,
        "more": prompt.more,
        "sealed": prompt.venue.sealed,
        "event": prompt.event,
    }


def prompt_of(row: Row[Any]) -> Prompt:
    return Prompt(
        row.speaker,
        _venue_of(row),
        PromptKind(row.kind),
        row.expires,
        row.question,
        tuple(row.options),
        row.more,
        row.event,
    )


def reaction_row(reaction: Reaction) -> dict[str, Any]:
    """What the reaction did; when that was is the event's to say."""
    prompt, ping = reaction.prompt, reaction.ping
    return {
        "network": reaction.network,
        "message": reaction.message,
        "target": reaction.target,
        "speaker": reaction.speaker,
        "word": reaction.word,
        "question": reaction.before.number,
        "step": reaction.step,
        "before": {
            "question": _row_json(question_row(reaction.before) | {"revision": reaction.before.revision}),
            "prompt": None if prompt is None else _row_json(prompt_row(prompt)),
            "ping": None if ping is None else _row_json(ping_row(ping)),
        },
    }


def reaction_of(row: Row[Any]) -> Reaction:
    question, prompt, ping = (row.before[kind] for kind in ("question", "prompt", "ping"))
    return Reaction(
        network=row.network,
        message=row.message,
        target=row.target,
        speaker=row.speaker,
        word=row.word,
        step=row.step,
        before=question_of(_row_of(QUESTION, question)),
        prompt=None if prompt is None else prompt_of(_row_of(PROMPT, prompt)),
        ping=None if ping is None else ping_of(_row_of(PING, ping)),
    )


def _row_json(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _moment_json(value) if isinstance(value, datetime) else value for name, value in values.items()
    }


def _row_of(table: Table, values: Mapping[str, Any]) -> Any:
    """A row of the table, as `_row_json` wrote it."""
    moments = {column.name for column in table.columns if isinstance(column.type, Moment)}
    return SimpleNamespace(
        **{
            name: datetime.fromisoformat(value) if name in moments and value is not None else value
            for name, value in values.items()
        }
    )


def vote_row(vote: Vote) -> dict[str, Any]:
    """The vote; when it was cast is the event's to say."""
    return {"entry": vote.entry, "account": vote.account, "text": vote.question, "confirmed": vote.right}


def line_row(line: Line) -> dict[str, Any]:
    """The line as it was meant; its number, state and times are the outbox's own."""
    return {
        "network": line.venue.network,
        "venue": line.venue.name,
        "visibility": line.venue.visibility.value,
        "text": line.text,
        "purpose": line.purpose.value,
        "addressee": None if line.addressee is None else _speaker_json(line.addressee),
        "question": line.question,
        "unbroken": line.unbroken,
        "conditions": _conditions_json(line.conditions),
        "sealed": line.venue.sealed,
        "reply_to": line.reply_to,
        "thread": line.thread,
        "notify": line.notify,
    }


def line_of(row: Row[Any]) -> Line:
    return Line(
        venue=_venue_of(row),
        text=row.text,
        purpose=Purpose(row.purpose),
        addressee=None if row.addressee is None else Speaker(**row.addressee),
        question=row.question,
        unbroken=tuple(row.unbroken),
        conditions=_conditions_of(row.conditions),
        id=row.id,
        event=row.event,
        queued_at=row.queued_at,
        begun=row.state != LineState.QUEUED,
        reply_to=row.reply_to,
        thread=row.thread,
        notify=row.notify,
        message=row.message,
    )


def draft_row(draft: Draft) -> dict[str, Any]:
    return {
        "number": draft.number,
        "key": draft.key,
        "origin": draft.origin.value,
        "state": draft.state.value,
        "author": draft.author,
        "author_name": draft.author_name,
        "at": draft.at,
        "entry": draft.entry,
        "now": draft.now,
        "was": draft.was,
        "note": draft.note,
        "question": draft.question,
        "reviewer": draft.reviewer,
        "reviewer_name": draft.reviewer_name,
        "decided_at": draft.decided_at,
        "reason": draft.reason,
        "commit": draft.commit,
        "undone": draft.undone,
        "amended_by": draft.amended_by,
        "told": draft.told,
        "nameless": of_session(draft.author),
        "co_authors": [[each.key, each.name] for each in draft.co_authors],
        "doubt": draft.doubt,
        "doubted_at": draft.doubted_at,
    }


def draft_of(row: Row[Any]) -> Draft:
    return Draft(
        number=row.number,
        key=row.key,
        origin=Origin(row.origin),
        author=row.author,
        author_name=row.author_name,
        at=row.at,
        entry=row.entry,
        now=row.now,
        was=row.was,
        note=row.note,
        question=row.question,
        state=DraftState(row.state),
        revision=row.revision,
        reviewer=row.reviewer,
        reviewer_name=row.reviewer_name,
        decided_at=row.decided_at,
        reason=row.reason,
        commit=row.commit,
        undone=row.undone,
        amended_by=tuple(row.amended_by),
        told=row.told,
        co_authors=tuple(Author(*each) for each in row.co_authors),
        doubt=row.doubt,
        doubted_at=row.doubted_at,
    )


def _venue_of(row: Row[Any]) -> Venue:
    return Venue(row.network, row.venue, Visibility(row.visibility), row.sealed)


def _speaker_json(speaker: Speaker) -> dict[str, Any]:
    return {
        "network": speaker.network,
        "nick": speaker.nick,
        "account": speaker.account,
        "session": speaker.session,
    }


def _reply_json(reply: ReplyLine) -> dict[str, Any]:
    return {
        "at": _moment_json(reply.at),
        "nick": reply.nick,
        "text": reply.text,
        "venue": [reply.venue.network, reply.venue.name, reply.venue.visibility.value, reply.venue.sealed],
        "person": reply.person,
        "passed": reply.passed,
        "shared": reply.shared,
        "message": reply.message,
        "corrected": reply.corrected,
    }


def _reply_of(value: Mapping[str, Any]) -> ReplyLine:
    network, name, visibility, *sealed = value["venue"]
    return ReplyLine(
        at=datetime.fromisoformat(value["at"]),
        nick=value["nick"],
        text=value["text"],
        venue=Venue(network, name, Visibility(visibility), any(sealed)),
        person=value["person"],
        passed=value["passed"],
        shared=value["shared"],
        message=value.get("message"),
        corrected=value.get("corrected", False),
    )


def _conditions_json(conditions: Conditions) -> dict[str, Any]:
    return {
        "question": conditions.question,
        "states": sorted(conditions.states),
        "step": conditions.step,
        "person": conditions.person,
        "present": conditions.present,
        "not_after": None if conditions.not_after is None else _moment_json(conditions.not_after),
    }


def _conditions_of(value: Mapping[str, Any]) -> Conditions:
    not_after = value["not_after"]
    return Conditions(
        question=value["question"],
        states=frozenset(State(state) for state in value["states"]),
        step=value["step"],
        person=value["person"],
        present=value["present"],
        not_after=None if not_after is None else datetime.fromisoformat(not_after),
    )


def _moment_json(at: datetime) -> str:
    return in_utc(at).isoformat()

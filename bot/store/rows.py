"""Values of the desk <-> rows of the tables. Pure: what went in comes out the same.

(But for what no database takes, see `columns`: there U+FFFD comes out.)
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

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
    ReplyLine,
    Speaker,
    State,
    account_key,
)
from bot.store.columns import in_utc
from bot.store.tables import LineState
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
    )


def _venue_of(row: Row[Any]) -> Venue:
    return Venue(row.network, row.venue, Visibility(row.visibility))


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
        "venue": [reply.venue.network, reply.venue.name, reply.venue.visibility.value],
        "person": reply.person,
        "passed": reply.passed,
        "shared": reply.shared,
    }


def _reply_of(value: Mapping[str, Any]) -> ReplyLine:
    network, name, visibility = value["venue"]
    return ReplyLine(
        at=datetime.fromisoformat(value["at"]),
        nick=value["nick"],
        text=value["text"],
        venue=Venue(network, name, Visibility(visibility)),
        person=value["person"],
        passed=value["passed"],
        shared=value["shared"],
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

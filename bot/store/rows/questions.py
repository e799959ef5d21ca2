"""Questions, pings and prompts <-> their rows."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from bot.desk.model import (
    Failure,
    Ping,
    PingKind,
    PingState,
    Prompt,
    PromptKind,
    Question,
    ReplyLine,
    Speaker,
    State,
    account_key,
)
from bot.store.rows.shared import moment_json, venue_of
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
        venue=venue_of(row),
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


def _reply_json(reply: ReplyLine) -> dict[str, Any]:
    return {
        "at": moment_json(reply.at),
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
        venue=venue_of(row),
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
        venue_of(row),
        PromptKind(row.kind),
        row.expires,
        row.question,
        tuple(row.options),
        row.more,
        row.event,
    )

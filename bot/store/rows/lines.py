"""Lines <-> rows of the outbox, with the conditions under which each may still be said."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from bot.desk.model import Conditions, Line, Purpose, Speaker, State
from bot.store.rows.shared import moment_json, venue_of
from bot.store.tables import LineState


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
        venue=venue_of(row),
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


def _speaker_json(speaker: Speaker) -> dict[str, Any]:
    return {
        "network": speaker.network,
        "nick": speaker.nick,
        "account": speaker.account,
        "session": speaker.session,
    }


def _conditions_json(conditions: Conditions) -> dict[str, Any]:
    return {
        "question": conditions.question,
        "states": sorted(conditions.states),
        "step": conditions.step,
        "person": conditions.person,
        "present": conditions.present,
        "not_after": None if conditions.not_after is None else moment_json(conditions.not_after),
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

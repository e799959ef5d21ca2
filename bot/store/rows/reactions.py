"""Reactions <-> their rows, which hold other rows in JSON: how a question was until then."""

from collections.abc import Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Row, Table

from bot.desk.model import Reaction
from bot.store.columns import Moment
from bot.store.rows.questions import ping_of, ping_row, prompt_of, prompt_row, question_of, question_row
from bot.store.rows.shared import moment_json
from bot.store.tables import PING, PROMPT, QUESTION


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
        name: moment_json(value) if isinstance(value, datetime) else value for name, value in values.items()
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

"""What a commit writes of lines: those that are to be said, and what became of them."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, case, exists

from bot.desk.effects import SettleLine
from bot.desk.model import TAKEN_BACK, Line
from bot.store.rows.lines import line_row
from bot.store.tables import OUTBOX, QUESTION, LineState

_QUEUE = OUTBOX.insert()
_TAKEN_BACK = exists().where(QUESTION.c.number == OUTBOX.c.question, QUESTION.c.text == TAKEN_BACK)
# A line that waited while its question was taken back keeps nothing of it either, said or not.
_SETTLE = (
    OUTBOX.update()
    .where(OUTBOX.c.id == bindparam("the_line"), OUTBOX.c.state.in_(bindparam("the_states", expanding=True)))
    .values(text=case((_TAKEN_BACK, TAKEN_BACK), else_=OUTBOX.c.text))
)


def queue(connection: Connection, line: Line, event: str, at: datetime) -> Line:
    """Put a line into the outbox; it comes back with its number."""
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


def settle(connection: Connection, effect: SettleLine, at: datetime) -> None:
    """Keep what became of a line.

    A line that was sent or dropped stays so; one that nobody confirmed may turn out to have been sent.
    """
    state, _, detail = effect.fate.partition(": ")
    unsettled = [LineState.QUEUED.value, LineState.SENDING.value]
    if state == LineState.SENT:
        unsettled.append(LineState.UNCONFIRMED.value)
    the_row = {"the_line": effect.line, "the_states": unsettled}
    told = {} if effect.message is None else {"message": effect.message}
    connection.execute(_SETTLE, the_row | {"state": state, "detail": detail, "settled_at": at, **told})

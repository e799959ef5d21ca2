"""Where people said that questions belong: those that count.

A row is written over by the next word of its person about its question, and forgotten after `KEPT`. Text and
visibility are the question's own. What was withdrawn teaches nothing: its asker took it back, perhaps because
it was wrong or should not have been said. What is read is bounded whatever is stored: of each person the
newest `EACH`, of all these the newest `MOST`.
"""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from bot.desk.effects import SaveCorrection
from bot.desk.model import TAKEN_BACK, State
from bot.store.tables import CORRECTION, QUESTION
from bot.store.upserting import upsert
from routing.past.corrections import Correction
from routing.presence import Visibility

MOST = 10_000
"""Corrections that count."""

EACH = 2_000
"""Corrections of one person that count: a triager may make most of them, and yet not all."""

LOOKED_AT = 2 * MOST
"""Corrections that are looked at for those, the newest."""

KEPT = timedelta(days=1095)
"""How long a correction is kept: whose something is changes more slowly than how it is done."""

_NEWEST = (
    select(
        QUESTION.c.text,
        CORRECTION.c.section,
        CORRECTION.c.at,
        CORRECTION.c.person,
        QUESTION.c.visibility,
    )
    .join_from(CORRECTION, QUESTION)
    .where(QUESTION.c.state != State.WITHDRAWN.value, QUESTION.c.text != TAKEN_BACK)
    .order_by(CORRECTION.c.at.desc(), CORRECTION.c.question, CORRECTION.c.person)
    .limit(LOOKED_AT)
)
_AT_ONCE = 1000


def save(connection: Connection, effect: SaveCorrection, at: datetime) -> None:
    """Keep what a person said last about where a question belongs."""
    row = {
        "question": effect.question,
        "person": effect.by,
        "section": effect.section,
        "how": effect.how.value,
        "at": at,
    }
    connection.execute(upsert(connection.dialect.name, CORRECTION), row)


def counting(connection: Connection) -> tuple[Correction, ...]:
    """The corrections that count, the oldest first."""
    made: Counter[str] = Counter()
    found: list[Correction] = []
    with connection.execute(_NEWEST, execution_options={"yield_per": _AT_ONCE}) as rows:
        for row in rows:
            made[row.person] += 1
            if made[row.person] <= EACH:
                private = row.visibility != Visibility.PUBLIC
                found.append(Correction(row.text, row.section, row.at, row.person, private))
            if len(found) == MOST:
                break
    return tuple(reversed(found))

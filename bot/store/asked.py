"""Questions that the base did not answer, as far as they count for its gaps.

These are: those that ended without an answer or wait for an asker who has left; those that a person answered,
unless a draft made of them was published; and those whose asker refused what the base said, unless the entry
was changed by a draft since. What was withdrawn or taken back is none, nor is what operators try at the
control socket. What is read is bounded whatever is stored: of the newest `LOOKED_AT` questions those since a
moment, of each person the newest `EACH`, of all these the newest `MOST`.

A person is an account with those linked with it; without an account whoever bears the nick, so that nobody
becomes several by coming back, nor by what clients hang onto a nick that is taken (`bob_`, `bob|away`).
"""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, Text, and_, bindparam, cast, func, or_, select

from bot.desk.model import CONTROL, TAKEN_BACK, State
from bot.store import links
from bot.store.tables import DRAFT, QUESTION
from knowledge.drafts import DraftState
from knowledge.gaps import MOST, Asked
from routing.presence import Visibility, fold

EACH = 200
"""Questions of one person that count, so that none can crowd out the others'."""

LOOKED_AT = 50_000
"""Questions that are looked at for those, the newest."""

_AT_ONCE = 1000

_HUNG_ON = re.compile(r"(?:[|\\]\w{0,20})?[_`^~-]{0,20}\Z")

_WITHOUT = sorted({State.HANDED_OVER.value, State.EXPIRED.value, State.KEPT.value})
_UNANSWERED = QUESTION.c.state.in_(_WITHOUT)
_BY_A_PERSON = and_(QUESTION.c.state == State.ANSWERED.value, QUESTION.c.responder.is_not(None))
_REFUSED = func.length(cast(QUESTION.c.refused, Text)) > len("[]")
_NEWEST = select(func.coalesce(func.max(QUESTION.c.number), 0)).scalar_subquery()
_ASKED = (
    select(
        *(QUESTION.c[name] for name in ("number", "state", "text", "asked_at", "visibility", "sealed")),
        *(QUESTION.c[name] for name in ("asker_network", "asker_nick", "asker_account_key")),
        *(QUESTION.c[name] for name in ("placed", "responder", "refused")),
    )
    .where(
        QUESTION.c.number > _NEWEST - LOOKED_AT,
        QUESTION.c.asked_at >= bindparam("since", type_=QUESTION.c.asked_at.type),
        QUESTION.c.state != State.WITHDRAWN.value,
        QUESTION.c.text != TAKEN_BACK,
        QUESTION.c.network != CONTROL,
        QUESTION.c.asker_network != CONTROL,
        or_(_UNANSWERED, _BY_A_PERSON, _REFUSED),
    )
    .order_by(QUESTION.c.number.desc())
)
_PUBLISHED = select(DRAFT.c.question, DRAFT.c.entry, DRAFT.c.decided_at).where(
    DRAFT.c.state == DraftState.PUBLISHED.value,
    DRAFT.c.decided_at >= bindparam("since", type_=DRAFT.c.decided_at.type),
)


def unanswered(connection: Connection, since: datetime) -> tuple[Asked, ...]:
    """The questions that count, asked from `since` on, the oldest first. `refused`: the entries of those that
    nobody has changed since."""
    groups = links.read(connection).groups
    drafted: set[int] = set()
    changed: dict[str, datetime] = {}
    for question, entry, at in connection.execute(_PUBLISHED, {"since": since}):
        drafted |= {question} - {None}
        changed[entry] = max(at, changed.get(entry, at))
    made: Counter[str] = Counter()
    found: list[Asked] = []
    with connection.execute(_ASKED, {"since": since}, execution_options={"yield_per": _AT_ONCE}) as rows:
        for row in rows:
            refused = _still(row.refused, changed, row.asked_at)
            if row.number in drafted or not (refused or _went_without(row.state, row.responder)):
                continue
            key = row.asker_account_key
            person = f"{row.asker_network}/nick/{_plain(row.asker_nick)}" if key is None else key
            person = groups[person][0].key if person in groups else person
            made[person] += 1
            if made[person] > EACH:
                continue
            public = row.visibility == Visibility.PUBLIC and not row.sealed
            found.append(Asked(row.number, row.text, person, row.asked_at, public, row.placed or "", refused))
            if len(found) == MOST:
                break
    return tuple(reversed(found))


def _plain(nick: str) -> str:
    """A nick without what is hung onto it."""
    return fold(_HUNG_ON.sub("", nick) or nick)


def _went_without(state: str, responder: str | None) -> bool:
    """Whether the base had nothing, whatever was refused before."""
    return state in _WITHOUT or (state == State.ANSWERED.value and responder is not None)


def _still(refused: list[str], changed: Mapping[str, datetime], at: datetime) -> tuple[str, ...]:
    """Those of the entries that are as they were when they were refused."""
    return tuple(entry for entry in refused if entry not in changed or changed[entry] < at)

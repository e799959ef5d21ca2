"""What waits: lines to be written, deadlines to fall due, and who is being waited for.

A line's way is queued -> sending -> settled. It is marked as `sending` before the first byte is written; a
crash after that leaves it so, and it is never written again: whether it was is not known (on IRC nothing
would tell the two apart). The only way back is `put_back`, for whoever knows that not a byte was written.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, and_, bindparam, func, literal, or_, select, union

from bot.desk.events import DeadlinePassed
from bot.desk.lifecycle import TRANSITIONS, Step
from bot.desk.model import Line, PingState
from bot.store import corrections, drafts, links, votes
from bot.store.facts import REMEMBERED
from bot.store.rows.lines import line_of
from bot.store.tables import (
    CORRECTION,
    FACET,
    JOURNAL,
    OUTBOX,
    PING,
    POSITION,
    PROMPT,
    QUESTION,
    REACTION,
    VOTE,
    LineState,
)

KEPT = timedelta(days=60)
"""How long the journal and settled lines are kept: longer than any network replays what was said."""

FACETS_KEPT = timedelta(days=365)
"""How long an account's version and the like are kept after they were told: by then it is another."""

_LINES = select(OUTBOX).where(OUTBOX.c.state == bindparam("state")).order_by(OUTBOX.c.id)
_MARK_ALL = (
    OUTBOX.update().where(OUTBOX.c.state == LineState.QUEUED.value).values(state=LineState.SENDING.value)
)
_MARK = _MARK_ALL.where(OUTBOX.c.id == bindparam("the_line"))
_PUT_BACK = (
    OUTBOX.update()
    .where(OUTBOX.c.id.in_(bindparam("the_lines", expanding=True)), OUTBOX.c.state == LineState.SENDING.value)
    .values(state=LineState.QUEUED.value)
)
_SENDING = select(OUTBOX.c.id).where(
    OUTBOX.c.id == bindparam("the_line"), OUTBOX.c.state == LineState.SENDING.value
)
_DUE = (
    select(QUESTION.c.number, QUESTION.c.step, QUESTION.c.text)
    .where(QUESTION.c.due <= bindparam("at"))
    .order_by(QUESTION.c.due, QUESTION.c.number)
    .limit(bindparam("limit"))
)
_NEXT_DUE = select(func.min(QUESTION.c.due))
_POSITION = select(POSITION.c.token).where(POSITION.c.network == bindparam("network"))


_waiting = QUESTION.c.due.is_not(None)
_may_go_on = QUESTION.c.state.in_(
    [state for state, step in TRANSITIONS if step is Step.REPLY and state.ended]
)
_recent = PING.c.at >= bindparam("since")
_pending = PING.c.state.in_([state.value for state in PingState if state.pending])
_unanswered = or_(_pending, PING.c.state == PingState.PASSED.value)
_INTEREST = union(
    select(PROMPT.c.speaker.label("key")).where(PROMPT.c.expires > bindparam("at")),
    select(QUESTION.c.asker_account_key).where(_waiting, QUESTION.c.asker_account_key.is_not(None)),
    select(QUESTION.c.asker_session_key).where(_waiting, QUESTION.c.asker_session_key.is_not(None)),
    select(literal("person/").concat(PING.c.person))
    .join_from(PING, QUESTION)
    .where(or_(and_(_waiting, _pending), and_(_recent, or_(_waiting, _may_go_on, _unanswered)))),
    drafts.AWAITED,
)
_PROBE = "store/probe"
_END_PROBE = JOURNAL.delete().where(JOURNAL.c.event == _PROBE)
_PRUNE_PROMPTS = PROMPT.delete().where(PROMPT.c.expires <= bindparam("at"))
_PRUNE_JOURNAL = JOURNAL.delete().where(JOURNAL.c.at < bindparam("before"))
_PRUNE_OUTBOX = OUTBOX.delete().where(OUTBOX.c.settled_at < bindparam("before"))
_PRUNE_VOTES = VOTE.delete().where(VOTE.c.at < bindparam("before"))
_PRUNE_CORRECTIONS = CORRECTION.delete().where(CORRECTION.c.at < bindparam("before"))
_PRUNE_REACTIONS = REACTION.delete().where(REACTION.c.at < bindparam("before"))
_PRUNE_FACETS = FACET.delete().where(FACET.c.at < bindparam("before"))


def queued(connection: Connection) -> tuple[Line, ...]:
    """The lines that nobody has begun to write, in the order in which they were committed."""
    return _lines(connection, LineState.QUEUED)


def in_flight(connection: Connection) -> tuple[Line, ...]:
    """The lines that were marked and not settled, in order: at start, those that a crash left so."""
    return _lines(connection, LineState.SENDING)


def _lines(connection: Connection, state: LineState) -> tuple[Line, ...]:
    return tuple(line_of(row) for row in connection.execute(_LINES, {"state": state.value}))


def mark_sending(connection: Connection, line: int) -> bool:
    """Take the line out of the queue, to be written now; False where it is not in the queue."""
    return connection.execute(_MARK, {"the_line": line}).rowcount == 1


def put_back(connection: Connection, lines: Sequence[int]) -> None:
    """Let the lines wait again, of which certainly nothing was written."""
    connection.execute(_PUT_BACK, {"the_lines": list(lines)})


def mark_all_sending(connection: Connection) -> None:
    """The same for every line, of which nobody knows any more whether it was written."""
    connection.execute(_MARK_ALL)


def is_sending(connection: Connection, line: int) -> bool:
    """Whether the line was marked and not settled."""
    return connection.execute(_SENDING, {"the_line": line}).one_or_none() is not None


def due(connection: Connection, at: datetime, limit: int) -> tuple[DeadlinePassed, ...]:
    """The deadlines that have passed, the earliest first, `limit` at most."""
    rows = connection.execute(_DUE, {"at": at, "limit": limit})
    return tuple(DeadlinePassed(f"deadline/{n}/{step}", at, n, step, text) for n, step, text in rows)


def next_due(connection: Connection) -> datetime | None:
    """When the next deadline falls, or fell; None where there is none."""
    found: datetime | None = connection.execute(_NEXT_DUE).scalar_one()
    return found


def position(connection: Connection, network: str) -> str | None:
    """How far `network` was read, by the last committed word; None where nothing was committed yet."""
    return connection.execute(_POSITION, {"network": network}).scalar_one_or_none()


def interest(connection: Connection, at: datetime) -> frozenset[str]:
    """Whose lines can matter: the keys of speakers with an open prompt or a question that has not ended, and
    `person/<id>` of whoever was pinged and may still be about to reply.

    That is: about a question that has not ended, within `REMEMBERED` or still pending; about an ended one,
    within `REMEMBERED`, where a reply would open it again or they have said nothing yet. And whoever has not
    heard within `KEPT` that a draft of theirs was rejected, or may edit what a draft was made of.
    """
    rows = connection.execute(_INTEREST, {"at": at, "since": at - REMEMBERED, "drafts_since": at - KEPT})
    return frozenset(rows.scalars()) | drafts.followed(connection, at)


def probe(connection: Connection) -> None:
    """Write a row and delete it: the transaction still has to be written down."""
    connection.execute(JOURNAL.insert(), {"event": _PROBE, "at": datetime.fromtimestamp(0, UTC)})
    connection.execute(_END_PROBE)


def prune(connection: Connection, at: datetime) -> None:
    """Forget expired prompts, what was journalled, settled or done by a reaction longer than `KEPT` ago, and
    votes, corrections and facets longer than they are kept; and codes that hold no more."""
    connection.execute(_PRUNE_PROMPTS, {"at": at})
    connection.execute(_PRUNE_JOURNAL, {"before": at - KEPT})
    connection.execute(_PRUNE_OUTBOX, {"before": at - KEPT})
    connection.execute(_PRUNE_REACTIONS, {"before": at - KEPT})
    connection.execute(_PRUNE_VOTES, {"before": at - votes.KEPT})
    connection.execute(_PRUNE_CORRECTIONS, {"before": at - corrections.KEPT})
    connection.execute(_PRUNE_FACETS, {"before": at - FACETS_KEPT})
    links.prune(connection, at)

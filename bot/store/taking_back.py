"""What is taken back: what a reaction did, lines that still wait, words that somebody deleted."""

from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, select

from bot.desk.effects import Forget, Unsay
from bot.desk.model import TAKEN_BACK, Reaction
from bot.store.rows.reactions import reaction_row
from bot.store.tables import EXPLANATION, OUTBOX, PROMPT, REACTION, VOTE, LineState
from bot.store.upserting import upsert

_REACTED = and_(
    REACTION.c.network == bindparam("the_network"), REACTION.c.message == bindparam("the_message")
)
_REACTED_AT = select(REACTION.c.at).where(_REACTED)
_DROP_REACTION = REACTION.delete().where(_REACTED)
_VOTES_OF = VOTE.delete().where(VOTE.c.account == bindparam("the_account"))
# What an event writes bears its time: a vote that was cast again since is another.
_UNVOTE = _VOTES_OF.where(VOTE.c.at == bindparam("the_instant", type_=VOTE.c.at.type))
_UNSAY = (
    OUTBOX.update()
    .where(
        OUTBOX.c.question == bindparam("the_question"),
        OUTBOX.c.event == bindparam("the_event"),
        OUTBOX.c.state == LineState.QUEUED.value,
    )
    .values(state=LineState.DROPPED.value, detail="taken back")
)
_FORGET_REACTIONS = REACTION.delete().where(REACTION.c.question == bindparam("the_question"))
_FORGET_LINES = (
    OUTBOX.update()
    .where(OUTBOX.c.question == bindparam("the_question"), OUTBOX.c.settled_at.is_not(None))
    .values(text=TAKEN_BACK)
)
_FORGET_VOTES = _VOTES_OF.where(
    VOTE.c.entry.in_(bindparam("the_entries", expanding=True)),
    VOTE.c.at.between(
        bindparam("the_first", type_=VOTE.c.at.type), bindparam("the_last", type_=VOTE.c.at.type)
    ),
)
_FORGET_REASONS = EXPLANATION.delete().where(
    EXPLANATION.c.question == bindparam("the_question"), EXPLANATION.c.event != bindparam("the_event")
)
_FORGET_PROMPTS = PROMPT.delete().where(PROMPT.c.question == bindparam("the_question"))


def save_reaction(connection: Connection, reaction: Reaction, at: datetime) -> None:
    """Keep what a reaction did, and how the question was before."""
    connection.execute(upsert(connection.dialect.name, REACTION), reaction_row(reaction) | {"at": at})


def drop_reaction(connection: Connection, reaction: Reaction) -> None:
    """Forget a reaction, and the vote that came of it."""
    the_row = {"the_network": reaction.network, "the_message": reaction.message}
    cast = connection.execute(_REACTED_AT, the_row).scalar_one_or_none()
    connection.execute(_UNVOTE, {"the_account": reaction.speaker, "the_instant": cast})
    connection.execute(_DROP_REACTION, the_row)


def unsay(connection: Connection, effect: Unsay, at: datetime) -> None:
    """Drop the lines that a message brought about and that nobody has begun to write."""
    heard = {"the_question": effect.question, "the_event": f"{effect.network}/{effect.message}"}
    connection.execute(_UNSAY, heard | {"settled_at": at})


def forget(connection: Connection, effect: Forget, event: str) -> None:
    """Forget what reactions, lines and votes keep of a question's words; where it is taken back wholly, also
    the reasons of earlier events and what was to be picked."""
    about = {"the_question": effect.question}
    connection.execute(_FORGET_REACTIONS, about)
    connection.execute(_FORGET_LINES, about)
    cast = {"the_first": effect.since, "the_last": effect.until, "the_entries": effect.entries}
    connection.execute(_FORGET_VOTES, {"the_account": effect.asker, **cast})
    if effect.whole:
        connection.execute(_FORGET_REASONS, about | {"the_event": event})
        connection.execute(_FORGET_PROMPTS, about)

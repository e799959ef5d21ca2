"""What a commit writes of questions: them, their pings, what people are to pick, and the reasons.

A question is written only over the revision that was read. `promote` counts as a write of each question it
touches, so that whoever read the question under its session reads it again.
"""

from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from bot.desk.effects import ClosePrompts, Explain, Promote
from bot.desk.model import Ping, Prompt, Question, account_key
from bot.store import drafts
from bot.store.columns import storable
from bot.store.errors import Conflict
from bot.store.rows.questions import ping_row, prompt_row, question_row
from bot.store.tables import EXPLANATION, PING, PROMPT, QUESTION
from bot.store.upserting import unless_there, upsert

_UPDATE = QUESTION.update().where(
    QUESTION.c.number == bindparam("the_number"), QUESTION.c.revision == bindparam("the_revision")
)
_CLOSE_ALL = PROMPT.delete().where(PROMPT.c.speaker == bindparam("the_speaker"))
_CLOSE = _CLOSE_ALL.where(PROMPT.c.question == bindparam("the_question"))
_PROMOTE = (
    QUESTION.update()
    .where(QUESTION.c.asker_session_key == bindparam("the_session"), QUESTION.c.asker_account_key.is_(None))
    .values(revision=QUESTION.c.revision + 1)
)
_PROMPTS_OF = (
    select(PROMPT.c.speaker, PROMPT.c.network, PROMPT.c.venue_key)
    .where(PROMPT.c.speaker.in_(bindparam("the_speakers", expanding=True)))
    .order_by(PROMPT.c.opened.desc())
)
_DROP_PROMPT = _CLOSE_ALL.where(
    PROMPT.c.network == bindparam("the_network"), PROMPT.c.venue_key == bindparam("the_venue")
)
_MOVE_PROMPTS = PROMPT.update().where(PROMPT.c.speaker == bindparam("the_session"))
_EXPLAIN = EXPLANATION.insert()


def save(connection: Connection, question: Question) -> None:
    """Write a question over the revision that was read. Raises Conflict where it has moved on."""
    values = question_row(question) | {"revision": question.revision + 1}
    if question.revision:
        the_row = {"the_number": question.number, "the_revision": question.revision}
        if not connection.execute(_UPDATE, values | the_row).rowcount:
            raise Conflict(f"question {question.number} has moved on from revision {question.revision}")
    elif not connection.execute(unless_there(connection.dialect.name, QUESTION), values).rowcount:
        raise Conflict(f"the number {question.number} is taken")


def save_ping(connection: Connection, ping: Ping) -> None:
    """Write a ping, or what became of it. Raises Conflict where somebody else was pinged at that step."""
    if not connection.execute(upsert(connection.dialect.name, PING), ping_row(ping)).rowcount:
        raise Conflict(f"somebody else was pinged at step {ping.step} of question {ping.question}")


def open_prompt(connection: Connection, prompt: Prompt, event: str) -> None:
    """Open a prompt in its speaker's venue, instead of any that is open there.

    One that is opened anew, since there is less to go on with, stays that of the event that opened it.
    """
    row = prompt_row(prompt) | {"event": prompt.event or event}
    connection.execute(upsert(connection.dialect.name, PROMPT), row)


def close_prompts(connection: Connection, effect: ClosePrompts) -> None:
    """Close the speaker's prompts: those about the question, or all."""
    if effect.question is None:
        connection.execute(_CLOSE_ALL, {"the_speaker": effect.speaker})
    else:
        connection.execute(_CLOSE, {"the_speaker": effect.speaker, "the_question": effect.question})


def promote(connection: Connection, effect: Promote) -> None:
    """What was asked, suggested and offered in a session is the account's from now on; of two prompts in a
    venue the newer stays."""
    account = account_key(effect.network, effect.account)
    owner = {"asker_account": effect.account, "asker_account_key": account}
    connection.execute(_PROMOTE, {"the_session": effect.session_key, **owner})
    drafts.promote(connection, effect.session_key, account)
    speakers = {"the_speakers": [effect.session_key, account]}
    prompts = connection.execute(_PROMPTS_OF, speakers).all()
    if all(row.speaker == storable(account) for row in prompts):
        return
    kept: set[tuple[str, str]] = set()
    for speaker, network, venue in prompts:
        if (network, venue) in kept:
            the_older = {"the_speaker": speaker, "the_network": network, "the_venue": venue}
            connection.execute(_DROP_PROMPT, the_older)
        kept.add((network, venue))
    connection.execute(_MOVE_PROMPTS, {"the_session": effect.session_key, "speaker": account})


def explain(connection: Connection, effect: Explain, event: str, at: datetime) -> None:
    """Keep why something was decided."""
    connection.execute(
        _EXPLAIN, {"question": effect.question, "event": event, "at": at, "reasons": effect.reasons}
    )

"""Effects -> one transaction: all that an event changes, or nothing.

The journal comes first, so that an event seen before is refused whatever else has changed; then questions and
pings, each as the last of its kind in the list says, for everything else refers to them; then the rest in the
order of the list.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from sqlalchemy import Connection, bindparam, select

from bot.desk.effects import (
    ClosePrompts,
    DropReaction,
    Explain,
    Forget,
    Link,
    OpenPrompt,
    Promote,
    RecallDraft,
    SaveCode,
    SaveCorrection,
    SaveDigest,
    SaveDraft,
    SaveFacet,
    SavePing,
    SaveQuestion,
    SaveReaction,
    SaveTries,
    SaveVote,
    SaveWish,
    Say,
    SettleLine,
    Stored,
    Unlink,
    Unsay,
    VoidCode,
)
from bot.desk.model import Line
from bot.store import corrections, drafts, lines, links, people, questions, taking_back, votes
from bot.store.errors import AlreadyDone
from bot.store.tables import JOURNAL, POSITION
from bot.store.upserting import unless_there, upsert

_JOURNALLED = select(JOURNAL.c.event).where(JOURNAL.c.event == bindparam("the_event"))


@dataclass(frozen=True, slots=True)
class Committed:
    """What a transaction gave: the lines queued, with their numbers, in the order in which they are to be
    said; and whether a question was written, so that the earliest deadline may now be another."""

    lines: tuple[Line, ...] = ()
    due_changed: bool = False


def write(
    connection: Connection,
    event: str,
    at: datetime,
    effects: Sequence[Stored],
    position: tuple[str, str] | None,
) -> Committed:
    """Carry out `effects` in the transaction that `connection` is in.

    AlreadyDone, Conflict and whatever the database refuses leave the transaction to be rolled back.
    """
    _enter(connection, event, at)
    if position is not None:
        bookmark(connection, *position)
    latest = {e.question.number: e.question for e in effects if isinstance(e, SaveQuestion)}
    for question in latest.values():
        questions.save(connection, question)
    pings = {(e.ping.question, e.ping.step): e.ping for e in effects if isinstance(e, SavePing)}
    for ping in pings.values():
        questions.save_ping(connection, ping)
    said: list[Line] = []
    for effect in effects:
        match effect:
            case SaveQuestion() | SavePing():
                pass
            case OpenPrompt(prompt):
                questions.open_prompt(connection, prompt, event)
            case ClosePrompts():
                questions.close_prompts(connection, effect)
            case Promote():
                questions.promote(connection, effect)
            case Say(line):
                said.append(lines.queue(connection, line, event, at))
            case SettleLine():
                lines.settle(connection, effect, at)
            case Explain():
                questions.explain(connection, effect, event, at)
            case SaveVote(vote):
                votes.save(connection, vote, at)
            case SaveFacet():
                people.save_facet(connection, effect, at)
            case SaveWish():
                people.save_wish(connection, effect, at)
            case SaveCorrection():
                corrections.save(connection, effect, at)
            case SaveReaction(reaction):
                taking_back.save_reaction(connection, reaction, at)
            case DropReaction(reaction):
                taking_back.drop_reaction(connection, reaction)
            case Forget():
                taking_back.forget(connection, effect, event)
            case Unsay():
                taking_back.unsay(connection, effect, at)
            case SaveCode():
                links.save_code(connection, effect)
            case VoidCode(account):
                links.void(connection, account)
            case SaveTries():
                links.save_tries(connection, effect)
            case Link(one, other):
                links.link(connection, one, other, at)
            case Unlink(account):
                links.unlink(connection, account, at)
            case SaveDraft(draft):
                drafts.save(connection, draft)
            case RecallDraft():
                drafts.recall(connection, effect.draft, effect.reason)
            case SaveDigest():
                drafts.told(connection, effect.account, effect.week, at)
            case _:
                assert_never(effect)
    return Committed(tuple(said), due_changed=bool(latest))


def bookmark(connection: Connection, network: str, token: str) -> None:
    """Keep how far `network` was read."""
    connection.execute(upsert(connection.dialect.name, POSITION), {"network": network, "token": token})


def written(connection: Connection, event: str) -> bool:
    """Whether the effects of `event` are committed."""
    return connection.execute(_JOURNALLED, {"the_event": event}).one_or_none() is not None


def _enter(connection: Connection, event: str, at: datetime) -> None:
    entry = {"event": event, "at": at}
    if not connection.execute(unless_there(connection.dialect.name, JOURNAL), entry).rowcount:
        raise AlreadyDone(event)

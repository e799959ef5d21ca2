"""Every table, and every rule about them that a database can hold.

A question's deadline is two columns of its own row, `step` and `due`, not a row of another table: "every
question that has not ended has exactly one pending deadline" then holds by construction and one CHECK
(`due` is NULL exactly when the state is an ended one), and the key (number, step) occurs once because the
row does. A separate table would need a second write per change, and could not say "at least one".

The outbox is numbered by the database, never twice with the same number (AUTOINCREMENT on SQLite, an
identity on PostgreSQL): a number goes out to networks as a label and must not come to mean another line.

Rows are written and read through Core; these classes are only the schema. What each column means stands with
the value it holds in `bot.desk.model`. A change here needs a migration (`migrations/`).
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, MetaData, Table, false
from sqlmodel import Field, SQLModel

from bot.desk.model import ENDED, Failure, PingKind, PingState, Placing, PromptKind, Purpose, State
from bot.store.columns import Chars, Json, Moment
from knowledge.drafts import DraftState, Origin
from routing.wishes import Wish


class LineState(StrEnum):
    """Where an outbox row stands. It never goes back up this list, but for what was marked and certainly not
    written: that is queued again when the desk ends."""

    QUEUED = "queued"
    SENDING = "sending"
    UNCONFIRMED = "unconfirmed"
    SENT = "sent"
    DROPPED = "dropped"


def _among(column: str, values: Iterable[str]) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


_ENDED = _among("state", sorted(ENDED))
_VISIBLE = "visibility BETWEEN 0 AND 2"
_NOT = {"server_default": false()}
_NONE = {"server_default": "[]"}
_EMPTY = {"server_default": ""}
"""What a column says of the rows that were there before it."""


class Row(SQLModel):
    """What the tables share: one set of tables of our own, whose constraints all have names."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )


class JournalRow(Row, table=True):
    """Events whose effects are committed; seeing one again changes nothing."""

    __tablename__ = "journal"

    event: str = Field(primary_key=True, sa_type=Chars)
    at: datetime = Field(sa_type=Moment, index=True)


class PositionRow(Row, table=True):
    """How far each network was read, in that network's own words."""

    __tablename__ = "position"

    network: str = Field(primary_key=True, sa_type=Chars)
    token: str = Field(sa_type=Chars)


class ReceivedRow(Row, table=True):
    """An answer of a homeserver that was taken over, and in which something may not be handled yet; `tries`:
    how often that was begun. `body` is the answer as it came, `since` the token that it goes on from."""

    __tablename__ = "received"

    id: int | None = Field(primary_key=True)
    network: str = Field(sa_type=Chars, index=True)
    since: str | None = Field(sa_type=Chars)
    body: str = Field(sa_type=Chars)
    at: datetime = Field(sa_type=Moment)
    tries: int


class ClaimRow(Row, table=True):
    """The one row is who had the database last; see `bot.store.claimed`."""

    __tablename__ = "claim"

    desk: str = Field(primary_key=True, sa_type=Chars)


class QuestionRow(Row, table=True):
    """A question with its one deadline. `venue_key` is the venue's folded name; the asker's keys are NULL
    where there is no account or no session, so that nobody is found by the lack of one."""

    __tablename__ = "question"
    __table_args__ = (
        CheckConstraint("number > 0", "number"),
        CheckConstraint("revision >= 1", "revision"),
        CheckConstraint("step >= 1", "step"),
        CheckConstraint(_VISIBLE, "visibility"),
        CheckConstraint(_among("state", State), "state"),
        CheckConstraint(f"({_ENDED}) = (due IS NULL)", "one_deadline"),
        CheckConstraint(f"({_ENDED}) = (ended_at IS NOT NULL)", "ended_at"),
        Index("ix_question_venue", "network", "venue_key", "number"),
        Index("ix_question_message", "network", "message_id"),
        Index("ix_question_thread", "network", "thread"),
    )

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    revision: int
    state: str = Field(sa_type=Chars)
    step: int
    due: datetime | None = Field(sa_type=Moment, index=True)
    network: str = Field(sa_type=Chars)
    venue: str = Field(sa_type=Chars)
    venue_key: str = Field(sa_type=Chars)
    visibility: int
    asker_network: str = Field(sa_type=Chars)
    asker_nick: str = Field(sa_type=Chars)
    asker_account: str | None = Field(sa_type=Chars)
    asker_session: str = Field(sa_type=Chars)
    asker_account_key: str | None = Field(sa_type=Chars, index=True)
    asker_session_key: str | None = Field(sa_type=Chars, index=True)
    text: str = Field(sa_type=Chars)
    asked_at: datetime = Field(sa_type=Moment)
    message_id: str | None = Field(sa_type=Chars)
    last_line_at: datetime | None = Field(sa_type=Moment)
    entries: Any = Field(sa_type=Json, nullable=False)
    refused: Any = Field(sa_type=Json, nullable=False)
    section: str | None = Field(sa_type=Chars)
    directed_to: str | None = Field(sa_type=Chars)
    responder: str | None = Field(sa_type=Chars)
    replies: Any = Field(sa_type=Json, nullable=False)
    outcome: str = Field(sa_type=Chars)
    unsaid: str = Field(sa_type=Chars)
    ended_at: datetime | None = Field(sa_type=Moment)
    placed: str | None = Field(sa_type=Chars)
    thread: str | None = Field(sa_type=Chars)
    sealed: bool = Field(sa_column_kwargs=_NOT)
    parts: Any = Field(sa_type=Json, nullable=False, sa_column_kwargs=_NONE)


class PingRow(Row, table=True):
    """One attempt at one person; the key is what "nobody is pinged twice for a step" means. `took` is in
    microseconds."""

    __tablename__ = "ping"
    __table_args__ = (
        CheckConstraint("step >= 1", "step"),
        CheckConstraint(_VISIBLE, "visibility"),
        CheckConstraint(_among("state", PingState), "state"),
        CheckConstraint(_among("kind", PingKind), "kind"),
        Index("ix_ping_person", "person", "at", "state"),
    )

    question: int = Field(primary_key=True, foreign_key="question.number")
    step: int = Field(primary_key=True)
    person: str = Field(sa_type=Chars)
    network: str = Field(sa_type=Chars)
    venue: str = Field(sa_type=Chars)
    visibility: int
    nick: str = Field(sa_type=Chars)
    at: datetime = Field(sa_type=Moment, index=True)
    reason: str = Field(sa_type=Chars)
    state: str = Field(sa_type=Chars)
    kind: str = Field(sa_type=Chars)
    role: str = Field(sa_type=Chars)
    sections: Any = Field(sa_type=Json, nullable=False)
    until: datetime | None = Field(sa_type=Moment)
    delivered_at: datetime | None = Field(sa_type=Moment)
    took: int | None = Field(sa_type=BigInteger)
    # Its rule stands with the column: so SQLite adds both to the table that there was.
    failure: str | None = Field(
        sa_column=Column("failure", Chars, CheckConstraint(_among("failure", Failure), "failure"))
    )
    sealed: bool = Field(sa_column_kwargs=_NOT)


class PromptRow(Row, table=True):
    """An open prompt; one per speaker and venue. `opened` counts up: of two prompts the newer has more."""

    __tablename__ = "prompt"
    __table_args__ = (
        CheckConstraint(_VISIBLE, "visibility"),
        CheckConstraint(_among("kind", PromptKind), "kind"),
    )

    speaker: str = Field(primary_key=True, sa_type=Chars)
    network: str = Field(primary_key=True, sa_type=Chars)
    venue_key: str = Field(primary_key=True, sa_type=Chars)
    venue: str = Field(sa_type=Chars)
    visibility: int
    opened: int
    kind: str = Field(sa_type=Chars)
    expires: datetime = Field(sa_type=Moment, index=True)
    question: int | None = Field(foreign_key="question.number")
    options: Any = Field(sa_type=Json, nullable=False)
    more: str = Field(sa_type=Chars)
    sealed: bool = Field(sa_column_kwargs=_NOT)
    event: str = Field(sa_type=Chars, sa_column_kwargs=_EMPTY)


class OutboxRow(Row, table=True):
    """One line to be written, and what became of it. `detail` is why it was dropped."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint(_VISIBLE, "visibility"),
        CheckConstraint(_among("purpose", Purpose), "purpose"),
        CheckConstraint(_among("state", LineState), "state"),
        CheckConstraint(
            f"({_among('state', (LineState.QUEUED, LineState.SENDING))}) = (settled_at IS NULL)", "settled_at"
        ),
        Index("ix_outbox_state", "state", "id"),
        Index("ix_outbox_message", "network", "message"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(primary_key=True)
    event: str = Field(sa_type=Chars)
    queued_at: datetime = Field(sa_type=Moment)
    state: str = Field(sa_type=Chars)
    detail: str = Field(sa_type=Chars)
    settled_at: datetime | None = Field(sa_type=Moment)
    network: str = Field(sa_type=Chars)
    venue: str = Field(sa_type=Chars)
    visibility: int
    text: str = Field(sa_type=Chars)
    purpose: str = Field(sa_type=Chars)
    addressee: Any = Field(sa_type=Json, nullable=True)
    question: int | None = Field(foreign_key="question.number")
    unbroken: Any = Field(sa_type=Json, nullable=False)
    conditions: Any = Field(sa_type=Json, nullable=False)
    sealed: bool = Field(sa_column_kwargs=_NOT)
    reply_to: str | None = Field(sa_type=Chars)
    thread: str | None = Field(sa_type=Chars)
    notify: bool = Field(sa_column_kwargs=_NOT)
    message: str | None = Field(sa_type=Chars)


class ExplanationRow(Row, table=True):
    """Why something was decided about a question; in the order in which it was."""

    __tablename__ = "explanation"

    id: int | None = Field(primary_key=True)
    question: int = Field(foreign_key="question.number", index=True)
    event: str = Field(sa_type=Chars)
    at: datetime = Field(sa_type=Moment)
    reasons: Any = Field(sa_type=Json, nullable=False)


class VoteRow(Row, table=True):
    """The latest vote of an account (its key, which names the network) on an entry; `text` is the question's,
    whoever could read that. The entry may be gone."""

    __tablename__ = "vote"

    entry: str = Field(primary_key=True, sa_type=Chars)
    account: str = Field(primary_key=True, sa_type=Chars)
    text: str = Field(sa_type=Chars)
    confirmed: bool
    at: datetime = Field(sa_type=Moment, index=True)


class FacetRow(Row, table=True):
    """What an account (its key, which names the network) told of itself, as a facet's canonical value. The
    facet may no longer be declared."""

    __tablename__ = "facet"

    account: str = Field(primary_key=True, sa_type=Chars)
    facet: str = Field(primary_key=True, sa_type=Chars)
    value: str = Field(sa_type=Chars)
    at: datetime = Field(sa_type=Moment, index=True)


class WishRow(Row, table=True):
    """What a person (their id in the map) wishes of how they are asked; `value` as `routing.wishes` writes
    it. The map may no longer have them."""

    __tablename__ = "wish"
    __table_args__ = (CheckConstraint(_among("kind", Wish), "kind"),)

    person: str = Field(primary_key=True, sa_type=Chars)
    kind: str = Field(primary_key=True, sa_type=Chars)
    value: str = Field(sa_type=Chars)
    at: datetime = Field(sa_type=Moment)


class CorrectionRow(Row, table=True):
    """What a person said last about where a question belongs. The section may be gone."""

    __tablename__ = "correction"
    __table_args__ = (CheckConstraint(_among("how", Placing), "how"),)

    question: int = Field(primary_key=True, foreign_key="question.number")
    person: str = Field(primary_key=True, sa_type=Chars)
    section: str = Field(sa_type=Chars)
    how: str = Field(sa_type=Chars)
    at: datetime = Field(sa_type=Moment, index=True)


class ReactionRow(Row, table=True):
    """What a reaction did, the message `message` of its network on the message `target`: `before` is how the
    question was until then, and `step` where it led."""

    __tablename__ = "reaction"
    __table_args__ = (Index("ix_reaction_target", "network", "target"),)

    network: str = Field(primary_key=True, sa_type=Chars)
    message: str = Field(primary_key=True, sa_type=Chars)
    target: str = Field(sa_type=Chars)
    speaker: str = Field(sa_type=Chars)
    word: str = Field(sa_type=Chars)
    question: int = Field(foreign_key="question.number")
    step: int
    before: Any = Field(sa_type=Json, nullable=False)
    at: datetime = Field(sa_type=Moment, index=True)


class LinkRow(Row, table=True):
    """An account (its key) that is linked with others; `person` is the first key of those of one person."""

    __tablename__ = "link"

    account: str = Field(primary_key=True, sa_type=Chars)
    network: str = Field(sa_type=Chars)
    name: str = Field(sa_type=Chars)
    person: str = Field(sa_type=Chars)
    at: datetime = Field(sa_type=Moment)


class LinkCodeRow(Row, table=True):
    """The hash of the code that an account (its key) was shown last, and which account must say it."""

    __tablename__ = "link_code"

    account: str = Field(primary_key=True, sa_type=Chars)
    network: str = Field(sa_type=Chars)
    name: str = Field(sa_type=Chars)
    hash: str = Field(sa_type=Chars, index=True)
    said_by: str | None = Field(sa_type=Chars)
    expires: datetime = Field(sa_type=Moment)


class LinkTriesRow(Row, table=True):
    """How many wrong codes an account (its key) has said since then."""

    __tablename__ = "link_tries"

    account: str = Field(primary_key=True, sa_type=Chars)
    tries: int
    since: datetime = Field(sa_type=Moment)


class DraftRow(Row, table=True):
    """A proposed change of the base; `now` and `was` are the text of the entry's file. `co_authors`: key and
    name of each. `nameless`: its author has no account."""

    __tablename__ = "draft"
    __table_args__ = (
        CheckConstraint("number > 0", "number"),
        CheckConstraint("revision >= 1", "revision"),
        CheckConstraint(_among("state", DraftState), "state"),
        CheckConstraint(_among("origin", Origin), "origin"),
        Index("ix_draft_state", "state", "number"),
        Index("ix_draft_author", "author", "at"),
        Index("ix_draft_nameless", "nameless", "at"),
    )

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    revision: int
    key: str = Field(sa_type=Chars, index=True, unique=True)
    origin: str = Field(sa_type=Chars)
    state: str = Field(sa_type=Chars)
    author: str = Field(sa_type=Chars)
    author_name: str = Field(sa_type=Chars)
    at: datetime = Field(sa_type=Moment)
    entry: str = Field(sa_type=Chars)
    now: str = Field(sa_type=Chars)
    was: str = Field(sa_type=Chars)
    note: str = Field(sa_type=Chars)
    question: int | None = Field(foreign_key="question.number", index=True)
    reviewer: str = Field(sa_type=Chars)
    reviewer_name: str = Field(sa_type=Chars)
    decided_at: datetime | None = Field(sa_type=Moment)
    reason: str = Field(sa_type=Chars)
    commit: str = Field(sa_type=Chars)
    undone: str = Field(sa_type=Chars)
    amended_by: Any = Field(sa_type=Json, nullable=False)
    told: bool
    nameless: bool = Field(sa_column_kwargs=_NOT)
    co_authors: Any = Field(sa_type=Json, nullable=False, sa_column_kwargs=_NONE)
    doubt: str = Field(sa_type=Chars, sa_column_kwargs=_EMPTY)
    doubted_at: datetime | None = Field(sa_type=Moment)


class DigestRow(Row, table=True):
    """The last week (like 2026-W48) whose digest an editor (the key of their account) was told."""

    __tablename__ = "digest"

    account: str = Field(primary_key=True, sa_type=Chars)
    week: str = Field(sa_type=Chars)
    at: datetime = Field(sa_type=Moment)


METADATA = Row.metadata


def _table(name: str) -> Table:
    return METADATA.tables[name]


JOURNAL = _table("journal")
POSITION = _table("position")
RECEIVED = _table("received")
CLAIM = _table("claim")
QUESTION = _table("question")
PING = _table("ping")
PROMPT = _table("prompt")
OUTBOX = _table("outbox")
EXPLANATION = _table("explanation")
VOTE = _table("vote")
FACET = _table("facet")
WISH = _table("wish")
CORRECTION = _table("correction")
REACTION = _table("reaction")
DRAFT = _table("draft")
DIGEST = _table("digest")
LINK = _table("link")
LINK_CODE = _table("link_code")
LINK_TRIES = _table("link_tries")

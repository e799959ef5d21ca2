"""Questions, and what happens around one: who was pinged, who is to pick, why it was decided so, what
reactions did, and where people said that it belongs.

A question's deadline is two columns of its own row, `step` and `due`, not a row of another table: "every
question that has not ended has exactly one pending deadline" then holds by construction and one CHECK
(`due` is NULL exactly when the state is an ended one), and the key (number, step) occurs once because the
row does. A separate table would need a second write per change, and could not say "at least one".
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, Index
from sqlmodel import Field

from bot.desk.model import ENDED, Failure, PingKind, PingState, Placing, PromptKind, State
from bot.store.columns import Chars, Json, Moment
from bot.store.tables.row import EMPTY, NONE, NOT, VISIBLE, Row, among, table_of

_ENDED = among("state", sorted(ENDED))


class QuestionRow(Row, table=True):
    """A question with its one deadline. `venue_key` is the venue's folded name; the asker's keys are NULL
    where there is no account or no session, so that nobody is found by the lack of one."""

    __tablename__ = "question"
    __table_args__ = (
        CheckConstraint("number > 0", "number"),
        CheckConstraint("revision >= 1", "revision"),
        CheckConstraint("step >= 1", "step"),
        CheckConstraint(VISIBLE, "visibility"),
        CheckConstraint(among("state", State), "state"),
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
    sealed: bool = Field(sa_column_kwargs=NOT)
    parts: Any = Field(sa_type=Json, nullable=False, sa_column_kwargs=NONE)


class PingRow(Row, table=True):
    """One attempt at one person; the key is what "nobody is pinged twice for a step" means. `took` is in
    microseconds."""

    __tablename__ = "ping"
    __table_args__ = (
        CheckConstraint("step >= 1", "step"),
        CheckConstraint(VISIBLE, "visibility"),
        CheckConstraint(among("state", PingState), "state"),
        CheckConstraint(among("kind", PingKind), "kind"),
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
        sa_column=Column("failure", Chars, CheckConstraint(among("failure", Failure), "failure"))
    )
    sealed: bool = Field(sa_column_kwargs=NOT)


class PromptRow(Row, table=True):
    """An open prompt; one per speaker and venue. `opened` counts up: of two prompts the newer has more."""

    __tablename__ = "prompt"
    __table_args__ = (
        CheckConstraint(VISIBLE, "visibility"),
        CheckConstraint(among("kind", PromptKind), "kind"),
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
    sealed: bool = Field(sa_column_kwargs=NOT)
    event: str = Field(sa_type=Chars, sa_column_kwargs=EMPTY)


class ExplanationRow(Row, table=True):
    """Why something was decided about a question; in the order in which it was."""

    __tablename__ = "explanation"

    id: int | None = Field(primary_key=True)
    question: int = Field(foreign_key="question.number", index=True)
    event: str = Field(sa_type=Chars)
    at: datetime = Field(sa_type=Moment)
    reasons: Any = Field(sa_type=Json, nullable=False)


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


class CorrectionRow(Row, table=True):
    """What a person said last about where a question belongs. The section may be gone."""

    __tablename__ = "correction"
    __table_args__ = (CheckConstraint(among("how", Placing), "how"),)

    question: int = Field(primary_key=True, foreign_key="question.number")
    person: str = Field(primary_key=True, sa_type=Chars)
    section: str = Field(sa_type=Chars)
    how: str = Field(sa_type=Chars)
    at: datetime = Field(sa_type=Moment, index=True)


QUESTION = table_of(QuestionRow)
PING = table_of(PingRow)
PROMPT = table_of(PromptRow)
EXPLANATION = table_of(ExplanationRow)
REACTION = table_of(ReactionRow)
CORRECTION = table_of(CorrectionRow)

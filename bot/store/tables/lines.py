"""The outbox: the lines that the desk says, and what became of each.

It is numbered by the database, never twice with the same number (AUTOINCREMENT on SQLite, an identity on
PostgreSQL): a number goes out to networks as a label and must not come to mean another line.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from bot.desk.model import Purpose
from bot.store.columns import Chars, Json, Moment
from bot.store.tables.row import NOT, VISIBLE, Row, among, table_of


class LineState(StrEnum):
    """Where an outbox row stands. It never goes back up this list, but for what was marked and certainly not
    written: that is queued again when the desk ends."""

    QUEUED = "queued"
    SENDING = "sending"
    UNCONFIRMED = "unconfirmed"
    SENT = "sent"
    DROPPED = "dropped"


class OutboxRow(Row, table=True):
    """One line to be written, and what became of it. `detail` is why it was dropped."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint(VISIBLE, "visibility"),
        CheckConstraint(among("purpose", Purpose), "purpose"),
        CheckConstraint(among("state", LineState), "state"),
        CheckConstraint(
            f"({among('state', (LineState.QUEUED, LineState.SENDING))}) = (settled_at IS NULL)", "settled_at"
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
    sealed: bool = Field(sa_column_kwargs=NOT)
    reply_to: str | None = Field(sa_type=Chars)
    thread: str | None = Field(sa_type=Chars)
    notify: bool = Field(sa_column_kwargs=NOT)
    message: str | None = Field(sa_type=Chars)


OUTBOX = table_of(OutboxRow)

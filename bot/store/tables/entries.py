"""What is said of the base's entries: votes on them, drafts that change them, digests that tell of those."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from bot.store.columns import Chars, Json, Moment
from bot.store.tables.row import EMPTY, NONE, NOT, Row, among, table_of
from knowledge.drafts import DraftState, Origin


class VoteRow(Row, table=True):
    """The latest vote of an account (its key, which names the network) on an entry; `text` is the question's,
    whoever could read that. The entry may be gone."""

    __tablename__ = "vote"

    entry: str = Field(primary_key=True, sa_type=Chars)
    account: str = Field(primary_key=True, sa_type=Chars)
    text: str = Field(sa_type=Chars)
    confirmed: bool
    at: datetime = Field(sa_type=Moment, index=True)


class DraftRow(Row, table=True):
    """A proposed change of the base; `now` and `was` are the text of the entry's file. `co_authors`: key and
    name of each. `nameless`: its author has no account."""

    __tablename__ = "draft"
    __table_args__ = (
        CheckConstraint("number > 0", "number"),
        CheckConstraint("revision >= 1", "revision"),
        CheckConstraint(among("state", DraftState), "state"),
        CheckConstraint(among("origin", Origin), "origin"),
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
    nameless: bool = Field(sa_column_kwargs=NOT)
    co_authors: Any = Field(sa_type=Json, nullable=False, sa_column_kwargs=NONE)
    doubt: str = Field(sa_type=Chars, sa_column_kwargs=EMPTY)
    doubted_at: datetime | None = Field(sa_type=Moment)


class DigestRow(Row, table=True):
    """The last week (like 2026-W48) whose digest an editor (the key of their account) was told."""

    __tablename__ = "digest"

    account: str = Field(primary_key=True, sa_type=Chars)
    week: str = Field(sa_type=Chars)
    at: datetime = Field(sa_type=Moment)


VOTE = table_of(VoteRow)
DRAFT = table_of(DraftRow)
DIGEST = table_of(DigestRow)

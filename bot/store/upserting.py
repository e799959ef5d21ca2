"""Rows that may be there already: left as they are, or written over. Alike on SQLite and PostgreSQL."""

from functools import cache
from importlib import import_module

from sqlalchemy import Insert, Table, func, select
from sqlalchemy.dialects import sqlite

from bot.store.tables import PING, PROMPT

_NEXT_OPENED = select(func.coalesce(func.max(PROMPT.c.opened), 0) + 1).scalar_subquery()

_COUNTED = {"preserve_rowcount": True}
"""SQLAlchemy counts the rows that an INSERT wrote only where it is told that somebody will ask."""


def _insert(dialect: str, table: Table) -> sqlite.Insert:
    """SQLite and PostgreSQL have the same words for a row already there, SQLAlchemy two constructs that have
    the same methods. PostgreSQL's would cost every start a twentieth of its time."""
    insert: sqlite.Insert = import_module(f"sqlalchemy.dialects.{dialect}").insert(table)
    return insert


@cache
def unless_there(dialect: str, table: Table) -> Insert:
    """Insert a row; where its key is taken, none (so that a broken rule is not mistaken for that)."""
    insert = _insert(dialect, table).on_conflict_do_nothing(index_elements=list(table.primary_key.columns))
    return insert.execution_options(**_COUNTED)


@cache
def upsert(dialect: str, table: Table) -> Insert:
    """Insert a row, or write over the one with its key; but not over a ping at another person."""
    insert = _insert(dialect, table)
    key = list(table.primary_key.columns)
    written = {column.name: insert.excluded[column.name] for column in table.columns if column not in key}
    over = PING.c.person == insert.excluded.person if table is PING else None
    if table is PROMPT:
        insert = insert.values(opened=_NEXT_OPENED)
    insert = insert.on_conflict_do_update(index_elements=key, set_=written, where=over)
    return insert.execution_options(**_COUNTED)

"""What all tables share: one set of them, whose constraints have names, and the rules that several state."""

from collections.abc import Iterable
from typing import ClassVar

from sqlalchemy import MetaData, Table, false
from sqlmodel import SQLModel

VISIBLE = "visibility BETWEEN 0 AND 2"

NOT = {"server_default": false()}
NONE = {"server_default": "[]"}
EMPTY = {"server_default": ""}
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


METADATA = Row.metadata


def table_of(row: type[Row]) -> Table:
    """The table that statements name."""
    return METADATA.tables[str(row.__tablename__)]


def among(column: str, values: Iterable[str]) -> str:
    """The rule that a column has one of these values."""
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"

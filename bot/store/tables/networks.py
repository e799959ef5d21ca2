"""What the desk has read of its networks, what of that is done, and which desk had the database last."""

from datetime import datetime

from sqlmodel import Field

from bot.store.columns import Chars, Moment
from bot.store.tables.row import Row, table_of


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


JOURNAL = table_of(JournalRow)
POSITION = table_of(PositionRow)
RECEIVED = table_of(ReceivedRow)
CLAIM = table_of(ClaimRow)

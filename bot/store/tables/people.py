"""What people told of themselves, wish, and confirmed: facets, wishes, which accounts are one person's."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from bot.store.columns import Chars, Moment
from bot.store.tables.row import Row, among, table_of
from routing.wishes import Wish


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
    __table_args__ = (CheckConstraint(among("kind", Wish), "kind"),)

    person: str = Field(primary_key=True, sa_type=Chars)
    kind: str = Field(primary_key=True, sa_type=Chars)
    value: str = Field(sa_type=Chars)
    at: datetime = Field(sa_type=Moment)


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


FACET = table_of(FacetRow)
WISH = table_of(WishRow)
LINK = table_of(LinkRow)
LINK_CODE = table_of(LinkCodeRow)
LINK_TRIES = table_of(LinkTriesRow)

"""Which accounts are one person's, and the codes by which that is confirmed.

A linked account is one row, which names its person by the first of their accounts' keys; so an account is
never two people's. Of a code only the hash is kept, one for each account that was shown one.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, inspect, select

from bot.desk.effects import SaveCode, SaveTries
from bot.desk.facts import LinkCode
from bot.desk.links import Account, Links
from bot.store.tables import LINK, LINK_CODE, LINK_TRIES
from bot.store.upserting import upsert

TRIES_KEPT = timedelta(days=1)
"""How long it is kept that an account said wrong codes."""

_ALL = select(LINK.c.network, LINK.c.name, LINK.c.person)
_CODE = select(LINK_CODE).where(LINK_CODE.c.hash == bindparam("code"))
_TRIES = select(LINK_TRIES).where(LINK_TRIES.c.account == bindparam("account"))
_VOID = LINK_CODE.delete().where(LINK_CODE.c.account == bindparam("the_account"))
_PRUNE_CODES = LINK_CODE.delete().where(LINK_CODE.c.expires <= bindparam("at"))
_PRUNE_TRIES = LINK_TRIES.delete().where(LINK_TRIES.c.since <= bindparam("before"))


def read(connection: Connection) -> Links:
    """All links; none in a database from before there were any."""
    if not inspect(connection).has_table(LINK.name):
        return Links()
    groups: dict[str, list[Account]] = {}
    for network, name, person in connection.execute(_ALL):
        groups.setdefault(person, []).append(Account(network, name))
    return Links.of_groups(groups.values())


def link(connection: Connection, one: Account, other: Account, at: datetime) -> None:
    """Make one person's of all accounts of the two."""
    known = read(connection)
    _write(connection, known.linked(one, other).of(one), at)


def unlink(connection: Connection, account: Account, at: datetime) -> None:
    """Make the account its own person's."""
    left = read(connection).beside(account)
    connection.execute(LINK.delete().where(LINK.c.account == account.key))
    _write(connection, left, at)


def save_code(connection: Connection, effect: SaveCode) -> None:
    """Keep the code that an account was shown last."""
    row = {
        "account": effect.account.key,
        "network": effect.account.network,
        "name": effect.account.name,
        "hash": effect.hash,
        "said_by": effect.said_by,
        "expires": effect.expires,
    }
    connection.execute(upsert(connection.dialect.name, LINK_CODE), row)


def void(connection: Connection, account: str) -> None:
    """Forget the code that the account (its key) was shown."""
    connection.execute(_VOID, {"the_account": account})


def save_tries(connection: Connection, effect: SaveTries) -> None:
    """Keep how many wrong codes an account has said."""
    row = {"account": effect.account, "tries": effect.count, "since": effect.since}
    connection.execute(upsert(connection.dialect.name, LINK_TRIES), row)


def how_many(connection: Connection) -> int:
    """The accounts that are linked."""
    return int(connection.execute(select(func.count()).select_from(LINK)).scalar_one())


def prune(connection: Connection, at: datetime) -> None:
    """Forget codes that hold no more, and old tries."""
    connection.execute(_PRUNE_CODES, {"at": at})
    connection.execute(_PRUNE_TRIES, {"before": at - TRIES_KEPT})


def _write(connection: Connection, accounts: tuple[Account, ...], at: datetime) -> None:
    """These accounts are one person's, and that is all of them."""
    keys = [account.key for account in accounts]
    since = dict(connection.execute(select(LINK.c.account, LINK.c.at).where(LINK.c.account.in_(keys))).all())
    connection.execute(LINK.delete().where(LINK.c.account.in_(keys)))
    if len(accounts) < 2:
        return
    rows = [
        {
            "account": account.key,
            "network": account.network,
            "name": account.name,
            "person": min(keys),
            "at": since.get(account.key, at),
        }
        for account in accounts
    ]
    connection.execute(LINK.insert(), rows)


def code(connection: Connection, code: str) -> LinkCode | None:
    """The code with this hash, where one was shown."""
    row = connection.execute(_CODE, {"code": code}).one_or_none()
    return None if row is None else LinkCode(Account(row.network, row.name), row.said_by, row.expires)


def tries(connection: Connection, account: str) -> tuple[int, datetime | None]:
    """How many wrong codes an account (its key) has said, and since when."""
    row = connection.execute(_TRIES, {"account": account}).one_or_none()
    return (0, None) if row is None else (row.tries, row.since)

"""Where the questions are kept; part of `bot.config`."""

import re
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator

SQLITE = "sqlite:///"

_NO_DATABASE = (
    "must be the path of an SQLite file, or a URL like sqlite:////var/lib/desk.sqlite or "
    "postgresql://user@host/name"
)


def on_server(database: str) -> bool:
    """Whether it is a database of a server, and no file."""
    return database.startswith(("postgresql://", "postgres://"))


def _database(value: str) -> str:
    if on_server(value):
        try:
            url = urlsplit(value)
            query = parse_qs(url.query)
        except ValueError:  # whose text may hold what it does not like
            raise ValueError(_NO_DATABASE) from None
        # What stands between a colon and an @ is no port; a password may hold what ends a host elsewhere.
        inside = url.password is not None or re.match(r"\w+://[^/?@:]*:(?!\d*(/[^/?@]*)?(\?|$)).*@", value)
        if inside or {"password", "sslpassword"} & query.keys():
            raise ValueError(
                "must not hold a password, for others read this file: put it into ~/.pgpass, or name such a "
                "file in PGPASSFILE"
            )
        return value
    path = re.sub(r"^sqlite(\+\w+)?:///", "", value)
    if re.match(r"[a-z][a-z0-9+]*:", path):
        raise ValueError(_NO_DATABASE)
    if not path or "?" in path or not path.isprintable():
        raise ValueError(_NO_DATABASE)
    return path


Database = Annotated[str, AfterValidator(_database)]
"""The path of a file, or a URL, without a password."""

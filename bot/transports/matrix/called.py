"""What people are called in a room: which display name may stand for whom.

Everybody gives themselves whatever display name they like, in each room another. One may be shown instead of
the user id only where nobody can take it for somebody else's:

    all members of the room are known, and nobody else there has the same, nor bears it as their local part
    it holds nothing that is not seen, no colon (neither an id nor words put into our mouth) and no link
    it does not begin with `@`, is not empty, and not longer than a name

Names are compared without regard to case and to compatible forms of letters (Unicode, NFKC). Pure.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from immutables import Map

from bot.transports.plain import plain

LONGEST = 64
"""Characters of a display name that is shown."""

_UNFIT = re.compile(r"[:\n]|^[@\s]|www\.", re.IGNORECASE)


def spelling(name: str) -> str:
    """`name` as names are compared."""
    return name.lower() if name.isascii() else unicodedata.normalize("NFKC", name).casefold()


def local(user: str) -> str:
    """The local part of a user id."""
    return user[1:].partition(":")[0]


def shown(user: str, members: Map[str, str], *, complete: bool) -> str:
    """The display name of `user`, where it may stand for them, else their user id. `members`: those in the
    room with their display names; `complete`: whether these are all of them."""
    name = members.get(user, "")
    if not complete or not 0 < len(name) <= LONGEST or name != plain(name) or _UNFIT.search(name):
        return user
    return name if _bearers(members).get(spelling(name)) == user else user


def bearer(name: str, members: Map[str, str]) -> str | None:
    """Whom people mean by `name`, a display name or a local part; None where that is nobody, or not sure."""
    return _bearers(members).get(spelling(name))


@lru_cache(maxsize=32)
def _bearers(members: Map[str, str]) -> Mapping[str, str | None]:
    """Of each name who bears it; None where several do. Rooms say much more often something than somebody
    comes."""
    found: dict[str, str | None] = {}
    for user, name in members.items():
        for each in {spelling(name), spelling(local(user))} - {""}:
            found[each] = user if found.get(each, user) == user else None
    return found

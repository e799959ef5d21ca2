"""Another desk that speaks with the same access token: as when a database was copied, or a second one begun.

A homeserver tells the device by which a line was said in which transaction that was (client-server API,
`unsigned.transaction_id`). One that is named as desks name theirs, and not as this database does, is that of
another desk. Two of them answer everything twice, and take each other's keys away. What was said before this
one began proves nothing: it may have had another database then.
"""

from collections.abc import Mapping
from typing import Any

import structlog

from bot.transports.matrix import raw

log = structlog.get_logger(__name__)

_DESK = "pkgdesk-"


def transaction(salt: str, line: str) -> str:
    """The id of the transaction in which a line is sent; see `Position.salt`."""
    return f"{_DESK}{salt}-{line}"


class Doubles:
    """As `me`, with the database of this `salt`. It is told once."""

    def __init__(self, me: str, salt: str) -> None:
        self._me = me
        self._ours = transaction(salt, "")
        self._found = False

    def look(self, body: Mapping[str, Any]) -> None:
        """At an answer of /sync that tells of nothing but what happened while this desk was there."""
        if self._found:
            return
        for room, told in raw.table(raw.table(body.get("rooms")).get("join")).items():
            if any(self._is_others(each) for each in raw.events(raw.table(told).get("timeline"))):
                self._found = True
                log.error(
                    "another desk speaks with this access token, and answers what this one does",
                    room=raw.room(room),
                    user=self._me,
                    remedy="end one of them; where both are wanted, give each a user of its own",
                )
                return

    def _is_others(self, event: Mapping[str, Any]) -> bool:
        if event.get("sender") != self._me:
            return False
        name = raw.table(event.get("unsigned")).get("transaction_id")
        return isinstance(name, str) and name.startswith(_DESK) and not name.startswith(self._ours)

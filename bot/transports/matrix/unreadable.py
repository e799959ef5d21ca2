"""Encrypted lines whose key has not come.

    +0            it is kept as it came
    half of KEYS  the sender's device is asked for the key, once for all lines that need it
    KEYS          it is told that it cannot be read, once; it is kept on
    an hour       it is forgotten

If the key comes in between, the line is read and handed on as a late one. All of it survives a restart. How
many are kept is bounded, in number and in bytes; what is beyond that is only logged, as is all of it: at most
one warning a room a minute, without any text.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog

from bot.transports.matrix import raw
from bot.transports.matrix.crypto_store import CryptoStore
from bot.transports.matrix.megolm import session_of
from bot.transports.matrix.sealing import Opened, Unopened

log = structlog.get_logger(__name__)

KEPT_FOR = 3600.0
"""Seconds."""

MOST, MOST_BYTES = 2000, 16 << 20
WARNED_EVERY = 60.0
ASKED_AT_ONCE = 20

_WAITING = "FROM unread WHERE room = ? AND session = ? AND sender = ? AND opened IS NULL"


@dataclass(frozen=True, slots=True)
class Missing:
    """A key that is missed: of a session in a room, of that device of the sender (empty: not known which), by
    its own key `peer`, where that is told."""

    room: str
    session: str
    sender: str
    device: str
    peer: str


class Unreadable:
    """`keys`: after how many seconds it is told that a line cannot be read."""

    def __init__(self, store: CryptoStore, keys: float) -> None:
        self._store = store
        self._keys = keys
        self._count = self._bytes = 0
        self._recount()
        self._warned: dict[str, float] = {}

    def keep(self, room: str, event: Mapping[str, Any], now: float) -> None:
        """A line that cannot be read now; `now` in seconds. Keeping it twice changes nothing."""
        name, sender, session = (
            raw.event_id(event.get("event_id")),
            raw.user(event.get("sender")),
            session_of(event),
        )
        if name is None or sender is None or session is None:
            return
        content = raw.table(event.get("content"))
        self._warn(room, now)
        text = json.dumps(event)
        if self._count >= MOST or self._bytes + len(text) > MOST_BYTES:
            return
        device, peer = _word(content.get("device_id")), _word(content.get("sender_key"))
        before = self._store.rows("SELECT count(*) FROM unread WHERE event = ?", (name,))[0][0]
        if before:
            return
        self._store.rows(
            "INSERT INTO unread (event, room, session, sender, device, peer, raw, since, asked, told) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, (SELECT coalesce(max(asked), 0) FROM unread "
            "WHERE room = ?2 AND session = ?3 AND sender = ?4), 0)",
            (name, room, session, sender, device, peer, text, now),
        )
        self._count, self._bytes = self._count + 1, self._bytes + len(text)

    def read(self, name: str) -> None:
        """The event could be read after all, where it stood."""
        self._store.rows("DELETE FROM unread WHERE event = ?", (name,))

    def missed(self, room: str, session: str, owner: str) -> bool:
        """Whether lines of theirs wait for that key."""
        return bool(self._store.rows(f"SELECT 1 {_WAITING} LIMIT 1", (room, session, owner)))

    def open(
        self,
        room: str,
        session: str,
        owner: str,
        read: Callable[[Mapping[str, Any]], Mapping[str, Any] | None],
    ) -> None:
        """The key has come: read what waits for it, with `read`."""
        for name, text in self._store.rows(f"SELECT event, raw {_WAITING}", (room, session, owner)):
            event = read(json.loads(str(text)))
            if event is not None:
                self._store.rows("UPDATE unread SET opened = ? WHERE event = ?", (json.dumps(event), name))

    def to_ask(self, now: float) -> list[Missing]:
        """Keys to ask for now; a few at once."""
        query = (
            "SELECT room, session, sender, device, peer FROM unread WHERE NOT asked AND opened IS NULL "
            "AND since <= ? GROUP BY room, session, sender LIMIT ?"
        )
        rows = self._store.rows(query, (now - self._keys / 2, ASKED_AT_ONCE))
        return [Missing(*(str(value) for value in row)) for row in rows]

    def asked(self, missing: Missing) -> None:
        """It was asked for."""
        self._store.rows(
            "UPDATE unread SET asked = 1 WHERE room = ? AND session = ? AND sender = ?",
            (missing.room, missing.session, missing.sender),
        )

    def ready(self, now: float) -> list[Opened | Unopened]:
        """What is to be handed on now, in the order in which it came."""
        rows = self._store.rows(
            "SELECT event, room, sender, since, opened FROM unread "
            "WHERE opened IS NOT NULL OR (NOT told AND since <= ?) ORDER BY number LIMIT 100",
            (now - self._keys,),
        )
        return [_ready(*row) for row in rows]

    def done(self, each: Opened | Unopened) -> None:
        """It was handed on."""
        if isinstance(each, Opened):
            self._store.rows("DELETE FROM unread WHERE event = ?", (each.event["event_id"],))
            self._recount()
        else:
            self._store.rows("UPDATE unread SET told = 1 WHERE event = ?", (each.event,))

    def forget(self, now: float) -> None:
        """Give up on those for which it is too late."""
        self._store.rows("DELETE FROM unread WHERE since <= ?", (now - KEPT_FOR,))
        self._recount()

    def next_at(self, now: float) -> float | None:
        """When there will be something to do, in seconds; None while nothing waits."""
        asks, tells, ends = self._store.rows(
            "SELECT min(CASE WHEN NOT asked AND opened IS NULL THEN since END), "
            "min(CASE WHEN NOT told AND opened IS NULL THEN since END), min(since) FROM unread"
        )[0]
        delays = ((asks, self._keys / 2), (tells, self._keys), (ends, KEPT_FOR))
        times = [float(str(since)) + delay for since, delay in delays if since is not None]
        return max(now, min(times)) if times else None

    def _recount(self) -> None:
        count, size = self._store.rows("SELECT count(*), coalesce(sum(length(raw)), 0) FROM unread")[0]
        self._count, self._bytes = int(str(count)), int(str(size))

    def _warn(self, room: str, now: float) -> None:
        if now - self._warned.get(room, -WARNED_EVERY) < WARNED_EVERY:
            return
        if len(self._warned) >= 1000:
            self._warned.clear()
        self._warned[room] = now
        log.warning("lines cannot be decrypted yet: their keys have not come", room=room)


def _word(value: object) -> str:
    return value if isinstance(value, str) and value.isprintable() and len(value) <= raw.LONGEST else ""


def _ready(name: object, room: object, sender: object, since: object, opened: object) -> Opened | Unopened:
    at = datetime.fromtimestamp(float(str(since)), UTC)
    if opened is not None:
        return Opened(str(room), json.loads(str(opened)), at)
    return Unopened(str(room), str(name), str(sender), at)

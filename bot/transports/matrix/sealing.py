"""What encrypted rooms mean to the rest: the events that they are made of, what comes late, what goes wrong.

Knows nothing of any key; whoever reads and writes in them is `bot.transports.matrix.encryption`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bot.transports.matrix import raw
from bot.transports.matrix.homeserver import Homeserver, Refused

OPENED = "pkgdesk.encrypted"
"""The mark in `unsigned` of an event that was decrypted here."""

_KINDS = ("m.room.encryption", "m.room.member", "m.room.encrypted", "m.room.message")


class KeysUnusable(Exception):
    """The keys cannot be used: `place`, what is `wrong` with it, and the `remedy`. Nothing was changed."""

    def __init__(self, place: Path, wrong: str, remedy: str) -> None:
        super().__init__(f"{place} {wrong}; {remedy}")
        self.place = place
        self.wrong = wrong
        self.remedy = remedy


class KeysLost(KeysUnusable):
    """The server knows this device by other keys than those that are kept: they were lost, or are older than
    what was done with them. Only a new device helps: log in anew. Nothing was said with the wrong ones."""


class Closed(Refused):
    """The room is encrypted, and there is no encryption here; `why` in a few words. Nothing was sent."""

    def __init__(self, why: str) -> None:
        super().__init__(0, "", why)
        self.why = why

    def __str__(self) -> str:
        return self.why


@dataclass(frozen=True, slots=True)
class Opened:
    """What could not be read when it came can be now: the event as it would have stood in the room. `since`:
    when it came."""

    room: str
    event: Mapping[str, Any]
    since: datetime


@dataclass(frozen=True, slots=True)
class Unopened:
    """The key of the event `event` has not come in time. Told once of each."""

    room: str
    event: str
    sender: str
    since: datetime


def events_of(body: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The events of an answer of /sync that an encrypted room is made of, each with its room, in their order:
    what switches the encryption on, who comes and goes, what is encrypted, and messages, among which are
    requests to compare keys. Others cost no more than a look."""
    rooms = body.get("rooms")
    joined = rooms.get("join") if isinstance(rooms, Mapping) else None
    found = []
    for room, told in joined.items() if isinstance(joined, Mapping) else ():
        if raw.room(room) is None:
            continue
        for part in ("state", "timeline"):
            inner = told.get(part) if isinstance(told, Mapping) else None
            listed = inner.get("events") if isinstance(inner, Mapping) else None
            for event in listed if isinstance(listed, list) else ():
                if isinstance(event, Mapping) and event.get("type") in _KINDS:
                    found.append((room, event))
    return found


def is_opened(event: Mapping[str, Any]) -> bool:
    """Whether the event was encrypted, and was decrypted here."""
    unsigned = event.get("unsigned")
    return isinstance(unsigned, Mapping) and unsigned.get(OPENED) is True


async def put(homeserver: Homeserver, room: str, kind: str, content: Mapping[str, Any], tx_id: str) -> str:
    """Send an event as it is; its id. Raises Refused, Fatal, Unreachable."""
    place = f"{quote(room, safe='')}/send/{quote(kind, safe='')}/{quote(tx_id, safe='')}"
    told = await homeserver.ask("PUT", f"/_matrix/client/v3/rooms/{place}", content)
    return str(told.get("event_id", ""))

"""Lines in encrypted rooms: Megolm. Each device has a key of its own for each room, which it hands to all the
others, and with which it encrypts line after line; the key can be turned forward and never back.

Client-server API, "m.megolm.v1.aes-sha2". A line counts as said by whoever handed out its key, and each place
in the row of lines is used once: else a server could have somebody say what another said, or say it again.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import vodozemac

from bot.transports.matrix import raw
from bot.transports.matrix.crypto_store import Device, RoomKey
from bot.transports.matrix.olm import MEGOLM, Told
from bot.transports.matrix.sealing import OPENED

DEFAULT_LINES, DEFAULT_SECONDS = 100, 7 * 24 * 3600
"""After how many lines, and seconds, a key is no longer used, where the room says nothing else."""

MOST_PLACES = 50_000


class NoKey(Exception):
    """The key of a line is not there (yet), or does not reach back to it."""


class Forged(Exception):
    """A line is not what it says it is; it is never to be read. `why` for the log."""


class Places:
    """Which place in which row of lines belongs to which event; of the latest lines."""

    def __init__(self) -> None:
        self._taken: OrderedDict[tuple[str, int], str] = OrderedDict()

    def take(self, session: str, index: int, event: str) -> bool:
        """Whether it is free, or this same event's; from now on it is."""
        if len(self._taken) >= MOST_PLACES:
            self._taken.popitem(last=False)
        return self._taken.setdefault((session, index), event) == event


def session_of(event: Mapping[str, Any]) -> str | None:
    """Which key the event needs; None where it is none of Megolm's, as after it was redacted."""
    content = raw.table(event.get("content"))
    session = raw.base64(content.get("session_id"))
    if content.get("algorithm") != MEGOLM or session is None or len(session) > raw.LONGEST:
        return None
    return session if raw.base64(content.get("ciphertext")) is not None else None


def opened(room: str, event: Mapping[str, Any], key: RoomKey, places: Places) -> dict[str, Any]:
    """The event with what was inside. Raises NoKey and Forged.

    What it relates to may stand outside, where the server must see it ("Encrypting events"); what is inside
    counts first.
    """
    content = raw.table(event.get("content"))
    name = raw.event_id(event.get("event_id"))
    if event.get("sender") != key.owner:
        raise NoKey("this one is another's")
    try:
        got = key.key.decrypt(vodozemac.MegolmMessage.from_base64(content["ciphertext"]))
        inner = raw.table(json.loads(got.plaintext))
    except vodozemac.MegolmDecryptionException as error:
        raise NoKey(str(error)) from None
    except (ValueError, RecursionError) as error:
        raise Forged(str(error)) from None
    kind, said = inner.get("type"), inner.get("content")
    if inner.get("room_id") != room or not isinstance(kind, str) or not isinstance(said, dict):
        raise Forged("it is malformed, or was said in another room")
    if name is None or not places.take(key.session, got.message_index, name):
        raise Forged("it was said before")
    if "m.relates_to" in content and "m.relates_to" not in said:
        said = {**said, "m.relates_to": content["m.relates_to"]}
    outside = {
        each: event[each] for each in ("event_id", "sender", "origin_server_ts", "room_id") if each in event
    }
    unsigned = {**raw.table(event.get("unsigned")), OPENED: True}
    return {"type": kind, "content": said, **outside, "unsigned": unsigned}


def room_key(told: Told) -> RoomKey | None:
    """The key that a device hands out (`m.room_key`); None where it is none."""
    return _key(told, vodozemac.SessionKey, vodozemac.InboundGroupSession)


def forwarded_key(told: Told) -> RoomKey | None:
    """The key that a device hands out once more (`m.forwarded_room_key`): only its own, whatever else it
    holds. What is not signed by the key itself is worth no more than the word of who brings it, and of
    others' keys nobody's word is taken (CVE-2022-39254)."""
    if told.content.get("sender_key") != told.peer:
        return None
    return _key(told, vodozemac.ExportedSessionKey, vodozemac.InboundGroupSession.import_session)


def _key(told: Told, read: Any, made: Any) -> RoomKey | None:
    content = told.content
    room, session = raw.room(content.get("room_id")), content.get("session_id")
    if content.get("algorithm") != MEGOLM or room is None:
        return None
    try:
        key = made(read(raw.base64(content.get("session_key")) or ""))
    except ValueError:
        return None
    return RoomKey(room, key.session_id, told.sender, told.peer, key) if key.session_id == session else None


@dataclass(slots=True)
class Outbound:
    """Our own key for a room. `made`: when, in seconds; `lines`: how many were encrypted with it; `holders`:
    to which devices it was handed."""

    made: float
    key: vodozemac.GroupSession = field(default_factory=vodozemac.GroupSession)
    lines: int = 0
    holders: set[Device] = field(default_factory=set)

    @property
    def id(self) -> str:
        return str(self.key.session_id)

    def shown(self, room: str) -> dict[str, Any]:
        """What is handed to a device: from the next line on it can read."""
        return {
            "algorithm": MEGOLM,
            "room_id": room,
            "session_id": self.id,
            "session_key": self.key.session_key.to_base64(),
        }

    def seal(
        self, room: str, kind: str, content: Mapping[str, Any], curve: str, device: str
    ) -> dict[str, Any]:
        """The content of an encrypted event. What it relates to stays outside as well."""
        inner = json.dumps({"type": kind, "content": content, "room_id": room}, ensure_ascii=False)
        self.lines += 1
        sealed = {
            "algorithm": MEGOLM,
            "ciphertext": self.key.encrypt(inner.encode("utf-8", "replace")).to_base64(),
            "session_id": self.id,
            "sender_key": curve,
            "device_id": device,
        }
        return {**sealed, "m.relates_to": content["m.relates_to"]} if "m.relates_to" in content else sealed

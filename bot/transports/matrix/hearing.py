"""What one event of a room's timeline means to the desk: raw JSON into events.

    m.room.message m.text, m.emote              Heard (an emote as `* user words`, as an action of IRC)
    m.room.message m.notice                     Heard, as a notice: never answered
    m.room.message m.image … with a caption     Heard; without one nothing: its body is the name of a file
    m.room.message with m.replace               Edited, with what stands in m.new_content
    m.reaction with m.annotation                Reacted
    m.room.redaction                            Redacted; of what, stands where the room's version says
    m.room.encrypted                            nothing here (`unreadable` makes Unreadable of it)
    all else: stickers, polls, state, what was redacted, what is malformed: nothing

Who may edit or take back what, the server checks for redactions only: that an edit is by whom the message is
by, is for whoever remembers the message. Of what came encrypted the server has seen nothing, so it can be no
redaction. When it was said is what the sender's server likes it to be, so it counts only for what was said
while the desk was away, and only within that time.

Words are the body without the fallback of a reply (client-server API, "Rich replies"), without what cannot be
stored or seen, line by line, and with their address as `bot.transports.matrix.mentions` writes it. Ghosts of
bridges are sessions: no account, no rights. Pure; takes anything, raises nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.desk.events import Edited, Heard, Reacted, Redacted, Unreadable
from bot.desk.model import Speaker
from bot.transports.matrix import raw
from bot.transports.matrix.encryption import is_opened
from bot.transports.matrix.globs import matches
from bot.transports.matrix.mentions import Party, addressed
from bot.transports.matrix.room import Room
from bot.transports.matrix.rooms import Rooms
from bot.transports.plain import unformatted
from routing.presence import Venue

LONGEST = 8_000
"""Characters of a text that are read."""

MOST_LINES = 100
"""Lines of a text that are read: a log that is pasted whole is cut."""

LONGEST_KEY = 64
"""Characters of a reaction's key; longer ones are words, and none that the desk knows."""

_WITH_CAPTION = frozenset({"m.image", "m.file", "m.audio", "m.video"})
_OLD_VERSIONS = frozenset(str(number) for number in range(1, 11))
"""Versions of rooms in which the top level of a redaction says what it takes back; later the content does."""

_QUOTE = re.compile(r"> (?:\* )?<@")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Ghosts:
    """The patterns of user ids (`*`, `?`) that bridges give to people of other networks."""

    patterns: tuple[str, ...] = ()

    def __contains__(self, user: object) -> bool:
        return isinstance(user, str) and any(matches(pattern, user) for pattern in self.patterns)


@dataclass(frozen=True, slots=True)
class Told:
    """Of an event all that matters whatever it says."""

    network: str
    message: str
    speaker: Speaker
    venue: Venue
    at: datetime

    @property
    def id(self) -> str:
        return f"{self.network}/{self.message}"


def heard(
    event: Mapping[str, Any],
    room: Room,
    rooms: Rooms,
    *,
    network: str,
    me: str,
    ghosts: Ghosts,
    received: datetime,
    since: datetime | None = None,
) -> Heard | Edited | Redacted | Reacted | None:
    """What `event`, said in `room`, is to the desk, which is called `me` there; None where it is nothing.

    `received`: when it came in. `since`: from when on the desk was away, where it was said meanwhile; a line
    is late then, and said at some time between the two.
    """
    told = _told(event, room, rooms, network, ghosts, received)
    if told is None:
        return None
    content = raw.table(event.get("content"))
    match event.get("type"):
        case "m.room.message":
            said = _Message(content, Party(me, rooms.me, rooms.names_of(room.id)), told)
            return said.edited() if said.replaces else said.heard(_said_at(event, since, received))
        case "m.reaction":
            return _reacted(content, told, me) if told.speaker.nick != rooms.me else None
        case "m.room.redaction" if not is_opened(event):
            where = event if room.version in _OLD_VERSIONS else content
            gone = raw.event_id(where.get("redacts"))
            return Redacted(told.id, told.at, told.speaker, told.venue, gone) if gone else None
    return None


def unreadable(
    event: Mapping[str, Any], room: Room, rooms: Rooms, *, network: str, ghosts: Ghosts, received: datetime
) -> Unreadable | None:
    """That `event` of `room` cannot be decrypted. Its id is another than that of what it turns out to say."""
    told = _told(event, room, rooms, network, ghosts, received)
    if told is None or told.speaker.nick == rooms.me:
        return None
    return Unreadable(f"{told.id}/unreadable", told.at, told.speaker, told.venue, told.message)


def _told(
    event: Mapping[str, Any], room: Room, rooms: Rooms, network: str, ghosts: Ghosts, received: datetime
) -> Told | None:
    message, sender = raw.event_id(event.get("event_id")), raw.user(event.get("sender"))
    venue = rooms.venue(room.id)
    if message is None or sender is None or venue is None or "state_key" in event:
        return None
    speaker = Speaker(network, sender, None if sender in ghosts else sender)
    return Told(network, message, speaker, venue, received)


def _said_at(event: Mapping[str, Any], since: datetime | None, received: datetime) -> datetime | None:
    if since is None:
        return None
    told = raw.number(event.get("origin_server_ts"))
    try:
        said = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=told)
    except OverflowError:
        said = received
    return max(since, min(said, received))


def _reacted(content: Mapping[str, Any], told: Told, me: str) -> Reacted | None:
    relation = raw.table(content.get("m.relates_to"))
    on, key = raw.event_id(relation.get("event_id")), relation.get("key")
    if relation.get("rel_type") != "m.annotation" or on is None or not isinstance(key, str):
        return None
    if not 0 < len(key) <= LONGEST_KEY or _SURROGATE.search(key) or "\0" in key:
        return None
    return Reacted(told.id, told.at, told.speaker, told.venue, on, key, me, told.message)


@dataclass(frozen=True, slots=True)
class _Message:
    """The content of an `m.room.message`."""

    content: Mapping[str, Any]
    party: Party
    told: Told

    @property
    def relation(self) -> Mapping[str, Any]:
        return raw.table(self.content.get("m.relates_to"))

    @property
    def replaces(self) -> bool:
        return self.relation.get("rel_type") == "m.replace"

    @property
    def replies_to(self) -> str | None:
        return raw.event_id(raw.table(self.relation.get("m.in_reply_to")).get("event_id"))

    def edited(self) -> Edited | None:
        new, message = (
            raw.table(self.content.get("m.new_content")),
            raw.event_id(self.relation.get("event_id")),
        )
        text = self._words(new, replies=False)
        if message is None or text is None or new.get("msgtype") == "m.notice":
            return None
        told = self.told
        return Edited(told.id, told.at, told.speaker, told.venue, message, text, self.party.me)

    def heard(self, said_at: datetime | None) -> Heard | None:
        text = self._words(self.content, replies=self.replies_to is not None)
        if text is None:
            return None
        threaded = self.relation.get("rel_type") == "m.thread"
        falls_back = threaded and self.relation.get("is_falling_back") is True
        return Heard(
            id=self.told.id,
            at=self.told.at,
            speaker=self.told.speaker,
            venue=self.told.venue,
            text=text,
            me=self.party.me,
            message=self.told.message,
            relates_to=None if falls_back else self.replies_to,
            replayed=said_at is not None,
            late=said_at is not None,
            said_at=said_at,
            notice=self.content.get("msgtype") == "m.notice",
            own=self.told.speaker.nick == self.party.user,
            thread=raw.event_id(self.relation.get("event_id")) if threaded else None,
        )

    def _words(self, content: Mapping[str, Any], *, replies: bool) -> str | None:
        kind, body = content.get("msgtype"), content.get("body")
        if not isinstance(body, str) or not isinstance(kind, str):
            return None
        if kind in _WITH_CAPTION:
            file = content.get("filename")
            if not isinstance(file, str) or file == body:
                return None
        elif kind not in ("m.text", "m.notice", "m.emote"):
            return None
        text = words(_without_quote(body) if replies else body)
        if not text:
            return None
        if kind == "m.emote":
            return f"* {self.told.speaker.nick} {text}"
        return addressed(text, content, self.party, private=self.told.venue.private)


def words(body: str) -> str:
    """A body as text: without controls, line ends apart, and without what no database takes; bounded."""
    lines = body[:LONGEST].replace("\r\n", "\n").split("\n")[: MOST_LINES * 2]
    kept = (_SURROGATE.sub("\ufffd", unformatted(line)).rstrip() for line in lines)
    return "\n".join([line for line in kept if line][:MOST_LINES]).strip()


def _without_quote(body: str) -> str:
    """A reply without the lines that older clients put before it: what it replies to, quoted."""
    if not _QUOTE.match(body):
        return body
    at = 0
    while body.startswith(">", at):
        end = body.find("\n", at)
        if end < 0:
            return ""
        at = end + 1
    return body[at:].lstrip("\n")
